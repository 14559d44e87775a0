//! The papers a document can be on. Lengths are points, 72 to the inch.

use crate::{Result, Unfit};

pub const MM: f32 = 72.0 / 25.4;

/// What a document is, which says what paper it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ISO/IEC 7810 ID-1, 85.60 x 53.98 mm, landscape unless it says portrait.
    Card,
    /// A4 portrait unless it says otherwise: `A4` or `letter`, `portrait` or `landscape`.
    Certificate,
}

impl Kind {
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Card => "card",
            Kind::Certificate => "certificate",
        }
    }

    /// Each paper's name, width and height, upright.
    fn papers(self) -> &'static [(&'static str, f32, f32)] {
        match self {
            Kind::Card => &[("id-1", 53.98 * MM, 85.60 * MM)],
            Kind::Certificate => &[
                ("a4", 210.0 * MM, 297.0 * MM),
                ("letter", 8.5 * 72.0, 11.0 * 72.0),
            ],
        }
    }

    pub fn margin(self) -> f32 {
        match self {
            Kind::Card => 4.0 * MM,
            Kind::Certificate => 20.0 * MM,
        }
    }
}

/// Width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paper {
    pub width: f32,
    pub height: f32,
}

impl Paper {
    pub fn usual(kind: Kind) -> Paper {
        let (_, width, height) = kind.papers()[0];
        Paper { width, height }.turned(kind == Kind::Card)
    }

    /// Reads `size` of `@page`.
    pub fn named(kind: Kind, words: &str) -> Result<Paper> {
        let mut paper = None;
        let mut landscape = None;
        for word in words.to_ascii_lowercase().split_whitespace() {
            let found = kind.papers().iter().find(|(name, ..)| *name == word);
            match (word, found) {
                ("landscape", _) => landscape = Some(true),
                ("portrait", _) => landscape = Some(false),
                (_, Some((_, width, height))) => paper = Some((*width, *height)),
                _ => return Err(no_paper(kind, word)),
            }
        }
        let (width, height) = paper.unwrap_or((kind.papers()[0].1, kind.papers()[0].2));
        // A paper that is named is upright in CSS, but a card lies.
        let lies = landscape.unwrap_or(kind == Kind::Card);
        Ok(Paper { width, height }.turned(lies))
    }

    fn turned(self, landscape: bool) -> Paper {
        match landscape {
            true => Paper {
                width: self.height,
                height: self.width,
            },
            false => self,
        }
    }
}

fn no_paper(kind: Kind, word: &str) -> Unfit {
    let names: Vec<&str> = kind.papers().iter().map(|(name, ..)| *name).collect();
    Unfit(format!(
        "@page size: {word} is no paper of a {}: {}, portrait or landscape",
        kind.noun(),
        names.join(" or ")
    ))
}
