//! Where everything stands: boxes below one another, within the paper.

use crate::boxes::{Box, Content, Page};
use crate::css::{Color, Length};
use crate::fonts::Fonts;
use crate::image::Picture;
use crate::paper::MM;
use crate::qr::{Code, LEAST_MODULE};
use crate::style::{Align, Border, Style};
use crate::text::{Paragraph, paragraph};
use crate::{Result, unfit};

/// A rectangle in points, from the upper left corner of the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// What is drawn, in order.
pub struct Item<'a> {
    pub area: Area,
    /// Where it belongs in the structure; decorations belong nowhere.
    pub tag: Option<usize>,
    pub what: What<'a>,
}

pub enum What<'a> {
    Fill(Color),
    Text(std::boxed::Box<Paragraph>),
    Picture(&'a Picture),
    Code(&'a Code),
}

/// An element of the structure that readers aloud go by.
pub struct Tag<'a> {
    pub parent: Option<usize>,
    pub element: &'static str,
    pub alt: Option<&'a str>,
}

#[derive(Default)]
pub struct Drawing<'a> {
    pub items: Vec<Item<'a>>,
    pub tags: Vec<Tag<'a>>,
}

/// The most bytes of text that are broken into lines for a page, each as often as it
/// is tried.
const MAX_WORK: usize = 128 * 1024;
/// How small letters become where a box has a height, and by which steps.
const LEAST_SCALE: f32 = 0.4;
const STEP: f32 = 0.93;
/// Sums of many lengths, in points.
const SLACK: f32 = 0.1;

/// # Errors
/// What does not fit, or has no font.
pub fn lay_out<'a>(page: &'a Page, fonts: &Fonts) -> Result<Drawing<'a>> {
    let [top, right, bottom, left] = page.margin;
    let area = Area {
        x: left,
        y: top,
        width: page.paper.width - left - right,
        height: page.paper.height - top - bottom,
    };
    let mut flow = Flow {
        fonts,
        drawing: Drawing::default(),
        work: 0,
    };
    let paper = Area {
        x: 0.0,
        y: 0.0,
        width: page.paper.width,
        height: page.paper.height,
    };
    // A page's background reaches to its edges.
    flow.fill(paper, page.body.style.background);
    let body = &page.body;
    let inner = inside(area, &body.style);
    let height = flow.content(body, inner, Of::default())?;
    if height > inner.height + SLACK {
        return unfit(format!(
            "what stands on the {} is {:.1} mm high, and there are {:.1} mm",
            page.kind.noun(),
            height / MM,
            inner.height / MM
        ));
    }
    if let Content::Boxes(boxes) = &body.content {
        for block in boxes.iter().filter(|block| block.style.absolute) {
            flow.place(block, area)?;
        }
    }
    let drawing = flow.drawing;
    within(&drawing, paper)?;
    Ok(drawing)
}

/// The area of a box without its padding and borders.
fn inside(area: Area, style: &Style) -> Area {
    let [top, right, bottom, left] = edges(style);
    Area {
        x: area.x + left,
        y: area.y + top,
        width: (area.width - left - right).max(0.0),
        height: (area.height - top - bottom).max(0.0),
    }
}

fn edges(style: &Style) -> [f32; 4] {
    let border = |side: usize| style.border[side].map_or(0.0, |border: Border| border.width);
    std::array::from_fn(|side| style.padding[side] + border(side))
}

/// Nothing stands beyond the paper's edge, where no printer prints it.
fn within(drawing: &Drawing<'_>, paper: Area) -> Result<()> {
    for Item { area, .. } in &drawing.items {
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        let over = [-area.x, -area.y, right - paper.width, bottom - paper.height];
        let over = over.into_iter().fold(0.0, f32::max);
        if over > SLACK {
            return unfit(format!(
                "something stands {:.1} mm beyond the paper's edge",
                over / MM
            ));
        }
    }
    Ok(())
}

/// What a box stands in.
#[derive(Clone, Copy)]
pub struct Of {
    /// How much smaller its letters are.
    pub scale: f32,
    pub tag: Option<usize>,
}

impl Default for Of {
    fn default() -> Of {
        Of {
            scale: 1.0,
            tag: None,
        }
    }
}

