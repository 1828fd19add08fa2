//! Processes one batch of requests in one unit of work: reads once, decides in order, writes once.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::bookings::{BestAvailableRequest, Booking, CancelReason, Proposal, SeatMaps};
use crate::concerts::{Section, TicketNumber, TicketState, TicketStatus};
use crate::idempotency::{IdempotencyRecord, KeyUses};
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{Actor, BookingId, IdGenerator, StoreError, Timestamp, UserId};
use crate::store::UnitError;

use super::decisions::{AvailableTickets, Decisions};
use super::placement_data::{PlacementData, PlacementQuery, SaleTerms, SaleTermsCache};
use super::resolved_batch::ResolvedBatch;
use super::resolved_request::{RequestedTickets, ResolvedRequest};
use super::{Limit, PlaceError, PlacedBooking, SaleClosed};

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

/// The tickets proposed for requests for the best available ones. Other batches avoid them until this value is dropped.
#[derive(Default)]
struct ProposedTickets {
    of_requests: HashMap<usize, Vec<TicketNumber>>,
    is_contended: bool,
    _proposal: Option<Proposal>,
}

impl ProposedTickets {
    fn new(requests: &[usize], mut proposal: Proposal) -> Self {
        let proposed = requests.iter().zip(std::mem::take(&mut proposal.picks));
        let of_requests = proposed.filter_map(|(request, pick)| Some((*request, pick?))).collect();
        Self { of_requests, is_contended: proposal.is_contended, _proposal: Some(proposal) }
    }

    /// The tickets proposed for a request.
    fn of(&self, request: usize) -> Option<&Vec<TicketNumber>> {
        self.of_requests.get(&request)
    }

    fn tickets(&self) -> impl Iterator<Item = TicketNumber> {
        self.of_requests.values().flatten().copied()
    }
}

