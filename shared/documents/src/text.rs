//! Lines of text: shaped, broken and ordered by parley.

use crate::boxes::Span;
use crate::css::Color;
use crate::fonts::Fonts;
use crate::style::{Align, Style};
use crate::{Result, unfit};
use icu_properties::PropertyNamesLong;
use icu_properties::props::{EnumeratedProperty, Script};
use parley::{
    Alignment, AlignmentOptions, Cluster, FontStyle, FontWeight, Layout, LayoutContext, LineHeight,
    OverflowWrap, RangedBuilder, StyleProperty,
};
use std::ops::Range;

/// Text in lines, with what it was made of.
pub struct Paragraph {
    pub text: String,
    pub layout: Layout<Color>,
}

/// Breaks text into lines of a width. `scale` makes all letters smaller.
///
/// # Errors
/// A character that no font has, or a family that there is not.
pub fn paragraph(
    fonts: &Fonts,
    spans: &[Span],
    style: &Style,
    width: f32,
    scale: f32,
) -> Result<Paragraph> {
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    let mut context = fonts.context();
    let mut scratch = LayoutContext::new();
    let mut builder = scratch.ranged_builder(&mut context, &text, 1.0, false);
    builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
    builder.push_default(LineHeight::FontSizeRelative(style.line_height));
    let mut start = 0;
    for span in spans {
        let end = start + span.text.len();
        letters(&mut builder, fonts, span, scale, start..end)?;
        start = end;
    }
    let mut layout = builder.build(&text);
    drop(context);
    layout.break_all_lines(Some(width));
    layout.align(alignment(style.align), AlignmentOptions::default());
    every_letter_has_a_font(&text, &layout)?;
    Ok(Paragraph { text, layout })
}

fn letters(
    builder: &mut RangedBuilder<'_, Color>,
    fonts: &Fonts,
    span: &Span,
    scale: f32,
    range: Range<usize>,
) -> Result<()> {
    let letters = &span.letters;
    let families = fonts.families(letters.family.as_deref())?;
    builder.push(StyleProperty::FontFamily(families), range.clone());
    builder.push(StyleProperty::FontSize(letters.size * scale), range.clone());
    builder.push(StyleProperty::Brush(letters.color), range.clone());
    builder.push(StyleProperty::Underline(letters.underline), range.clone());
    if letters.bold {
        builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
    }
    if letters.italic {
        builder.push(StyleProperty::FontStyle(FontStyle::Italic), range);
    }
    Ok(())
}

fn alignment(align: Align) -> Alignment {
    match align {
        Align::Start => Alignment::Start,
        Align::End => Alignment::End,
        Align::Left => Alignment::Left,
        Align::Right => Alignment::Right,
        Align::Center => Alignment::Center,
        Align::Justify => Alignment::Justify,
    }
}

/// The number of the glyph that a font draws for what it does not have.
const MISSING: u32 = 0;

fn every_letter_has_a_font(text: &str, layout: &Layout<Color>) -> Result<()> {
    for line in layout.lines() {
        for run in line.runs() {
            for cluster in run.clusters().filter(|cluster| is_shown(text, cluster)) {
                if cluster.glyphs().any(|glyph| glyph.id == MISSING) {
                    return no_font(&text[cluster.text_range()]);
                }
            }
        }
    }
    Ok(())
}

/// Line breaks are clusters, and no glyphs.
pub fn is_shown(text: &str, cluster: &Cluster<'_, Color>) -> bool {
    text[cluster.text_range()].chars().any(|c| !c.is_control())
}

fn no_font<T>(characters: &str) -> Result<T> {
    let first = characters.chars().next().unwrap_or_default();
    let script = Script::for_char(first);
    let script = PropertyNamesLong::<Script>::new()
        .get(script)
        .unwrap_or("unknown");
    unfit(format!(
        "no font has {characters:?} (U+{:04X}, script {script})",
        u32::from(first)
    ))
}
