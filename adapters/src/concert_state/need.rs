//! What a concert's snapshot is needed for.

use boxoffice_domain::bookings::Refresh;
use boxoffice_domain::shared::Timestamp;

use super::freshness::Freshness;

/// What a caller needs a snapshot for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// To show the concert.
    Show {
        /// Whether with the states of its seats.
        seats: bool,
        /// How old it may be.
        freshness: Freshness,
    },
    /// For the seat plan, when it is not known yet.
    Plan,
    /// To propose seats.
    Propose(Refresh),
}

impl Need {
    /// Whether the states of the seats are needed.
    pub(super) const fn seats(self) -> bool {
        matches!(self, Self::Show { seats: true, .. } | Self::Propose(_))
    }

    /// How fresh the snapshot has to be.
    pub(super) const fn freshness(self) -> Freshness {
        match self {
            Self::Show { freshness, .. } => freshness,
            Self::Propose(Refresh::IfOld) => Freshness::Usual,
            Self::Plan | Self::Propose(Refresh::Now | Refresh::Reload) => Freshness::Now,
        }
    }

    /// Whether a snapshot will do that was last loaded in full at `loaded_at`; `None` when the concert itself was changed
    /// since. Proposals do not depend on the concert itself, so they do not wait for a load.
    pub(super) fn accepts_load(
        self,
        loaded_at: Option<Timestamp>,
        lifetime_micros: i64,
        came_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        match self {
            Self::Show { .. } => loaded_at.is_some_and(|at| {
                let lived = now.micros().saturating_sub(at.micros());
                (0..lifetime_micros).contains(&lived)
            }),
            Self::Propose(Refresh::Reload) => loaded_at.is_some_and(|at| at >= came_at),
            Self::Plan | Self::Propose(Refresh::IfOld | Refresh::Now) => true,
        }
    }
}
