//! Finds the users of a batch who may book at prices for members of the organiser.

use std::collections::HashSet;

use crate::concerts::{Audience, OrganiserQueries, STANDARD_CATEGORY, SeatPlan};
use crate::shared::{ConcertId, StoreError, UserId};

use super::PlaceRequest;

/// The users who request a members-only price and are members. Admins count as members. Requests at other prices cost
/// no query.
pub(crate) async fn members_among(
    requests: &[PlaceRequest],
    concert: ConcertId,
    plan: &SeatPlan,
    organisers: &dyn OrganiserQueries,
) -> Result<HashSet<UserId>, StoreError> {
    let mut members = HashSet::new();
    for request in requests.iter().filter(|request| names_a_price_for_members(request, plan)) {
        let Some(user) = request.actor.user_id() else { continue };
        if request.actor.is_admin() || organisers.role_at(user, concert).await?.is_some() {
            members.insert(user);
        }
    }
    Ok(members)
}

fn names_a_price_for_members(request: &PlaceRequest, plan: &SeatPlan) -> bool {
    let category = request.command.category.as_str();
    let mut prices = plan.sections().iter().flat_map(|section| &section.prices);
    category != STANDARD_CATEGORY && prices.any(|price| price.code == category && price.audience == Audience::Members)
}
