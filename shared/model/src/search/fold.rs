//! What a search by text compares: a text without what readers take no notice of.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

/// In small letters, without accents and the points of Hebrew and Arabic,
/// compatibility forms as the plain ones (`ﬁ` as `fi`), and every run of blanks,
/// the no-break ones too, as one blank, none at the ends. So it makes no
/// difference whether `ü` was written as one character or as `u` and dots.
pub(crate) fn folded(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let classes = CanonicalCombiningClassMapBorrowed::new();
    let mut folded = String::with_capacity(decomposed.len());
    let letters = decomposed
        .chars()
        .filter(|letter| letter.is_ascii() || !is_mark(classes.get_u8(*letter)))
        .flat_map(char::to_lowercase)
        // A small letter may be two characters, the second a mark: İ.
        .filter(|letter| letter.is_ascii() || !is_mark(classes.get_u8(*letter)));
    for letter in letters {
        match letter {
            blank if blank.is_whitespace() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            letter => match spelt(letter) {
                Some(spelt) => folded.push_str(spelt),
                None => folded.push(letter),
            },
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// By canonical combining class: points of Hebrew and Arabic, and accents above,
/// below or through a letter. What else stands on a letter makes another one of
/// it: the vowel signs of Indic scripts, the voicing of Kana.
fn is_mark(class: u8) -> bool {
    matches!(class, 1 | 10..=35 | 200..)
}

/// Letters that Unicode does not decompose, as they are written without a key for
/// them.
fn spelt(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŧ' => "t",
        'ŋ' => "n",
        // The same letter at the end of a word.
        'ς' => "σ",
        // Invisible: a break that a word may have, and joiners.
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "",
        // The apostrophe of typesetters.
        '\u{2019}' | '\u{2bc}' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_readers_take_for_the_same_is_the_same() {
        for (one, other) in [
            ("Müller", "mu\u{308}ller"),
            ("Müller", "MULLER"),
            ("Weiß", "WEISS"),
            ("Weiß", "Wei\u{1e9e}"),
            ("Søren", "soren"),
            ("Åse", "ase"),
            ("Æbeltoft", "aebeltoft"),
            ("Łukasz Żółć", "lukasz zolc"),
            ("Đặng Nguyễn", "dang nguyen"),
            ("İstanbul", "istanbul"),
            ("Iğdır", "igdir"),
            ("Þórður", "thordur"),
            ("Anna\u{a0}Lee", "  anna \t lee\u{202f}"),
            ("\u{feff}Lee", "lee"),
            ("O\u{2019}Neill", "o'neill"),
            ("ΣΊΣΥΦΟΣ", "σισυφος"),
            ("ﬁn", "fin"),
            ("\u{ac00}\u{b098}", "\u{1100}\u{1161}\u{1102}\u{1161}"),
            ("\u{5e9}\u{5b8}\u{5dc}", "\u{5e9}\u{5dc}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
    }

    #[test]
    fn other_letters_stay_others() {
        for (one, other) in [
            ("कि", "की"),
            ("が", "か"),
            ("й", "к"),
            ("Anna Lee", "Annalee"),
            ("a-b", "a b"),
        ] {
            assert_ne!(folded(one), folded(other), "{one} and {other}");
        }
        assert_eq!(folded(" \u{a0}\u{301}"), "");
    }
}
