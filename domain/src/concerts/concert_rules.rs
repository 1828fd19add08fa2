//! The validation rules of a concert's values, apart from its sections.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono_tz::Tz;

use crate::shared::{Faults, Timestamp};
use crate::text::{paragraphs, single_line};

use super::ConcertDetails;

/// The longest name of a concert, artist, venue or town, in characters.
pub const NAME_LENGTH_MAX: usize = 200;
/// The longest description, in characters.
pub const DESCRIPTION_LENGTH_MAX: usize = 5_000;
/// The highest cap. A concert can also have no cap.
pub const CAP_MAX: u32 = 10_000;

/// Checks the name of a concert, artist, venue or town.
pub(super) fn name(text: &str, pointer: &str, faults: &mut Faults) -> String {
    single_line(text, NAME_LENGTH_MAX, pointer, faults)
}

/// Checks the description of a concert, which may be empty.
pub(super) fn description(text: &str, faults: &mut Faults) -> String {
    paragraphs(text, DESCRIPTION_LENGTH_MAX, "/description", faults)
}

/// Checks that a number is within a range.
pub(super) fn whole(value: i64, range: RangeInclusive<u32>, pointer: &str, faults: &mut Faults) -> Option<u32> {
    let fitting = u32::try_from(value).ok().filter(|value| range.contains(value));
    if fitting.is_none() {
        faults.add(pointer, "out_of_range", format!("this is a number from {} to {}", range.start(), range.end()));
    }
    fitting
}

/// Checks a cap. `usual` is the result when no cap is given.
pub(super) fn given_cap(
    given: Option<Option<i64>>,
    usual: Option<u32>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<u32> {
    match given {
        None => usual,
        Some(cap) => cap.and_then(|cap| whole(cap, 1..=CAP_MAX, pointer, faults)),
    }
}

/// Checks the time zone, and the range and order of the times.
pub(super) fn details_faults(details: &ConcertDetails, faults: &mut Faults) {
    let ConcertDetails { time_zone, starts_at, sales_start_at, sales_end_at, refundable_until, .. } = details;
    faults.require(Tz::from_str(time_zone).is_ok(), "/time_zone", "unknown_time_zone", "this is no IANA time zone");
    faults.require(sales_start_at < sales_end_at, "/sales_end_at", "too_early", "the sale ends after it has begun");
    faults.require(sales_end_at <= starts_at, "/sales_end_at", "too_late", "the sale ends when the concert begins");
    for (instant, pointer) in [
        (Some(*starts_at), "/starts_at"),
        (Some(*sales_start_at), "/sales_start_at"),
        (Some(*sales_end_at), "/sales_end_at"),
        (*refundable_until, "/refundable_until"),
    ] {
        let in_range = instant.is_none_or(|instant| (Timestamp::from_micros(0)..=Timestamp::MAX).contains(&instant));
        faults.require(in_range, pointer, "out_of_range", "this lies between the years 1970 and 9999");
    }
}

/// Checks that `refundable_until` is not after the start. This holds for new concerts and drafts, and when the deadline
/// changes. A concert that is moved after it is on sale keeps its deadline, even if that is now after the start.
pub(super) fn refundable_too_long(details: &ConcertDetails, faults: &mut Faults) {
    let in_time = details.refundable_until.is_none_or(|until| until <= details.starts_at);
    faults.require(in_time, "/refundable_until", "too_late", "bookings can be given back until the concert begins");
}

/// Checks that the start is in the future. This holds for new concerts, and when the start changes.
pub(super) fn starts_in_past(details: &ConcertDetails, now: Timestamp, faults: &mut Faults) {
    faults.require(details.starts_at > now, "/starts_at", "in_the_past", "the concert begins in the future");
}
