//! A drawing as PDF/A-2a, by krilla.

use crate::boxes::Page;
use crate::css::Color;
use crate::flow::{Area, Drawing, Item, Tag as Element, What};
use crate::qr::Code;
use crate::text::{Paragraph, is_shown};
use crate::{About, Result, Unfit};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::error::KrillaError;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use parley::{Cluster, FontData, Run};
use std::collections::HashMap;
use std::num::NonZeroU16;

/// # Errors
/// What krilla finds to be no PDF/A.
pub fn pdf(page: &Page, drawing: &Drawing<'_>, about: &About<'_>) -> Result<Vec<u8>> {
    let refused = |cause: &dyn std::fmt::Debug| Unfit(format!("is no PDF/A: {cause:?}"));
    let unfinished = |cause: KrillaError| match cause {
        KrillaError::Image(_, _, why) => {
            Unfit(format!("<img> holds a picture that is broken: {why}"))
        }
        other => Unfit(format!("is no PDF/A: {other}")),
    };
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .finish()
        .map_err(|cause| refused(&cause))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let language = page.language.as_deref().unwrap_or(about.language);
    let (year, month, day) = about.day;
    document.set_metadata(
        Metadata::new()
            .title(page.title.clone())
            .language(language.to_owned())
            // Without a time, so that the same page makes the same bytes all day.
            .creation_date(DateTime::new(year).month(month).day(day)),
    );
    let settings = PageSettings::from_wh(page.paper.width, page.paper.height)
        .ok_or_else(|| refused(&page.paper))?;
    let leaves = draw(&mut document, settings, drawing)?;
    document.set_tag_tree(tree(drawing, leaves));
    document.finish().map_err(unfinished)
}

/// Draws all items, and answers what the structure knows each by.
fn draw(
    document: &mut Document,
    settings: PageSettings,
    drawing: &Drawing<'_>,
) -> Result<Vec<Option<Identifier>>> {
    let mut sheet = document.start_page_with(settings);
    let mut painter = Painter {
        surface: sheet.surface(),
        fonts: HashMap::new(),
    };
    let items = drawing.items.iter();
    items.map(|item| painter.item(item)).collect()
}

struct Painter<'s> {
    surface: Surface<'s>,
    fonts: HashMap<u64, Font>,
}

impl Painter<'_> {
    /// Draws, and answers what the structure knows it by.
    fn item(&mut self, item: &Item<'_>) -> Result<Option<Identifier>> {
        let area = item.area;
        let tag = match (item.tag, &item.what) {
            (None, _) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            (_, What::Text(_)) => ContentTag::Span(SpanTag::empty()),
            _ => ContentTag::Other,
        };
        let leaf = self.surface.start_tagged(tag);
        match &item.what {
            What::Fill(color) => self.fill(rectangle(area), *color),
            What::Text(paragraph) => self.paragraph(paragraph, area)?,
            What::Picture(picture) => {
                if let Some(size) = Size::from_wh(area.width, area.height) {
                    let to = Transform::from_translate(area.x, area.y);
                    self.surface.push_transform(&to);
                    self.surface.draw_image(picture.image.clone(), size);
                    self.surface.pop();
                }
            }
            What::Code(code) => self.code(code, area),
        }
        self.surface.end_tagged();
        Ok(item.tag.map(|_| leaf))
    }

    fn fill(&mut self, path: Option<Path>, color: Color) {
        if let Some(path) = path {
            self.surface.set_fill(Some(paint(color)));
            self.surface.draw_path(&path);
        }
    }

    /// One path, so that no viewer leaves hairlines between its modules.
    fn code(&mut self, code: &Code, area: Area) {
        self.fill(rectangle(area), (255, 255, 255));
        let module = area.width / f32::from(code.size());
        let mut path = PathBuilder::new();
        for (row, column, many) in code.runs() {
            let x = area.x + f32::from(column) * module;
            let y = area.y + f32::from(row) * module;
            let width = f32::from(many) * module;
            if let Some(run) = Rect::from_xywh(x, y, width, module) {
                path.push_rect(run);
            }
        }
        self.fill(path.finish(), (0, 0, 0));
    }

    fn paragraph(&mut self, paragraph: &Paragraph, area: Area) -> Result<()> {
        for line in paragraph.layout.lines() {
            let metrics = line.metrics();
            let y = area.y + metrics.baseline;
            let mut x = area.x + metrics.offset;
            for run in line.runs() {
                x = self.run(paragraph, &run, Point::from_xy(x, y))?;
            }
        }
        Ok(())
    }

    /// Draws a run in stretches of one style, and answers where it ends.
    fn run(&mut self, paragraph: &Paragraph, run: &Run<'_, Color>, at: Point) -> Result<f32> {
        let font = self.font(run.font())?;
        let mut x = at.x;
        let mut stretch: Vec<KrillaGlyph> = Vec::new();
        let mut began = (x, 0);
        for (range, cluster) in in_sight(run) {
            for glyph in cluster.glyphs() {
                if began.1 != glyph.style_index && !stretch.is_empty() {
                    self.stretch(
                        paragraph,
                        run,
                        &font,
                        &stretch,
                        Point::from_xy(began.0, at.y),
                        began.1,
                    );
                    stretch.clear();
                }
                if stretch.is_empty() {
                    began = (x, glyph.style_index);
                }
                if is_shown(&paragraph.text, &cluster) {
                    let size = run.font_size();
                    stretch.push(KrillaGlyph::new(
                        GlyphId::new(glyph.id),
                        glyph.advance / size,
                        glyph.x / size,
                        // Up in a font is down on a page.
                        -glyph.y / size,
                        0.0,
                        range.clone(),
                        None,
                    ));
                }
                x += glyph.advance;
            }
        }
        self.stretch(
            paragraph,
            run,
            &font,
            &stretch,
            Point::from_xy(began.0, at.y),
            began.1,
        );
        Ok(x)
    }

    fn stretch(
        &mut self,
        paragraph: &Paragraph,
        run: &Run<'_, Color>,
        font: &Font,
        glyphs: &[KrillaGlyph],
        at: Point,
        style: u16,
    ) {
        if glyphs.is_empty() {
            return;
        }
        let style = &paragraph.layout.styles()[usize::from(style)];
        let size = run.font_size();
        self.surface.set_fill(Some(paint(style.brush)));
        // A family without a bold font is drawn with thicker outlines.
        if run.synthesis().embolden() {
            self.surface.set_stroke(Some(Stroke {
                paint: color(style.brush).into(),
                width: size / 30.0,
                ..Stroke::default()
            }));
        }
        self.surface
            .draw_glyphs(at, glyphs, font.clone(), &paragraph.text, size, false);
        self.surface.set_stroke(None);
        if style.underline.is_some() {
            let advance: f32 = glyphs.iter().map(|glyph| glyph.x_advance * size).sum();
            let line = Rect::from_xywh(at.x, at.y + size * 0.11, advance, size * 0.06);
            self.fill(line.and_then(path_of), style.brush);
        }
    }

    fn font(&mut self, data: &FontData) -> Result<Font> {
        let (bytes, id) = data.data.clone().into_raw_parts();
        // Each file of a collection has numbers of its own below 2^32.
        let id = id << 16 | u64::from(data.index);
        if let Some(font) = self.fonts.get(&id) {
            return Ok(font.clone());
        }
        let font = Font::new(bytes.into(), data.index)
            .ok_or_else(|| Unfit("a font cannot be embedded".into()))?;
        self.fonts.insert(id, font.clone());
        Ok(font)
    }
}

