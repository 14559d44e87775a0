//! Notices: mail templates that staff write, with merge fields in double
//! braces. The syntax is Jinja's as far as `notice::language` allows it: values, `if`,
//! `for` and filters.

mod context;
mod date;
mod language;
mod message;
mod money;
mod names;
mod render;
#[cfg(test)]
mod tests;

pub use context::{Context, Shared};
pub use names::Names;
pub use render::{MAX_HTML, MAX_STEPS};

use std::fmt;

use minijinja::Environment;
use serde::{Deserialize, Serialize};

use crate::mail;
pub use model::Problem;

/// The most bytes the template of a body may have.
pub const MAX_BODY_TEMPLATE: usize = 256 * 1024;
/// The most bytes the template of any other field may have.
pub const MAX_HEADER_TEMPLATE: usize = 4 * 1024;

/// The `email` of a notice: every field is a template. The body is HTML, the
/// other fields are plain text; `cc` and `bcc` are lists separated by comma or
/// semicolon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailTemplate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bcc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What a template makes for one membership. A field without a template is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    pub from: String,
    pub from_name: String,
    pub reply_to: String,
    pub cc: String,
    pub bcc: String,
    pub subject: String,
    /// HTML.
    pub body: String,
}

/// Why no mail could be made of a notice: all that is wrong, in one line for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeError(pub Vec<Problem>);

impl std::error::Error for NoticeError {}

impl fmt::Display for NoticeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl NoticeError {
    /// What is wrong with a page: its place is `at`.
    pub fn of_page(self, at: &str) -> Vec<Problem> {
        let messages = self.0.into_iter().map(|problem| problem.message);
        messages.map(|message| Problem::new(at, message)).collect()
    }
}

/// A notice read once, to be rendered for many memberships.
#[derive(Debug)]
pub struct Notice {
    templates: Environment<'static>,
}

impl Notice {
    /// Reads every field of `email`.
    ///
    /// # Errors
    /// Everything that is wrong with it: syntax, what the language leaves out,
    /// size, and addresses that hold no merge field and are none.
    pub fn compile(email: &EmailTemplate) -> Result<Self, Vec<Problem>> {
        let mut templates = render::environment();
        let mut problems = Vec::new();
        for (path, source) in email.fields() {
            if let Err(found) = add(&mut templates, path, source) {
                problems.extend(found.into_iter().map(|message| Problem::new(path, message)));
            }
        }
        if problems.is_empty() {
            Ok(Self { templates })
        } else {
            Err(problems)
        }
    }

    /// The fields that its templates name.
    pub fn names(&self) -> Names {
        let templates = self.templates.templates();
        Names::of(templates.flat_map(|(_, template)| template.undeclared_variables(true)))
    }

    /// Fills in the fields of `context`; a field it lacks is empty.
    ///
    /// # Errors
    /// What each failing field says: a value that a filter cannot take, a line
    /// break in a header, or more work or text than is allowed.
    pub fn render(&self, context: &Context) -> Result<Rendered, NoticeError> {
        let mut rendered = Rendered::default();
        let mut problems = Vec::new();
        // All fields, also after one has failed: staff see every problem at once.
        for (path, template) in self.templates.templates() {
            match render::render(&template, context) {
                Ok(text) => rendered.put(path, text),
                Err(message) => problems.push(Problem::new(path, message)),
            }
        }
        if problems.is_empty() {
            Ok(rendered)
        } else {
            Err(NoticeError(problems))
        }
    }
}

/// Checks a notice that is about to be saved.
///
/// # Errors
/// As [`Notice::compile`].
pub fn check(email: &EmailTemplate) -> Result<(), Vec<Problem>> {
    Notice::compile(email).map(drop)
}

/// Renders a template that is used only once, as for a preview.
///
/// # Errors
/// As [`Notice::compile`] and [`Notice::render`].
pub fn render(email: &EmailTemplate, context: &Context) -> Result<Rendered, NoticeError> {
    Notice::compile(email).map_err(NoticeError)?.render(context)
}

fn add(
    templates: &mut Environment<'static>,
    path: &'static str,
    source: &str,
) -> Result<(), Vec<String>> {
    let most = if path == "/body" {
        MAX_BODY_TEMPLATE
    } else {
        MAX_HEADER_TEMPLATE
    };
    // First, because reading a template costs time and stack by its length.
    if source.len() > most {
        return Err(vec![format!("is longer than {most} bytes")]);
    }
    language::check(source, path != "/body")?;
    check_addresses(path, source).map_err(|message| vec![message])?;
    let added = templates.add_template_owned(path, source.to_owned());
    added.map_err(|error| vec![render::explain(&error)])
}

fn check_addresses(path: &str, source: &str) -> Result<(), String> {
    // What holds a merge field is known only once it is rendered.
    let literal = !["{{", "{%", "{#"].iter().any(|tag| source.contains(tag));
    match path {
        "/from" | "/reply_to" if literal => mail::parse_one(source).map(drop),
        "/cc" | "/bcc" if literal => mail::parse_list(source).map(drop),
        _ => Ok(()),
    }
}

impl EmailTemplate {
    /// A page of HTML that is no mail: only the body says anything.
    pub fn page(html: &str) -> EmailTemplate {
        EmailTemplate {
            body: Some(html.to_owned()),
            ..EmailTemplate::default()
        }
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = [
            ("/from", &self.from),
            ("/from_name", &self.from_name),
            ("/reply_to", &self.reply_to),
            ("/cc", &self.cc),
            ("/bcc", &self.bcc),
            ("/subject", &self.subject),
            ("/body", &self.body),
        ];
        fields
            .into_iter()
            .filter_map(|(path, field)| Some((path, field.as_deref()?)))
    }
}

impl Rendered {
    fn put(&mut self, path: &str, text: String) {
        let field = match path {
            "/from" => &mut self.from,
            "/from_name" => &mut self.from_name,
            "/reply_to" => &mut self.reply_to,
            "/cc" => &mut self.cc,
            "/bcc" => &mut self.bcc,
            "/subject" => &mut self.subject,
            _ => &mut self.body,
        };
        *field = text;
    }
}
