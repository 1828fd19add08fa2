//! A model of the bookings that computes all expected values from the list of all bookings.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_domain::bookings::{Booking, BookingStatus, CancelReason};
use boxoffice_domain::concerts::Caps;
use boxoffice_domain::sales::placement::{Limit, PlaceError, PlacedBooking};
use boxoffice_domain::shared::{BookingId, PaymentId, Timestamp, UserId};

use super::TicketSelection;

/// The number of customers.
pub(super) const FANS: usize = 3;

/// The seats that requests name.
pub(super) const SEATS: [&str; 9] =
    ["A-1-1", "A-1-2", "A-1-3", "A-1-4", "GA-000001", "GA-000002", "GA-000003", "FREE-000001", "FREE-000002"];

/// The sections, with the number and the price of their tickets.
pub(super) const SECTIONS: [(&str, u32, i64); 3] = [("A", 6, 2_500), ("GA", 4, 1_000), ("FREE", 3, 0)];

pub(super) const CAPS: Caps =
    Caps { max_tickets_per_booking: Some(4), max_tickets_per_user: Some(6), max_pending_bookings_per_user: Some(2) };

/// All stored bookings by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) bookings: BTreeMap<BookingId, Booking>,
}

/// The expected outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    Granted,
    Unavailable(Vec<String>),
    SoldOut { left: u32 },
    Limit { limit: Limit, allowed: u32, left: u32 },
}

