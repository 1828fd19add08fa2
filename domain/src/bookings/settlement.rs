//! One batch of wishes in one unit of work: read what decides, decide in order, write once.

use std::collections::{HashMap, HashSet};

use crate::concerts::{Concert, SeatPlan, TicketNumber, TicketState, TicketStatus};
use crate::idempotency::{KeyOfUser, Operation, Remembered};
use crate::shared::{Actor, ConcertId, IdGenerator, StoreError, Timestamp, UserId};
use crate::store::{UnitError, UnitOfWork};

use super::decisions::{Decisions, Free};
use super::wishes::{PriceList, Wish, WishFor, sale_closed};
use super::{BookingStatus, CancelReason, Ledger, PlaceError, PlaceRequest, Placed, Proposal, SeatMaps, Wanted};

/// Why a unit has to be undone and tried again after something was put right.
#[derive(Debug)]
pub(crate) enum Setback {
    /// The store failed.
    Store(StoreError),
    /// The picture in memory proposed tickets that are taken, or none where the store has some.
    ProposalLost,
    /// A wish failed only for bookings whose time is up.
    OverdueHolds,
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl UnitError for Setback {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::ProposalLost | Self::OverdueHolds => None,
        }
    }
}

/// What is known of each request so far.
enum Slot {
    Open,
    Settled(Result<Placed, PlaceError>),
    /// The same request stands earlier in the batch.
    SameAs(usize),
}

/// A batch and all that its unit needs.
pub(crate) struct Settlement<'unit> {
    pub(crate) unit: &'unit mut dyn UnitOfWork,
    pub(crate) seat_maps: &'unit dyn SeatMaps,
    pub(crate) ids: &'unit dyn IdGenerator,
    pub(crate) now: Timestamp,
    pub(crate) hold_seconds: i64,
    pub(crate) concert: ConcertId,
    pub(crate) plan: &'unit SeatPlan,
    pub(crate) requests: &'unit [PlaceRequest],
}

