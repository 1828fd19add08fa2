//! The longest bodies of these operations within the documented limits, so that no valid concert is refused for its
//! length. Counted with every character of a text escaped, as many JSON writers do; this leaves room for the spaces and
//! line breaks that others write between tokens. Seat labels are never escaped, so for bodies of labels only, that room
//! is added.

use boxoffice_domain::concerts::{
    BLOCKED_AT_ONCE_MAX, CATEGORIES_MAX, CATEGORY_CODE_LENGTH_MAX, DESCRIPTION_LENGTH_MAX, GAPS_OF_A_CONCERT_MAX,
    MARKS_OF_A_CONCERT_MAX, NAME_LENGTH_MAX, ROWS_OF_A_CONCERT_MAX, SECTION_NAME_LENGTH_MAX, SECTIONS_MAX, SeatLabel,
};

/// A character outside the basic multilingual plane is two escapes of six bytes.
const CHARACTER: usize = 12;
/// Name, artist, venue and location; each has at most as many characters as a name.
const NAMES_OF_A_CONCERT: usize = 4;
/// The rest of a concert without its texts and sections: field names, times, time zone, limits.
const CONCERT: usize = 2_000;
/// The rest of a section without its name, its prices and its rows.
const SECTION: usize = 400;
/// `{"code":"","name":"","price":1000000000000,"audience":"members"},`
const PRICE: usize = 69;
/// `{"label":"A1B2","seats":500,"first":9999,"gaps":[],"marks":[]},`
const ROW: usize = 64;
/// `10498,`
const GAP: usize = 6;
/// `{"seat":10498,"kind":"restricted_view"},`
const MARK: usize = 40;
/// `{"block":[],"unblock":[]}`
const BLOCK_SEATS: usize = 25;
/// A seat's label with its quotes and a comma, on an indented line of its own.
const SEAT: usize = SeatLabel::MAX_LENGTH + 3 + INDENTATION;
/// A line break, and up to two levels of eight spaces.
const INDENTATION: usize = 17;

const TEXTS: usize = CHARACTER * (NAMES_OF_A_CONCERT * NAME_LENGTH_MAX + DESCRIPTION_LENGTH_MAX);
const PRICES_OF_A_SECTION: usize =
    CATEGORIES_MAX * (PRICE + CATEGORY_CODE_LENGTH_MAX + CHARACTER * SECTION_NAME_LENGTH_MAX);
const SECTIONS: usize = SECTIONS_MAX * (SECTION + CHARACTER * SECTION_NAME_LENGTH_MAX + PRICES_OF_A_SECTION);
const ROWS: usize = ROWS_OF_A_CONCERT_MAX * ROW + GAPS_OF_A_CONCERT_MAX * GAP + MARKS_OF_A_CONCERT_MAX * MARK;

/// The longest body of a new concert, in bytes.
pub(crate) const CREATE_CONCERT_BODY_MAX: usize = CONCERT + TEXTS + SECTIONS + ROWS;
/// The longest body of changes to a concert, in bytes.
pub(crate) const CHANGE_CONCERT_BODY_MAX: usize = CONCERT + TEXTS + SECTIONS;
/// The longest body that names seats to block and unblock, in bytes.
pub(crate) const BLOCK_SEATS_BODY_MAX: usize = BLOCK_SEATS + BLOCKED_AT_ONCE_MAX * SEAT;
