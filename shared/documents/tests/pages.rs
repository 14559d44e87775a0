//! Whole pages, read back by another library. Each is left in `target/tmp`, to be
//! looked at.

use documents::{About, Document, Fonts, Kind};
use pdf_extract::{Dictionary, Document as Pdf, Object, extract_text_from_mem};
use std::path::Path;
use std::sync::LazyLock;

const CARD: &str = include_str!("card.html");
const CERTIFICATE: &str = include_str!("certificate.html");

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::shipped);

const ABOUT: About<'_> = About {
    language: "en",
    day: (2026, 11, 28),
};

/// The same name in two writings: composed, and with accents of their own.
const NAMES: [(&str, &str); 7] = [
    ("latin", "Zoë Åström-Nguyễn"),
    (
        "combining",
        "Zoe\u{308} A\u{30a}stro\u{308}m d\u{323}\u{307} x\u{304}\u{301}",
    ),
    ("cyrillic", "Ольга Ивановна Ёжикова"),
    ("devanagari", "श्रीकृष्ण क्षत्रिय"),
    ("arabic", "محمد الأمين بن عبد الله"),
    ("han", "山田 太郎 王小明"),
    ("hangul", "김철수"),
];

fn filled(template: &str, name: &str) -> String {
    template.replace("NAME", name)
}

fn made(html: &str, kind: Kind) -> Result<Vec<u8>, String> {
    let document = Document::read(html, kind).map_err(|why| why.0)?;
    document.pdf(&FONTS, &ABOUT).map_err(|why| why.0)
}

fn kept(file: &str, html: &str, kind: Kind) -> Vec<u8> {
    let pdf = made(html, kind).expect("a sound page");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join(format!("{file}.pdf")), &pdf).expect("a sound page");
    pdf
}

fn millimetres(pdf: &[u8]) -> Vec<(f32, f32)> {
    let pdf = Pdf::load_mem(pdf).expect("a sound page");
    let pages = pdf.get_pages();
    let sizes = pages.values().map(|page| {
        let page = pdf.get_dictionary(*page).expect("a sound page");
        let sides = page
            .get(b"MediaBox")
            .expect("a sound page")
            .as_array()
            .expect("a sound page");
        let side = |at: usize| sides[at].as_float().expect("a sound page") * 25.4 / 72.0;
        (
            (side(2) * 100.0).round() / 100.0,
            (side(3) * 100.0).round() / 100.0,
        )
    });
    sizes.collect()
}

fn dictionaries(pdf: &Pdf) -> impl Iterator<Item = &Dictionary> {
    pdf.objects.values().filter_map(|object| match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        Object::Stream(stream) => Some(&stream.dict),
        _ => None,
    })
}

/// Without what a reader puts between words and lines.
fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

/// This reader passes over what a PDF says of letters that are drawn as one: it
/// gives those of a syllable more than once, and runs Arabic from left to right. That
/// readers which people use give back the name itself was tried by hand (decision 31).
fn holds(found: &str, name: &str) -> bool {
    let arabic = name.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c));
    if arabic {
        return name.chars().all(|c| found.contains(c));
    }
    let mut rest = found.chars();
    name.chars().all(|c| rest.any(|other| other == c))
}

#[test]
fn every_name_is_on_its_card_and_certificate_and_can_be_copied() {
    for (file, name) in NAMES {
        for (kind, template) in [(Kind::Card, CARD), (Kind::Certificate, CERTIFICATE)] {
            let noun = kind.noun();
            let pdf = kept(&format!("{noun}-{file}"), &filled(template, name), kind);
            assert!(pdf.len() < 200_000, "{noun} {file}: {} bytes", pdf.len());
            let text = extract_text_from_mem(&pdf).unwrap();
            let found = letters(&text);
            assert!(holds(&found, &letters(name)), "{noun} {file}: {text}");
            assert!(found.contains("1000042"), "{noun} {file}: {text}");
        }
    }
}