pub struct Flow<'a, 'f> {
    fonts: &'f Fonts,
    pub drawing: Drawing<'a>,
    work: usize,
}

impl<'a> Flow<'a, '_> {
    /// Lays out a box and answers its height, without margins.
    pub fn block(&mut self, block: &'a Box, x: f32, y: f32, width: f32, of: Of) -> Result<f32> {
        let from = self.drawing.items.len();
        let height = self.bare(block, x, y, width, of)?;
        // Background and borders, below what stands on them.
        let above = self.drawing.items.split_off(from);
        self.frame(
            Area {
                x,
                y,
                width,
                height,
            },
            &block.style,
        );
        self.drawing.items.extend(above);
        Ok(height)
    }

    /// The same without background and borders.
    pub fn bare(&mut self, block: &'a Box, x: f32, y: f32, width: f32, of: Of) -> Result<f32> {
        let style = &block.style;
        let tag = self.tag(block, of.tag);
        let of = Of { tag, ..of };
        let outer = Area {
            x,
            y,
            width,
            height: style.height.unwrap_or(f32::MAX),
        };
        let inner = inside(outer, style);
        let height = match &block.content {
            Content::Picture(picture, _) => self.picture(picture, style, inner, of),
            Content::Code(code, _) => self.code(code, style, inner, of)?,
            _ => self.fitted(block, inner, of)?,
        };
        let [top, _, bottom, _] = edges(style);
        Ok(style.height.unwrap_or(height + top + bottom))
    }

    /// What stands in a box that has a height becomes smaller until it fits.
    fn fitted(&mut self, block: &'a Box, inner: Area, of: Of) -> Result<f32> {
        let (items, tags) = (self.drawing.items.len(), self.drawing.tags.len());
        let mut scale = of.scale;
        loop {
            let height = self.content(block, inner, Of { scale, ..of })?;
            if block.style.height.is_none() || height <= inner.height + SLACK {
                return Ok(height);
            }
            self.drawing.items.truncate(items);
            self.drawing.tags.truncate(tags);
            scale *= STEP;
            if scale < LEAST_SCALE * of.scale {
                return unfit(format!(
                    "<{}> has {:.1} mm of height, and what stands in it does not fit even in small letters",
                    block.element,
                    inner.height / MM
                ));
            }
        }
    }

    /// What stands in a box, and its height.
    fn content(&mut self, block: &'a Box, inner: Area, of: Of) -> Result<f32> {
        match &block.content {
            Content::Boxes(boxes) => self.stack(boxes, inner, of),
            Content::Rows(rows) => self.table(rows, inner, of),
            Content::Text(spans) if spans.is_empty() => Ok(0.0),
            Content::Text(spans) => {
                self.work += spans.iter().map(|span| span.text.len() + 16).sum::<usize>();
                if self.work > MAX_WORK {
                    return unfit("takes too much work to lay out");
                }
                let text = paragraph(self.fonts, spans, &block.style, inner.width, of.scale)?;
                let height = text.layout.height();
                self.put(Area { height, ..inner }, of.tag, What::Text(text.into()));
                Ok(height)
            }
            Content::Picture(..) | Content::Code(..) => Ok(0.0),
        }
    }

    /// Boxes below one another; of two margins that meet, the larger counts.
    fn stack(&mut self, boxes: &'a [Box], inner: Area, of: Of) -> Result<f32> {
        let (mut y, mut above) = (0.0, None::<f32>);
        for block in boxes.iter().filter(|block| !block.style.absolute) {
            let [top, right, bottom, left] = block.style.margin;
            y += above.map_or(top, |above| above.max(top));
            let room = inner.width - left - right;
            let width = width_of(block, room);
            y += self.block(block, inner.x + left, inner.y + y, width, of)?;
            above = Some(bottom);
        }
        Ok((y + above.unwrap_or(0.0)).max(0.0))
    }

    /// A box at the sides that it names, of the paper without its margins.
    fn place(&mut self, block: &'a Box, area: Area) -> Result<()> {
        let [top, right, bottom, left] = block.style.sides;
        let room = area.width - left.unwrap_or(0.0) - right.unwrap_or(0.0);
        let width = width_of(block, room.max(1.0));
        let x = match (left, right) {
            (None, Some(right)) => area.width - right - width,
            _ => left.unwrap_or(0.0),
        };
        let from = self.drawing.items.len();
        let height = self.block(block, area.x + x, area.y, width, Of::default())?;
        let down = match (top, bottom) {
            (None, Some(bottom)) => area.height - bottom - height,
            _ => top.unwrap_or(0.0),
        };
        for item in &mut self.drawing.items[from..] {
            item.area.y += down;
        }
        Ok(())
    }

    fn picture(&mut self, picture: &'a Picture, style: &Style, inner: Area, of: Of) -> f32 {
        let shape = picture.height / picture.width;
        let [top, _, bottom, _] = edges(style);
        let height = style.height.map(|height| height - top - bottom);
        let (width, height) = match (style.width, height) {
            (Some(_), Some(height)) => (inner.width, height),
            (Some(_), None) => (inner.width, inner.width * shape),
            (None, Some(height)) => (height / shape, height),
            (None, None) => (picture.width, picture.height),
        };
        let fits = (inner.width / width).min(1.0);
        let (width, height) = (width * fits, height * fits);
        let x = inner.x + aside(style.align, inner.width - width);
        let area = Area {
            x,
            y: inner.y,
            width,
            height,
        };
        self.put(area, of.tag, What::Picture(picture));
        height
    }

    fn code(&mut self, code: &'a Code, style: &Style, inner: Area, of: Of) -> Result<f32> {
        let width = match style.width {
            Some(_) => inner.width,
            None => (20.0 * MM).min(inner.width),
        };
        let least = f32::from(code.size()) * LEAST_MODULE;
        if width + SLACK < least {
            return unfit(format!(
                "<qr> is {:.1} mm wide, and what it holds can be read from {:.1} mm",
                width / MM,
                least / MM
            ));
        }
        let x = inner.x + aside(style.align, inner.width - width);
        let area = Area {
            x,
            y: inner.y,
            width,
            height: width,
        };
        self.put(area, of.tag, What::Code(code));
        Ok(width)
    }

    pub fn frame(&mut self, area: Area, style: &Style) {
        self.fill(area, style.background);
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        for (side, border) in style.border.iter().enumerate() {
            let Some(Border {
                width: thick,
                color,
            }) = *border
            else {
                continue;
            };
            let line = match side {
                0 => Area {
                    height: thick,
                    ..area
                },
                1 => Area {
                    x: x + width - thick,
                    width: thick,
                    ..area
                },
                2 => Area {
                    y: y + height - thick,
                    height: thick,
                    ..area
                },
                _ => Area {
                    width: thick,
                    ..area
                },
            };
            self.fill(line, Some(color));
        }
    }

    fn fill(&mut self, area: Area, color: Option<Color>) {
        if let Some(color) = color.filter(|_| area.width > 0.0 && area.height > 0.0) {
            self.put(area, None, What::Fill(color));
        }
    }

    fn put(&mut self, area: Area, tag: Option<usize>, what: What<'a>) {
        self.drawing.items.push(Item { area, tag, what });
    }

    fn tag(&mut self, block: &'a Box, parent: Option<usize>) -> Option<usize> {
        let alt = match &block.content {
            Content::Picture(_, alt) | Content::Code(_, alt) => Some(alt.as_str()),
            _ => None,
        };
        // A picture that says nothing is a decoration.
        if alt == Some("") {
            return None;
        }
        self.drawing.tags.push(Tag {
            parent,
            element: block.element,
            alt,
        });
        Some(self.drawing.tags.len() - 1)
    }
}

/// The width of a box where there is some room.
fn width_of(block: &Box, room: f32) -> f32 {
    let width = match block.style.width {
        Some(Length::Points(points)) => points,
        Some(Length::Share(share)) => share * room,
        None => room,
    };
    width.max(1.0)
}

/// How far from the left a thing stands, by the room beside it.
fn aside(align: Align, room: f32) -> f32 {
    match align {
        Align::Center => room / 2.0,
        Align::Right | Align::End => room,
        _ => 0.0,
    }
}
