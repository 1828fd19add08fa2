//! The use cases of concerts: creating, changing, publishing, pausing, cancelling, and blocking seats.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::concerts::{ConcertEvent, SeatChange};
use crate::idempotency::{CommandHash, IdempotencyKey, IdempotentRequest, Known, Operation};
use crate::outbox::{Aggregate, Event, OutboxEntry, Stream};
use crate::shared::{Actor, Clock, ConcertId, Faults, IdGenerator, OrganiserId, Role, StoreError, Timestamp, UserId};
use crate::store::{Store, in_large_unit, in_unit};

use super::block_seats::{BlockSeats, NamedSeat};
use super::change_concert::Refused;
use super::denied::Denied;
use super::new_concert::Draft;
use super::{
    Availability, BlockSeatsError, ChangeConcert, ChangeConcertError, Concert, ConcertQueries, ConcertStatus,
    ConcertStatusError, ConcertUnit, ConcertView, CountChange, CreateConcertError, MemberRole, NewConcert, Organiser,
    RemoveConcertError, SeatLabel, SeatPlan, TICKETS_ADDED_AT_ONCE_MAX, TicketNumber, TicketStatus,
};

/// The use cases to put concerts on sale, for members who manage the organiser's concerts, and for admins.
pub struct Concerts {
    store: Arc<dyn Store<dyn ConcertUnit>>,
    queries: Arc<dyn ConcertQueries>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    limits: ConcertLimits,
}

/// A concert that was written, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedConcert {
    /// The concert in its current state.
    pub view: ConcertView,
    /// Whether an earlier request with the same idempotency key created it.
    pub replayed: bool,
}

/// A concert to change, and the version that the client has read, if it named one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcertAtVersion {
    id: ConcertId,
    version: Option<u64>,
}

impl ConcertAtVersion {
    /// A concert that is changed only if it still has this version.
    pub const fn new(id: ConcertId, version: Option<u64>) -> Self {
        Self { id, version }
    }

    fn differs_from(self, version: u64) -> bool {
        self.version.is_some_and(|expected| expected != version)
    }
}

impl From<ConcertId> for ConcertAtVersion {
    /// A concert that is changed in any version.
    fn from(id: ConcertId) -> Self {
        Self { id, version: None }
    }
}

/// Limits on new concerts. `None` means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConcertLimits {
    /// The most tickets of one concert.
    pub tickets_max: Option<u32>,
    /// The most concerts that one organiser creates in 24 hours. Admins are exempt.
    pub per_day: Option<u32>,
}

/// The period of [`ConcertLimits::per_day`].
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The result of removing a concert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It was a draft and is deleted.
    Deleted,
    /// It is cancelled. Its bookings are cancelled in the background.
    Cancelling(Box<ConcertView>),
}

impl Concerts {
    /// Creates the service over these ports, without limits.
    pub fn new(
        store: Arc<dyn Store<dyn ConcertUnit>>,
        queries: Arc<dyn ConcertQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        Self { store, queries, clock, ids, limits: ConcertLimits::default() }
    }

    /// The same service with limits.
    #[must_use]
    pub fn limited(self, limits: ConcertLimits) -> Self {
        Self { limits, ..self }
    }

    /// Creates a draft with all its tickets. A manager who manages no organiser's concerts gets a new organiser. With
    /// an idempotency key the concert is created once; repeated requests return it.
    ///
    /// # Errors
    /// [`CreateConcertError`]; each variant is one reason.
    pub async fn create(
        &self,
        actor: &Actor,
        command: NewConcert,
        key: Option<IdempotencyKey>,
    ) -> Result<CreatedConcert, CreateConcertError> {
        match actor {
            Actor::Anonymous => return Err(CreateConcertError::LoginRequired),
            Actor::System => {}
            Actor::User { .. } if actor.has_role(Role::Manager) => {}
            Actor::User { .. } => return Err(CreateConcertError::Forbidden),
        }
        let request = &key.zip(actor.user_id()).map(|(key, user)| {
            IdempotentRequest::new(user, Operation::CreateConcert, key, CommandHash::of_fields(&command))
        });
        let judged = command.judge(self.clock.now());
        if let (Err(faults), None) = (&judged, request) {
            return Err(CreateConcertError::Invalid(faults.clone()));
        }
        let (actor, id, judged) = (*actor, ConcertId::generate(self.ids.as_ref()), &judged);
        in_large_unit(self.store.as_ref(), "concerts.create", |unit, _| {
            Box::pin(async move {
                match IdempotentRequest::known(request.as_ref(), unit.idempotency()).await? {
                    Known::Before(id) => replayed(unit, ConcertId::from_uuid(id)).await,
                    Known::Reused => Err(CreateConcertError::KeyReused),
                    Known::New => {
                        let draft = judged.as_ref().map_err(|faults| CreateConcertError::Invalid(faults.clone()))?;
                        let view = self.write(unit, actor, id, draft).await?;
                        IdempotentRequest::remember(
                            request.as_ref(),
                            unit.idempotency(),
                            id.uuid(),
                            view.concert.created_at,
                        )
                        .await?;
                        Ok(CreatedConcert { view, replayed: false })
                    }
                }
            })
        })
        .await
    }

