//! A batch of wishes for one concert, before its unit of work begins.

use std::collections::HashSet;

use crate::concerts::{Audience, SeatPlan};
use crate::shared::{ConcertId, UserId};

use super::wishes::Understood;
use super::{PlaceError, PlaceRequest};

/// Requests, also in the words of the concert's plan.
pub(crate) struct Batch<'requests> {
    pub(crate) concert: ConcertId,
    pub(crate) plan: &'requests SeatPlan,
    pub(crate) requests: &'requests [PlaceRequest],
    /// What each request wants.
    pub(crate) understood: Vec<Result<Understood, PlaceError>>,
}

impl<'requests> Batch<'requests> {
    /// Looks requests up in the plan. `members` are those users that book at the prices for members.
    pub(crate) fn new(
        concert: ConcertId,
        plan: &'requests SeatPlan,
        requests: &'requests [PlaceRequest],
        members: &HashSet<UserId>,
    ) -> Self {
        let understand = |request: &PlaceRequest| {
            let is_member = request.actor.user_id().is_some_and(|user| members.contains(&user));
            Understood::new(request, plan, if is_member { Audience::Members } else { Audience::Anyone })
        };
        let understood = requests.iter().map(understand).collect();
        Self { concert, plan, requests, understood }
    }

    /// Whether anybody wants the best tickets, whichever they are.
    pub(crate) fn wants_the_best(&self) -> bool {
        self.understood.iter().flatten().any(|wish| wish.best().is_some())
    }
}
