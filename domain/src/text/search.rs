//! Folds texts for searching. Stored texts and search texts are folded in the same way, so that accents, letter case
//! and punctuation do not matter.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::characters::{is_invisible, is_visible};

/// The most words of a search that count. Of more words, the longest count.
pub const SEARCH_WORDS_MAX: usize = 5;
/// The longest word of a search, and the longest text that an artist or a place is searched by, in characters.
pub const SEARCH_LENGTH_MAX: usize = 64;

/// The version of the rules in [`fold`] and [`searchable`], stored with each folded text. Increase it with every change
/// of the rules: texts with an older version are folded again when the program starts.
pub const FOLD_VERSION: i64 = 2;

/// The blocks of Latin letters. They include letters that decomposition does not turn into plain ones (ø, ł, ß, æ, ı,
/// þ).
const LATIN: [RangeInclusive<char>; 5] = [
    '\u{AA}'..='\u{2FF}',
    '\u{1E00}'..='\u{1EFF}',
    '\u{2C60}'..='\u{2C7F}',
    '\u{A720}'..='\u{A7FF}',
    '\u{AB30}'..='\u{AB6F}',
];

/// Apostrophes, stress marks and similar signs that Unicode classifies as letters.
const MODIFIERS: RangeInclusive<char> = '\u{2B9}'..='\u{2FF}';

/// Folds a text: drops compatibility forms and accents (NFKD), makes letters lower case and plain, drops punctuation
/// within words, and separates words by one blank. A word that is only punctuation is kept, because bands have such
/// names.
pub fn fold(text: &str) -> String {
    let words: Vec<String> = plain(text).split_whitespace().map(folded_word).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The stored form of a text that is searched: folded, with a blank on both sides, so that a whole word can be found
/// together with its blanks.
pub fn searchable(text: &str) -> String {
    format!(" {} ", fold(text))
}

/// The terms of a search. A [`searchable`] text matches if it contains all of them. Punctuation separates words here,
/// because one word of the search may be stored as two. Only the [`SEARCH_WORDS_MAX`] longest words count. If the
/// search is a single letter of an alphabet, it matches whole words only, because nearly every text contains the
/// letter. If it repeats one letter, as `E:E` does, it matches the letters as they stand together.
pub fn search_terms(text: &str) -> Vec<String> {
    let plain = plain(text);
    let mut words: Vec<String> = Vec::new();
    let mut is_repeated = false;
    for word in plain.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty()) {
        if words.iter().any(|known| known == word) {
            is_repeated = true;
        } else {
            words.push(word.to_owned());
        }
    }
    if words.is_empty() {
        words = plain.split_whitespace().map(folded_word).filter(|word| !word.is_empty()).collect();
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(SEARCH_WORDS_MAX);
    match words.as_mut_slice() {
        [only] if is_single_alphabetic(only) && is_repeated => *only = fold(text),
        [only] if is_single_alphabetic(only) => *only = format!(" {only} "),
        _ => {}
    }
    words
}

/// The text decomposed, without accents and invisible characters, in lower case, with plain Latin letters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        for c in c.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c)) {
            match plain_latin(c) {
                Some(letters) => plain.push_str(&letters),
                None if c == 'ς' => plain.push('σ'),
                None => plain.push(c),
            }
        }
    }
    plain
}

fn plain_latin(c: char) -> Option<String> {
    if MODIFIERS.contains(&c) {
        return Some(String::new());
    }
    if !LATIN.iter().any(|block| block.contains(&c)) {
        return None;
    }
    let letters = deunicode::deunicode_char(c)?.to_lowercase();
    (!is_letter(c) || letters.contains(is_letter)).then_some(letters)
}

fn folded_word(word: &str) -> String {
    if word.contains(is_letter) {
        word.chars().filter(|c| is_letter(*c)).collect()
    } else {
        word.chars().filter(|c| is_visible(*c)).collect()
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether a word is one letter or digit of a script that separates words by blanks.
fn is_single_alphabetic(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|c| c.is_lowercase() || c.is_numeric()) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SEARCH_WORDS_MAX, fold, search_terms, searchable};

    fn finds(search: &str, text: &str) -> bool {
        let text = searchable(text);
        let terms = search_terms(search);
        !terms.is_empty() && terms.iter().all(|term| text.contains(term))
    }

    #[test]
    fn accents_case_and_spacing_do_not_matter() {
        assert_eq!(fold("  Björk\tGuðmundsdóttir "), "bjork gudmundsdottir");
        assert_eq!(fold("ＡＣ／ＤＣ"), "acdc");
        assert_eq!(fold("Zoë  ÉTOILE ﬁn"), "zoe etoile fin");
        assert_eq!(fold("東京 ドーム"), "東京 ト\u{30fc}ム");
        assert_eq!(fold("ΟΔΥΣΣΕΥΣ"), fold("οδυσσεύς"));
    }

    #[test]
    fn plain_searches_find_texts_with_accents_and_punctuation() {
        for (search, text) in [
            ("trentemoller", "Trentemøller"),
            ("lona", "Łona i Webber"),
            ("strasse", "Große Straße"),
            ("aetherwave", "Ætherwave"),
            ("dorde", "Đorđe Balašević"),
            ("thor", "Þór"),
            ("isik", "Işık"),
            ("rock n roll", "Rock n’ Roll"),
            ("rock'n'roll", "Rock ’n’ Roll"),
            ("jay-z", "Jay–Z"),
            ("jayz", "Jay-Z"),
            ("jay z", "Jay-Z"),
            ("E:E", "E:E"),
            ("e.e.", "E:E"),
            ("jay-z", "Jay Z"),
            ("acdc", "AC/DC"),
            ("ac/dc", "AC DC"),
            ("dont", "Don't Look Back"),
            ("hawaii", "Hawaiʻi"),
            ("m", "M live"),
            ("!!!", "!!! (chk chk chk)"),
            ("+/-", "+/-"),
            ("山", "富士山 音楽祭"),
            ("one two three four five six seven", "one two three four five seven"),
            ("BJÖRK", "bjork"),
            ("björk - live", "Björk live"),
        ] {
            assert!(finds(search, text), "{search} finds {text}: {:?} in {:?}", search_terms(search), searchable(text));
            assert!(finds(text, text), "{text} finds itself");
        }
    }

    #[test]
    fn a_single_letter_is_a_whole_word() {
        assert!(!finds("m", "Metallica"));
        assert!(!finds("7", "1975"));
        assert!(finds("7", "Seven 7"));
    }

    #[test]
    fn a_search_without_words_has_no_terms() {
        for text in ["", "  \t", "\u{200B}", "\u{301}"] {
            assert!(search_terms(text).is_empty(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_with_letters_finds_itself(text in "[\\p{L}\\p{N}\\p{P}\\p{S}\\p{M} ]{1,30}") {
            let terms = search_terms(&text);
            prop_assert!(terms.len() <= SEARCH_WORDS_MAX);
            let stored = searchable(&text);
            for term in &terms {
                prop_assert!(stored.contains(term.as_str()), "{term:?} is not in {stored:?}");
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn letter_case_does_not_matter(text in "[a-zäöüßøæłđþžıA-ZÄÖÜØÆŁĐÞŽ ]{1,20}") {
            prop_assert_eq!(fold(&text.to_lowercase()), fold(&text));
        }
    }
}
