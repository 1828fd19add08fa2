//! The command to change a concert, and which fields can be changed when.

use crate::shared::{Faults, Timestamp};

use super::concert_rules::{description, details_faults, given_cap, name, refundable_too_long, starts_in_past};
use super::venue_rules::prices_of;
use super::{Concert, ConcertStatus, NewPrice, Section};

/// A client's request to change a concert. A field that is `None` stays as it is. `Some(None)` removes a date or a cap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeConcert {
    /// The name of the show.
    pub name: Option<String>,
    /// The performer.
    pub artist: Option<String>,
    /// A free text; may be empty.
    pub description: Option<String>,
    /// The name of the venue.
    pub venue: Option<String>,
    /// The town.
    pub location: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// When the concert starts.
    pub starts_at: Option<Timestamp>,
    /// When the sale starts.
    pub sales_start_at: Option<Timestamp>,
    /// When the sale ends.
    pub sales_end_at: Option<Timestamp>,
    /// Until when customers may cancel confirmed bookings.
    pub refundable_until: Option<Option<Timestamp>>,
    /// The most tickets in one booking.
    pub max_tickets_per_booking: Option<Option<i64>>,
    /// The most tickets of one user.
    pub max_tickets_per_user: Option<Option<i64>>,
    /// The most pending bookings of one user.
    pub max_pending_bookings_per_user: Option<Option<i64>>,
    /// New prices of some sections.
    pub sections: Option<Vec<ChangeSection>>,
}

/// New prices of a section. They apply to later bookings only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSection {
    /// The section's code.
    pub code: String,
    /// The price of the only category, `standard`; excludes `prices`.
    pub price: Option<i64>,
    /// All price categories; excludes `price`.
    pub prices: Option<Vec<NewPrice>>,
}

/// The result of a valid change.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) concert: Concert,
    /// The sections whose prices changed.
    pub(super) repriced: Vec<Section>,
}

/// Why a change is refused.
#[derive(Debug)]
pub(super) enum Refused {
    Invalid(Faults),
    /// These fields cannot be changed in the concert's status.
    Fixed(Vec<&'static str>),
}

impl ChangeConcert {
    /// Applies the change to a concert and its sections.
    pub(super) fn apply(self, before: &Concert, sections: &[Section], now: Timestamp) -> Result<Changed, Refused> {
        let mut faults = Faults::new();
        let repriced = repriced(self.sections.as_deref(), sections, &mut faults);
        let concert = self.applied_to(before, &mut faults);
        details_faults(&concert.details, &mut faults);
        if before.status == ConcertStatus::Draft || concert.details.refundable_until != before.details.refundable_until
        {
            refundable_too_long(&concert.details, &mut faults);
        }
        if concert.details.starts_at != before.details.starts_at {
            starts_in_past(&concert.details, now, &mut faults);
        }
        faults.into_result().map_err(Refused::Invalid)?;
        let fixed = fixed_fields(before, &concert, !repriced.is_empty(), now);
        if fixed.is_empty() { Ok(Changed { concert, repriced }) } else { Err(Refused::Fixed(fixed)) }
    }

    fn applied_to(self, before: &Concert, faults: &mut Faults) -> Concert {
        let mut concert = before.clone();
        let details = &mut concert.details;
        for (given, text, pointer) in [
            (self.name, &mut details.name, "/name"),
            (self.artist, &mut details.artist, "/artist"),
            (self.venue, &mut details.venue, "/venue"),
            (self.location, &mut details.location, "/location"),
        ] {
            if let Some(given) = given {
                *text = name(&given, pointer, faults);
            }
        }
        if let Some(given) = self.description {
            details.description = description(&given, faults);
        }
        details.time_zone = self.time_zone.unwrap_or_else(|| details.time_zone.clone());
        details.starts_at = self.starts_at.unwrap_or(details.starts_at);
        details.sales_start_at = self.sales_start_at.unwrap_or(details.sales_start_at);
        details.sales_end_at = self.sales_end_at.unwrap_or(details.sales_end_at);
        details.refundable_until = self.refundable_until.unwrap_or(details.refundable_until);
        let caps = &mut concert.caps;
        for (given, cap, pointer) in [
            (self.max_tickets_per_booking, &mut caps.max_tickets_per_booking, "/max_tickets_per_booking"),
            (self.max_tickets_per_user, &mut caps.max_tickets_per_user, "/max_tickets_per_user"),
            (
                self.max_pending_bookings_per_user,
                &mut caps.max_pending_bookings_per_user,
                "/max_pending_bookings_per_user",
            ),
        ] {
            *cap = given_cap(given, *cap, pointer, faults);
        }
        concert
    }
}

/// The sections whose prices the change really alters, with their new prices.
fn repriced(changes: Option<&[ChangeSection]>, sections: &[Section], faults: &mut Faults) -> Vec<Section> {
    let mut repriced: Vec<Section> = Vec::new();
    for (at, change) in changes.unwrap_or_default().iter().enumerate() {
        let pointer = format!("/sections/{at}");
        let prices = prices_of(change.price, change.prices.as_deref(), &pointer, faults);
        let section = sections.iter().find(|section| section.code.as_str() == change.code);
        let known = section.is_some();
        faults.require(known, format!("{pointer}/code"), "unknown_section", "there is no such section");
        let named_before = changes.unwrap_or_default().iter().take(at).any(|other| other.code == change.code);
        faults.require(!named_before, format!("{pointer}/code"), "duplicate", "this section is named twice");
        if let (Some(section), Some(prices)) = (section, prices)
            && section.prices != prices
        {
            repriced.push(Section { prices, ..section.clone() });
        }
    }
    repriced.sort_unstable_by_key(|section| section.position);
    repriced
}

/// The changed fields that are fixed. Once the sale has begun, customers have bought on the terms of the sale, so those
/// are fixed. Fields that only describe the concert can be corrected until it is cancelled.
fn fixed_fields(before: &Concert, after: &Concert, repriced: bool, now: Timestamp) -> Vec<&'static str> {
    let (old, new) = (&before.details, &after.details);
    let over = before.status == ConcertStatus::Cancelled;
    let terms = over || (before.status != ConcertStatus::Draft && old.sales_start_at <= now);
    let changes = [
        ("name", over, old.name != new.name),
        ("artist", over, old.artist != new.artist),
        ("description", over, old.description != new.description),
        ("venue", over, old.venue != new.venue),
        ("location", over, old.location != new.location),
        ("time_zone", terms, old.time_zone != new.time_zone),
        ("starts_at", over, old.starts_at != new.starts_at),
        ("sales_start_at", terms, old.sales_start_at != new.sales_start_at),
        ("sales_end_at", over, old.sales_end_at != new.sales_end_at),
        ("refundable_until", terms, old.refundable_until != new.refundable_until),
        ("max_tickets_per_booking", terms, before.caps.max_tickets_per_booking != after.caps.max_tickets_per_booking),
        ("max_tickets_per_user", terms, before.caps.max_tickets_per_user != after.caps.max_tickets_per_user),
        (
            "max_pending_bookings_per_user",
            terms,
            before.caps.max_pending_bookings_per_user != after.caps.max_pending_bookings_per_user,
        ),
        ("sections", over, repriced),
    ];
    changes.into_iter().filter(|(_, fixed, changed)| *fixed && *changed).map(|(field, ..)| field).collect()
}

#[cfg(test)]
mod tests;