/// A batch with its unit of work and all that processing it needs.
pub(crate) struct PlacementBatch<'unit> {
    pub(crate) unit: &'unit mut dyn SalesUnit,
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
        let proposed = self.propose()?;
        let data = self.read_data(&proposed).await?;
        let key_uses = self.batch.keys.compare(&data.keys);
        let replayed = self.replayed_bookings(&key_uses).await?;
        let new: Vec<usize> = key_uses.new_requests().collect();
        let mut decided = if new.is_empty() { HashMap::new() } else { self.decide(&new, &data, proposed).await? };
        Ok(key_uses.outcomes(
            |index| {
                decided.remove(&index).unwrap_or_else(|| Err(inconsistent("a request was left without an outcome")))
            },
            |id| match replayed.get(&id) {
                Some(booking) => Ok(PlacedBooking { booking: booking.clone(), replayed: true }),
                None => Err(inconsistent("an idempotency key names no booking")),
            },
        ))
    }

    /// Gets proposals for the best tickets from the seat index, without those that other requests name.
    fn propose(&self) -> Result<ProposedTickets, RetryReason> {
        let requests = (0..).zip(&self.batch.requests);
        let best = requests.filter_map(|(index, request)| Some((index, request.as_ref().ok()?.best()?)));
        let (requests, best): (Vec<usize>, Vec<BestAvailableRequest>) = best.unzip();
        if best.is_empty() {
            return Ok(ProposedTickets::default());
        }
        let named: Vec<TicketNumber> = self.named().collect();
        let proposal = self.seat_maps.propose(self.batch.concert, &best, &named);
        Ok(ProposedTickets::new(&requests, proposal.ok_or(RetryReason::SeatIndexOutdated)?))
    }

    /// The tickets that requests of the batch name.
    fn named(&self) -> impl Iterator<Item = TicketNumber> {
        self.batch.requests.iter().flatten().flat_map(|request| request.named().iter().copied())
    }

    /// Reads the data that decides the batch.
    async fn read_data(&mut self, proposed: &ProposedTickets) -> Result<PlacementData, StoreError> {
        let concert = self.batch.concert;
        let keys = self.batch.keys.distinct();
        let users: HashSet<UserId> = self.batch.requests.iter().flatten().map(|request| request.user).collect();
        let users: Vec<UserId> = users.into_iter().collect();
        let mut tickets: Vec<TicketNumber> = self.named().chain(proposed.tickets()).collect();
        tickets.sort_unstable();
        tickets.dedup();
        let known = self.known_terms.of(concert);
        let known_terms = known.as_ref();
        let query = PlacementQuery { concert, known_terms, keys: &keys, users: &users, tickets: &tickets };
        let data = self.unit.placement_data(&query).await?;
        self.known_terms.learn(concert, data.terms.as_ref());
        Ok(data)
    }

    /// Reads the current bookings that earlier requests with the same keys placed.
    async fn replayed_bookings(&mut self, key_uses: &KeyUses) -> Result<HashMap<Uuid, Booking>, StoreError> {
        let ids: Vec<BookingId> = key_uses.replayed_resources().into_iter().map(BookingId::from_uuid).collect();
        let bookings = if ids.is_empty() { Vec::new() } else { self.unit.bookings().get(&ids).await? };
        Ok(bookings.into_iter().map(|booking| (booking.id.uuid(), booking)).collect())
    }

    /// Decides the new requests of the batch. Returns the outcome of each by its index.
    async fn decide(
        &mut self,
        new: &[usize],
        data: &PlacementData,
        proposed: ProposedTickets,
    ) -> Result<HashMap<usize, Outcome>, RetryReason> {
        let batch = self.batch;
        let requests = new.iter().filter_map(|index| Some((*index, batch.requests.get(*index)?)));
        let on_sale = match data.terms.as_ref().filter(|terms| terms.concert().is_public()) {
            None => Err(PlaceError::ConcertNotFound),
            Some(terms) => match SaleClosed::of(terms.concert(), self.now) {
                None => Ok(terms),
                Some(closed) => Err(PlaceError::SaleClosed(closed)),
            },
        };
        let terms = match on_sale {
            Ok(terms) => terms,
            Err(refusal) => {
                return Ok(requests.map(|(index, request)| (index, Err(login_or(request, &refusal)))).collect());
            }
        };
        let mut outcomes = HashMap::with_capacity(new.len());
        let mut sound = Vec::with_capacity(new.len());
        for (index, request) in requests {
            let request = request.as_ref().map_err(PlaceError::clone);
            match request.and_then(|request| request.check(terms).map(|()| request)) {
                Ok(request) => sound.push((index, request)),
                Err(refusal) => {
                    outcomes.insert(index, Err(refusal));
                }
            }
        }
        if !sound.is_empty() {
            outcomes.extend(self.decide_in_order(terms, &sound, data, proposed).await?);
        }
        Ok(outcomes)
    }

    /// Decides the requests in order and writes the granted bookings.
    async fn decide_in_order(
        &mut self,
        terms: &SaleTerms,
        requests: &[(usize, &ResolvedRequest)],
        data: &PlacementData,
        mut proposed: ProposedTickets,
    ) -> Result<Vec<(usize, Outcome)>, RetryReason> {
        let plan = self.batch.plan;
        let mut changes = ChangeSet::new(self.batch.concert, self.now);
        let available = self.available_tickets(requests, &data.tickets, &mut changes).await?;
        let mut decisions = Decisions::new(terms, plan, &data.holdings, available);
        self.check(requests, &proposed, &decisions)?;
        let mut counts = HashMap::new();
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut keys = Vec::new();
        for (position, (index, request)) in requests.iter().enumerate() {
            let decided = match (decisions.within_caps(request), &request.tickets, proposed.of(*index)) {
                (Err(refusal), ..) => Err(refusal),
                (Ok(()), RequestedTickets::Seats(numbers), _) => decisions.named(numbers),
                (Ok(()), RequestedTickets::Best(_), Some(numbers)) if decisions.are_available(numbers) => {
                    Ok(numbers.clone())
                }
                // Nothing was proposed, or an earlier request of the batch took a proposed ticket.
                (Ok(()), RequestedTickets::Best(best), _) => {
                    let left = self.available_in(best.section, &decisions, &mut counts).await?;
                    if left < best.quantity {
                        Err(self.sold_out(*best, left)?)
                    } else {
                        let rest = requests.get(position..).unwrap_or_default();
                        proposed = self.propose_again(requests.len(), rest, proposed, &mut decisions).await?;
                        let worth_waiting = proposed.is_contended;
                        Ok(proposed.of(*index).ok_or(RetryReason::NoProposal { worth_waiting })?.clone())
                    }
                }
            };
            let granted = decided.and_then(|numbers| {
                let booking = request.booking(&numbers, terms, plan, self.now, self.hold_seconds, self.ids)?;
                decisions.take(request.user, &booking);
                changes.place(request.actor, booking.clone());
                keys.extend(self.batch.keys.record(*index, booking.id.uuid(), self.now));
                Ok(PlacedBooking { booking, replayed: false })
            });
            outcomes.push((*index, granted));
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
        rest: &[(usize, &ResolvedRequest)],
        proposed: ProposedTickets,
        decisions: &mut Decisions<'_>,
    ) -> Result<ProposedTickets, RetryReason> {
        if batch_size == 1 {
            return Err(RetryReason::NoProposal { worth_waiting: proposed.is_contended });
        }
        let (requests, best): (Vec<usize>, Vec<BestAvailableRequest>) =
            rest.iter().filter_map(|(index, request)| Some((*index, request.best()?))).unzip();
        // Releases the earlier proposal, so that its tickets can be proposed again.
        drop(proposed);
        let proposal = self.seat_maps.propose(self.batch.concert, &best, &decisions.taken());
        let proposed = ProposedTickets::new(&requests, proposal.ok_or(RetryReason::SeatIndexOutdated)?);
        let mut numbers: Vec<TicketNumber> = proposed.tickets().collect();
        numbers.sort_unstable();
        if !numbers.is_empty() {
            decisions.learn(&self.unit.tickets().states(self.batch.concert, &numbers).await?);
        }
        self.check(rest, &proposed, decisions)?;
        Ok(proposed)
    }

    /// Checks that the proposed tickets are available.
    fn check(
        &self,
        requests: &[(usize, &ResolvedRequest)],
        proposed: &ProposedTickets,
        decisions: &Decisions<'_>,
    ) -> Result<(), RetryReason> {
        let mut proposed = requests.iter().filter_map(|(index, _)| proposed.of(*index)).flatten();
        if proposed.all(|number| decisions.is_available(*number)) { Ok(()) } else { Err(RetryReason::ProposalTaken) }
    }

    /// The available tickets. If an overdue booking holds a named ticket, adds the expiry of that booking to the
    /// changes, so that its tickets count as available.
    async fn available_tickets(
        &mut self,
        requests: &[(usize, &ResolvedRequest)],
        states: &[TicketState],
        changes: &mut ChangeSet,
    ) -> Result<AvailableTickets, StoreError> {
        let named: HashSet<TicketNumber> = requests.iter().flat_map(|(_, request)| request.named()).copied().collect();
        let mut available = AvailableTickets::from_states(states);
        let mut holders: Vec<_> =
            states.iter().filter(|state| named.contains(&state.number)).filter_map(holder).collect();
        holders.sort_unstable();
        holders.dedup();
        if !holders.is_empty() {
            for booking in self.unit.bookings().get(&holders).await? {
                if booking.is_overdue(self.now) {
                    available.release(&booking);
                    changes.cancel(Actor::System, booking, CancelReason::Expired);
                }
            }
        }
        Ok(available)
    }

    /// How many tickets of a section are left for requests for the best available ones, by the store and not by the
    /// seat index. The store is read once per section.
    async fn available_in(
        &mut self,
        position: u16,
        decisions: &Decisions<'_>,
        counts: &mut HashMap<u16, u32>,
    ) -> Result<u32, StoreError> {
        let section = self.section(position)?;
        let available = match counts.get(&position) {
            Some(available) => *available,
            None => {
                let available = self.count_ordinary(section).await?;
                counts.insert(position, available);
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

    fn sold_out(&self, best: BestAvailableRequest, left: u32) -> Result<PlaceError, StoreError> {
        Ok(PlaceError::SoldOut { section: self.section(best.section)?.code.clone(), left })
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

    async fn write(&mut self, changes: ChangeSet, keys: &[IdempotencyRecord]) -> Result<(), StoreError> {
        // Keys come before the concert's contended rows, whose locks are then held for a shorter time.
        if !keys.is_empty() {
            self.unit.idempotency().remember(keys).await?;
        }
        changes.write(self.unit, self.ids).await
    }
}

/// A missing login is reported before what concerns the whole concert.
fn login_or(request: &Result<ResolvedRequest, PlaceError>, refusal: &PlaceError) -> PlaceError {
    if matches!(request, Err(PlaceError::LoginRequired)) { PlaceError::LoginRequired } else { refusal.clone() }
}

fn inconsistent(what: &'static str) -> PlaceError {
    PlaceError::Store(StoreError::inconsistent(what))
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
