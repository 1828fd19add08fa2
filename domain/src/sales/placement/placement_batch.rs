//! Processes one batch of requests in one unit of work: reads once, decides in order, writes once.

use std::collections::{HashMap, HashSet};

use crate::concerts::{Section, TicketNumber, TicketState, TicketStatus};
use crate::idempotency::{IdempotencyRecord, ScopedKey};
use crate::shared::{Actor, BookingId, IdGenerator, StoreError, Timestamp, UserId};
use crate::store::{UnitError, UnitOfWork};

use super::decisions::{Decisions, Free};
use super::placement_data::{PlacementData, PlacementQuery, SaleTerms, SaleTermsCache};
use super::resolved_batch::ResolvedBatch;
use super::resolved_request::{PricedRequest, ResolvedSelection, sale_closed};
use super::{Limit, PlaceError, PlaceRequest, PlacedBooking};
use crate::bookings::{BestAvailableRequest, Booking, BookingStatus, CancelReason, Proposal, SeatMaps};
use crate::sales::ChangeSet;

/// The outcome of one request.
pub(crate) type Outcome = Result<PlacedBooking, PlaceError>;

/// Why a unit is rolled back and the batch retried after a correction.
#[derive(Debug)]
pub(crate) enum RetryReason {
    /// The database failed.
    Store(StoreError),
    /// The seat index proposed tickets that are taken.
    ProposalTaken,
    /// The seat index proposed no tickets although the store has enough.
    NoProposal {
        /// In-flight batches reserve tickets that may be released shortly, so retry before reloading the seat index.
        /// Otherwise the index is wrong.
        worth_waiting: bool,
    },
    /// The seat index has to be loaded again.
    SeatIndexOutdated,
    /// Expiring overdue bookings may turn a refusal into a booking.
    OverdueHolds,
}

impl From<StoreError> for RetryReason {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl UnitError for RetryReason {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::ProposalTaken | Self::NoProposal { .. } | Self::SeatIndexOutdated | Self::OverdueHolds => None,
        }
    }
}

/// How far a request of the batch is processed.
enum RequestState {
    Open,
    Decided(Box<Outcome>),
    /// The same request, with the same idempotency key, is earlier in the batch.
    DuplicateOf(usize),
}

/// The tickets proposed for requests for the best available ones. Other batches avoid them until this value is dropped.
#[derive(Default)]
struct ProposedTickets {
    of_requests: HashMap<usize, Vec<TicketNumber>>,
    is_contended: bool,
    _proposal: Option<Proposal>,
}

impl ProposedTickets {
    fn new(requests: &[usize], mut proposal: Proposal) -> Self {
        let picks = requests.iter().zip(std::mem::take(&mut proposal.picks));
        let of_requests = picks.filter_map(|(request, pick)| Some((*request, pick?))).collect();
        Self { of_requests, is_contended: proposal.is_contended, _proposal: Some(proposal) }
    }

    /// The tickets proposed for a request.
    fn of(&self, priced: &PricedRequest<'_>) -> Option<&Vec<TicketNumber>> {
        self.of_requests.get(&priced.request)
    }

    fn tickets(&self) -> impl Iterator<Item = TicketNumber> {
        self.of_requests.values().flatten().copied()
    }
}

/// A batch with its unit of work and all that processing it needs.
pub(crate) struct PlacementBatch<'unit> {
    pub(crate) unit: &'unit mut dyn UnitOfWork,
    pub(crate) seat_maps: &'unit dyn SeatMaps,
    pub(crate) known_terms: &'unit SaleTermsCache,
    pub(crate) ids: &'unit dyn IdGenerator,
    pub(crate) now: Timestamp,
    pub(crate) hold_seconds: i64,
    pub(crate) batch: &'unit ResolvedBatch<'unit>,
}

impl<'unit> PlacementBatch<'unit> {
    /// Processes the batch and returns the outcomes in the order of its requests.
    pub(crate) async fn run(mut self) -> Result<Vec<Outcome>, RetryReason> {
        let picks = self.propose()?;
        let data = self.read_data(&picks).await?;
        let mut slots = self.recall(&data.keys).await?;
        let open: Vec<usize> =
            (0..).zip(&slots).filter(|(_, slot)| matches!(slot, RequestState::Open)).map(|(i, _)| i).collect();
        if !open.is_empty() {
            for (index, outcome) in self.decide_open(&open, &data, picks).await? {
                if let Some(slot) = slots.get_mut(index) {
                    *slot = RequestState::Decided(Box::new(outcome));
                }
            }
        }
        Ok(in_order(&slots))
    }

