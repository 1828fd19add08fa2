//! A batch of requests for one concert, resolved against its seat plan before the unit of work begins.

use std::collections::HashSet;

use crate::concerts::{Audience, SeatPlan};
use crate::idempotency::BatchKeys;
use crate::shared::{ConcertId, UserId};

use super::resolved_request::ResolvedRequest;
use super::{PlaceError, PlaceRequest};

/// The requests of a batch, or why they are refused.
pub(crate) struct ResolvedBatch<'plan> {
    pub(crate) concert: ConcertId,
    pub(crate) plan: &'plan SeatPlan,
    pub(crate) requests: Vec<Result<ResolvedRequest, PlaceError>>,
    pub(crate) keys: BatchKeys,
}

impl<'plan> ResolvedBatch<'plan> {
    /// Resolves requests against the plan. `members` are the users who may book at members-only prices.
    pub(crate) fn new(
        concert: ConcertId,
        plan: &'plan SeatPlan,
        requests: &[PlaceRequest],
        members: &HashSet<UserId>,
    ) -> Self {
        let resolve = |request: &PlaceRequest| {
            let is_member = request.actor.user_id().is_some_and(|user| members.contains(&user));
            ResolvedRequest::resolve(request, plan, if is_member { Audience::Members } else { Audience::Anyone })
        };
        let keys = BatchKeys::new(requests.iter().map(PlaceRequest::idempotent));
        Self { concert, plan, requests: requests.iter().map(resolve).collect(), keys }
    }

    /// Whether any request is for the best available tickets rather than named seats.
    pub(crate) fn wants_the_best(&self) -> bool {
        self.requests.iter().flatten().any(|request| request.best().is_some())
    }
}
