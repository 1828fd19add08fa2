//! One batch of wishes in one unit of work: read what decides, decide in order, write once.

use std::collections::{HashMap, HashSet};
use std::vec;

use crate::concerts::{Concert, SeatPlan, Section, TicketNumber, TicketState, TicketStatus};
use crate::idempotency::{KeyOfUser, Operation, Remembered};
use crate::shared::{Actor, BookingId, ConcertId, IdGenerator, StoreError, Timestamp, UserId};
use crate::store::{UnitError, UnitOfWork};

use super::decisions::{Decisions, Free};
use super::wishes::{PriceList, Wish, WishFor, sale_closed};
use super::{
    Booking, BookingStatus, CancelReason, Ledger, Limit, PlaceError, PlaceRequest, Placed, Proposal, SeatMaps, Wanted,
};

/// What becomes of one request.
pub(crate) type Outcome = Result<Placed, PlaceError>;

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
    Settled(Box<Outcome>),
    /// The same request stands earlier in the batch.
    SameAs(usize),
}

/// The tickets that were proposed for the wishes not decided yet, kept from others as long as this lives.
struct Picks {
    next: vec::IntoIter<Option<Vec<TicketNumber>>>,
    _proposal: Option<Proposal>,
}

impl Picks {
    /// What was proposed for the next wish for the best tickets.
    fn next(&mut self) -> Option<Vec<TicketNumber>> {
        self.next.next().flatten()
    }

    /// Everything that was proposed and not looked at yet.
    fn tickets(&self) -> impl Iterator<Item = TicketNumber> {
        self.next.as_slice().iter().flatten().flatten().copied()
    }
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

impl<'unit> Settlement<'unit> {
    /// Settles the batch.
    pub(crate) async fn run(mut self) -> Result<Vec<Outcome>, Setback> {
        let mut slots = self.recall().await?;
        let open: Vec<usize> =
            (0..).zip(&slots).filter(|(_, slot)| matches!(slot, Slot::Open)).map(|(i, _)| i).collect();
        if !open.is_empty() {
            for (index, outcome) in self.settle_open(&open).await? {
                if let Some(slot) = slots.get_mut(index) {
                    *slot = Slot::Settled(Box::new(outcome));
                }
            }
        }
        Ok(in_order(&slots))
    }

    /// Answers requests that were answered before, and finds those that occur twice in the batch.
    async fn recall(&mut self) -> Result<Vec<Slot>, StoreError> {
        let known = self.known_keys().await?;
        let mut first_use: HashMap<KeyOfUser, usize> = HashMap::new();
        let mut slots = Vec::with_capacity(self.requests.len());
        for (index, request) in self.requests.iter().enumerate() {
            let slot = match (request.actor.user_id(), key_of(request)) {
                (None, _) => Slot::Settled(Box::new(Err(PlaceError::LoginRequired))),
                (Some(_), None) => Slot::Open,
                (Some(_), Some(key)) => match (known.get(&key), first_use.get(&key)) {
                    (Some(before), _) => Slot::Settled(Box::new(replay(request, before))),
                    (None, None) => {
                        first_use.insert(key, index);
                        Slot::Open
                    }
                    (None, Some(first)) if self.same_command(*first, request) => Slot::SameAs(*first),
                    (None, Some(_)) => Slot::Settled(Box::new(Err(PlaceError::KeyReused))),
                },
            };
            slots.push(slot);
        }
        Ok(slots)
    }

    /// Those of the batch's keys that are remembered, each with its booking as it is now.
    async fn known_keys(&mut self) -> Result<HashMap<KeyOfUser, (Remembered, Option<Booking>)>, StoreError> {
        let asked: HashSet<KeyOfUser> = self.requests.iter().filter_map(key_of).collect();
        if asked.is_empty() {
            return Ok(HashMap::new());
        }
        let asked: Vec<KeyOfUser> = asked.into_iter().collect();
        let known = self.unit.idempotency().find(&asked).await?;
        let ids: Vec<_> = known.iter().map(|known| BookingId::from_uuid(known.resource)).collect();
        let bookings = if ids.is_empty() { Vec::new() } else { self.unit.bookings().get(&ids).await? };
        let by_id: HashMap<_, _> = bookings.into_iter().map(|booking| (booking.id.uuid(), booking)).collect();
        let with_booking = known.into_iter().map(|known| {
            let booking = by_id.get(&known.resource).cloned();
            (known.key.clone(), (known, booking))
        });
        Ok(with_booking.collect())
    }

