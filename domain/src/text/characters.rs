//! Which characters a reader can see.

use icu_properties::props::{
    BidiControl, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, NoncharacterCodePoint,
    VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Symbols that fonts draw as nothing: the empty braille pattern and the empty note head.
const BLANK_SYMBOLS: [char; 2] = ['\u{2800}', '\u{1D159}'];
/// Unicode's block of specials: interlinear annotations, the object placeholder, the sign of a broken encoding.
const SPECIALS: std::ops::RangeInclusive<char> = '\u{FFF0}'..='\u{FFFF}';
/// The flag that emoji tag sequences (flags of regions) begin with, and the tags that follow it.
const TAG_BASE: char = '\u{1F3F4}';
const TAGS: std::ops::RangeInclusive<char> = '\u{E0020}'..='\u{E007F}';
const JOINERS: [char; 2] = ['\u{200C}', '\u{200D}'];

/// Whether a character leaves a mark that a reader can see.
pub(crate) fn is_visible(c: char) -> bool {
    let group = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Punctuation)
        .union(GeneralCategoryGroup::Symbol);
    group.contains(category(c)) && !is_invisible(c)
}

/// Whether a character can hide in a text: it shows nothing, turns the direction of what follows, or is not assigned to
/// any character. White space and the characters of lines are not meant.
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

/// Whether an invisible character belongs to the one before it: joiners and selectors form letters and emoji.
pub(super) fn belongs_to(c: char, before: Option<char>) -> bool {
    let Some(before) = before else {
        return false;
    };
    let follows_a_sign = !before.is_whitespace() && (!is_invisible(before) || is_selector(before));
    (follows_a_sign && (JOINERS.contains(&c) || is_selector(c)))
        || (TAGS.contains(&c) && (before == TAG_BASE || TAGS.contains(&before)))
}

/// Whether a character marks a direction without changing what follows: needed between scripts of both directions.
pub(super) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}') && CodePointSetData::new::<BidiControl>().contains(c)
}

/// Whether a character is drawn on top of the one before it.
pub(super) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

fn is_selector(c: char) -> bool {
    CodePointSetData::new::<VariationSelector>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