    async fn write(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        id: ConcertId,
        draft: &Draft,
    ) -> Result<ConcertView, CreateConcertError> {
        if let Some(most) = self.limits.tickets_max.filter(|most| draft.plan.total() > *most) {
            let detail = format!("a concert has at most {most} tickets here");
            return Err(CreateConcertError::Invalid(Faults::one("/sections", "too_many_tickets", detail)));
        }
        let now = self.clock.now();
        let organiser = self.organiser_of(unit, actor, draft.organiser, now).await?;
        if let Some(most) = self.limits.per_day.filter(|_| actor.user_id().is_some() && !actor.is_admin()) {
            let created = unit.concerts().count_created_since(organiser, now.plus_seconds(-DAY_SECONDS)).await?;
            if created >= u64::from(most) {
                return Err(CreateConcertError::TooMany);
            }
        }
        let concert = Concert {
            id,
            organiser,
            details: draft.details.clone(),
            currency: draft.currency,
            caps: draft.caps,
            status: ConcertStatus::Draft,
            total: draft.plan.total(),
            available: draft.plan.total(),
            version: 1,
            revision: 1,
            created_at: now,
            updated_at: now,
            cancelled_at: None,
            cancellation_done_at: None,
        };
        unit.concerts().add(&concert).await?;
        unit.sections().add_all(id, draft.plan.sections()).await?;
        let mut labels = draft.plan.labels_from(TicketNumber::new(1));
        for first in (1..=concert.total).step_by(TICKETS_ADDED_AT_ONCE_MAX) {
            let chunk: Vec<SeatLabel> = labels.by_ref().take(TICKETS_ADDED_AT_ONCE_MAX).collect();
            unit.tickets().add(id, TicketNumber::new(first), &chunk).await?;
        }
        let created = ConcertEvent::Created {
            organiser: concert.organiser,
            name: concert.details.name.clone(),
            total: concert.total,
        };
        self.record_event(unit, actor, now, &concert, created).await?;
        Ok(ConcertView { concert, plan: draft.plan.clone() })
    }

    /// The organiser of a new concert. Checks that the actor may create concerts for it.
    async fn organiser_of(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        wanted: Option<OrganiserId>,
        now: Timestamp,
    ) -> Result<OrganiserId, CreateConcertError> {
        let fault =
            |code, detail| CreateConcertError::Invalid(Faults::one("/organiser_id", code, String::from(detail)));
        let Some(user) = actor.user_id() else {
            let wanted = wanted.ok_or_else(|| fault("required", "say for which organiser"))?;
            let exists = unit.organisers().exists(wanted).await?;
            return exists.then_some(wanted).ok_or_else(|| fault("unknown_organiser", "there is no such organiser"));
        };
        // The access token can be older than a change that deactivated the account or lowered its role.
        let account = unit.users().get(user).await?.filter(crate::users::User::is_active);
        let account = account.ok_or(CreateConcertError::LoginRequired)?;
        if account.role < Role::Manager {
            return Err(CreateConcertError::Forbidden);
        }
        match wanted {
            Some(wanted) if account.role == Role::Admin => {
                let exists = unit.organisers().exists(wanted).await?;
                exists.then_some(wanted).ok_or_else(|| fault("unknown_organiser", "there is no such organiser"))
            }
            Some(wanted) => {
                let manages = role_in(unit, user, wanted).await?.is_some_and(MemberRole::manages_concerts);
                manages.then_some(wanted).ok_or(CreateConcertError::Forbidden)
            }
            None => {
                let memberships = unit.organisers().of_user(user).await?;
                match memberships.into_iter().find(|(_, role)| role.manages_concerts()) {
                    Some((organiser, _)) => Ok(organiser),
                    None => Ok(self.create_organiser(unit, user, account.username.as_str(), now).await?),
                }
            }
        }
    }

