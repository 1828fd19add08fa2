//! Organisers and their members.

use async_trait::async_trait;
use boxoffice_domain::concerts::{MemberRole, Organiser, OrganiserQueries, OrganiserRepository};
use boxoffice_domain::shared::{ConcertId, OrganiserId, Role, StoreError, UserId};

use super::state::{Member, State};
use super::unit::MemoryUnit;
use super::{InMemoryStore, refused};

/// Whether a user's memberships count: the user is active and may put concerts on sale.
pub(super) fn acts_for_organisers(state: &State, user: UserId) -> bool {
    state.users.get(&user).is_some_and(|user| user.is_active() && user.role >= Role::Manager)
}

#[async_trait]
impl OrganiserRepository for MemoryUnit {
    async fn add(&mut self, organiser: &Organiser, owner: UserId) -> Result<(), StoreError> {
        if !self.state.organisers.insert(organiser.id, organiser.clone()) {
            return Err(refused("an organiser has this id"));
        }
        let member = Member { role: MemberRole::Owner, since: organiser.created_at };
        if !self.state.members.insert((organiser.id, owner), member) {
            return Err(refused("this user is a member already"));
        }
        Ok(())
    }

    async fn exists(&mut self, id: OrganiserId) -> Result<bool, StoreError> {
        Ok(self.state.organisers.get(&id).is_some())
    }

    async fn of_user(&mut self, user: UserId) -> Result<Vec<(OrganiserId, MemberRole)>, StoreError> {
        if !acts_for_organisers(&self.state, user) {
            return Ok(Vec::new());
        }
        let mut own: Vec<_> = self.state.members.iter().filter(|((_, member), _)| *member == user).collect();
        own.sort_by_key(|((organiser, _), member)| (member.since, *organiser));
        Ok(own.into_iter().map(|((organiser, _), member)| (*organiser, member.role)).collect())
    }
}

#[async_trait]
impl OrganiserQueries for InMemoryStore {
    async fn role_in(&self, user: UserId, organiser: OrganiserId) -> Result<Option<MemberRole>, StoreError> {
        let state = self.snapshot();
        let member = state.members.get(&(organiser, user)).filter(|_| acts_for_organisers(&state, user));
        Ok(member.map(|member| member.role))
    }

    async fn role_at(&self, user: UserId, concert: ConcertId) -> Result<Option<MemberRole>, StoreError> {
        let state = self.snapshot();
        let organiser = state.concerts.get(&concert).map(|concert| concert.organiser);
        let member = organiser.and_then(|organiser| state.members.get(&(organiser, user)));
        Ok(member.filter(|_| acts_for_organisers(&state, user)).map(|member| member.role))
    }
}