    /// Gets proposals for the best tickets from the seat index, without those that other requests name.
    fn propose(&self) -> Result<ProposedTickets, RetryReason> {
        let understood = self.batch.understood.iter();
        let best =
            (0..).zip(understood.clone()).filter_map(|(index, request)| Some((index, request.as_ref().ok()?.best()?)));
        let (requests, wanted): (Vec<usize>, Vec<BestAvailableRequest>) = best.unzip();
        if wanted.is_empty() {
            return Ok(ProposedTickets::default());
        }
        let named: Vec<TicketNumber> =
            understood.flatten().flat_map(|request| request.named().iter().copied()).collect();
        let proposal = self.seat_maps.propose(self.batch.concert, &wanted, &named);
        Ok(ProposedTickets::new(&requests, proposal.ok_or(RetryReason::SeatIndexOutdated)?))
    }

    /// Reads the data that decides the batch.
    async fn read_data(&mut self, picks: &ProposedTickets) -> Result<PlacementData, StoreError> {
        let ResolvedBatch { concert, requests, understood, .. } = self.batch;
        let keys: HashSet<ScopedKey> = requests.iter().filter_map(PlaceRequest::scoped_key).collect();
        let keys: Vec<ScopedKey> = keys.into_iter().collect();
        let users: HashSet<UserId> = understood.iter().flatten().map(|request| request.user()).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let named = understood.iter().flatten().flat_map(|request| request.named().iter().copied());
        let mut tickets: Vec<TicketNumber> = named.chain(picks.tickets()).collect();
        tickets.sort_unstable();
        tickets.dedup();
        let known = self.known_terms.of(*concert);
        let known_terms = known.as_ref();
        let query = PlacementQuery { concert: *concert, known_terms, keys: &keys, users: &users, tickets: &tickets };
        let data = self.unit.placement_data(&query).await?;
        self.known_terms.learn(*concert, data.terms.as_ref());
        Ok(data)
    }

    /// Replays requests whose idempotency key is remembered, and finds those that occur twice in the batch.
    async fn recall(&mut self, remembered: &[IdempotencyRecord]) -> Result<Vec<RequestState>, StoreError> {
        let known = self.with_bookings(remembered).await?;
        let mut first_use: HashMap<ScopedKey, usize> = HashMap::new();
        let mut slots = Vec::with_capacity(self.batch.requests.len());
        for (index, request) in self.batch.requests.iter().enumerate() {
            let slot = match (request.actor.user_id(), request.scoped_key()) {
                (None, _) => RequestState::Decided(Box::new(Err(PlaceError::LoginRequired))),
                (Some(_), None) => RequestState::Open,
                (Some(_), Some(key)) => match (known.get(&key), first_use.get(&key)) {
                    (Some(before), _) => RequestState::Decided(Box::new(replay(request, before))),
                    (None, None) => {
                        first_use.insert(key, index);
                        RequestState::Open
                    }
                    (None, Some(first)) if self.same_command(*first, request) => RequestState::DuplicateOf(*first),
                    (None, Some(_)) => RequestState::Decided(Box::new(Err(PlaceError::KeyReused))),
                },
            };
            slots.push(slot);
        }
        Ok(slots)
    }