    async fn create_organiser(
        &self,
        unit: &mut dyn ConcertUnit,
        owner: UserId,
        name: &str,
        now: Timestamp,
    ) -> Result<OrganiserId, StoreError> {
        let id = OrganiserId::generate(self.ids.as_ref());
        unit.organisers().add(&Organiser { id, name: name.to_owned(), created_at: now }, owner).await?;
        Ok(id)
    }

    /// Changes a concert that is still at `revision`. Until its sale begins, everything can change but its currency,
    /// sections and labels. After that, texts, the start, the end of the sale and prices can change, but not the terms
    /// on which customers have bought. Bookings keep the price at which they were placed. A change to the current
    /// values writes nothing.
    ///
    /// # Errors
    /// [`ChangeConcertError`]; each variant is one reason.
    pub async fn change(
        &self,
        actor: &Actor,
        id: ConcertId,
        revision: u64,
        command: ChangeConcert,
    ) -> Result<ConcertView, ChangeConcertError> {
        let (actor, command) = (*actor, &command);
        in_unit(self.store.as_ref(), "concerts.change", |unit, _| {
            Box::pin(self.change_in(unit, actor, id, revision, command))
        })
        .await
    }

    async fn change_in(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        id: ConcertId,
        revision: u64,
        command: &ChangeConcert,
    ) -> Result<ConcertView, ChangeConcertError> {
        let now = self.clock.now();
        let before = managed(unit, actor, id).await?;
        if before.revision != revision {
            return Err(ChangeConcertError::Outdated { revision: before.revision });
        }
        let mut sections = unit.sections().of_concert(id).await?;
        let changed = command.clone().apply(&before, &sections, now).map_err(|refused| match refused {
            Refused::Invalid(faults) => ChangeConcertError::Invalid(faults),
            Refused::Fixed(fields) => ChangeConcertError::NotChangeable { status: before.status, fields },
        })?;
        for section in &mut sections {
            if let Some(repriced) = changed.repriced.iter().find(|other| other.position == section.position) {
                section.prices.clone_from(&repriced.prices);
            }
        }
        let plan = SeatPlan::new(sections);
        if changed.concert == before && changed.repriced.is_empty() {
            return Ok(ConcertView { concert: before, plan });
        }
        if !changed.repriced.is_empty() {
            unit.sections().replace_prices(id, &changed.repriced).await?;
        }
        let concert = self.save(unit, actor, now, changed.concert).await?;
        Ok(ConcertView { concert, plan })
    }

    /// Publishes a draft, or resumes a paused sale. A concert that is on sale does not change. The version in `concert`
    /// is its revision.
    ///
    /// # Errors
    /// [`ConcertStatusError`]; each variant is one reason.
    pub async fn publish(
        &self,
        actor: &Actor,
        concert: impl Into<ConcertAtVersion>,
    ) -> Result<ConcertView, ConcertStatusError> {
        self.set_status(actor, concert.into(), ConcertStatus::OnSale).await
    }

    /// Pauses a sale. A concert that is paused does not change. The version in `concert` is its revision.
    ///
    /// # Errors
    /// [`ConcertStatusError`]; each variant is one reason.
    pub async fn pause(
        &self,
        actor: &Actor,
        concert: impl Into<ConcertAtVersion>,
    ) -> Result<ConcertView, ConcertStatusError> {
        self.set_status(actor, concert.into(), ConcertStatus::Paused).await
    }

    async fn set_status(
        &self,
        actor: &Actor,
        target: ConcertAtVersion,
        status: ConcertStatus,
    ) -> Result<ConcertView, ConcertStatusError> {
        let actor = *actor;
        in_unit(self.store.as_ref(), "concerts.set_status", |unit, _| {
            Box::pin(self.set_status_in(unit, actor, target, status))
        })
        .await
    }

    async fn set_status_in(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        target: ConcertAtVersion,
        status: ConcertStatus,
    ) -> Result<ConcertView, ConcertStatusError> {
        let before = managed(unit, actor, target.id).await?;
        if target.differs_from(before.revision) {
            return Err(ConcertStatusError::Outdated { revision: before.revision });
        }
        let id = target.id;
        let plan = SeatPlan::new(unit.sections().of_concert(id).await?);
        let concert = match before.status.may_become(status) {
            _ if before.status == status => before,
            true => self.save(unit, actor, self.clock.now(), Concert { status, ..before }).await?,
            false => return Err(ConcertStatusError::NotPossible(before.status)),
        };
        Ok(ConcertView { concert, plan })
    }

