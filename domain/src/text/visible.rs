//! Rules of texts that are shown to other users: names, descriptions, reasons.

use unicode_normalization::UnicodeNormalization;

use crate::shared::Faults;

use super::characters::{belongs_to, is_direction_mark, is_invisible, is_mark, is_visible};

/// The most combining marks on one character. Real scripts need four; hundreds of them cover the lines around.
const MARKS_MAX: usize = 6;

/// Which characters a text may have apart from visible ones and blanks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    SingleLine,
    Paragraphs,
}

/// Normalises and checks a text of one line: trimmed, composed (NFC), one blank between words, at most `longest`
/// characters, at least one of them visible.
pub(crate) fn single_line(text: &str, longest: usize, pointer: &str, faults: &mut Faults) -> String {
    let text = with_single_blanks(text.trim().nfc());
    if text.is_empty() {
        faults.add(pointer, "required", "this must not be empty");
        return text;
    }
    check(&text, longest, Layout::SingleLine, pointer, faults);
    if !text.chars().any(is_visible) {
        faults.add(pointer, "required", "this needs a character that can be seen");
    }
    text
}

/// Normalises and checks a text of any number of lines: trimmed, composed (NFC), with line feeds only, at most
/// `longest` characters. May be empty.
pub(crate) fn paragraphs(text: &str, longest: usize, pointer: &str, faults: &mut Faults) -> String {
    let text: String = text.trim().replace("\r\n", "\n").nfc().collect();
    check(&text, longest, Layout::Paragraphs, pointer, faults);
    text
}

/// Replaces every run of blanks of any width by one blank. Tabs and line feeds do not count as blanks.
fn with_single_blanks(text: impl Iterator<Item = char>) -> String {
    let mut single = String::new();
    for c in text {
        let is_blank = c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
        match is_blank {
            true if single.ends_with(' ') => {}
            true => single.push(' '),
            false => single.push(c),
        }
    }
    single
}

fn check(text: &str, longest: usize, layout: Layout, pointer: &str, faults: &mut Faults) {
    if text.chars().count() > longest {
        faults.add(pointer, "too_long", format!("this has at most {longest} characters"));
    }
    if let Some(found) = misplaced_character(text, layout) {
        let number = u32::from(found);
        faults.add(pointer, "characters", format!("this must not hold the character U+{number:04X}"));
    }
}

/// The first character that is not allowed at its position.
fn misplaced_character(text: &str, layout: Layout) -> Option<char> {
    let mut before = None;
    let mut marks = 0;
    text.chars().find(|&c| {
        let is_misplaced = match c {
            '\n' | '\t' => layout == Layout::SingleLine,
            _ if c.is_control() => true,
            _ if is_direction_mark(c) => layout == Layout::SingleLine,
            _ => is_invisible(c) && !belongs_to(c, before),
        };
        marks = if is_mark(c) { marks + 1 } else { 0 };
        before = Some(c);
        is_misplaced || marks > MARKS_MAX
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::{Faults, paragraphs, single_line};

    fn judged(text: &str) -> Result<String, Vec<&'static str>> {
        let mut faults = Faults::new();
        let line = single_line(text, 200, "/name", &mut faults);
        faults.into_result().map(|()| line).map_err(|faults| faults.as_slice().iter().map(|fault| fault.code).collect())
    }

    #[test]
    fn names_in_all_scripts_are_accepted() {
        for name in [
            "M",
            "µ",
            "!!!",
            "+/-",
            "Sigur Rós",
            "Дeльфин",
            "עומר אדם",
            "فيروز",
            "山口百恵",
            "ลำไย ไหทองคำ",
            "ज़ाकिर हुसैन",
            "می\u{200C}خواهم",
            "👩\u{200D}🎤 live",
            "❤\u{FE0F}",
            "Cymru 🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
        ] {
            assert_eq!(judged(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_name_without_visible_characters_is_refused() {
        for name in ["", "  ", "\u{200B}", "\u{3164}", "\u{2800}", "\u{FE0F}", "\u{200D}\u{200D}", "\u{301}", "\u{A0}"]
        {
            let codes = judged(name).unwrap_err();
            assert!(codes.contains(&"required") || codes.contains(&"characters"), "{name:?}: {codes:?}");
        }
    }

    #[test]
    fn characters_that_hide_or_turn_others_are_refused() {
        for c in [
            '\0',
            '\n',
            '\t',
            '\u{AD}',
            '\u{200B}',
            '\u{200E}',
            '\u{202E}',
            '\u{2066}',
            '\u{2028}',
            '\u{2060}',
            '\u{FEFF}',
            '\u{FFF9}',
            '\u{FFFC}',
            '\u{FFFD}',
            '\u{FFFE}',
            '\u{E000}',
            '\u{E0041}',
            '\u{10FFFF}',
            '\u{3164}',
        ] {
            assert_eq!(judged(&format!("Total {c}100")), Err(vec!["characters"]), "{c:?}");
        }
        assert_eq!(judged(&format!("Z{}", "\u{335}".repeat(7))), Err(vec!["characters"]));
    }

    #[test]
    fn a_name_has_one_normal_form() {
        assert_eq!(judged(" Bjo\u{308}rk \u{A0}\u{3000} live "), Ok("Björk live".to_owned()));
    }

    #[test]
    fn paragraphs_keep_their_lines_and_directions() {
        let mut faults = Faults::new();
        let text = paragraphs(" one\r\ntwo\t\u{200F}3 \n", 100, "/description", &mut faults);
        assert_eq!(text, "one\ntwo\t\u{200F}3");
        assert_eq!(faults, Faults::new());
        for c in ['\u{202E}', '\u{2067}', '\u{200B}', '\u{0007}'] {
            let mut faults = Faults::new();
            paragraphs(&format!("a{c}b"), 100, "/description", &mut faults);
            assert_eq!(faults.as_slice().len(), 1, "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_visible_and_accepted_again_unchanged(text in "\\PC{0,40}|[\\u{200B}-\\u{2070}a\u{301}\u{1F3F4}\u{E0067} ]{0,12}") {
            if let Ok(name) = judged(&text) {
                prop_assert!(name.chars().any(super::is_visible));
                let hides = |c: char| matches!(c, '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
                prop_assert!(!name.contains(hides));
                prop_assert_eq!(judged(&name), Ok(name));
            }
        }

        #[test]
        fn composed_and_decomposed_are_the_same_name(text in "\\PC{1,20}") {
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(judged(&text), judged(&decomposed));
        }
    }
}
