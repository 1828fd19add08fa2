//! Classifies characters: visible, invisible, joining, direction marks.

use icu_properties::props::{
    BidiControl, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, NoncharacterCodePoint,
    VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Symbols that fonts draw empty: the blank braille pattern and the null notehead.
const BLANK_SYMBOLS: [char; 2] = ['\u{2800}', '\u{1D159}'];
/// Unicode's block of specials: interlinear annotations, the object placeholder, the sign of a broken encoding.
const SPECIALS: std::ops::RangeInclusive<char> = '\u{FFF0}'..='\u{FFFF}';
/// The flag that emoji tag sequences (flags of regions) begin with, and the tags that follow it.
const TAG_BASE: char = '\u{1F3F4}';
const TAGS: std::ops::RangeInclusive<char> = '\u{E0020}'..='\u{E007F}';
const JOINERS: [char; 2] = ['\u{200C}', '\u{200D}'];

/// Whether a character is drawn visibly.
pub(crate) fn is_visible(c: char) -> bool {
    let group = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Punctuation)
        .union(GeneralCategoryGroup::Symbol);
    group.contains(category(c)) && !is_invisible(c)
}

/// Whether a character can hide in a text: it is drawn empty, changes the direction of the text after it, or is not
/// assigned. White space, tabs and line feeds do not count.
pub(crate) fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(c)
        || SPECIALS.contains(&c)
        || BLANK_SYMBOLS.contains(&c)
        || matches!(
            category(c),
            GeneralCategory::PrivateUse | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
        )
}

/// Whether an invisible character belongs to the character before it: joiners and selectors form letters and emoji.
pub(super) fn belongs_to(c: char, before: Option<char>) -> bool {
    let Some(before) = before else {
        return false;
    };
    let follows_a_sign = !before.is_whitespace() && (!is_invisible(before) || is_selector(before));
    (follows_a_sign && (JOINERS.contains(&c) || is_selector(c)))
        || (TAGS.contains(&c) && (before == TAG_BASE || TAGS.contains(&before)))
}

/// Whether a character is a direction mark that does not change the text after it. Texts in scripts of both directions
/// need it.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}') && CodePointSetData::new::<BidiControl>().contains(c)
}

/// Whether a character is a combining mark, which is drawn on the character before it.
pub(super) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

fn is_selector(c: char) -> bool {
    CodePointSetData::new::<VariationSelector>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