#[test]
fn a_card_is_of_card_size_and_a_certificate_of_a_papers() {
    let size = |page: &str, kind| {
        let html = format!("<style>@page {{ margin: 5mm; {page} }}</style><p>a</p>");
        millimetres(&made(&html, kind).unwrap())
    };
    let (lying, upright) = ((85.6, 53.98), (53.98, 85.6));
    assert_eq!(size("", Kind::Card), [lying]);
    assert_eq!(size("size: id-1", Kind::Card), [lying]);
    assert_eq!(size("size: landscape", Kind::Card), [lying]);
    assert_eq!(size("size: ID-1 portrait", Kind::Card), [upright]);
    assert_eq!(size("", Kind::Certificate), [(210.0, 297.0)]);
    assert_eq!(
        size("size: A4 landscape", Kind::Certificate),
        [(297.0, 210.0)]
    );
    assert_eq!(size("size: letter", Kind::Certificate), [(215.9, 279.4)]);
    let refused = made("<style>@page { size: A4 }</style>", Kind::Card).unwrap_err();
    assert_eq!(
        refused,
        "@page size: a4 is no paper of a card: id-1, portrait or landscape"
    );
}

#[test]
fn a_document_is_pdf_a_with_every_font_in_it() {
    let pdf = made(&filled(CARD, "Zoë 山田 श्री محمد"), Kind::Card).unwrap();
    let says = |text: &str| pdf.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(says("<pdfaid:part>2</pdfaid:part>"));
    assert!(says("<pdfaid:conformance>A</pdfaid:conformance>"));
    let read = Pdf::load_mem(&pdf).unwrap();
    let fonts = dictionaries(&read).filter(|one| one.has_type(b"FontDescriptor"));
    let embedded: Vec<bool> = fonts
        .map(|font| font.has(b"FontFile2") || font.has(b"FontFile3"))
        .collect();
    assert_eq!(embedded.len(), 6);
    assert!(embedded.into_iter().all(|yes| yes));
    let figures = dictionaries(&read).filter(|one| {
        one.get(b"S")
            .is_ok_and(|kind| *kind == Object::Name(b"Figure".to_vec()))
    });
    assert_eq!(figures.filter(|one| one.has(b"Alt")).count(), 1);
}

#[test]
fn the_same_page_of_the_same_day_makes_the_same_bytes() {
    let html = filled(CERTIFICATE, "Ada Lovelace");
    let one = made(&html, Kind::Certificate).unwrap();
    assert_eq!(one, made(&html, Kind::Certificate).unwrap());
    let fresh = Document::read(&html, Kind::Certificate).unwrap();
    assert_eq!(one, fresh.pdf(&Fonts::shipped(), &ABOUT).unwrap());
    let later = About {
        day: (2026, 11, 29),
        ..ABOUT
    };
    assert_ne!(one, fresh.pdf(&FONTS, &later).unwrap());
}

#[test]
fn a_long_name_becomes_small_and_one_that_is_too_long_is_refused() {
    let name = "Maximiliane Wolfeschlegelsteinhausenbergerdorff ";
    let of = |length: usize| name.repeat(9).chars().take(length).collect::<String>();
    kept("card-long", &filled(CARD, &of(140)), Kind::Card);
    kept(
        "certificate-long",
        &filled(CERTIFICATE, &of(300)),
        Kind::Certificate,
    );
    assert_eq!(
        made(&filled(CARD, &of(300)), Kind::Card).unwrap_err(),
        "<div> has 12.0 mm of height, and what stands in it does not fit even in small letters"
    );
    let unbroken = "W".repeat(90);
    kept("card-unbroken", &filled(CARD, &unbroken), Kind::Card);
}

