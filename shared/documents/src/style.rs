//! How an element looks: what it inherits, and what is its own.

use crate::css::{self, Color, Length, wrong};
use crate::{Result, Unfit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    End,
    Left,
    Right,
    Center,
    Justify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vertical {
    Top,
    Middle,
    Bottom,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Border {
    pub width: f32,
    pub color: Color,
}

/// Of the letters. Inherited.
#[derive(Clone, Debug, PartialEq)]
pub struct Letters {
    pub family: Option<String>,
    /// Points.
    pub size: f32,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
    pub color: Color,
}

/// Sides are in the order of CSS: top, right, bottom, left. Lengths are points.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    pub letters: Letters,
    /// Inherited.
    pub align: Align,
    /// Of the letters' size. Inherited.
    pub line_height: f32,
    pub margin: [f32; 4],
    pub padding: [f32; 4],
    pub border: [Option<Border>; 4],
    pub background: Option<Color>,
    pub width: Option<Length>,
    pub height: Option<f32>,
    pub vertical: Vertical,
    /// Whether it is placed by its sides, out of the flow.
    pub absolute: bool,
    pub sides: [Option<f32>; 4],
}

impl Style {
    pub fn root() -> Style {
        let letters = Letters {
            family: None,
            size: 12.0,
            bold: false,
            italic: false,
            underline: false,
            color: (0, 0, 0),
        };
        Style::with(letters, Align::Start, 1.35)
    }

    fn with(letters: Letters, align: Align, line_height: f32) -> Style {
        Style {
            letters,
            align,
            line_height,
            margin: [0.0; 4],
            padding: [0.0; 4],
            border: [None; 4],
            background: None,
            width: None,
            height: None,
            vertical: Vertical::Top,
            absolute: false,
            sides: [None; 4],
        }
    }

    /// What a child begins with.
    pub fn inherited(&self) -> Style {
        Style::with(self.letters.clone(), self.align, self.line_height)
    }

    /// As an element looks by itself.
    pub fn of(&self, element: &str) -> Style {
        let mut style = self.inherited();
        let letters = &mut style.letters;
        let heading = |scale: f32| (scale, 0.67 / scale.sqrt());
        let (scale, margin) = match element {
            "h1" => heading(2.0),
            "h2" => heading(1.5),
            "h3" => heading(1.17),
            "h4" => heading(1.0),
            "p" => (1.0, 1.0),
            "hr" => (1.0, 0.5),
            "small" => (0.83, 0.0),
            _ => (1.0, 0.0),
        };
        letters.size *= scale;
        letters.bold |= matches!(element, "h1" | "h2" | "h3" | "h4" | "th" | "b" | "strong");
        letters.italic |= matches!(element, "em" | "i");
        letters.underline |= element == "u";
        let margin = margin * letters.size;
        style.margin = [margin, 0.0, margin, 0.0];
        if element == "hr" {
            let color = (128, 128, 128);
            style.border[0] = Some(Border { width: 0.75, color });
        }
        if element == "th" {
            style.align = Align::Center;
        }
        style
    }

    /// Applies one declaration.
    ///
    /// # Errors
    /// A property that a document does not have, or a value that is none of its.
    pub fn apply(&mut self, property: &str, value: &str) -> Result<()> {
        let (name, side) = edge(property);
        let right = match name {
            "color" | "font-family" | "font-size" | "font-style" | "font-weight"
            | "text-decoration" => self.letters.apply(name, value),
            "margin" | "padding" | "border" => self.apply_edge(name, side, value),
            "top" | "right" | "bottom" | "left" => {
                points(value, self.letters.size).map(|at| self.sides[side_of(name)] = Some(at))
            }
            _ => self
                .apply_box(name, value)
                .ok_or_else(|| Unfit(format!("style: {property} is no property of a document")))?,
        };
        right.ok_or_else(|| wrong(property, value))
    }

    /// `None` for a property that there is not, `Some(None)` for a value of none.
    fn apply_box(&mut self, property: &str, value: &str) -> Option<Option<()>> {
        let size = self.letters.size;
        let word = value.to_ascii_lowercase();
        Some(match property {
            "background" | "background-color" => {
                background(&word).map(|color| self.background = color)
            }
            "text-align" => align(&word).map(|align| self.align = align),
            "vertical-align" => vertical(&word).map(|at| self.vertical = at),
            "line-height" => line_height(value, size).map(|height| self.line_height = height),
            "width" => width(value, size).map(|width| self.width = Some(width)),
            "height" => {
                let height = points(value, size).filter(|height| *height > 0.0);
                height.map(|height| self.height = Some(height))
            }
            "position" => choose(&word, "absolute", "static").map(|is| self.absolute = is),
            _ => return None,
        })
    }

    /// One side, or all of them by one to four values as in CSS.
    fn apply_edge(&mut self, name: &str, side: Option<usize>, value: &str) -> Option<()> {
        let size = self.letters.size;
        if name == "border" {
            let border = border(value, size)?;
            match side {
                Some(side) => self.border[side] = border,
                None => self.border = [border; 4],
            }
            return Some(());
        }
        let sides = match name {
            "margin" => &mut self.margin,
            _ => &mut self.padding,
        };
        let least = if name == "margin" { f32::MIN } else { 0.0 };
        let all = four(value, size, least)?;
        match side {
            Some(side) => sides[side] = all[0],
            None => *sides = all,
        }
        Some(())
    }
}

impl Letters {
    fn apply(&mut self, property: &str, value: &str) -> Option<()> {
        let word = value.to_ascii_lowercase();
        match property {
            "color" => self.color = css::color(value)?,
            "font-family" => {
                let name = value.trim_matches(['"', '\'']).trim();
                self.family = Some(name.to_owned()).filter(|name| !name.is_empty());
                self.family.as_ref()?;
            }
            "font-size" => {
                let size = match css::length(value, self.size)? {
                    Length::Points(points) => points,
                    Length::Share(share) => share * self.size,
                };
                self.size = Some(size).filter(|size| (1.0..=300.0).contains(size))?;
            }
            "font-style" => self.italic = choose(&word, "italic", "normal")?,
            "font-weight" => {
                self.bold = choose(&word, "bold", "normal")
                    .or_else(|| word.parse::<u16>().ok().map(|weight| weight >= 600))?;
            }
            _ => self.underline = choose(&word, "underline", "none")?,
        }
        Some(())
    }
}

fn choose(word: &str, yes: &str, no: &str) -> Option<bool> {
    match word {
        _ if word == yes => Some(true),
        _ if word == no => Some(false),
        _ => None,
    }
}

const SIDES: [&str; 4] = ["top", "right", "bottom", "left"];

fn side_of(name: &str) -> usize {
    SIDES.iter().position(|side| *side == name).unwrap_or(0)
}

/// `margin-left` is the side 3 of `margin`.
fn edge(property: &str) -> (&str, Option<usize>) {
    for name in ["margin", "padding", "border"] {
        let side = property
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'));
        if let Some(at) = side.and_then(|side| SIDES.iter().position(|known| *known == side)) {
            return (name, Some(at));
        }
    }
    (property, None)
}

fn points(value: &str, size: f32) -> Option<f32> {
    match css::length(value, size)? {
        Length::Points(points) => Some(points),
        Length::Share(_) => None,
    }
}

fn width(value: &str, size: f32) -> Option<Length> {
    css::length(value, size).filter(|length| match length {
        Length::Points(points) => *points > 0.0,
        Length::Share(share) => *share > 0.0 && *share <= 1.0,
    })
}

/// Reads one to four lengths: top, right, bottom, left.
pub fn four(value: &str, size: f32, least: f32) -> Option<[f32; 4]> {
    let read: Option<Vec<f32>> = value
        .split_whitespace()
        .map(|part| points(part, size).filter(|points| *points >= least))
        .collect();
    match read?[..] {
        [all] => Some([all; 4]),
        [y, x] => Some([y, x, y, x]),
        [top, x, bottom] => Some([top, x, bottom, x]),
        [top, right, bottom, left] => Some([top, right, bottom, left]),
        _ => None,
    }
}

/// `none`, or a width, `solid` and a color.
fn border(value: &str, size: f32) -> Option<Option<Border>> {
    let words: Vec<&str> = value.split_whitespace().collect();
    match words[..] {
        ["none" | "0"] => Some(None),
        [width, "solid", color] => {
            let width = points(width, size).filter(|width| *width > 0.0)?;
            let color = css::color(color)?;
            Some(Some(Border { width, color }))
        }
        _ => None,
    }
}

fn background(word: &str) -> Option<Option<Color>> {
    match word {
        "none" | "transparent" => Some(None),
        _ => css::color(word).map(Some),
    }
}

fn align(word: &str) -> Option<Align> {
    Some(match word {
        "start" => Align::Start,
        "end" => Align::End,
        "left" => Align::Left,
        "right" => Align::Right,
        "center" => Align::Center,
        "justify" => Align::Justify,
        _ => return None,
    })
}

fn vertical(word: &str) -> Option<Vertical> {
    Some(match word {
        "top" => Vertical::Top,
        "middle" => Vertical::Middle,
        "bottom" => Vertical::Bottom,
        _ => return None,
    })
}

fn line_height(value: &str, size: f32) -> Option<f32> {
    let factor = match value.parse::<f32>() {
        Ok(factor) => factor,
        Err(_) => match css::length(value, size)? {
            Length::Points(points) => points / size,
            Length::Share(share) => share,
        },
    };
    (0.5..=5.0).contains(&factor).then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(declarations: &[(&str, &str)]) -> Result<Style> {
        let mut style = Style::root();
        for (property, value) in declarations {
            style.apply(property, value)?;
        }
        Ok(style)
    }

    #[test]
    fn declarations_are_applied_in_order() {
        let style = applied(&[
            ("font-size", "10pt"),
            ("margin", "1em 2pt"),
            ("margin-left", "3pt"),
            ("border", "1pt solid red"),
            ("border-top", "none"),
            ("font-weight", "700"),
            ("font-family", "\"EB Garamond\""),
            ("line-height", "15pt"),
            ("width", "50%"),
        ])
        .unwrap();
        assert_eq!(style.margin, [10.0, 2.0, 10.0, 3.0]);
        assert_eq!(style.border[0], None);
        assert_eq!(style.border[1].map(|border| border.width), Some(1.0));
        assert!(style.letters.bold);
        assert_eq!(style.letters.family.as_deref(), Some("EB Garamond"));
        assert_eq!(style.line_height, 1.5);
        assert_eq!(style.width, Some(Length::Share(0.5)));
    }

    #[test]
    fn what_is_not_drawn_is_named() {
        let refused = |property, value| applied(&[(property, value)]).unwrap_err().0;
        assert_eq!(
            refused("float", "left"),
            "style: float is no property of a document"
        );
        assert_eq!(
            refused("margin-start", "0"),
            "style: margin-start is no property of a document"
        );
        for (property, value) in [
            ("color", "blurple"),
            ("font-size", "0"),
            ("font-size", "1000pt"),
            ("position", "fixed"),
            ("padding", "-1pt"),
            ("border", "1pt dashed red"),
            ("width", "200%"),
            ("height", "10%"),
            ("background", "url(https://example.org/x.png)"),
            ("line-height", "0"),
            ("margin", "1pt 2pt 3pt 4pt 5pt"),
        ] {
            let message = format!("style: {value:?} is no value of {property}");
            assert_eq!(refused(property, value), message);
        }
    }
}
