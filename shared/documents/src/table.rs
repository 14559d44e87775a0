//! Tables: columns of equal width but for those that say theirs.

use crate::boxes::Cell;
use crate::css::Length;
use crate::flow::{Area, Flow, Of, Tag};
use crate::style::Vertical;
use crate::{Result, unfit};

impl<'a> Flow<'a, '_> {
    /// Lays out rows and answers their height.
    pub fn table(&mut self, rows: &'a [Vec<Cell>], inner: Area, of: Of) -> Result<f32> {
        let columns = columns(rows, inner.width)?;
        let mut y = 0.0;
        for row in rows {
            let tag = self.row_tag(of.tag);
            y += self.row(
                row,
                &columns,
                Area {
                    y: inner.y + y,
                    ..inner
                },
                Of { tag, ..of },
            )?;
        }
        Ok(y)
    }

    /// A cell's background and borders are as high as its row.
    fn row(&mut self, row: &'a [Cell], columns: &[f32], at: Area, of: Of) -> Result<f32> {
        let start = self.drawing.items.len();
        let mut laid = Vec::new();
        for (cell, x, width) in cells(row, columns, at.x) {
            let from = self.drawing.items.len();
            let height = self.bare(&cell.inside, x, at.y, width, of)?;
            laid.push((cell, x, width, height, from..self.drawing.items.len()));
        }
        let tallest = laid.iter().map(|laid| laid.3).fold(0.0, f32::max);
        for (cell, _, _, height, items) in &laid {
            let down = match cell.inside.style.vertical {
                Vertical::Top => 0.0,
                Vertical::Middle => (tallest - height) / 2.0,
                Vertical::Bottom => tallest - height,
            };
            for item in &mut self.drawing.items[items.clone()] {
                item.area.y += down;
            }
        }
        let above = self.drawing.items.split_off(start);
        for (cell, x, width, ..) in laid {
            let area = Area {
                x,
                y: at.y,
                width,
                height: tallest,
            };
            self.frame(area, &cell.inside.style);
        }
        self.drawing.items.extend(above);
        Ok(tallest)
    }

    fn row_tag(&mut self, parent: Option<usize>) -> Option<usize> {
        self.drawing.tags.push(Tag {
            parent,
            element: "tr",
            alt: None,
        });
        Some(self.drawing.tags.len() - 1)
    }
}

/// Each cell of a row with where it begins and how wide it is.
fn cells<'a, 'c>(
    row: &'a [Cell],
    columns: &'c [f32],
    left: f32,
) -> impl Iterator<Item = (&'a Cell, f32, f32)> + use<'a, 'c> {
    let mut column = 0;
    row.iter().map(move |cell| {
        let x = left + columns[..column].iter().sum::<f32>();
        let end = column + cell.columns;
        let width = columns[column..end].iter().sum();
        column = end;
        (cell, x, width)
    })
}

/// The widths that cells of one column say, the rest in equal parts.
fn columns(rows: &[Vec<Cell>], room: f32) -> Result<Vec<f32>> {
    let counts = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.columns).sum());
    let count: usize = counts.max().unwrap_or(0);
    let mut said = vec![None::<f32>; count];
    for row in rows {
        let mut column = 0;
        for cell in row {
            if let (1, Some(width)) = (cell.columns, cell.inside.style.width) {
                let width = match width {
                    Length::Points(points) => points,
                    Length::Share(share) => share * room,
                };
                said[column] = Some(said[column].map_or(width, |known| known.max(width)));
            }
            column += cell.columns;
        }
    }
    let taken: f32 = said.iter().flatten().sum();
    let open = said.iter().filter(|width| width.is_none()).count();
    if taken > room + 0.1 || (open > 0 && taken >= room) {
        return unfit("<table> has columns that are wider than its room");
    }
    let each = (room - taken) / open.max(1) as f32;
    Ok(said
        .into_iter()
        .map(|width| width.unwrap_or(each))
        .collect())
}
