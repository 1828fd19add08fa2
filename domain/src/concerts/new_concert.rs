//! What it takes to create a concert.

use crate::shared::{Currency, Faults, OrganiserId, Timestamp};

use super::concert_rules::{description, details_faults, given_cap, name, refundable_too_long, starts_in_past};
use super::venue_rules::plan_of;
use super::{Audience, Caps, ConcertDetails, SeatPlan};

/// What a client sends to create a concert, of the right shape but unchecked. A cap that is not given is the usual one;
/// one that is given as `None` is no cap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewConcert {
    /// Whose; not given, the one that the manager may act for, founded if there is none.
    pub organiser_id: Option<OrganiserId>,
    /// The show's name.
    pub name: String,
    /// Who plays.
    pub artist: String,
    /// Free text, may be empty.
    pub description: String,
    /// The house.
    pub venue: String,
    /// The town.
    pub location: String,
    /// An IANA time zone.
    pub time_zone: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// From when on seats are sold.
    pub sales_start_at: Timestamp,
    /// Until when seats are sold.
    pub sales_end_at: Timestamp,
    /// Until when customers may cancel what they paid.
    pub refundable_until: Option<Timestamp>,
    /// An ISO 4217 code.
    pub currency: String,
    /// Tickets in one booking.
    pub max_tickets_per_booking: Option<Option<i64>>,
    /// Tickets of one user.
    pub max_tickets_per_user: Option<Option<i64>>,
    /// Unpaid bookings of one user.
    pub max_pending_bookings_per_user: Option<Option<i64>>,
    /// Front first.
    pub sections: Vec<NewSection>,
}

/// A section as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewSection {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `seated` or `standing`.
    pub kind: String,
    /// What the only category, `standard`, costs …
    pub price: Option<i64>,
    /// … or all categories.
    pub prices: Option<Vec<NewPrice>>,
    /// How many rows, labelled 1, 2, 3 …, each …
    pub rows: Option<i64>,
    /// … with so many seats;
    pub seats_per_row: Option<i64>,
    /// or every row for itself, front first.
    pub layout: Option<Vec<NewRow>>,
    /// Room for so many, when standing.
    pub capacity: Option<i64>,
    /// Where it is drawn.
    pub plan: Option<NewPlan>,
}

/// A price category as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewPrice {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// In minor units of the concert's currency.
    pub price: i64,
    /// Who may book at it.
    pub audience: Audience,
}

/// A row as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewRow {
    /// Its label.
    pub label: String,
    /// How many seats.
    pub seats: i64,
    /// The number of the first; 1 when not given.
    pub first: Option<i64>,
    /// The seat numbers after which an aisle lies.
    pub gaps: Vec<i64>,
    /// Its special seats.
    pub marks: Vec<NewMark>,
}

/// A special seat as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewMark {
    /// The seat's number.
    pub seat: i64,
    /// `wheelchair`, `companion` or `restricted_view`.
    pub kind: String,
}

/// Where a section is drawn, in the plan's own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NewPlan {
    /// Left edge.
    pub x: i64,
    /// Top edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// Degrees clockwise.
    pub rotation: i64,
}

/// A concert that breaks no rule, not yet written.
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
