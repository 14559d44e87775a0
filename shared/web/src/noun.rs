//! A resource's title as English, for the API's reference.

/// `BillingRunAction`: `billing run action`; `IdCardTemplate`: `ID card template`.
pub fn singular(title: &str) -> String {
    let mut words = String::new();
    for letter in title.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    match words.strip_prefix("id ") {
        Some(rest) => format!("ID {rest}"),
        None => words,
    }
}

/// `billing run actions`, `directories`, `application processes`.
pub fn plural(title: &str) -> String {
    let noun = singular(title);
    if is_plural(&noun) {
        noun
    } else if let Some(stem) = noun.strip_suffix('y') {
        format!("{stem}ies")
    } else if noun.ends_with('s') {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    }
}

/// `a billing run action`, `an ID card template`, `the settings`.
pub fn with_article(title: &str) -> String {
    let noun = singular(title);
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'I']);
    match (is_plural(&noun), vowel) {
        (true, _) => format!("the {noun}"),
        (false, true) => format!("an {noun}"),
        (false, false) => format!("a {noun}"),
    }
}

/// Of which a tenant has one, such as its settings.
fn is_plural(noun: &str) -> bool {
    noun.ends_with('s') && !noun.ends_with("ss")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_english() {
        let forms = |title: &str| [with_article(title), plural(title)];
        for (title, one, many) in [
            (
                "BillingRunAction",
                "a billing run action",
                "billing run actions",
            ),
            ("IdCardTemplate", "an ID card template", "ID card templates"),
            (
                "ApplicationProcess",
                "an application process",
                "application processes",
            ),
            ("Directory", "a directory", "directories"),
            ("Settings", "the settings", "settings"),
        ] {
            assert_eq!(forms(title), [one, many]);
        }
    }
}