/// Clusters from left to right. A ligature has the text of all its letters.
fn in_sight<'r>(
    run: &'r Run<'_, Color>,
) -> impl Iterator<Item = (std::ops::Range<usize>, Cluster<'r, Color>)> {
    let mut clusters: Vec<(std::ops::Range<usize>, Cluster<'r, Color>)> = Vec::new();
    for cluster in run.visual_clusters() {
        let own = cluster.text_range();
        match clusters.last_mut() {
            // Before the rest of its letters in a script that runs to the left.
            Some((range, _)) if cluster.is_ligature_continuation() => {
                *range = range.start.min(own.start)..range.end.max(own.end);
            }
            _ => clusters.push((own, cluster)),
        }
    }
    clusters.into_iter()
}

fn color((red, green, blue): Color) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn paint(of: Color) -> Fill {
    Fill {
        paint: color(of).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn rectangle(area: Area) -> Option<Path> {
    Rect::from_xywh(area.x, area.y, area.width, area.height).and_then(path_of)
}

fn path_of(rect: Rect) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    path.finish()
}

/// The structure: elements in one another, and what is drawn of each.
fn tree(drawing: &Drawing<'_>, leaves: Vec<Option<Identifier>>) -> TagTree {
    let mut inside: Vec<Vec<Node>> = drawing.tags.iter().map(|_| Vec::new()).collect();
    for (item, leaf) in drawing.items.iter().zip(leaves) {
        if let (Some(at), Some(leaf)) = (item.tag, leaf) {
            inside[at].push(leaf.into());
        }
    }
    let mut tree = TagTree::new();
    // Children stand behind their parents, so from the end each is whole when it is put in.
    let mut top = Vec::new();
    for (at, element) in drawing.tags.iter().enumerate().rev() {
        let children = std::mem::take(&mut inside[at]);
        let group: Node = TagGroup::with_children(kind(element), children).into();
        match element.parent {
            Some(parent) => inside[parent].insert(0, group),
            None => top.push(group),
        }
    }
    for group in top.into_iter().rev() {
        tree.push(group);
    }
    tree
}

fn kind(element: &Element<'_>) -> TagKind {
    let heading = |level: u16| {
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        Tag::Hn(level, None).into()
    };
    match element.element {
        "h1" => heading(1),
        "h2" => heading(2),
        "h3" => heading(3),
        "h4" => heading(4),
        "img" | "qr" => Tag::Figure(element.alt.map(str::to_owned)).into(),
        "table" => Tag::Table.into(),
        "tr" => Tag::TR.into(),
        "td" => Tag::TD.into(),
        "th" => Tag::TH(TableHeaderScope::Column).into(),
        "p" => Tag::P.into(),
        _ => Tag::Div.into(),
    }
}