    /// Deletes a draft, or cancels a published concert. A cancelled concert does not change. The version in `concert`
    /// is its revision.
    ///
    /// # Errors
    /// [`RemoveConcertError`]; each variant is one reason.
    pub async fn remove(
        &self,
        actor: &Actor,
        concert: impl Into<ConcertAtVersion>,
    ) -> Result<Removed, RemoveConcertError> {
        let (actor, target) = (*actor, concert.into());
        in_large_unit(self.store.as_ref(), "concerts.remove", |unit, _| Box::pin(self.remove_in(unit, actor, target)))
            .await
    }

    async fn remove_in(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        target: ConcertAtVersion,
    ) -> Result<Removed, RemoveConcertError> {
        let (now, id) = (self.clock.now(), target.id);
        let mut concert = managed(unit, actor, id).await?;
        if target.differs_from(concert.revision) {
            return Err(RemoveConcertError::Outdated { revision: concert.revision });
        }
        if concert.status == ConcertStatus::Draft {
            unit.concerts().delete_draft(id, concert.revision).await?;
            concert.version += 1;
            self.record_event(unit, actor, now, &concert, ConcertEvent::Deleted).await?;
            return Ok(Removed::Deleted);
        }
        let plan = SeatPlan::new(unit.sections().of_concert(id).await?);
        if concert.status != ConcertStatus::Cancelled {
            let cancelled = Concert { status: ConcertStatus::Cancelled, cancelled_at: Some(now), ..concert };
            concert = self.save(unit, actor, now, cancelled).await?;
        }
        Ok(Removed::Cancelling(Box::new(ConcertView { concert, plan })))
    }

    /// Blocks available seats and unblocks blocked ones. Seats that already have the requested status do not change.
    /// All or nothing: if one of the seats is in a booking, none is changed. The version in `concert` is that of its
    /// seats.
    ///
    /// # Errors
    /// [`BlockSeatsError`]; each variant is one reason.
    pub async fn block(
        &self,
        actor: &Actor,
        concert: impl Into<ConcertAtVersion>,
        command: BlockSeats,
    ) -> Result<Availability, BlockSeatsError> {
        if *actor == Actor::Anonymous {
            return Err(BlockSeatsError::LoginRequired);
        }
        command.judge().map_err(BlockSeatsError::Invalid)?;
        let (actor, target, command) = (*actor, concert.into(), &command);
        in_unit(self.store.as_ref(), "concerts.block", |unit, _| Box::pin(self.block_in(unit, actor, target, command)))
            .await?;
        self.queries.availability(target.id).await?.ok_or(BlockSeatsError::NotFound)
    }

    async fn block_in(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        target: ConcertAtVersion,
        command: &BlockSeats,
    ) -> Result<(), BlockSeatsError> {
        let id = target.id;
        let mut concert = managed(unit, actor, id).await?;
        if target.differs_from(concert.version) {
            return Err(BlockSeatsError::Outdated { version: concert.version });
        }
        if concert.status == ConcertStatus::Cancelled {
            return Err(BlockSeatsError::Cancelled);
        }
        let plan = SeatPlan::new(unit.sections().of_concert(id).await?);
        let named = command.find_in(&plan).map_err(BlockSeatsError::Invalid)?;
        let changes = seats_to_change(unit, id, named).await?;
        if changes.is_empty() {
            return Ok(());
        }
        let becoming = |status| {
            let matching = changes.iter().filter(move |change| change.status == status);
            matching.map(|change| change.number).collect::<Vec<TicketNumber>>()
        };
        let (blocked, freed) = (becoming(TicketStatus::Blocked), becoming(TicketStatus::Available));
        if !blocked.is_empty() {
            unit.tickets().block(id, &blocked).await?;
        }
        if !freed.is_empty() {
            unit.tickets().unblock(id, &freed).await?;
        }
        let counts = count_changes(&plan, &changes);
        unit.sections().change_counts(id, &counts).await?;
        concert.version = unit.concerts().advance(id, counts.iter().map(|change| change.available).sum()).await?;
        self.record_event(unit, actor, self.clock.now(), &concert, ConcertEvent::SeatsChanged { seats: changes })
            .await?;
        Ok(())
    }

