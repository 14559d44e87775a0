//! The tree of boxes that a page is made of.

use crate::css::{self, Sheet, wrong};
use crate::image::Picture;
use crate::markup::{Element, Markup, Node};
use crate::paper::{Kind, Paper};
use crate::qr::Code;
use crate::style::{Letters, Style, four};
use crate::{Result, unfit};

/// A page with everything that is on it.
pub struct Page {
    pub kind: Kind,
    pub paper: Paper,
    /// Top, right, bottom, left; points.
    pub margin: [f32; 4],
    pub title: String,
    pub language: Option<String>,
    pub body: Box,
}

pub struct Box {
    pub style: Style,
    pub element: &'static str,
    pub content: Content,
}

pub enum Content {
    Boxes(Vec<Box>),
    Text(Vec<Span>),
    Rows(Vec<Vec<Cell>>),
    Picture(Picture, String),
    Code(Code, String),
}

pub struct Cell {
    pub columns: usize,
    pub inside: Box,
}

pub struct Span {
    pub text: String,
    pub letters: Letters,
}

/// The most cells beside one another.
const MAX_COLUMNS: usize = 50;

/// # Errors
/// Whatever the subset does not have.
pub fn build(markup: &Markup, kind: Kind) -> Result<Page> {
    let sheet = Sheet::read(&markup.styles)?;
    let (mut paper, mut margin) = (Paper::usual(kind), [kind.margin(); 4]);
    for (property, value) in &sheet.page {
        match property.as_str() {
            "size" => paper = Paper::named(kind, value)?,
            "margin" => {
                margin = four(value, 12.0, 0.0).ok_or_else(|| wrong("@page margin", value))?;
            }
            _ => return unfit(format!("@page: {property} is no property of a page")),
        }
    }
    let [top, right, bottom, left] = margin;
    if left + right >= paper.width || top + bottom >= paper.height {
        return unfit("@page margin: leaves nothing of the paper");
    }
    let builder = Builder { sheet: &sheet };
    let body = builder.block(&markup.body, &Style::root(), 0)?;
    let title = markup.title.clone().filter(|title| !title.is_empty());
    Ok(Page {
        kind,
        paper,
        margin,
        title: title.unwrap_or_else(|| format!("Membership {}", kind.noun())),
        language: markup.language.clone(),
        body,
    })
}

struct Builder<'a> {
    sheet: &'a Sheet,
}

