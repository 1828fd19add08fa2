//! One batch of wishes in one unit of work: read what decides, decide in order, write once.

use std::collections::{HashMap, HashSet};

use crate::concerts::{Section, TicketNumber, TicketState, TicketStatus};
use crate::idempotency::{KeyOfUser, Remembered};
use crate::shared::{Actor, BookingId, IdGenerator, StoreError, Timestamp, UserId};
use crate::store::{UnitError, UnitOfWork};

use super::batch::Batch;
use super::briefing::{Briefing, KnownTerms, Questions, SaleTerms};
use super::decisions::{Decisions, Free};
use super::wishes::{Wish, WishFor, sale_closed};
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
    /// The picture in memory proposed tickets that are taken.
    ProposalLost,
    /// The picture in memory proposed none where the store has some.
    NothingProposed {
        /// Others may give back what they keep; or else the picture is wrong.
        worth_waiting: bool,
    },
    /// The picture in memory has to be loaded again.
    PictureOutdated,
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
            Self::ProposalLost | Self::NothingProposed { .. } | Self::PictureOutdated | Self::OverdueHolds => None,
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

/// The tickets that were proposed to requests for the best ones, kept from other batches as long as this lives.
#[derive(Default)]
struct Picks {
    of_requests: HashMap<usize, Vec<TicketNumber>>,
    has_rivals: bool,
    _proposal: Option<Proposal>,
}

impl Picks {
    fn new(requests: &[usize], mut proposal: Proposal) -> Self {
        let picks = requests.iter().zip(std::mem::take(&mut proposal.picks));
        let of_requests = picks.filter_map(|(request, pick)| Some((*request, pick?))).collect();
        Self { of_requests, has_rivals: proposal.has_rivals, _proposal: Some(proposal) }
    }

    /// What was proposed to a wish.
    fn of(&self, wish: &Wish<'_>) -> Option<&Vec<TicketNumber>> {
        self.of_requests.get(&wish.request)
    }

    fn tickets(&self) -> impl Iterator<Item = TicketNumber> {
        self.of_requests.values().flatten().copied()
    }
}

/// A batch and all that its unit needs.
pub(crate) struct Settlement<'unit> {
    pub(crate) unit: &'unit mut dyn UnitOfWork,
    pub(crate) seat_maps: &'unit dyn SeatMaps,
    pub(crate) known_terms: &'unit KnownTerms,
    pub(crate) ids: &'unit dyn IdGenerator,
    pub(crate) now: Timestamp,
    pub(crate) hold_seconds: i64,
    pub(crate) batch: &'unit Batch<'unit>,
}

impl<'unit> Settlement<'unit> {
    /// Settles the batch.
    pub(crate) async fn run(mut self) -> Result<Vec<Outcome>, Setback> {
        let picks = self.propose()?;
        let briefing = self.brief(&picks).await?;
        let mut slots = self.recall(&briefing.keys).await?;
        let open: Vec<usize> =
            (0..).zip(&slots).filter(|(_, slot)| matches!(slot, Slot::Open)).map(|(i, _)| i).collect();
        if !open.is_empty() {
            for (index, outcome) in self.settle_open(&open, &briefing, picks).await? {
                if let Some(slot) = slots.get_mut(index) {
                    *slot = Slot::Settled(Box::new(outcome));
                }
            }
        }
        Ok(in_order(&slots))
    }

    /// Asks the picture in memory for the best tickets, none of which is named by another request.
    fn propose(&self) -> Result<Picks, Setback> {
        let understood = self.batch.understood.iter();
        let best = (0..).zip(understood.clone()).filter_map(|(index, wish)| Some((index, wish.as_ref().ok()?.best()?)));
        let (requests, wanted): (Vec<usize>, Vec<Wanted>) = best.unzip();
        if wanted.is_empty() {
            return Ok(Picks::default());
        }
        let named: Vec<TicketNumber> = understood.flatten().flat_map(|wish| wish.named().iter().copied()).collect();
        let proposal = self.seat_maps.propose(self.batch.concert, &wanted, &named);
        Ok(Picks::new(&requests, proposal.ok_or(Setback::PictureOutdated)?))
    }

    /// Reads all that decides.
    async fn brief(&mut self, picks: &Picks) -> Result<Briefing, StoreError> {
        let Batch { concert, requests, understood, .. } = self.batch;
        let keys: HashSet<KeyOfUser> = requests.iter().filter_map(PlaceRequest::key_of_user).collect();
        let keys: Vec<KeyOfUser> = keys.into_iter().collect();
        let users: HashSet<UserId> = understood.iter().flatten().map(|wish| wish.user()).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let named = understood.iter().flatten().flat_map(|wish| wish.named().iter().copied());
        let mut tickets: Vec<TicketNumber> = named.chain(picks.tickets()).collect();
        tickets.sort_unstable();
        tickets.dedup();
        let known = self.known_terms.of(*concert);
        let known_terms = known.as_ref();
        let questions = Questions { concert: *concert, known_terms, keys: &keys, users: &users, tickets: &tickets };
        let briefing = self.unit.briefing(&questions).await?;
        self.known_terms.learn(*concert, briefing.terms.as_ref());
        Ok(briefing)
    }

