//! A page for a browser: what has been read, written anew.

use crate::boxes::Page;
use crate::markup::{Element, Markup, Node, VOID};
use crate::qr::Code;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// What the PDF does by itself.
const BASE: &str = "*{box-sizing:border-box}html{position:relative}body{margin:0;font:12pt/1.35 'Noto Sans',sans-serif;overflow-wrap:anywhere}\
h1{font-size:2em}h2{font-size:1.5em}h3{font-size:1.17em}h4{font-size:1em}table{width:100%;border-collapse:separate;border-spacing:0;table-layout:fixed}\
td,th{padding:0;vertical-align:top}img{display:block;max-width:100%}.qr{width:20mm}";

pub fn write(markup: &Markup, page: &Page) -> String {
    let [top, right, bottom, left] = page.margin;
    let (width, height) = (page.paper.width, page.paper.height);
    let language = page.language.as_deref().unwrap_or("");
    let mut html = String::from("<!DOCTYPE html>\n");
    let _ = write!(
        html,
        "<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title><style>{BASE}\
         @page{{size:{width}pt {height}pt;margin:{top}pt {right}pt {bottom}pt {left}pt}}\
         @media screen{{html{{width:{}pt;min-height:{}pt;margin:{top}pt {right}pt {bottom}pt {left}pt}}}}",
        escaped(language),
        escaped(&page.title),
        width - left - right,
        height - top - bottom,
    );
    html.push_str(&markup.styles);
    html.push_str("</style></head>");
    element(&mut html, &markup.body);
    html.push_str("</html>\n");
    html
}

fn element(html: &mut String, element: &Element) {
    if element.name == "qr" {
        return code(html, element);
    }
    open(html, element.name, &element.attributes);
    if VOID.contains(&element.name) {
        return;
    }
    for child in &element.children {
        match child {
            Node::Text(text) => html.push_str(&escaped(text)),
            Node::Element(child) => self::element(html, child),
        }
    }
    let _ = write!(html, "</{}>", element.name);
}

fn open(html: &mut String, name: &str, attributes: &[(&str, String)]) {
    let _ = write!(html, "<{name}");
    for (name, value) in attributes {
        let _ = write!(html, " {name}=\"{}\"", escaped(value));
    }
    html.push('>');
}

/// A code is a picture to a browser.
fn code(html: &mut String, element: &Element) {
    let Ok(code) = Code::read(element.attribute("value")) else {
        return;
    };
    let side = code.size();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
    );
    for (row, column, many) in code.runs() {
        let _ = write!(svg, "M{column} {row}h{many}v1h-{many}z");
    }
    svg.push_str("\"/></svg>");
    let source = format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg));
    let classes = element.attribute("class").unwrap_or("");
    let mut attributes = vec![("class", format!("qr {classes}").trim().to_owned())];
    for name in ["style", "alt"] {
        let value = element.attribute(name).map(str::to_owned);
        attributes.extend(value.map(|value| (name, value)));
    }
    attributes.push(("src", source));
    open(html, "img", &attributes);
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
