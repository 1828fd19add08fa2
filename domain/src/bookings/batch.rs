//! A batch of wishes for one concert, before its unit of work begins.

use crate::concerts::SeatPlan;
use crate::shared::ConcertId;

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
    /// Looks requests up in the plan.
    pub(crate) fn new(concert: ConcertId, plan: &'requests SeatPlan, requests: &'requests [PlaceRequest]) -> Self {
        let understood = requests.iter().map(|request| Understood::new(request, plan)).collect();
        Self { concert, plan, requests, understood }
    }

    /// Whether anybody wants the best tickets, whichever they are.
    pub(crate) fn wants_the_best(&self) -> bool {
        self.understood.iter().flatten().any(|wish| wish.best().is_some())
    }
}