impl Settlement<'_> {
    /// Settles the batch.
    pub(crate) async fn run(mut self) -> Result<Vec<Result<Placed, PlaceError>>, Setback> {
        let mut slots = self.recall().await?;
        let open: Vec<usize> =
            (0..).zip(&slots).filter(|(_, slot)| matches!(slot, Slot::Open)).map(|(i, _)| i).collect();
        if !open.is_empty() {
            for (index, outcome) in self.settle_open(&open).await? {
                if let Some(slot) = slots.get_mut(index) {
                    *slot = Slot::Settled(outcome);
                }
            }
        }
        Ok(in_order(&slots))
    }

    /// Answers requests that were answered before, and finds those that occur twice in the batch.
    async fn recall(&mut self) -> Result<Vec<Slot>, StoreError> {
        let mut slots = Vec::with_capacity(self.requests.len());
        let mut first_use: HashMap<KeyOfUser, usize> = HashMap::new();
        for (index, request) in self.requests.iter().enumerate() {
            let slot = match (request.actor.user_id(), key_of(request)) {
                (None, _) => Slot::Settled(Err(PlaceError::LoginRequired)),
                (Some(_), None) => Slot::Open,
                (Some(_), Some(key)) => match first_use.get(&key) {
                    None => {
                        first_use.insert(key, index);
                        Slot::Open
                    }
                    Some(first) if self.same_command(*first, request) => Slot::SameAs(*first),
                    Some(_) => Slot::Settled(Err(PlaceError::KeyReused)),
                },
            };
            slots.push(slot);
        }
        if !first_use.is_empty() {
            self.replay(&first_use, &mut slots).await?;
        }
        Ok(slots)
    }

    async fn replay(&mut self, keys: &HashMap<KeyOfUser, usize>, slots: &mut [Slot]) -> Result<(), StoreError> {
        let asked: Vec<KeyOfUser> = keys.keys().cloned().collect();
        let known = self.unit.idempotency().find(&asked).await?;
        let booking_ids: Vec<_> =
            known.iter().map(|known| crate::shared::BookingId::from_uuid(known.resource)).collect();
        let bookings = if booking_ids.is_empty() { Vec::new() } else { self.unit.bookings().get(&booking_ids).await? };
        let by_id: HashMap<_, _> = bookings.into_iter().map(|booking| (booking.id.uuid(), booking)).collect();
        for remembered in known {
            let Some((index, request)) =
                keys.get(&remembered.key).and_then(|index| Some((*index, self.requests.get(*index)?)))
            else {
                continue;
            };
            let outcome = if request.command.hash() == remembered.command {
                let booking = by_id.get(&remembered.resource).cloned();
                booking
                    .map(|booking| Placed { booking, replayed: true })
                    .ok_or_else(|| PlaceError::Store(StoreError::inconsistent("an idempotency key names no booking")))
            } else {
                Err(PlaceError::KeyReused)
            };
            if let Some(slot) = slots.get_mut(index) {
                *slot = Slot::Settled(outcome);
            }
        }
        Ok(())
    }

    fn same_command(&self, first: usize, request: &PlaceRequest) -> bool {
        self.requests.get(first).is_some_and(|first| first.command.hash() == request.command.hash())
    }

    async fn settle_open(&mut self, open: &[usize]) -> Result<Vec<(usize, Result<Placed, PlaceError>)>, Setback> {
        let all = |error: &PlaceError| open.iter().map(|index| (*index, Err(error.clone()))).collect();
        let concert = match self.unit.concerts().get(self.concert).await? {
            Some(concert) if concert.is_public() => concert,
            _ => return Ok(all(&PlaceError::ConcertNotFound)),
        };
        if let Some(closed) = sale_closed(&concert, self.now) {
            return Ok(all(&PlaceError::SaleClosed(closed)));
        }
        let prices = PriceList::new(self.unit.sections().prices(self.concert).await?);
        let mut outcomes = Vec::with_capacity(open.len());
        let mut wishes = Vec::with_capacity(open.len());
        for (index, request) in open.iter().filter_map(|index| Some((*index, self.requests.get(*index)?))) {
            match Wish::understand(index, request, self.plan, &prices) {
                Ok(wish) => wishes.push(wish),
                Err(error) => outcomes.push((index, Err(error))),
            }
        }
        if !wishes.is_empty() {
            outcomes.extend(self.grant(&concert, &wishes).await?);
        }
        Ok(outcomes)
    }

    /// Decides the wishes in order and writes what was granted.
    async fn grant(
        &mut self,
        concert: &Concert,
        wishes: &[Wish],
    ) -> Result<Vec<(usize, Result<Placed, PlaceError>)>, Setback> {
        let mut ledger = Ledger::new(self.concert, self.now);
        let users: HashSet<UserId> = wishes.iter().map(|wish| wish.user).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let purchases = self.unit.purchases().of_users(self.concert, &users).await?;
        let proposal = self.propose(wishes).await?;
        let free = self.read_free(wishes, proposal.as_ref(), &mut ledger).await?;
        let mut decisions = Decisions::new(concert, self.plan, &purchases, free);
        let mut picks = proposal.as_ref().map(|proposal| proposal.picks.iter()).into_iter().flatten();
        let mut outcomes = Vec::with_capacity(wishes.len());
        let mut keys = Vec::new();
        for wish in wishes {
            let decided = match &wish.wanted {
                WishFor::Seats(numbers) => decisions.named(wish, numbers),
                WishFor::Best(wanted) => match picks.next().and_then(Option::as_ref) {
                    Some(numbers) if decisions.are_free(numbers) => decisions.picked(wish, numbers),
                    Some(numbers) => {
                        self.seat_maps.mark_taken(self.concert, &decisions.taken_of(numbers));
                        return Err(Setback::ProposalLost);
                    }
                    None => Err(self.confirm_sold_out(*wanted, &decisions).await?),
                },
            };
            let outcome = match decided {
                Ok(numbers) => {
                    let booking = wish.booking(&numbers, concert, self.plan, self.now, self.hold_seconds, self.ids);
                    booking.inspect(|booking| {
                        decisions.take(wish.user, booking);
                        ledger.place(wish.actor, booking.clone());
                        keys.extend(self.remembered(wish, booking.id.uuid()));
                    })
                }
                Err(error) => Err(error),
            };
            outcomes.push((wish.request, outcome.map(|booking| Placed { booking, replayed: false })));
        }
        if outcomes.iter().any(|(_, outcome)| hinges_on_overdue(outcome)) && self.has_overdue().await? {
            return Err(Setback::OverdueHolds);
        }
        decisions.guard(&mut ledger);
        self.write(ledger, &keys).await?;
        Ok(outcomes)
    }

    async fn propose(&mut self, wishes: &[Wish]) -> Result<Option<Proposal>, StoreError> {
        let wanted: Vec<Wanted> = wishes.iter().filter_map(Wish::wanted).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let named: Vec<TicketNumber> = wishes.iter().flat_map(Wish::named).copied().collect();
        self.seat_maps.propose(self.concert, &wanted, &named).await.map(Some)
    }

    /// Reads the tickets that are asked for. Where an overdue booking holds one, the ledger expires that booking first.
    async fn read_free(
        &mut self,
        wishes: &[Wish],
        proposal: Option<&Proposal>,
        ledger: &mut Ledger,
    ) -> Result<Free, StoreError> {
        let named: HashSet<TicketNumber> = wishes.iter().flat_map(Wish::named).copied().collect();
        let proposed = proposal.into_iter().flat_map(|proposal| proposal.picks.iter().flatten().flatten());
        let mut asked: Vec<TicketNumber> = named.iter().chain(proposed).copied().collect();
        asked.sort_unstable();
        asked.dedup();
        let states =
            if asked.is_empty() { Vec::new() } else { self.unit.tickets().states(self.concert, &asked).await? };
        let mut free = Free::from_states(&states);
        let mut holders: Vec<_> =
            states.iter().filter(|state| named.contains(&state.number)).filter_map(holder).collect();
        holders.sort_unstable();
        holders.dedup();
        if !holders.is_empty() {
            for booking in self.unit.bookings().get(&holders).await? {
                if booking.is_overdue(self.now) {
                    free.give_back(&booking);
                    ledger.cancel(Actor::System, booking, CancelReason::Expired);
                }
            }
        }
        Ok(free)
    }

    /// The picture in memory found too few; only what the store says counts.
    async fn confirm_sold_out(&mut self, wanted: Wanted, decisions: &Decisions<'_>) -> Result<PlaceError, Setback> {
        let Some(section) = self.plan.section_at(wanted.section) else {
            return Err(StoreError::inconsistent("a wish names no section of its plan").into());
        };
        let available = self.unit.tickets().count_available(self.concert, section.first, section.last).await?;
        let marked = section.marked();
        let marked_states =
            if marked.is_empty() { Vec::new() } else { self.unit.tickets().states(self.concert, &marked).await? };
        let reserved = marked_states.iter().filter(|state| state.status == TicketStatus::Available).count();
        let gone = u32::try_from(reserved).unwrap_or(u32::MAX).saturating_add(decisions.ordinary_taken_in(section));
        let left = available.saturating_sub(gone);
        if left >= wanted.quantity {
            return Err(Setback::ProposalLost);
        }
        Ok(PlaceError::SoldOut { section: section.code.clone(), left })
    }

    async fn has_overdue(&mut self) -> Result<bool, StoreError> {
        Ok(!self.unit.bookings().overdue(self.concert, self.now, 1).await?.is_empty())
    }

    fn remembered(&self, wish: &Wish, resource: uuid::Uuid) -> Option<Remembered> {
        let request = self.requests.get(wish.request)?;
        Some(Remembered { key: key_of(request)?, command: request.command.hash(), resource, at: self.now })
    }

    async fn write(&mut self, ledger: Ledger, keys: &[Remembered]) -> Result<(), StoreError> {
        // Before the rows that everybody waits for.
        if !keys.is_empty() {
            self.unit.idempotency().remember(keys).await?;
        }
        ledger.write(self.unit, self.ids).await
    }
}