    fn same_command(&self, first: usize, request: &PlaceRequest) -> bool {
        self.requests.get(first).is_some_and(|first| first.command.hash() == request.command.hash())
    }

    async fn settle_open(&mut self, open: &[usize]) -> Result<Vec<(usize, Outcome)>, Setback> {
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
    async fn grant(&mut self, concert: &Concert, wishes: &[Wish]) -> Result<Vec<(usize, Outcome)>, Setback> {
        let mut ledger = Ledger::new(self.concert, self.now);
        let users: HashSet<UserId> = wishes.iter().map(|wish| wish.user).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let purchases = self.unit.purchases().of_users(self.concert, &users).await?;
        let named: Vec<TicketNumber> = wishes.iter().flat_map(Wish::named).copied().collect();
        let mut picks = self.propose(wishes, &named).await?;
        let free = self.read_free(&named, &picks, &mut ledger).await?;
        let mut decisions = Decisions::new(concert, self.plan, &purchases, free);
        self.check(&picks, &decisions)?;
        let mut left = HashMap::new();
        let mut outcomes = Vec::with_capacity(wishes.len());
        let mut keys = Vec::new();
        for (index, wish) in wishes.iter().enumerate() {
            let pick = wish.wanted().and_then(|_| picks.next());
            let decided = match (decisions.within_caps(wish), &wish.wanted, pick) {
                (Err(refusal), ..) => Err(refusal),
                (Ok(()), WishFor::Seats(numbers), _) => decisions.named(numbers),
                (Ok(()), WishFor::Best(_), Some(numbers)) => Ok(numbers),
                (Ok(()), WishFor::Best(wanted), None) => {
                    let left = self.left_in(wanted.section, &decisions, &mut left).await?;
                    if left < wanted.quantity {
                        Err(self.sold_out(*wanted, left)?)
                    } else {
                        drop(picks);
                        picks = self.propose_again(wishes, index, &mut decisions).await?;
                        Ok(picks.next().ok_or(Setback::ProposalLost)?)
                    }
                }
            };
            let granted = decided.and_then(|numbers| {
                let booking = wish.booking(&numbers, concert, self.plan, self.now, self.hold_seconds, self.ids)?;
                decisions.take(wish.user, &booking);
                ledger.place(wish.actor, booking.clone());
                keys.extend(self.remembered(wish, booking.id.uuid()));
                Ok(Placed { booking, replayed: false })
            });
            outcomes.push((wish.request, granted));
        }
        if outcomes.iter().any(|(_, outcome)| hinges_on_overdue(outcome)) && self.has_overdue().await? {
            return Err(Setback::OverdueHolds);
        }
        decisions.guard(&mut ledger);
        self.write(ledger, &keys).await?;
        Ok(outcomes)
    }

    /// Asks the picture in memory for the best tickets, for each wish that wants them, and for none of `avoided`.
    async fn propose(&mut self, wishes: &[Wish], avoided: &[TicketNumber]) -> Result<Picks, StoreError> {
        let wanted: Vec<Wanted> = wishes.iter().filter_map(Wish::wanted).collect();
        if wanted.is_empty() {
            return Ok(Picks { next: Vec::new().into_iter(), _proposal: None });
        }
        let mut proposal = self.seat_maps.propose(self.concert, &wanted, avoided).await?;
        Ok(Picks { next: std::mem::take(&mut proposal.picks).into_iter(), _proposal: Some(proposal) })
    }

    /// The section has enough tickets, but none were proposed to the wish at `index`. In a batch they may be kept for a
    /// wish that was refused meanwhile, or that comes later and names them: from here on only what was granted is kept.
    async fn propose_again(
        &mut self,
        wishes: &[Wish],
        index: usize,
        decisions: &mut Decisions<'_>,
    ) -> Result<Picks, Setback> {
        if wishes.len() == 1 {
            return Err(Setback::ProposalLost);
        }
        let picks = self.propose(wishes.get(index..).unwrap_or_default(), &decisions.taken()).await?;
        let mut asked: Vec<TicketNumber> = picks.tickets().collect();
        asked.sort_unstable();
        if !asked.is_empty() {
            decisions.learn(&self.unit.tickets().states(self.concert, &asked).await?);
        }
        self.check(&picks, decisions)?;
        Ok(picks)
    }

    /// Corrects the picture in memory where it proposed what is not free.
    fn check(&self, picks: &Picks, decisions: &Decisions<'_>) -> Result<(), Setback> {
        let lost: Vec<TicketNumber> = picks.tickets().filter(|number| !decisions.is_free(*number)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.seat_maps.mark_taken(self.concert, &lost);
        Err(Setback::ProposalLost)
    }

    /// Reads the tickets that are asked for. Where an overdue booking holds one, the ledger expires that booking first.
    async fn read_free(
        &mut self,
        named: &[TicketNumber],
        picks: &Picks,
        ledger: &mut Ledger,
    ) -> Result<Free, StoreError> {
        let named: HashSet<TicketNumber> = named.iter().copied().collect();
        let mut asked: Vec<TicketNumber> = named.iter().copied().chain(picks.tickets()).collect();
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

    /// How many tickets of a section are left to those who ask for none in particular, whatever the picture in memory
    /// says: only what the store says counts. It is asked once for each section.
    async fn left_in(
        &mut self,
        position: u16,
        decisions: &Decisions<'_>,
        counted: &mut HashMap<u16, u32>,
    ) -> Result<u32, StoreError> {
        let section = self.section(position)?;
        let available = match counted.get(&position) {
            Some(available) => *available,
            None => {
                let available = self.count_ordinary(section).await?;
                counted.insert(position, available);
                available
            }
        };
        Ok(available.saturating_sub(decisions.ordinary_taken_in(section)))
    }

    async fn count_ordinary(&mut self, section: &Section) -> Result<u32, StoreError> {
        let available = self.unit.tickets().count_available(self.concert, section.first, section.last).await?;
        let marked = section.marked();
        if marked.is_empty() {
            return Ok(available);
        }
        let states = self.unit.tickets().states(self.concert, &marked).await?;
        let reserved = states.iter().filter(|state| state.status == TicketStatus::Available).count();
        Ok(available.saturating_sub(u32::try_from(reserved).unwrap_or(u32::MAX)))
    }

    fn sold_out(&self, wanted: Wanted, left: u32) -> Result<PlaceError, StoreError> {
        Ok(PlaceError::SoldOut { section: self.section(wanted.section)?.code.clone(), left })
    }

    fn section(&self, position: u16) -> Result<&'unit Section, StoreError> {
        self.plan.section_at(position).ok_or_else(|| StoreError::inconsistent("a wish names no section of its plan"))
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

/// The answer to a request whose key is remembered.
fn replay(request: &PlaceRequest, (before, booking): &(Remembered, Option<Booking>)) -> Outcome {
    if request.command.hash() != before.command {
        return Err(PlaceError::KeyReused);
    }
    let booking = booking.clone().ok_or_else(|| StoreError::inconsistent("an idempotency key names no booking"))?;
    Ok(Placed { booking, replayed: true })
}

fn holder(state: &TicketState) -> Option<BookingId> {
    state.booking.filter(|_| state.status == TicketStatus::Held)
}

/// Whether expiring overdue bookings could turn a refusal into a booking.
const fn hinges_on_overdue(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Err(PlaceError::SoldOut { .. }
            | PlaceError::LimitReached { limit: Limit::TicketsPerUser | Limit::PendingBookingsPerUser, .. })
    )
}

fn in_order(slots: &[Slot]) -> Vec<Outcome> {
    let settled = |slot: Option<&Slot>| match slot {
        Some(Slot::Settled(outcome)) => outcome.as_ref().clone(),
        _ => Err(PlaceError::Store(StoreError::inconsistent("a wish was left unsettled"))),
    };
    let again = |outcome: Outcome| outcome.map(|placed| Placed { replayed: true, ..placed });
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
