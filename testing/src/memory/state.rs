//! The state of the store: tables that are cheap to copy until they change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, CustomerHoldings};
use boxoffice_domain::concerts::{Concert, MemberRole, Organiser, SeatLabel, Section, TicketStatus};
use boxoffice_domain::events::{Event, LeaseHolder, OutboxEntry, ParkedEvent};
use boxoffice_domain::idempotency::{IdempotencyKey, IdempotencyRecord};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::{Payment, Refund};
use boxoffice_domain::shared::{
    BookingId, ConcertId, EventId, OrganiserId, PaymentId, RefreshTokenId, RefundId, Timestamp, UserId,
};
use boxoffice_domain::users::{RefreshToken, User};
use uuid::Uuid;

/// A membership.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) role: MemberRole,
    pub(super) since: Timestamp,
}

/// Rows by key. A copy shares its rows with the original; a change copies only the rows that it touches.
#[derive(Debug)]
pub(super) struct Table<K, V>(Arc<BTreeMap<K, Arc<V>>>);

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(Arc::as_ref)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        Arc::make_mut(&mut self.0).get_mut(key).map(Arc::make_mut)
    }

    /// The row with this key; inserts a default row if it does not exist.
    pub(super) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        Arc::make_mut(Arc::make_mut(&mut self.0).entry(key).or_default())
    }

    /// Inserts or replaces a row.
    pub(super) fn put(&mut self, key: K, row: V) {
        Arc::make_mut(&mut self.0).insert(key, Arc::new(row));
    }

    /// Inserts a row. Returns `false` and changes nothing when the key exists.
    #[must_use]
    pub(super) fn insert(&mut self, key: K, row: V) -> bool {
        if self.0.contains_key(&key) {
            return false;
        }
        Arc::make_mut(&mut self.0).insert(key, Arc::new(row));
        true
    }

    pub(super) fn remove(&mut self, key: &K) {
        if self.0.contains_key(key) {
            Arc::make_mut(&mut self.0).remove(key);
        }
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        Arc::make_mut(&mut self.0).retain(|key, row| keep(key, row));
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, row)| (key, row.as_ref()))
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.values().map(Arc::as_ref)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        Arc::make_mut(&mut self.0).values_mut().map(Arc::make_mut)
    }

    pub(super) fn range(&self, range: impl std::ops::RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.range(range).map(|(key, row)| (key, row.as_ref()))
    }
}

/// A section with its counters.
#[derive(Debug, Clone)]
pub(super) struct SectionRow {
    pub(super) section: Section,
    pub(super) available: u32,
    pub(super) held: u32,
    pub(super) sold: u32,
    pub(super) blocked: u32,
    pub(super) revenue: i64,
}

/// The fields of a ticket that change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TicketRow {
    pub(super) status: TicketStatus,
    pub(super) booking: Option<BookingId>,
}

/// All tickets of a concert; the ticket with number `n` is at `n - 1`.
#[derive(Debug, Clone, Default)]
pub(super) struct TicketSheet {
    pub(super) labels: Arc<BTreeSet<SeatLabel>>,
    pub(super) tickets: Arc<Vec<Option<TicketRow>>>,
}

/// An entry of the outbox and its place in the order of commits.
#[derive(Debug, Clone)]
pub(super) struct EntryRow {
    pub(super) entry: OutboxEntry,
    pub(super) sequence: u64,
}

/// Who delivers to a consumer, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeaseRow {
    pub(super) holder: LeaseHolder,
    pub(super) until: Timestamp,
}

/// An aggregate as key: its kind and its id.
pub(super) type AggregateKey = (&'static str, Uuid);

/// The key of an aggregate.
pub(super) const fn key_of(aggregate: Aggregate) -> AggregateKey {
    (aggregate.kind(), aggregate.uuid())
}

/// All tables.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) users: Table<UserId, User>,
    pub(super) refresh_tokens: Table<RefreshTokenId, RefreshToken>,
    pub(super) organisers: Table<OrganiserId, Organiser>,
    pub(super) members: Table<(OrganiserId, UserId), Member>,
    pub(super) concerts: Table<ConcertId, Concert>,
    pub(super) sections: Table<(ConcertId, u16), SectionRow>,
    pub(super) tickets: Table<ConcertId, TicketSheet>,
    pub(super) bookings: Table<BookingId, Booking>,
    pub(super) references: Table<String, BookingId>,
    pub(super) holdings: Table<(ConcertId, UserId), CustomerHoldings>,
    pub(super) payments: Table<PaymentId, Payment>,
    pub(super) refunds: Table<RefundId, Refund>,
    pub(super) keys: Table<(UserId, &'static str, IdempotencyKey), IdempotencyRecord>,
    pub(super) outbox: Table<(Stream, u64), EntryRow>,
    pub(super) floors: Table<Stream, u64>,
    pub(super) consumers: Table<String, LeaseRow>,
    pub(super) cursors: Table<(String, Stream), u64>,
    pub(super) parked: Table<(String, EventId), ParkedEvent>,
    pub(super) audit_log: Table<EventId, Event>,
    /// Events as if a newer version of the program had written them.
    pub(super) unreadable: Table<EventId, ()>,
    pub(super) next_sequence: u64,
}

impl State {
    /// The sections of a concert by position.
    pub(super) fn sections_of(&self, concert: ConcertId) -> impl Iterator<Item = &SectionRow> {
        self.sections.range((concert, 0)..=(concert, u16::MAX)).map(|(_, row)| row)
    }

    /// The bookings of a concert by id.
    pub(super) fn bookings_of(&self, concert: ConcertId) -> impl Iterator<Item = &Booking> {
        self.bookings.values().filter(move |booking| booking.concert == concert)
    }

    /// The refunds of a payment, oldest first.
    pub(super) fn refunds_of(&self, payment: PaymentId) -> Vec<Refund> {
        let mut refunds: Vec<Refund> =
            self.refunds.values().filter(|refund| refund.payment == payment).cloned().collect();
        refunds.sort_by_key(|refund| (refund.created_at, refund.id));
        refunds
    }

    /// Every entry of the outbox in the order of commits.
    pub(super) fn entries_in_order(&self) -> impl Iterator<Item = &OutboxEntry> {
        let mut rows: Vec<&EntryRow> = self.outbox.values().collect();
        rows.sort_by_key(|row| row.sequence);
        rows.into_iter().map(|row| &row.entry)
    }
}