impl Builder<'_> {
    fn style(&self, element: &Element, parent: &Style) -> Result<Style> {
        let mut style = parent.of(element.name);
        let classes = element.attribute("class").unwrap_or("");
        let own = css::declarations(element.attribute("style").unwrap_or(""))?;
        let said = self.sheet.of(element.name, classes).chain(&own);
        // The size first, because `em` of the other properties are of it.
        let (sizes, others): (Vec<_>, Vec<_>) = said.partition(|(name, _)| name == "font-size");
        for (property, value) in sizes.into_iter().chain(others) {
            style.apply(property, value)?;
        }
        Ok(style)
    }

    /// `depth` counts the blocks around this one: 0 for the body.
    fn block(&self, element: &Element, parent: &Style, depth: usize) -> Result<Box> {
        let style = self.style(element, parent)?;
        if style.absolute && depth != 1 {
            return unfit("style: position: absolute stands for blocks directly in the body");
        }
        let content = match element.name {
            "img" => Content::Picture(Picture::read(element.attribute("src"))?, alt(element)?),
            "qr" => Content::Code(Code::read(element.attribute("value"))?, alt(element)?),
            "table" => Content::Rows(self.rows(element, &style, depth)?),
            "hr" => Content::Boxes(Vec::new()),
            "tr" | "td" | "th" | "tbody" | "thead" => {
                return unfit(format!("<{}> stands in no table", element.name));
            }
            _ => self.children(element, &style, depth)?,
        };
        Ok(Box {
            style,
            element: element.name,
            content,
        })
    }

    /// Blocks; text among them becomes blocks of its own.
    fn children(&self, element: &Element, style: &Style, depth: usize) -> Result<Content> {
        let mut blocks = Vec::new();
        let mut spans = Vec::new();
        for child in &element.children {
            match child {
                Node::Element(child) if !is_inline(child.name) => {
                    self.close(&mut spans, style, &mut blocks);
                    blocks.push(self.block(child, style, depth + 1)?);
                }
                child => self.inline(child, style, &mut spans)?,
            }
        }
        if blocks.is_empty() {
            return Ok(Content::Text(collapse(spans)));
        }
        self.close(&mut spans, style, &mut blocks);
        Ok(Content::Boxes(blocks))
    }

    fn close(&self, spans: &mut Vec<Span>, style: &Style, blocks: &mut Vec<Box>) {
        let spans = collapse(std::mem::take(spans));
        if !spans.is_empty() {
            blocks.push(Box {
                style: style.inherited(),
                element: "p",
                content: Content::Text(spans),
            });
        }
    }

    fn inline(&self, node: &Node, parent: &Style, spans: &mut Vec<Span>) -> Result<()> {
        let element = match node {
            Node::Text(text) => {
                spans.push(Span {
                    text: text.replace(['\n', '\r', '\t', '\u{c}'], " "),
                    letters: parent.letters.clone(),
                });
                return Ok(());
            }
            Node::Element(element) => element,
        };
        if element.name == "br" {
            spans.push(Span {
                text: "\n".to_owned(),
                letters: parent.letters.clone(),
            });
            return Ok(());
        }
        if !is_inline(element.name) {
            return unfit(format!("<{}> stands in a line of text", element.name));
        }
        let style = self.style(element, parent)?;
        let mut children = element.children.iter();
        children.try_for_each(|child| self.inline(child, &style, spans))
    }

    fn rows(&self, table: &Element, style: &Style, depth: usize) -> Result<Vec<Vec<Cell>>> {
        let mut rows = Vec::new();
        for part in elements(table, "table")? {
            let style = self.style(part, style)?;
            match part.name {
                "thead" | "tbody" => {
                    for row in elements(part, part.name)? {
                        rows.push(self.row(row, &style, depth)?);
                    }
                }
                _ => rows.push(self.row(part, &style.inherited(), depth)?),
            }
        }
        Ok(rows)
    }

    fn row(&self, row: &Element, parent: &Style, depth: usize) -> Result<Vec<Cell>> {
        if row.name != "tr" {
            return unfit(format!("<{}> stands where a <tr> belongs", row.name));
        }
        let style = self.style(row, parent)?;
        let mut cells = Vec::new();
        for cell in elements(row, "tr")? {
            if !matches!(cell.name, "td" | "th") {
                return unfit(format!("<{}> stands where a <td> belongs", cell.name));
            }
            let own = self.style(cell, &style)?;
            let columns = cell.attribute("colspan").unwrap_or("1");
            let columns = columns
                .parse()
                .ok()
                .filter(|n| (1..=MAX_COLUMNS).contains(n));
            cells.push(Cell {
                columns: columns
                    .ok_or_else(|| wrong("colspan", cell.attribute("colspan").unwrap_or("")))?,
                inside: Box {
                    content: self.children(cell, &own, depth + 2)?,
                    style: own,
                    element: cell.name,
                },
            });
        }
        match cells.iter().map(|cell| cell.columns).sum::<usize>() {
            0 => unfit("<tr> has no cell"),
            1..=MAX_COLUMNS => Ok(cells),
            _ => unfit(format!("<tr> has more than {MAX_COLUMNS} columns")),
        }
    }
}

/// What a picture shows, for those who do not see it.
fn alt(element: &Element) -> Result<String> {
    match (element.attribute("alt"), element.name) {
        (Some(alt), _) => Ok(alt.to_owned()),
        (None, "qr") => Ok("QR code".to_owned()),
        (None, name) => unfit(format!(
            "<{name}> has no alt: what it shows, or an empty one if it decorates"
        )),
    }
}

/// The children of a part of a table, which has no text of its own.
fn elements<'a>(parent: &'a Element, name: &str) -> Result<Vec<&'a Element>> {
    let mut found = Vec::new();
    for child in &parent.children {
        match child {
            Node::Element(element) => found.push(element),
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Text(text) => return unfit(format!("{:?} stands in a <{name}>", text.trim())),
        }
    }
    Ok(found)
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "b" | "br" | "em" | "i" | "small" | "span" | "strong" | "u"
    )
}

/// Runs of blanks become one, none is left at the ends of a line.
fn collapse(spans: Vec<Span>) -> Vec<Span> {
    let mut kept: Vec<Span> = Vec::new();
    let mut after_blank = true;
    for Span { text, letters } in spans {
        let mut shown = String::new();
        for character in text.chars() {
            match character {
                ' ' if after_blank => continue,
                '\n' => {
                    let end = shown.trim_end_matches(' ').len();
                    shown.truncate(end);
                    if shown.is_empty() {
                        trim_last(&mut kept);
                    }
                }
                _ => {}
            }
            after_blank = matches!(character, ' ' | '\n');
            shown.push(character);
        }
        if !shown.is_empty() {
            kept.push(Span {
                text: shown,
                letters,
            });
        }
    }
    trim_last(&mut kept);
    kept
}

fn trim_last(spans: &mut Vec<Span>) {
    while let Some(last) = spans.last_mut() {
        let end = last.text.trim_end_matches(' ').len();
        last.text.truncate(end);
        if !last.text.is_empty() {
            return;
        }
        spans.pop();
    }
}
