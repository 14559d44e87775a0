//! ID cards and certificates: HTML of a small subset becomes pages of PDF/A.
//!
//! Nothing is fetched and nothing is guessed: an element, an attribute, a property
//! of CSS, an image or a character that can't be drawn is an error that names it.
//! The subset stands in `infra/docs/documents.md` (rules FILE-6 to FILE-9).

mod boxes;
mod css;
mod flow;
mod fonts;
mod html;
mod image;
mod markup;
mod paint;
mod paper;
mod qr;
mod style;
mod table;
mod text;

pub use fonts::Fonts;
pub use paper::Kind;

use std::fmt;

/// Why there is no document: one line for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

pub(crate) type Result<T> = std::result::Result<T, Unfit>;

pub(crate) fn unfit<T>(why: impl Into<String>) -> Result<T> {
    Err(Unfit(why.into()))
}

/// What a PDF says of itself beside its page.
pub struct About<'a> {
    /// A tag of BCP 47; the page's own `lang` goes before it.
    pub language: &'a str,
    /// Year, month and day on which it is made.
    pub day: (u16, u8, u8),
}

/// What has been read of a page, ready to be drawn.
pub struct Document {
    page: boxes::Page,
    markup: markup::Markup,
}

impl Document {
    /// Reads a page that is complete: merge fields are filled in.
    ///
    /// # Errors
    /// What the subset does not have, by name.
    pub fn read(html: &str, kind: Kind) -> Result<Document> {
        let markup = markup::read(html)?;
        let page = boxes::build(&markup, kind)?;
        Ok(Document { page, markup })
    }

    /// The page for a browser: the same elements and no others, one file.
    pub fn html(&self) -> String {
        html::write(&self.markup, &self.page)
    }

    /// The page as PDF/A-2a. The same page of the same day makes the same bytes.
    ///
    /// # Errors
    /// What does not fit the paper, or has no font.
    pub fn pdf(&self, fonts: &Fonts, about: &About<'_>) -> Result<Vec<u8>> {
        let drawing = flow::lay_out(&self.page, fonts)?;
        paint::pdf(&self.page, &drawing, about)
    }
}
