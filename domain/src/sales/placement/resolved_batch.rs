//! A batch of requests for one concert, resolved against its seat plan before the unit of work begins.

use std::collections::HashSet;

use crate::concerts::{Audience, SeatPlan};
use crate::shared::{ConcertId, UserId};

use super::resolved_request::ResolvedRequest;
use super::{PlaceError, PlaceRequest};

/// Requests for one concert, each with its resolved form.
pub(crate) struct ResolvedBatch<'requests> {
    pub(crate) concert: ConcertId,
    pub(crate) plan: &'requests SeatPlan,
    pub(crate) requests: &'requests [PlaceRequest],
    /// The resolved form of each request, in the order of `requests`.
    pub(crate) understood: Vec<Result<ResolvedRequest, PlaceError>>,
}

impl<'requests> ResolvedBatch<'requests> {
    /// Resolves requests against the plan. `members` are the users who may book at members-only prices.
    pub(crate) fn new(
        concert: ConcertId,
        plan: &'requests SeatPlan,
        requests: &'requests [PlaceRequest],
        members: &HashSet<UserId>,
    ) -> Self {
        let resolve = |request: &PlaceRequest| {
            let is_member = request.actor.user_id().is_some_and(|user| members.contains(&user));
            ResolvedRequest::new(request, plan, if is_member { Audience::Members } else { Audience::Anyone })
        };
        let understood = requests.iter().map(resolve).collect();
        Self { concert, plan, requests, understood }
    }

    /// Whether any request is for the best available tickets rather than named seats.
    pub(crate) fn wants_the_best(&self) -> bool {
        self.understood.iter().flatten().any(|request| request.best().is_some())
    }
}