#[test]
fn what_has_no_font_is_named() {
    for (text, says) in [
        ("ใจดี", "no font has \"ใ\" (U+0E43, script Thai)"),
        ("Ada 🎉", "no font has \"🎉\" (U+1F389, script Common)"),
        (
            "\u{e000}",
            "no font has \"\\u{e000}\" (U+E000, script Unknown)",
        ),
    ] {
        assert_eq!(made(&filled(CARD, text), Kind::Card).unwrap_err(), says);
    }
    let html = "<p style='font-family: Papyrus'>a</p>";
    assert_eq!(
        made(html, Kind::Card).unwrap_err(),
        "there is no font \"Papyrus\", but Noto Sans, Noto Sans Devanagari, Noto Sans Arabic, Droid Sans Fallback"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    for (html, says) in [
        (
            "<p>a</p>".repeat(20),
            "what stands on the card is 203.2 mm high, and there are 46.0 mm",
        ),
        (
            "<div style='position:absolute; left: 70mm; width: 40mm; background: red'>a</div>"
                .into(),
            "something stands 28.4 mm beyond the paper's edge",
        ),
        (
            "<div style='margin: -9mm 0; background: red'>a</div>".into(),
            "something stands 5.0 mm beyond the paper's edge",
        ),
        (
            "<qr value='1000042' style='width: 5mm'>".into(),
            "<qr> is 5.0 mm wide, and what it holds can be read from 7.2 mm",
        ),
        (
            "<table><tr><td style='width: 60mm'>a</td><td style='width: 60mm'>b</td></tr></table>"
                .into(),
            "<table> has columns that are wider than its room",
        ),
        (
            "<style>@page { margin: 30mm }</style>".into(),
            "@page margin: leaves nothing of the paper",
        ),
    ] {
        assert_eq!(made(&html, Kind::Card).unwrap_err(), says, "{html}");
    }
}

#[test]
fn what_would_take_for_ever_ends() {
    let long = format!("<div style='height: 3mm'>{}</div>", "word ".repeat(13_000));
    assert_eq!(
        made(&long, Kind::Certificate).unwrap_err(),
        "takes too much work to lay out"
    );
}

const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[test]
fn a_picture_is_in_the_page_or_there_is_no_page() {
    let html = format!(
        "<p>a</p><img style='width: 20mm; height: 10mm' alt='A seal' src='data:image/png;base64,{DOT}'>"
    );
    let pdf = kept("card-picture", &html, Kind::Card);
    let read = Pdf::load_mem(&pdf).unwrap();
    let image = |one: &&Dictionary| {
        one.get(b"Subtype")
            .is_ok_and(|kind| *kind == Object::Name(b"Image".to_vec()))
    };
    assert!(dictionaries(&read).any(|one| image(&one)));
    for (src, says) in [
        ("", "<img> has no src"),
        (
            "seal.png",
            "<img> has the src seal.png: a picture is a data: URL",
        ),
        (
            "https://example.org/seal.png",
            "<img> has the src https://example.org/seal.png: a picture",
        ),
        (
            "data:image/gif;base64,R0lGOD",
            "a picture is a data: URL of image/png or image/jpeg",
        ),
        ("data:image/png;base64,####", "<img> is no base64"),
        (
            "data:image/png;base64,AAAA",
            "<img> is no picture of image/png: its size cannot be read",
        ),
        (
            "data:image/jpeg;base64,/9j/4AAQ",
            "<img> is no picture of image/jpeg: its size",
        ),
    ] {
        let refused = made(&format!("<img src='{src}'>"), Kind::Card).unwrap_err();
        assert!(refused.contains(says), "{src}: {refused}");
    }
}

#[test]
fn a_picture_that_is_cut_short_is_named_in_words() {
    let dot = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, DOT).unwrap();
    let short = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &dot[..50]);
    let html = format!("<img alt='' src='data:image/png;base64,{short}'>");
    let refused = made(&html, Kind::Card).unwrap_err();
    assert!(
        refused.starts_with("<img> holds a picture that is broken: "),
        "{refused}"
    );
}