fn key_of(request: &PlaceRequest) -> Option<KeyOfUser> {
    let (user, key) = (request.actor.user_id()?, request.key.clone()?);
    Some(KeyOfUser { user, operation: Operation::PlaceBooking, key })
}

fn holder(state: &TicketState) -> Option<crate::shared::BookingId> {
    state.booking.filter(|_| state.status == TicketStatus::Held)
}

/// Whether expiring overdue bookings could turn a refusal into a booking.
fn hinges_on_overdue(outcome: &Result<Placed, PlaceError>) -> bool {
    matches!(outcome, Err(PlaceError::SoldOut { .. }) | Err(PlaceError::LimitReached { .. }))
}

fn in_order(slots: &[Slot]) -> Vec<Result<Placed, PlaceError>> {
    let settled = |slot: Option<&Slot>| match slot {
        Some(Slot::Settled(outcome)) => outcome.clone(),
        _ => Err(PlaceError::Store(StoreError::inconsistent("a wish was left unsettled"))),
    };
    let again = |outcome: Result<Placed, PlaceError>| outcome.map(|placed| Placed { replayed: true, ..placed });
    slots
        .iter()
        .map(|slot| match slot {
            Slot::SameAs(first) => again(settled(slots.get(*first))),
            _ => settled(Some(slot)),
        })
        .collect()
}

/// A booking confirmed when it is placed: nothing is to be paid.
pub(crate) const fn initial_status(total_is_zero: bool) -> BookingStatus {
    if total_is_zero { BookingStatus::Confirmed } else { BookingStatus::Pending }
}