    /// Writes a changed concert with its event, and returns its new state.
    async fn save(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        now: Timestamp,
        mut concert: Concert,
    ) -> Result<Concert, StoreError> {
        concert.updated_at = now;
        concert.version = unit.concerts().save(&concert).await?;
        concert.revision += 1;
        let changed = ConcertEvent::Changed { status: concert.status, revision: concert.revision };
        self.record_event(unit, actor, now, &concert, changed).await?;
        Ok(concert)
    }

    async fn record_event(
        &self,
        unit: &mut dyn ConcertUnit,
        actor: Actor,
        now: Timestamp,
        concert: &Concert,
        event: ConcertEvent,
    ) -> Result<(), StoreError> {
        let aggregate = Aggregate::Concert(concert.id);
        let event = Event::new(self.ids.as_ref(), now, actor, aggregate, concert.version, event);
        unit.concert_outbox().append(OutboxEntry::of(Stream::Concert(concert.id), concert.version, event)).await
    }
}

/// The concert that an earlier request with the same key created.
async fn replayed(unit: &mut dyn ConcertUnit, id: ConcertId) -> Result<CreatedConcert, CreateConcertError> {
    let concert = unit.concerts().get(id).await?.ok_or(CreateConcertError::Gone)?;
    let plan = SeatPlan::new(unit.sections().of_concert(id).await?);
    Ok(CreatedConcert { view: ConcertView { concert, plan }, replayed: true })
}

/// Reads a concert that `actor` may manage.
async fn managed(unit: &mut dyn ConcertUnit, actor: Actor, id: ConcertId) -> Result<Concert, Denied> {
    if actor == Actor::Anonymous {
        return Err(Denied::LoginRequired);
    }
    let concert = unit.concerts().get(id).await?.ok_or(Denied::NotFound)?;
    let role = match actor.user_id() {
        Some(user) if !actor.is_admin() => role_in(unit, user, concert.organiser).await?,
        _ => return Ok(concert),
    };
    match role {
        Some(role) if role.manages_concerts() => Ok(concert),
        None if !concert.is_public() => Err(Denied::NotFound),
        _ => Err(Denied::Forbidden),
    }
}

async fn role_in(
    unit: &mut dyn ConcertUnit,
    user: UserId,
    organiser: OrganiserId,
) -> Result<Option<MemberRole>, StoreError> {
    let memberships = unit.organisers().of_user(user).await?;
    Ok(memberships.into_iter().find(|(of, _)| *of == organiser).map(|(_, role)| role))
}

/// The seats that do not have the requested status yet, by number.
async fn seats_to_change(
    unit: &mut dyn ConcertUnit,
    concert: ConcertId,
    named: Vec<NamedSeat>,
) -> Result<Vec<SeatChange>, BlockSeatsError> {
    let mut numbers: Vec<TicketNumber> = named.iter().map(|seat| seat.number).collect();
    numbers.sort_unstable();
    let states = unit.tickets().states(concert, &numbers).await?;
    let statuses: HashMap<TicketNumber, TicketStatus> =
        states.into_iter().map(|state| (state.number, state.status)).collect();
    let mut changes = Vec::new();
    let mut taken = Vec::new();
    for seat in named {
        let wanted = if seat.block { TicketStatus::Blocked } else { TicketStatus::Available };
        match statuses.get(&seat.number) {
            Some(TicketStatus::Held | TicketStatus::Sold) => taken.push(seat.label),
            Some(status) if *status == wanted => {}
            Some(_) => changes.push(SeatChange { number: seat.number, status: wanted }),
            None => {
                let missing = format!("the concert {concert} has no ticket {}", seat.number.get());
                return Err(StoreError::inconsistent(missing).into());
            }
        }
    }
    if !taken.is_empty() {
        return Err(BlockSeatsError::SeatsUnavailable { seats: taken });
    }
    changes.sort_unstable_by_key(|change| change.number);
    Ok(changes)
}

/// The changes of the sections' counters when these seats are blocked or unblocked.
fn count_changes(plan: &SeatPlan, changes: &[SeatChange]) -> Vec<CountChange> {
    let mut blocked_in: BTreeMap<u16, i64> = BTreeMap::new();
    for change in changes {
        if let Some(section) = plan.section_of(change.number) {
            let moved = if change.status == TicketStatus::Blocked { 1 } else { -1 };
            *blocked_in.entry(section.position).or_default() += moved;
        }
    }
    let moved = blocked_in.into_iter().filter(|(_, blocked)| *blocked != 0);
    moved
        .map(|(position, blocked)| CountChange { position, available: -blocked, blocked, ..CountChange::default() })
        .collect()
}