    /// Reads the current booking of each remembered key.
    async fn with_bookings<'known>(
        &mut self,
        remembered: &'known [IdempotencyRecord],
    ) -> Result<HashMap<ScopedKey, (&'known IdempotencyRecord, Option<Booking>)>, StoreError> {
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

    async fn decide_open(
        &mut self,
        open: &[usize],
        data: &PlacementData,
        picks: ProposedTickets,
    ) -> Result<Vec<(usize, Outcome)>, RetryReason> {
        let all = |error: &PlaceError| open.iter().map(|index| (*index, Err(error.clone()))).collect();
        let terms = match &data.terms {
            Some(terms) if terms.concert().is_public() => terms,
            _ => return Ok(all(&PlaceError::ConcertNotFound)),
        };
        if let Some(closed) = sale_closed(terms.concert(), self.now) {
            return Ok(all(&PlaceError::SaleClosed(closed)));
        }
        let mut outcomes = Vec::with_capacity(open.len());
        let mut priced_requests = Vec::with_capacity(open.len());
        for (index, understood) in open.iter().filter_map(|index| Some((*index, self.batch.understood.get(*index)?))) {
            match understood {
                Ok(understood) => match understood.priced(index, terms.prices()) {
                    Ok(priced) => priced_requests.push(priced),
                    Err(error) => outcomes.push((index, Err(error))),
                },
                Err(error) => outcomes.push((index, Err(error.clone()))),
            }
        }
        if !priced_requests.is_empty() {
            outcomes.extend(self.grant(terms, &priced_requests, data, picks).await?);
        }
        Ok(outcomes)
    }

    /// Decides the requests in order and writes the granted bookings.
    async fn grant(
        &mut self,
        terms: &SaleTerms,
        requests: &[PricedRequest<'_>],
        data: &PlacementData,
        mut picks: ProposedTickets,
    ) -> Result<Vec<(usize, Outcome)>, RetryReason> {
        let (concert, plan) = (terms.concert(), self.batch.plan);
        let mut changes = ChangeSet::new(self.batch.concert, self.now);
        let free = self.free_tickets(requests, &data.tickets, &mut changes).await?;
        let mut decisions = Decisions::new(concert, plan, &data.holdings, free);
        self.check(requests, &picks, &decisions)?;
        let mut left = HashMap::new();
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut keys = Vec::new();
        for (index, priced) in requests.iter().enumerate() {
            let decided = match (decisions.within_caps(priced), priced.wanted(), picks.of(priced)) {
                (Err(refusal), ..) => Err(refusal),
                (Ok(()), ResolvedSelection::Seats(numbers), _) => decisions.named(numbers),
                (Ok(()), ResolvedSelection::Best(_), Some(numbers)) if decisions.all_free(numbers) => {
                    Ok(numbers.clone())
                }
                // Nothing was proposed, or an earlier request of the batch took a proposed ticket.
                (Ok(()), ResolvedSelection::Best(wanted), _) => {
                    let left = self.left_in(wanted.section, &decisions, &mut left).await?;
                    if left < wanted.quantity {
                        Err(self.sold_out(*wanted, left)?)
                    } else {
                        let rest = requests.get(index..).unwrap_or_default();
                        picks = self.propose_again(requests.len(), rest, picks, &mut decisions).await?;
                        let worth_waiting = picks.is_contended;
                        Ok(picks.of(priced).ok_or(RetryReason::NoProposal { worth_waiting })?.clone())
                    }
                }
            };
            let granted = decided.and_then(|numbers| {
                let booking = priced.booking(&numbers, concert, plan, self.now, self.hold_seconds, self.ids)?;
                decisions.take(priced.user(), &booking);
                changes.place(priced.actor(), booking.clone());
                keys.extend(self.remembered(priced, booking.id.uuid()));
                Ok(PlacedBooking { booking, replayed: false })
            });
            outcomes.push((priced.request, granted));
        }
        if outcomes.iter().any(|(_, outcome)| hinges_on_overdue(outcome)) && self.has_overdue().await? {
            return Err(RetryReason::OverdueHolds);
        }
        decisions.guard(&mut changes);
        self.write(changes, &keys).await?;
        Ok(outcomes)
    }

    /// Proposes again for `rest`: its first request has no proposal although the section has enough tickets. In a batch
    /// they may be reserved for a request that has been refused since, or that comes later and names them. The new
    /// proposal avoids only the tickets that were granted.
    async fn propose_again(
        &mut self,
        batch_size: usize,
        rest: &[PricedRequest<'_>],
        picks: ProposedTickets,
        decisions: &mut Decisions<'_>,
    ) -> Result<ProposedTickets, RetryReason> {
        if batch_size == 1 {
            return Err(RetryReason::NoProposal { worth_waiting: picks.is_contended });
        }
        let (requests, wanted): (Vec<usize>, Vec<BestAvailableRequest>) =
            rest.iter().filter_map(|priced| Some((priced.request, priced.best()?))).unzip();
        // Releases the earlier proposal, so that its tickets can be proposed again.
        drop(picks);
        let proposal = self.seat_maps.propose(self.batch.concert, &wanted, &decisions.taken());
        let picks = ProposedTickets::new(&requests, proposal.ok_or(RetryReason::SeatIndexOutdated)?);
        let mut asked: Vec<TicketNumber> = picks.tickets().collect();
        asked.sort_unstable();
        if !asked.is_empty() {
            decisions.learn(&self.unit.tickets().states(self.batch.concert, &asked).await?);
        }
        self.check(rest, &picks, decisions)?;
        Ok(picks)
    }

    /// Checks that the proposed tickets are available.
    fn check(
        &self,
        requests: &[PricedRequest<'_>],
        picks: &ProposedTickets,
        decisions: &Decisions<'_>,
    ) -> Result<(), RetryReason> {
        let mut proposed = requests.iter().filter_map(|priced| picks.of(priced)).flatten();
        if proposed.all(|number| decisions.is_free(*number)) { Ok(()) } else { Err(RetryReason::ProposalTaken) }
    }

    /// The available tickets. If an overdue booking holds a named ticket, adds the expiry of that booking to the
    /// changes, so that its tickets count as available.
    async fn free_tickets(
        &mut self,
        requests: &[PricedRequest<'_>],
        states: &[TicketState],
        changes: &mut ChangeSet,
    ) -> Result<Free, StoreError> {
        let named: HashSet<TicketNumber> = requests.iter().flat_map(PricedRequest::named).copied().collect();
        let mut free = Free::from_states(states);
        let mut holders: Vec<_> =
            states.iter().filter(|state| named.contains(&state.number)).filter_map(holder).collect();
        holders.sort_unstable();
        holders.dedup();
        if !holders.is_empty() {
            for booking in self.unit.bookings().get(&holders).await? {
                if booking.is_overdue(self.now) {
                    free.give_back(&booking);
                    changes.cancel(Actor::System, booking, CancelReason::Expired);
                }
            }
        }
        Ok(free)
    }

    /// How many tickets of a section are left for requests for the best available ones, by the store and not by the
    /// seat index. The store is read once per section.
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
        let available = self.unit.sections().available(self.batch.concert, section.position).await?;
        let marked = section.marked();
        if marked.is_empty() {
            return Ok(available);
        }
        let states = self.unit.tickets().states(self.batch.concert, &marked).await?;
        let reserved = states.iter().filter(|state| state.status == TicketStatus::Available).count();
        Ok(available.saturating_sub(u32::try_from(reserved).unwrap_or(u32::MAX)))
    }

    fn sold_out(&self, wanted: BestAvailableRequest, left: u32) -> Result<PlaceError, StoreError> {
        Ok(PlaceError::SoldOut { section: self.section(wanted.section)?.code.clone(), left })
    }

    fn section(&self, position: u16) -> Result<&'unit Section, StoreError> {
        self.batch
            .plan
            .section_at(position)
            .ok_or_else(|| StoreError::inconsistent("a request names no section of its plan"))
    }

    async fn has_overdue(&mut self) -> Result<bool, StoreError> {
        Ok(!self.unit.bookings().overdue(self.batch.concert, self.now, 0, 1).await?.is_empty())
    }

    fn remembered(&self, priced: &PricedRequest<'_>, resource: uuid::Uuid) -> Option<IdempotencyRecord> {
        let request = self.batch.requests.get(priced.request)?;
        Some(IdempotencyRecord { key: request.scoped_key()?, command: request.command.hash(), resource, at: self.now })
    }

    async fn write(&mut self, changes: ChangeSet, keys: &[IdempotencyRecord]) -> Result<(), StoreError> {
        // Keys come before the concert's contended rows, whose locks are then held for a shorter time.
        if !keys.is_empty() {
            self.unit.idempotency().remember(keys).await?;
        }
        changes.write(self.unit, self.ids).await
    }
}

/// The outcome of a request whose idempotency key is remembered.
fn replay(request: &PlaceRequest, (before, booking): &(&IdempotencyRecord, Option<Booking>)) -> Outcome {
    if request.command.hash() != before.command {
        return Err(PlaceError::KeyReused);
    }
    let booking = booking.clone().ok_or_else(|| StoreError::inconsistent("an idempotency key names no booking"))?;
    Ok(PlacedBooking { booking, replayed: true })
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

fn in_order(slots: &[RequestState]) -> Vec<Outcome> {
    let settled = |slot: Option<&RequestState>| match slot {
        Some(RequestState::Decided(outcome)) => outcome.as_ref().clone(),
        _ => Err(PlaceError::Store(StoreError::inconsistent("a request was left without an outcome"))),
    };
    let again = |outcome: Outcome| outcome.map(|placed| PlacedBooking { replayed: true, ..placed });
    slots
        .iter()
        .map(|slot| match slot {
            RequestState::DuplicateOf(first) => again(settled(slots.get(*first))),
            _ => settled(Some(slot)),
        })
        .collect()
}

/// The status of a new booking. One that costs nothing is confirmed at once.
pub(crate) const fn initial_status(total_is_zero: bool) -> BookingStatus {
    if total_is_zero { BookingStatus::Confirmed } else { BookingStatus::Pending }
}