#[test]
fn a_picture_says_what_it_shows_or_that_it_decorates() {
    let picture = |alt: &str| format!("<p>a</p><img{alt} src='data:image/png;base64,{DOT}'>");
    assert_eq!(
        made(&picture(""), Kind::Card).unwrap_err(),
        "<img> has no alt: what it shows, or an empty one if it decorates"
    );
    for alt in [" alt=''", " alt='A seal'"] {
        made(&picture(alt), Kind::Card).unwrap();
    }
}

/// A file of some bytes that says it is 60,000 dots wide and high.
#[test]
fn a_picture_that_unpacks_to_gigabytes_is_not_unpacked() {
    let dot = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, DOT).unwrap();
    let mut bomb = dot.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let bomb = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bomb);
    let html = format!("<img src='data:image/png;base64,{bomb}'>");
    assert_eq!(
        made(&html, Kind::Card).unwrap_err(),
        "<img> has more than 9000000 dots: 60000 x 60000"
    );
}

#[test]
fn what_stands_in_the_wrong_place_is_named() {
    for (html, says) in [
        ("<td>a</td>", "<td> stands in no table"),
        ("<table><p>a</p></table>", "<p> stands where a <tr> belongs"),
        ("<table>a</table>", "\"a\" stands in a <table>"),
        (
            "<table><tr><p>a</p></tr></table>",
            "<p> stands where a <td> belongs",
        ),
        ("<table><tr></tr></table>", "<tr> has no cell"),
        (
            "<table><tr><td colspan=0>a</td></tr></table>",
            "style: \"0\" is no value of colspan",
        ),
        (
            "<p><b><div>a</div></b></p>",
            "<div> stands in a line of text",
        ),
        (
            "<div><p style='position: absolute'>a</p></div>",
            "position: absolute stands for blocks directly in the body",
        ),
        ("<qr value='Müller'>", "<qr> holds 'ü'"),
    ] {
        let refused = made(html, Kind::Card).unwrap_err();
        assert!(refused.contains(says), "{html}: {refused}");
    }
}

#[test]
fn html_is_what_was_read_and_nothing_else() {
    let html = "<title>A &amp; B</title><style>p{color:red}</style><!-- x --><p class=\"a\">a &lt;i&gt; <b>b</b></p><qr value=\"42\"></qr>";
    let page = Document::read(html, Kind::Card).unwrap().html();
    assert!(page.contains("<title>A &amp; B</title>"), "{page}");
    assert!(page.contains("<p class=\"a\">a &lt;i&gt; <b>b</b></p><img class=\"qr\" src=\"data:image/svg+xml;base64,"), "{page}");
    assert!(!page.contains("<!-- x"), "{page}");
    // Each cell draws its own borders, as on paper.
    assert!(
        page.contains("border-collapse:separate;border-spacing:0"),
        "{page}"
    );
    let quoted = "<p style='color: red; font-family: \"a&quot;b\"'>x</p>";
    let page = Document::read(quoted, Kind::Card).unwrap().html();
    assert!(
        page.contains("style=\"color: red; font-family: &quot;a&quot;b&quot;\""),
        "{page}"
    );
}

#[test]
fn a_folder_of_fonts_goes_before_those_of_other_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let font = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts/NotoSansArabic-Regular.ttf");
    std::fs::copy(font, folder.path().join("a.ttf")).unwrap();
    std::fs::write(folder.path().join("README"), "no font").unwrap();
    Fonts::with_folder(folder.path()).unwrap();
    std::fs::write(folder.path().join("b.otf"), "no font").unwrap();
    let refused = Fonts::with_folder(folder.path()).err().unwrap();
    assert!(refused.ends_with("b.otf is no font"), "{refused}");
    let refused = Fonts::with_folder(&folder.path().join("none"))
        .err()
        .unwrap();
    assert!(
        refused.starts_with("cannot read the fonts in "),
        "{refused}"
    );
}
