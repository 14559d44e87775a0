//! E-mail addresses as staff type them: bare addresses, several separated by
//! comma or semicolon.

use crate::error::Problems;
use crate::field::Field;
use crate::record::Record;
use std::{collections::HashSet, fmt};

/// A checked e-mail address, `local@domain`, ASCII, at most 254 characters
/// (RFC 5321, section 4.5.3.1). A domain outside ASCII is kept in its ASCII form
/// (RFC 5891); what stands before the @ has none, and Amazon SES takes no other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// The address as it was written, its domain in ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address share.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the addresses of a list separated by commas or semicolons, each once
/// however its letters are cased. An empty list is fine.
///
/// # Errors
/// A message that names the part which is no address.
pub fn parse_list(text: &str) -> Result<Vec<Address>, String> {
    let parts = text
        .split([',', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut addresses = parts.map(parse).collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    addresses.retain(|address| seen.insert(address.key()));
    Ok(addresses)
}

/// Reads a field that holds at most one address.
///
/// # Errors
/// A message that names what is no address, or that there are several.
pub fn parse_one(text: &str) -> Result<Option<Address>, String> {
    let mut addresses = parse_list(text)?;
    match addresses.len() {
        0 | 1 => Ok(addresses.pop()),
        count => Err(format!("holds {count} addresses, one is allowed")),
    }
}

/// Whether mail can go to what a field holds: at least one address, and nothing else.
pub fn is_given(text: &str) -> bool {
    parse_list(text).is_ok_and(|addresses| !addresses.is_empty())
}

/// Addresses in one field: a mail goes to some fifty in all.
const LIST_MAX: usize = 10;

/// Adds what keeps mail from the addresses of a field. What was stored before
/// is not judged again by a write that leaves it alone.
pub fn check(
    field: Field<String>,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) {
    if before.is_some_and(|before| before.get(field) == after.get(field)) {
        return;
    }
    let path = format!("/{}", field.name());
    match parse_list(after.text(field)) {
        Err(why) => problems.add(path, why),
        Ok(addresses) if addresses.len() > LIST_MAX => {
            problems.add(path, format!("must have at most {LIST_MAX} addresses"));
        }
        // Nobody means separators by themselves.
        Ok(addresses) if addresses.is_empty() && !after.text(field).is_empty() => {
            problems.add(path, "holds no address: leave it out where there is none");
        }
        Ok(_) => {}
    }
}

fn parse(text: &str) -> Result<Address, String> {
    let refused = || format!("{text:?} is not an e-mail address like name@example.org");
    let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
    let domain = match domain.is_ascii() {
        true => domain.to_owned(),
        false => idna::domain_to_ascii_strict(domain).map_err(|_| refused())?,
    };
    let address = format!("{local}@{domain}");
    if address.len() > 254 || !is_domain(&domain) {
        return Err(refused());
    }
    if !local.is_ascii() && local.split('.').all(|part| part.chars().all(is_letter)) {
        return Err(format!(
            "{text:?} has letters outside ASCII before the @, and the mail provider takes none there"
        ));
    }
    match is_local(local) {
        true => Ok(Address(address)),
        false => Err(refused()),
    }
}

fn is_letter(letter: char) -> bool {
    !letter.is_ascii() && letter.is_alphanumeric() || is_atom(letter.encode_utf8(&mut [0; 4]))
}

fn is_local(local: &str) -> bool {
    local.len() <= 64 && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    domain.contains('.') && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// An `atom` of RFC 5322, section 3.2.3, without its comments.
pub fn is_atom(text: &str) -> bool {
    let special = |byte| b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || special(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        parse_list(text)
            .unwrap()
            .iter()
            .map(Address::to_string)
            .collect()
    }

    #[test]
    fn commas_and_semicolons_separate_and_repeats_go() {
        let text = " Ada@example.org; b.o'hara+x@sub.example.co.uk,ada@EXAMPLE.org ,; ";
        assert_eq!(
            list(text),
            ["Ada@example.org", "b.o'hara+x@sub.example.co.uk"]
        );
        assert!(list("  ").is_empty());
    }

    #[test]
    fn what_is_no_address_is_named() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "a b@example.org",
            "a@b@example.org",
            "ada@-x.org",
            "ada@x..org",
            ".ada@example.org",
            "ada.@example.org",
            "ada@example.org.",
            "ädä@example.org",
            "Ada <ada@example.org>",
            "ada@example.org\r\nBcc: x@example.org",
            "\"a\"@example.org",
            &long,
        ] {
            let error = parse_list(&format!("ok@example.org, {bad}")).unwrap_err();
            assert!(error.contains(&format!("{bad:?}")), "{error}");
        }
    }

    #[test]
    fn an_international_domain_is_mailed_in_its_ascii_form() {
        let text =
            "ada@müller.example; ADA@MU\u{308}LLER.example, bob@例え.example,c@straße.example";
        let expected = [
            "ada@xn--mller-kva.example",
            "bob@xn--r8jz45g.example",
            "c@xn--strae-oqa.example",
        ];
        assert_eq!(list(text), expected);
        for bad in [
            "ada@mül ler.example",
            "ada@-ü.example",
            "ada@ü\u{200b}..example",
            "ada@ü",
        ] {
            assert!(parse_one(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn letters_before_the_at_that_the_provider_cannot_carry_are_told() {
        for bad in [
            "jörg@example.org",
            "jörg.müller@müller.example",
            "用户@example.org",
        ] {
            let error = parse_one(bad).unwrap_err();
            assert!(
                error.starts_with(&format!("{bad:?} has letters outside ASCII before")),
                "{error}"
            );
        }
        let error = parse_one("\u{200b}ops@example.org").unwrap_err();
        assert!(
            error.ends_with("is not an e-mail address like name@example.org"),
            "{error}"
        );
    }

    #[test]
    fn one_address_is_one() {
        assert_eq!(parse_one("").unwrap(), None);
        assert_eq!(
            parse_one("a@example.org").unwrap().unwrap().as_str(),
            "a@example.org"
        );
        let error = parse_one("a@example.org;b@example.org").unwrap_err();
        assert_eq!(error, "holds 2 addresses, one is allowed");
    }
}
