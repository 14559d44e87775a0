//! The order of names in a language (rule SET-17): Unicode's collation with the
//! language's own rules, and the Dutch custom for what stands before a name.

use icu_collator::{Collator, CollatorBorrowed, options::CollatorOptions};
use icu_locale_core::Locale;
use std::cmp::Ordering;

/// A language by its tag (BCP 47), as in `da` or `de-u-co-phonebk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(Locale);

impl Language {
    /// # Errors
    /// What it must be.
    pub fn parse(tag: &str) -> Result<Language, &'static str> {
        let locale = Locale::try_from_str(tag);
        locale
            .map(Language)
            .map_err(|_| "must be a language tag (BCP 47), as in da or de-u-co-phonebk")
    }

    /// The tag without what says how to sort.
    pub fn tag(&self) -> String {
        self.0.id.to_string()
    }

    /// In the Netherlands a name is looked for without its prefixes, in Belgium
    /// with them.
    fn prefixes_follow(&self) -> bool {
        let region = self.0.id.region;
        self.0.id.language.as_str() == "nl" && region.is_none_or(|region| region.as_str() != "BE")
    }
}

/// What stands before Dutch names, alone or one after the other.
const PREFIXES: &[&str] = &[
    "'s", "'t", "aan", "bij", "d'", "de", "den", "der", "het", "in", "la", "le", "onder", "op",
    "over", "te", "ten", "ter", "tot", "uit", "van", "voor", "von",
];

/// How names follow one another.
pub struct NameOrder {
    collator: CollatorBorrowed<'static>,
    prefixes_follow: bool,
}

impl NameOrder {
    /// That of a language; of all languages where none is named, or none is
    /// known by this name.
    pub fn of(language: Option<&Language>) -> crate::Result<NameOrder> {
        let locale = language.map_or_else(|| Locale::UNKNOWN, |language| language.0.clone());
        let collator = Collator::try_new((&locale).into(), CollatorOptions::default());
        Ok(NameOrder {
            collator: collator.map_err(crate::Error::internal)?,
            prefixes_follow: language.is_some_and(Language::prefixes_follow),
        })
    }

    /// Sorts by name; those of one name stay as they stood.
    pub fn sort<T>(&self, items: &mut [T], name: impl Fn(&T) -> &str) {
        items.sort_by(|one, other| self.compare(name(one), name(other)));
    }

    fn compare(&self, one: &str, other: &str) -> Ordering {
        let main = |name| match self.prefixes_follow {
            true => without_prefixes(name),
            false => name,
        };
        let by_main = self.collator.compare(main(one), main(other));
        by_main.then_with(|| self.collator.compare(one, other))
    }
}

fn without_prefixes(name: &str) -> &str {
    let mut rest = name.trim_start();
    while let Some((first, after)) = split(rest) {
        let is_prefix = PREFIXES
            .iter()
            .any(|prefix| prefix.eq_ignore_ascii_case(first));
        let after = after.trim_start();
        if !is_prefix || after.is_empty() {
            break;
        }
        rest = after;
    }
    rest
}

/// The first word, and what follows: `'t Hooft`, `d'Hondt`.
fn split(name: &str) -> Option<(&str, &str)> {
    let elided = name
        .get(..2)
        .filter(|start| start.eq_ignore_ascii_case("d'"));
    match elided {
        Some(_) => Some(name.split_at(2)),
        None => name.split_once([' ', '\u{a0}']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sorted(tag: &str, expected: &[&str]) {
        let language = Language::parse(tag).unwrap();
        let order = NameOrder::of(Some(&language)).unwrap();
        let mut names: Vec<&str> = expected.to_vec();
        names.sort_unstable();
        order.sort(&mut names, |name| name);
        assert_eq!(names, expected, "{tag}");
        names.reverse();
        order.sort(&mut names, |name| name);
        assert_eq!(names, expected, "{tag}");
    }

    #[test]
    fn danish_ends_with_the_letter_that_aa_is() {
        sorted(
            "da",
            &["Abel", "Zahle", "Ærø", "Ødegaard", "Aabenraa", "Åberg"],
        );
        sorted(
            "en",
            &["Aabenraa", "Abel", "Åberg", "Ærø", "Ødegaard", "Zahle"],
        );
    }

    #[test]
    fn a_german_phone_book_has_ue_where_a_dictionary_has_u() {
        sorted(
            "de-u-co-phonebk",
            &["Muck", "Mueller", "Müller", "Mufti", "Muller"],
        );
        sorted("de", &["Muck", "Mueller", "Mufti", "Muller", "Müller"]);
    }

    #[test]
    fn czech_has_ch_behind_h() {
        sorted(
            "cs",
            &["Cibulka", "Černý", "Dvořák", "Hus", "Chalupa", "Ivan"],
        );
        sorted(
            "en",
            &["Černý", "Chalupa", "Cibulka", "Dvořák", "Hus", "Ivan"],
        );
    }

    #[test]
    fn dutch_prefixes_follow_the_name_but_not_in_belgium() {
        sorted(
            "nl",
            &[
                "Aarts",
                "van den Berg",
                "van der Berg",
                "Bos",
                "d'Hondt",
                "'t Hooft",
                "van",
                "de Vries",
            ],
        );
        sorted(
            "nl-BE",
            &[
                "'t Hooft",
                "Aarts",
                "Bos",
                "d'Hondt",
                "de Vries",
                "van",
                "van den Berg",
                "van der Berg",
            ],
        );
        assert_eq!(without_prefixes("van"), "van");
        assert_eq!(without_prefixes("Van de"), "de");
    }

    /// The order of all languages, for a name that says nothing of one.
    #[test]
    fn a_language_that_nobody_knows_has_the_order_of_all() {
        for tag in ["xx", "fr-u-co-phonebk", "und"] {
            sorted(tag, &["Abel", "Åberg", "Muller", "Müller", "Zahle"]);
        }
        for tag in ["", "d", "de_u", "german language"] {
            assert!(Language::parse(tag).is_err(), "{tag}");
        }
    }
}
