//! HTML as a tree of the elements that a document may have.

use crate::{Result, Unfit, unfit};
use html5gum::{DefaultEmitter, Token, Tokenizer};
use icu_locale_core::LanguageIdentifier;

/// The most elements of a page.
const MAX_ELEMENTS: usize = 3_000;
/// The most elements in one another.
const MAX_DEPTH: usize = 40;
/// The most bytes of text, with the styles.
const MAX_TEXT: usize = 64 * 1024;

/// Each element, and the attributes it has beside `class` and `style`.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("b", &[]),
    ("body", &[]),
    ("br", &[]),
    ("div", &[]),
    ("em", &[]),
    ("footer", &[]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("head", &[]),
    ("header", &[]),
    ("hr", &[]),
    ("html", &["lang"]),
    ("i", &[]),
    ("img", &["src", "alt"]),
    ("main", &[]),
    ("meta", &["charset", "name", "content"]),
    ("p", &[]),
    ("qr", &["value", "alt"]),
    ("section", &[]),
    ("small", &[]),
    ("span", &[]),
    ("strong", &[]),
    ("style", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["colspan"]),
    ("th", &["colspan"]),
    ("thead", &[]),
    ("title", &[]),
    ("tr", &[]),
    ("u", &[]),
];
/// Those that hold nothing, so that nothing closes them.
pub const VOID: &[&str] = &["br", "hr", "img", "meta", "qr"];

#[derive(Debug)]
pub enum Node {
    Text(String),
    Element(Element),
}

#[derive(Debug)]
pub struct Element {
    pub name: &'static str,
    pub attributes: Vec<(&'static str, String)>,
    pub children: Vec<Node>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        let parts = self.children.iter().map(|child| match child {
            Node::Text(text) => text.clone(),
            Node::Element(element) => element.text(),
        });
        parts.collect()
    }
}

/// What stands in a body, and what the head says of it.
#[derive(Debug)]
pub struct Markup {
    pub body: Element,
    pub title: Option<String>,
    pub language: Option<String>,
    /// The text of all `style` elements, in order.
    pub styles: String,
}

/// Reads a page.
///
/// # Errors
/// An element or attribute that is none of the subset, one that is not closed, or
/// too much of them.
pub fn read(html: &str) -> Result<Markup> {
    let mut reader = Reader::default();
    let mut emitter = DefaultEmitter::default();
    // `style` and `title` hold text and no elements.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        reader.take(token)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    open: Vec<Element>,
    top: Vec<Node>,
    elements: usize,
    text: usize,
}

impl Reader {
    fn take(&mut self, token: Token) -> Result<()> {
        match token {
            Token::StartTag(tag) => {
                let name = known(&utf8(&tag.name))?;
                let given = tag.attributes.iter();
                let given = given.map(|(key, value)| (utf8(key), utf8(value)));
                let attributes = given
                    .map(|(key, value)| Ok((attribute(name, &key)?, value)))
                    .collect::<Result<Vec<_>>>()?;
                self.start(name, attributes)
            }
            Token::EndTag(tag) => self.end(&utf8(&tag.name)),
            Token::String(text) => self.text(&utf8(&text)),
            Token::Comment(_) | Token::Doctype(_) => Ok(()),
            // A browser puts it right by leaving something out.
            Token::Error(error) => unfit(format!("is no sound HTML: {}", error.value)),
        }
    }

    fn start(&mut self, name: &'static str, attributes: Vec<(&'static str, String)>) -> Result<()> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return unfit(format!("has more than {MAX_ELEMENTS} elements"));
        }
        let element = Element {
            name,
            attributes,
            children: Vec::new(),
        };
        if VOID.contains(&name) {
            self.put(Node::Element(element));
            return Ok(());
        }
        self.open.push(element);
        match self.open.len() > MAX_DEPTH {
            true => unfit(format!("has more than {MAX_DEPTH} elements in one another")),
            false => Ok(()),
        }
    }

    fn end(&mut self, name: &str) -> Result<()> {
        if VOID.contains(&name) {
            return Ok(());
        }
        match self.open.pop() {
            Some(element) if element.name == name => {
                self.put(Node::Element(element));
                Ok(())
            }
            Some(element) => unfit(format!("</{name}> stands where <{}> is open", element.name)),
            None => unfit(format!("</{name}> closes nothing")),
        }
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.text += text.len();
        if self.text > MAX_TEXT {
            return unfit(format!("has more than {MAX_TEXT} bytes of text"));
        }
        self.put(Node::Text(text.to_owned()));
        Ok(())
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.top.push(node),
        }
    }

    fn finish(self) -> Result<Markup> {
        if let Some(element) = self.open.last() {
            return unfit(format!("<{}> is not closed", element.name));
        }
        let mut markup = Markup {
            body: Element {
                name: "body",
                attributes: Vec::new(),
                children: Vec::new(),
            },
            title: None,
            language: None,
            styles: String::new(),
        };
        sort(self.top, &mut markup);
        match &markup.language {
            Some(tag) if LanguageIdentifier::try_from_str(tag).is_err() => unfit(format!(
                "<html> has the lang {tag:?}, which is no tag of a language, as in en or pt-BR"
            )),
            _ => Ok(markup),
        }
    }
}

