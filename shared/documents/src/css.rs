//! CSS as text: declarations, and rules by element and class.

use crate::paper::MM;
use crate::{Result, Unfit, unfit};

/// A property and its value.
pub type Declaration = (String, String);

/// What a `style` element says.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Of `@page`.
    pub page: Vec<Declaration>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    element: Option<String>,
    class: Option<String>,
    declarations: Vec<Declaration>,
}

impl Sheet {
    /// # Errors
    /// What is no rule of an element or class, or of `@page`.
    pub fn read(text: &str) -> Result<Sheet> {
        let text = without_comments(text)?;
        let mut sheet = Sheet::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let Some((selectors, after)) = rest.split_once('{') else {
                return unfit(format!("style: {rest:.40}: has no {{"));
            };
            let Some((body, after)) = after.split_once('}') else {
                return unfit(format!("style: {}: has no }}", selectors.trim()));
            };
            sheet.add(selectors.trim(), declarations(body)?)?;
            rest = after.trim_start();
        }
        Ok(sheet)
    }

    fn add(&mut self, selectors: &str, declarations: Vec<Declaration>) -> Result<()> {
        if selectors.eq_ignore_ascii_case("@page") {
            self.page.extend(declarations);
            return Ok(());
        }
        for selector in selectors.split(',') {
            let (element, class) = selector_of(selector.trim())?;
            self.rules.push(Rule {
                element,
                class,
                declarations: declarations.clone(),
            });
        }
        Ok(())
    }

    /// What is said of an element, the weightier last.
    pub fn of<'a>(
        &'a self,
        element: &'a str,
        classes: &'a str,
    ) -> impl Iterator<Item = &'a Declaration> {
        let fits = move |rule: &&Rule| {
            rule.element.as_deref().is_none_or(|name| name == element)
                && rule
                    .class
                    .as_deref()
                    .is_none_or(|class| classes.split_whitespace().any(|own| own == class))
        };
        // A class outweighs an element, and both together outweigh a class.
        let weight = |rule: &Rule| {
            2 * usize::from(rule.class.is_some()) + usize::from(rule.element.is_some())
        };
        (0..=3)
            .flat_map(move |weighs| {
                let rules = self.rules.iter().filter(fits);
                rules.filter(move |rule| weight(rule) == weighs)
            })
            .flat_map(|rule| &rule.declarations)
    }
}

fn selector_of(text: &str) -> Result<(Option<String>, Option<String>)> {
    let (element, class) = match text.split_once('.') {
        Some((element, class)) => (element, Some(class)),
        None => (text, None),
    };
    let word = |text: &str| {
        let mut chars = text.chars();
        chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let right = word(element) && class.is_none_or(|class| !class.is_empty() && word(class));
    if text.is_empty() || !right {
        return unfit(format!(
            "style: {text:?} is no selector: an element, a .class or both"
        ));
    }
    let element = (!element.is_empty()).then(|| element.to_ascii_lowercase());
    Ok((element, class.map(str::to_owned)))
}

fn without_comments(text: &str) -> Result<String> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        match after.split_once("*/") {
            Some((_, after)) => rest = after,
            None => return unfit("style: a comment does not end"),
        }
    }
    Ok(kept + rest)
}

/// Reads `property: value; …`.
///
/// # Errors
/// A part without a colon.
pub fn declarations(text: &str) -> Result<Vec<Declaration>> {
    let parts = text.split(';').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once(':') {
            Some((property, value)) => Ok((
                property.trim().to_ascii_lowercase(),
                value.trim().to_owned(),
            )),
            None => unfit(format!("style: {part:?} is no declaration")),
        })
        .collect()
}

/// A length that may depend on what is around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    Points(f32),
    /// Of 1.
    Share(f32),
}

/// The longest length, some 3.5 m: what is longer is a slip.
const MAX_LENGTH: f32 = 10_000.0;

/// Reads a length; `em` are of `size`. `None` for what is none.
pub fn length(text: &str, size: f32) -> Option<Length> {
    let text = text.to_ascii_lowercase();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let number: f32 = digits.parse().ok()?;
    let points = match &text[digits.len()..] {
        "mm" => number * MM,
        "cm" => number * 10.0 * MM,
        "in" => number * 72.0,
        "pt" => number,
        "px" => number * 0.75,
        "em" => number * size,
        "%" => return (number.abs() <= 1_000.0).then_some(Length::Share(number / 100.0)),
        "" if number == 0.0 => 0.0,
        _ => return None,
    };
    (points.abs() <= MAX_LENGTH).then_some(Length::Points(points))
}