    /// Answers requests that were answered before, and finds those that occur twice in the batch.
    async fn recall(&mut self, remembered: &[Remembered]) -> Result<Vec<Slot>, StoreError> {
        let known = self.with_bookings(remembered).await?;
        let mut first_use: HashMap<KeyOfUser, usize> = HashMap::new();
        let mut slots = Vec::with_capacity(self.batch.requests.len());
        for (index, request) in self.batch.requests.iter().enumerate() {
            let slot = match (request.actor.user_id(), request.key_of_user()) {
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

    /// Remembered requests, each with its booking as it is now.
    async fn with_bookings<'known>(
        &mut self,
        remembered: &'known [Remembered],
    ) -> Result<HashMap<KeyOfUser, (&'known Remembered, Option<Booking>)>, StoreError> {
        if remembered.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = remembered.iter().map(|known| BookingId::from_uuid(known.resource)).collect();
        let bookings = self.unit.bookings().get(&ids).await?;
        let by_id: HashMap<_, _> = bookings.into_iter().map(|booking| (booking.id.uuid(), booking)).collect();
        let with_booking =
            remembered.iter().map(|known| (known.key.clone(), (known, by_id.get(&known.resource).cloned())));
        Ok(with_booking.collect())
    }

    fn same_command(&self, first: usize, request: &PlaceRequest) -> bool {
        self.batch.requests.get(first).is_some_and(|first| first.command.hash() == request.command.hash())
    }

    async fn settle_open(
        &mut self,
        open: &[usize],
        briefing: &Briefing,
        picks: Picks,
    ) -> Result<Vec<(usize, Outcome)>, Setback> {
        let all = |error: &PlaceError| open.iter().map(|index| (*index, Err(error.clone()))).collect();
        let terms = match &briefing.terms {
            Some(terms) if terms.concert().is_public() => terms,
            _ => return Ok(all(&PlaceError::ConcertNotFound)),
        };
        if let Some(closed) = sale_closed(terms.concert(), self.now) {
            return Ok(all(&PlaceError::SaleClosed(closed)));
        }
        let mut outcomes = Vec::with_capacity(open.len());
        let mut wishes = Vec::with_capacity(open.len());
        for (index, understood) in open.iter().filter_map(|index| Some((*index, self.batch.understood.get(*index)?))) {
            match understood {
                Ok(understood) => match understood.priced(index, terms.prices()) {
                    Ok(wish) => wishes.push(wish),
                    Err(error) => outcomes.push((index, Err(error))),
                },
                Err(error) => outcomes.push((index, Err(error.clone()))),
            }
        }
        if !wishes.is_empty() {
            outcomes.extend(self.grant(terms, &wishes, briefing, picks).await?);
        }
        Ok(outcomes)
    }

    /// Decides the wishes in order and writes what was granted.
    async fn grant(
        &mut self,
        terms: &SaleTerms,
        wishes: &[Wish<'_>],
        briefing: &Briefing,
        mut picks: Picks,
    ) -> Result<Vec<(usize, Outcome)>, Setback> {
        let (concert, plan) = (terms.concert(), self.batch.plan);
        let mut ledger = Ledger::new(self.batch.concert, self.now);
        let free = self.free_tickets(wishes, &briefing.tickets, &mut ledger).await?;
        let mut decisions = Decisions::new(concert, plan, &briefing.purchases, free);
        self.check(wishes, &picks, &decisions)?;
        let mut left = HashMap::new();
        let mut outcomes = Vec::with_capacity(wishes.len());
        let mut keys = Vec::new();
        for (index, wish) in wishes.iter().enumerate() {
            let decided = match (decisions.within_caps(wish), wish.wanted(), picks.of(wish)) {
                (Err(refusal), ..) => Err(refusal),
                (Ok(()), WishFor::Seats(numbers), _) => decisions.named(numbers),
                (Ok(()), WishFor::Best(_), Some(numbers)) if decisions.all_free(numbers) => Ok(numbers.clone()),
                // Nothing was proposed, or somebody before in the batch named what was.
                (Ok(()), WishFor::Best(wanted), _) => {
                    let left = self.left_in(wanted.section, &decisions, &mut left).await?;
                    if left < wanted.quantity {
                        Err(self.sold_out(*wanted, left)?)
                    } else {
                        let rest = wishes.get(index..).unwrap_or_default();
                        picks = self.propose_again(wishes.len(), rest, picks, &mut decisions).await?;
                        let worth_waiting = picks.has_rivals;
                        Ok(picks.of(wish).ok_or(Setback::NothingProposed { worth_waiting })?.clone())
                    }
                }
            };
            let granted = decided.and_then(|numbers| {
                let booking = wish.booking(&numbers, concert, plan, self.now, self.hold_seconds, self.ids)?;
                decisions.take(wish.user(), &booking);
                ledger.place(wish.actor(), booking.clone());
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

    /// The section has enough tickets, but none were proposed to the first of `rest`. In a batch they may be kept for a
    /// wish that was refused meanwhile, or that comes later and names them: from here on only what was granted is kept.
    async fn propose_again(
        &mut self,
        wishes: usize,
        rest: &[Wish<'_>],
        picks: Picks,
        decisions: &mut Decisions<'_>,
    ) -> Result<Picks, Setback> {
        if wishes == 1 {
            return Err(Setback::NothingProposed { worth_waiting: picks.has_rivals });
        }
        let (requests, wanted): (Vec<usize>, Vec<Wanted>) =
            rest.iter().filter_map(|wish| Some((wish.request, wish.best()?))).unzip();
        // What was proposed before is free for this proposal.
        drop(picks);
        let proposal = self.seat_maps.propose(self.batch.concert, &wanted, &decisions.taken());
        let picks = Picks::new(&requests, proposal.ok_or(Setback::PictureOutdated)?);
        let mut asked: Vec<TicketNumber> = picks.tickets().collect();
        asked.sort_unstable();
        if !asked.is_empty() {
            decisions.learn(&self.unit.tickets().states(self.batch.concert, &asked).await?);
        }
        self.check(rest, &picks, decisions)?;
        Ok(picks)
    }

    /// Corrects the picture in memory where it proposed what is not free.
    fn check(&self, wishes: &[Wish<'_>], picks: &Picks, decisions: &Decisions<'_>) -> Result<(), Setback> {
        let proposed = wishes.iter().filter_map(|wish| picks.of(wish)).flatten().copied();
        let lost: Vec<TicketNumber> = proposed.filter(|number| !decisions.is_free(*number)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.seat_maps.mark_taken(self.batch.concert, &lost);
        Err(Setback::ProposalLost)
    }

    /// The tickets that are free. Where an overdue booking holds one that is named, the ledger expires that booking
    /// first.
    async fn free_tickets(
        &mut self,
        wishes: &[Wish<'_>],
        states: &[TicketState],
        ledger: &mut Ledger,
    ) -> Result<Free, StoreError> {
        let named: HashSet<TicketNumber> = wishes.iter().flat_map(Wish::named).copied().collect();
        let mut free = Free::from_states(states);
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
        let available = self.unit.tickets().count_available(self.batch.concert, section.first, section.last).await?;
        let marked = section.marked();
        if marked.is_empty() {
            return Ok(available);
        }
        let states = self.unit.tickets().states(self.batch.concert, &marked).await?;
        let reserved = states.iter().filter(|state| state.status == TicketStatus::Available).count();
        Ok(available.saturating_sub(u32::try_from(reserved).unwrap_or(u32::MAX)))
    }

    fn sold_out(&self, wanted: Wanted, left: u32) -> Result<PlaceError, StoreError> {
        Ok(PlaceError::SoldOut { section: self.section(wanted.section)?.code.clone(), left })
    }

    fn section(&self, position: u16) -> Result<&'unit Section, StoreError> {
        self.batch
            .plan
            .section_at(position)
            .ok_or_else(|| StoreError::inconsistent("a wish names no section of its plan"))
    }

    async fn has_overdue(&mut self) -> Result<bool, StoreError> {
        Ok(!self.unit.bookings().overdue(self.batch.concert, self.now, 0, 1).await?.is_empty())
    }

    fn remembered(&self, wish: &Wish<'_>, resource: uuid::Uuid) -> Option<Remembered> {
        let request = self.batch.requests.get(wish.request)?;
        Some(Remembered { key: request.key_of_user()?, command: request.command.hash(), resource, at: self.now })
    }

    async fn write(&mut self, ledger: Ledger, keys: &[Remembered]) -> Result<(), StoreError> {
        // Before the rows that everybody waits for.
        if !keys.is_empty() {
            self.unit.idempotency().remember(keys).await?;
        }
        ledger.write(self.unit, self.ids).await
    }
}

/// The answer to a request whose key is remembered.
fn replay(request: &PlaceRequest, (before, booking): &(&Remembered, Option<Booking>)) -> Outcome {
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