impl Expected {
    /// The actual outcome, in the same form.
    pub(super) fn of(outcome: &Result<PlacedBooking, PlaceError>) -> Self {
        match outcome {
            Ok(_) => Self::Granted,
            Err(PlaceError::SeatsUnavailable { seats }) => {
                Self::Unavailable(seats.iter().map(|seat| seat.as_str().to_owned()).collect())
            }
            Err(PlaceError::SoldOut { left, .. }) => Self::SoldOut { left: *left },
            Err(PlaceError::LimitReached { limit, allowed, left }) => {
                Self::Limit { limit: *limit, allowed: *allowed, left: *left }
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

impl Model {
    /// The bookings whose seats are taken at `now`.
    fn holding(&self, now: Timestamp) -> impl Iterator<Item = &Booking> {
        self.bookings.values().filter(move |booking| booking.is_live() && !booking.is_overdue(now))
    }

    fn taken(&self, now: Timestamp) -> BTreeSet<&str> {
        self.holding(now).flat_map(|booking| &booking.tickets).map(|ticket| ticket.seat.as_str()).collect()
    }

    /// The expected outcome of a request of `user` at `now`.
    pub(super) fn expected(&self, user: UserId, wanted: &TicketSelection, now: Timestamp) -> Expected {
        let (quantity, is_free) = match wanted {
            TicketSelection::Seats(seats) => {
                (u32::try_from(seats.len()).unwrap(), seats.iter().all(|s| s.starts_with("FREE")))
            }
            TicketSelection::Best(section, quantity) => (*quantity, *section == "FREE"),
        };
        if let Some(refusal) = self.limit(user, quantity, u32::from(!is_free), now) {
            return refusal;
        }
        let taken = self.taken(now);
        match wanted {
            TicketSelection::Seats(seats) => {
                let gone: Vec<String> =
                    seats.iter().filter(|seat| taken.contains(*seat)).map(ToString::to_string).collect();
                if gone.is_empty() { Expected::Granted } else { Expected::Unavailable(gone) }
            }
            TicketSelection::Best(section, quantity) => {
                let (_, capacity, _) = SECTIONS.iter().find(|(code, ..)| code == section).unwrap();
                let prefix = format!("{section}-");
                let gone = taken.iter().filter(|seat| seat.starts_with(&prefix)).count();
                let left = capacity - u32::try_from(gone).unwrap();
                if left < *quantity { Expected::SoldOut { left } } else { Expected::Granted }
            }
        }
    }

    fn limit(&self, user: UserId, quantity: u32, pending: u32, now: Timestamp) -> Option<Expected> {
        let own: Vec<_> = self.holding(now).filter(|booking| booking.user == Some(user)).collect();
        let tickets: usize = own.iter().map(|booking| booking.tickets.len()).sum();
        let unpaid = own.iter().filter(|booking| booking.status == BookingStatus::Pending).count();
        let (tickets, unpaid) = (u32::try_from(tickets).unwrap(), u32::try_from(unpaid).unwrap());
        [
            (Limit::TicketsPerBooking, CAPS.max_tickets_per_booking, 0, quantity),
            (Limit::TicketsPerUser, CAPS.max_tickets_per_user, tickets, quantity),
            (Limit::PendingBookingsPerUser, CAPS.max_pending_bookings_per_user, unpaid, pending),
        ]
        .into_iter()
        .find_map(|(limit, allowed, held, asked)| {
            let allowed = allowed?;
            let left = allowed.saturating_sub(held);
            (asked > left).then_some(Expected::Limit { limit, allowed, left })
        })
    }

    /// Applies a completed payment to a booking of a concert that takes place. It confirms a booking that is held in
    /// time, and an expired one while its concert is `on_sale` if its seats are free and its customer stays within the
    /// caps.
    pub(super) fn money_comes(&mut self, id: BookingId, payment: PaymentId, on_sale: bool, now: Timestamp) {
        let booking = self.bookings.get(&id).unwrap().clone();
        let (status, reason) = booking.status_at(now);
        let is_confirmed = match (status, reason) {
            (BookingStatus::Confirmed, _) => false,
            (BookingStatus::Pending, _) => true,
            (BookingStatus::Cancelled, Some(CancelReason::Expired)) => {
                on_sale && (booking.is_live() || (self.has_free_seats(&booking) && self.is_within_caps(&booking)))
            }
            (BookingStatus::Cancelled, _) => false,
        };
        if is_confirmed {
            self.bookings.insert(id, booking.confirmed(payment, now));
        }
    }

    fn has_free_seats(&self, booking: &Booking) -> bool {
        let live = self.bookings.values().filter(|other| other.is_live());
        let taken: BTreeSet<_> = live.flat_map(|other| &other.tickets).map(|ticket| ticket.number).collect();
        booking.tickets.iter().all(|ticket| !taken.contains(&ticket.number))
    }

    fn is_within_caps(&self, booking: &Booking) -> bool {
        let quantity = u32::try_from(booking.tickets.len()).unwrap();
        let held = booking.user.map_or(0, |user| self.holdings(user).0);
        CAPS.max_tickets_per_user.is_none_or(|cap| held + quantity <= cap)
    }

    /// Records the current bookings. Panics when one changed against the state table, or when two live ones
    /// share a seat. Only a late payment may confirm a cancelled booking, and only an expired one.
    pub(super) fn observe(&mut self, now: Vec<Booking>, money_moved: bool) {
        use BookingStatus::{Cancelled, Confirmed, Pending};
        for booking in now {
            let before = self.bookings.insert(booking.id, booking.clone());
            let Some(before) = before else {
                assert_eq!(booking.version, 1, "{booking:#?}");
                continue;
            };
            let had_expired = before.cancel_reason == Some(CancelReason::Expired);
            let moves = match (before.status, booking.status) {
                (Pending, Pending) | (Pending, Confirmed | Cancelled) | (Confirmed, Confirmed | Cancelled) => true,
                (Cancelled, Confirmed) => money_moved && had_expired,
                (Cancelled, Cancelled) => had_expired || before.cancel_reason == booking.cancel_reason,
                (Confirmed | Cancelled, Pending) => false,
            };
            assert!(moves && before.version <= booking.version, "{before:#?} became {booking:#?}");
            assert!(before.version < booking.version || before == booking, "changed without a version: {booking:#?}");
            let fixed = |booking: &Booking| (booking.tickets.clone(), booking.total, booking.user, booking.created_at);
            assert_eq!(fixed(&before), fixed(&booking));
        }
        let mut seats = BTreeSet::new();
        for booking in self.bookings.values().filter(|booking| booking.is_live()) {
            for ticket in &booking.tickets {
                assert!(seats.insert(ticket.number), "{} is in two live bookings", ticket.seat.as_str());
            }
        }
    }

    /// The holdings of a user, overdue bookings included: tickets and pending bookings.
    pub(super) fn holdings(&self, user: UserId) -> (u32, u32) {
        let own = || self.bookings.values().filter(|booking| booking.user == Some(user) && booking.is_live());
        let tickets: usize = own().map(|booking| booking.tickets.len()).sum();
        let pending = own().filter(|booking| booking.status == BookingStatus::Pending).count();
        (u32::try_from(tickets).unwrap(), u32::try_from(pending).unwrap())
    }
}