/// Red, green and blue.
pub type Color = (u8, u8, u8);

const COLORS: &[(&str, Color)] = &[
    ("black", (0, 0, 0)),
    ("blue", (0, 0, 255)),
    ("darkblue", (0, 0, 139)),
    ("darkgreen", (0, 100, 0)),
    ("darkred", (139, 0, 0)),
    ("gold", (255, 215, 0)),
    ("gray", (128, 128, 128)),
    ("green", (0, 128, 0)),
    ("grey", (128, 128, 128)),
    ("maroon", (128, 0, 0)),
    ("navy", (0, 0, 128)),
    ("orange", (255, 165, 0)),
    ("purple", (128, 0, 128)),
    ("red", (255, 0, 0)),
    ("silver", (192, 192, 192)),
    ("teal", (0, 128, 128)),
    ("white", (255, 255, 255)),
    ("yellow", (255, 255, 0)),
];

/// Reads `#rgb`, `#rrggbb` or one of the names above; `None` for what is none.
pub fn color(text: &str) -> Option<Color> {
    let text = text.to_ascii_lowercase();
    let Some(digits) = text.strip_prefix('#') else {
        let found = COLORS.iter().find(|(name, _)| *name == text);
        return found.map(|(_, color)| *color);
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let byte = |shift: u32| u8::try_from(number >> shift & 0xff).unwrap_or_default();
    let short = |shift: u32| u8::try_from((number >> shift & 0xf) * 17).unwrap_or_default();
    match digits.len() {
        3 => Some((short(8), short(4), short(0))),
        6 => Some((byte(16), byte(8), byte(0))),
        _ => None,
    }
}

/// The error of a value that its property does not take.
pub fn wrong(property: &str, value: &str) -> Unfit {
    Unfit(format!("style: {value:?} is no value of {property}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_points() {
        assert_eq!(length("25.4mm", 0.0), Some(Length::Points(72.0)));
        assert_eq!(length("16px", 0.0), Some(Length::Points(12.0)));
        assert_eq!(length("1.5em", 10.0), Some(Length::Points(15.0)));
        assert_eq!(length("-2pt", 0.0), Some(Length::Points(-2.0)));
        assert_eq!(length("50%", 0.0), Some(Length::Share(0.5)));
        assert_eq!(length("0", 0.0), Some(Length::Points(0.0)));
        for wrong in [
            "", "1", "mm", "nanpt", "infpt", "1e9pt", "1vh", "1 mm", "99999in",
        ] {
            assert_eq!(length(wrong, 10.0), None, "{wrong}");
        }
    }

    #[test]
    fn colors_have_two_spellings_and_names() {
        assert_eq!(color("#0af"), Some((0, 170, 255)));
        assert_eq!(color("#00AAFF"), Some((0, 170, 255)));
        assert_eq!(color("Navy"), Some((0, 0, 128)));
        for wrong in ["#0a", "#+123456", "#ggg", "blu", ""] {
            assert_eq!(color(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_class_outweighs_an_element() {
        let sheet = Sheet::read(
            "/* x */ p.a { color: red } .a, .b { color: blue; margin: 0 }\np{color:green}@page{size:A4}",
        )
        .unwrap();
        let of = |element: &str, class: &str| -> Vec<String> {
            let values = sheet.of(element, class).map(|(_, value)| value.clone());
            values.collect()
        };
        assert_eq!(of("p", "a"), ["green", "blue", "0", "red"]);
        assert_eq!(of("div", "c b"), ["blue", "0"]);
        assert_eq!(sheet.page, [("size".to_owned(), "A4".to_owned())]);
    }

    #[test]
    fn what_is_no_rule_is_named() {
        let refused = |text| Sheet::read(text).unwrap_err().0;
        assert!(refused("p > a { }").contains("\"p > a\" is no selector"));
        assert!(refused("@media print { }").contains("is no selector"));
        assert!(refused("p { color }").contains("\"color\" is no declaration"));
        assert!(refused("p { color: red").contains("has no }"));
        assert!(refused("p").contains("has no {"));
        assert!(refused("/* p").contains("does not end"));
    }
}