/// Takes `html`, `head` and `body` apart: what they hold may stand without them.
fn sort(nodes: Vec<Node>, markup: &mut Markup) {
    for node in nodes {
        match node {
            Node::Element(element) => match element.name {
                "html" | "head" => {
                    let language = element.attribute("lang").map(str::to_owned);
                    markup.language = language.or(markup.language.take());
                    sort(element.children, markup);
                }
                "body" => {
                    markup.body.attributes.extend(element.attributes);
                    sort(element.children, markup);
                }
                "title" => markup.title = Some(element.text().trim().to_owned()),
                "style" => markup.styles.push_str(&element.text()),
                "meta" => {}
                _ => markup.body.children.push(Node::Element(element)),
            },
            text => markup.body.children.push(text),
        }
    }
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn known(name: &str) -> Result<&'static str> {
    let found = ELEMENTS.iter().find(|(known, _)| *known == name);
    found
        .map(|(known, _)| *known)
        .ok_or_else(|| Unfit(format!("<{name}> is no element of a document")))
}

fn attribute(element: &str, name: &str) -> Result<&'static str> {
    let own = ELEMENTS.iter().find(|(known, _)| *known == element);
    let own = own.map_or(&[][..], |(_, own)| own);
    let mut all = ["class", "style"].iter().chain(own);
    all.find(|known| **known == name)
        .copied()
        .ok_or_else(|| Unfit(format!("<{element}> has no attribute {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_element_is_named() {
        let refused = |html| read(html).unwrap_err().0;
        assert_eq!(
            refused("<p><script>x</script></p>"),
            "<script> is no element of a document"
        );
        assert_eq!(
            refused("<p onclick='x'>a</p>"),
            "<p> has no attribute onclick"
        );
        assert_eq!(
            refused("<div><p>a</div>"),
            "</div> stands where <p> is open"
        );
        assert_eq!(refused("<div>"), "<div> is not closed");
        assert_eq!(refused("a</b>"), "</b> closes nothing");
        assert_eq!(
            refused("<html lang='plain english'><p>a</p></html>"),
            "<html> has the lang \"plain english\", which is no tag of a language, as in en or pt-BR"
        );
    }

    #[test]
    fn what_a_browser_would_leave_out_is_refused() {
        for (html, why) in [
            ("<p class=a class=b>c</p>", "duplicate-attribute"),
            ("<p><![CDATA[c]]></p>", "cdata-in-html-content"),
            ("<p>a\u{7}b</p>", "control-character-in-input-stream"),
            ("<p>&#7;</p>", "control-character-reference"),
            ("<p>a</p", "eof-in-tag"),
        ] {
            let said = read(html).unwrap_err().0;
            assert_eq!(said, format!("is no sound HTML: {why}"), "{html}");
        }
    }

    #[test]
    fn a_page_is_bounded() {
        let deep = "<div>".repeat(41);
        assert_eq!(
            read(&deep).unwrap_err().0,
            "has more than 40 elements in one another"
        );
        let many = "<br>".repeat(3_001);
        assert_eq!(read(&many).unwrap_err().0, "has more than 3000 elements");
        let long = "a".repeat(MAX_TEXT + 1);
        assert!(read(&long).unwrap_err().0.contains("bytes of text"));
    }

    #[test]
    fn a_whole_page_and_a_part_of_one_are_the_same() {
        let whole = read(
            "<!doctype html><html lang=de><head><title>A &amp; B</title><style>p{color:red}</style></head>\
             <body class=x><p>a<br/>b</p></body></html>",
        )
        .unwrap();
        assert_eq!(whole.title.as_deref(), Some("A & B"));
        assert_eq!(whole.styles, "p{color:red}");
        assert_eq!(whole.body.attribute("class"), Some("x"));
        assert_eq!(read("<p>a<br>b</p>").unwrap().body.text(), "ab");
    }
}
