//! Rendering within limits, so that one bad template costs one mail and no more.

use std::io;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Template, UndefinedBehavior, filters, tests,
};

use super::{Context, context, date, money};

/// The most steps one field may take to render (instructions of the engine).
pub const MAX_STEPS: u64 = 100_000;
/// The most bytes of a rendered body.
pub const MAX_HTML: usize = 512 * 1024;
/// The most bytes of a rendered subject: a header line of RFC 5322, section 2.1.1.
const MAX_SUBJECT: usize = 998;
const MAX_HEADER: usize = 16 * 1024;

/// An engine that can do what `language` allows and nothing else.
pub(super) fn environment() -> Environment<'static> {
    // Empty, so that nothing the language leaves out is there by default.
    let mut environment = Environment::empty();
    environment.set_fuel(Some(MAX_STEPS));
    // A field of an absent record is empty as well, and not an error.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|path| match path {
        "/body" => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.set_formatter(context::show);
    add_filters(&mut environment);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("even", tests::is_even);
    environment
}

fn add_filters(environment: &mut Environment<'_>) {
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("date", date::filter);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("money", money::filter);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
}

/// Renders one field.
///
/// # Errors
/// A message for staff.
pub(super) fn render(template: &Template<'_, '_>, context: &Context) -> Result<String, String> {
    let path = template.name();
    let mut output = Limited {
        bytes: Vec::new(),
        most: most(path),
        full: false,
    };
    let result = template
        .render_captured_to(context.0.clone(), &mut output)
        .map(drop);
    // Before the engine's own error, which would only say that writing failed.
    if output.full {
        return Err(format!("becomes longer than {} bytes", output.most));
    }
    result.map_err(|error| explain(&error))?;
    let text = String::from_utf8(output.bytes).map_err(|error| error.to_string())?;
    // The template was checked for it when it was saved; this is what a member's fields bring.
    if path != "/body" && text.contains(breaks_a_header) {
        return Err("holds a line break or control character once rendered".to_owned());
    }
    Ok(text)
}

fn most(path: &str) -> usize {
    match path {
        "/body" => MAX_HTML,
        "/subject" => MAX_SUBJECT,
        _ => MAX_HEADER,
    }
}

fn breaks_a_header(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// An error of the engine as one line for staff.
pub(super) fn explain(error: &Error) -> String {
    let line = error
        .line()
        .map_or(String::new(), |line| format!("line {line}: "));
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => format!("{line}takes more than {MAX_STEPS} steps to render"),
        (ErrorKind::InvalidOperation, Some(detail)) => format!("{line}{detail}"),
        (kind, Some(detail)) => format!("{line}{kind}: {detail}"),
        (kind, None) => format!("{line}{kind}"),
    }
}

struct Limited {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full |= self.bytes.len() + bytes.len() > self.most;
        if self.full {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod unit_tests {
    use super::super::language;
    use super::*;

    #[test]
    fn the_engine_has_exactly_the_documented_filters_and_tests() {
        let environment = environment();
        for (name, least, _) in language::FILTERS {
            let arguments = ["'USD'", "2"][..least].join(", ");
            let source = format!("{{{{ '2' | {name}({arguments}) }}}}");
            let kind = environment
                .render_str(&source, ())
                .err()
                .map(|error| error.kind());
            assert_ne!(kind, Some(ErrorKind::UnknownFilter), "{name}");
        }
        for name in language::TESTS {
            let source = format!("{{{{ 2 is {name} }}}}");
            assert!(environment.render_str(&source, ()).is_ok(), "{name}");
        }
    }
}
