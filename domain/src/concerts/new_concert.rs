//! The command to create a concert.

use crate::shared::{Currency, Faults, OrganiserId, Timestamp};

use super::concert_rules::{description, details_faults, given_cap, name, refundable_too_long, starts_in_past};
use super::venue_rules::plan_of;
use super::{Caps, ConcertDetails, NewSection, SeatPlan};

/// A client's request to create a concert. Its values are not yet checked. A cap that is `None` gets its default;
/// `Some(None)` means no cap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewConcert {
    /// The organiser. `None`: the first one whose concerts the user manages, or else a new one.
    pub organiser_id: Option<OrganiserId>,
    /// The name of the show.
    pub name: String,
    /// The performer.
    pub artist: String,
    /// A free text; may be empty.
    pub description: String,
    /// The name of the venue.
    pub venue: String,
    /// The town.
    pub location: String,
    /// An IANA time zone.
    pub time_zone: String,
    /// When the concert starts.
    pub starts_at: Timestamp,
    /// When the sale starts.
    pub sales_start_at: Timestamp,
    /// When the sale ends.
    pub sales_end_at: Timestamp,
    /// Until when customers may cancel confirmed bookings.
    pub refundable_until: Option<Timestamp>,
    /// An ISO 4217 code.
    pub currency: String,
    /// The most tickets in one booking.
    pub max_tickets_per_booking: Option<Option<i64>>,
    /// The most tickets of one user.
    pub max_tickets_per_user: Option<Option<i64>>,
    /// The most pending bookings of one user.
    pub max_pending_bookings_per_user: Option<Option<i64>>,
    /// The sections, front to back.
    pub sections: Vec<NewSection>,
}

/// A valid new concert, before it is written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) organiser: Option<OrganiserId>,
    pub(super) details: ConcertDetails,
    pub(super) currency: Currency,
    pub(super) caps: Caps,
    pub(super) plan: SeatPlan,
}

impl NewConcert {
    /// Checks everything that can be checked without the store.
    pub(super) fn judge(self, now: Timestamp) -> Result<Draft, Faults> {
        let mut faults = Faults::new();
        let details = ConcertDetails {
            name: name(&self.name, "/name", &mut faults),
            artist: name(&self.artist, "/artist", &mut faults),
            description: description(&self.description, &mut faults),
            venue: name(&self.venue, "/venue", &mut faults),
            location: name(&self.location, "/location", &mut faults),
            time_zone: self.time_zone,
            starts_at: self.starts_at,
            sales_start_at: self.sales_start_at,
            sales_end_at: self.sales_end_at,
            refundable_until: self.refundable_until,
        };
        details_faults(&details, &mut faults);
        refundable_too_long(&details, &mut faults);
        starts_in_past(&details, now, &mut faults);
        let usual = Caps::default();
        let caps = Caps {
            max_tickets_per_booking: given_cap(
                self.max_tickets_per_booking,
                usual.max_tickets_per_booking,
                "/max_tickets_per_booking",
                &mut faults,
            ),
            max_tickets_per_user: given_cap(
                self.max_tickets_per_user,
                usual.max_tickets_per_user,
                "/max_tickets_per_user",
                &mut faults,
            ),
            max_pending_bookings_per_user: given_cap(
                self.max_pending_bookings_per_user,
                usual.max_pending_bookings_per_user,
                "/max_pending_bookings_per_user",
                &mut faults,
            ),
        };
        let currency = Currency::parse(&self.currency);
        faults.require(currency.is_some(), "/currency", "unknown_currency", "this is no ISO 4217 code of a currency");
        let plan = plan_of(&self.sections, &mut faults);
        match (currency, plan) {
            (Some(currency), Some(plan)) if faults.is_empty() => {
                Ok(Draft { organiser: self.organiser_id, details, currency, caps, plan })
            }
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests;
