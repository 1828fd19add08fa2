//! Who may see and change the bookings and payments of a concert.

use crate::shared::{Actor, ConcertId, StoreError, UserId};

use super::denied::Denied;
use super::{ConcertQueries, MemberRole, OrganiserQueries};

/// What an actor may do with a booking, or with its payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SaleAccess {
    /// A member of the concert's organiser who manages bookings, an admin, or the system.
    Manager,
    /// The customer.
    Owner,
    /// A member of the organiser who reads bookings but does not manage them.
    Reader,
    /// Any other actor. The booking and its payments are hidden from them.
    Stranger,
}

impl SaleAccess {
    /// The access of `actor` to what `customer` bought of `concert`; of several answers, the one that allows the most.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub(crate) async fn of(
        actor: &Actor,
        customer: Option<UserId>,
        concert: ConcertId,
        organisers: &dyn OrganiserQueries,
    ) -> Result<Self, StoreError> {
        let role = match actor.user_id() {
            Some(user) if !actor.is_admin() => organisers.role_at(user, concert).await?,
            _ => None,
        };
        Ok(Self::with_role(actor, customer, role))
    }

    /// The access of an actor with this role at the concert's organiser.
    pub(crate) fn with_role(actor: &Actor, customer: Option<UserId>, role: Option<MemberRole>) -> Self {
        let is_customer = customer.is_some() && actor.user_id() == customer;
        if *actor == Actor::System || actor.is_admin() || role.is_some_and(MemberRole::manages_bookings) {
            Self::Manager
        } else if is_customer {
            Self::Owner
        } else if role.is_some_and(MemberRole::reads_bookings) {
            Self::Reader
        } else {
            Self::Stranger
        }
    }
}

/// Checks that `actor` may read everything that was sold of a concert: a member of its organiser who reads bookings, or
/// an admin. A concert that is not shown to the actor is not found.
///
/// # Errors
/// [`Denied`].
pub(crate) async fn check_reads_sales(
    actor: &Actor,
    concert: ConcertId,
    organisers: &dyn OrganiserQueries,
    concerts: &dyn ConcertQueries,
) -> Result<(), Denied> {
    let user = actor.user_id().ok_or(Denied::LoginRequired)?;
    if actor.is_admin() {
        return Ok(());
    }
    match organisers.role_at(user, concert).await? {
        Some(role) if role.reads_bookings() => Ok(()),
        Some(_) => Err(Denied::Forbidden),
        None => match concerts.get(concert).await? {
            Some(view) if view.concert.is_public() => Err(Denied::Forbidden),
            _ => Err(Denied::NotFound),
        },
    }
}
