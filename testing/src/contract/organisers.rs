//! Organisers and their members.

use boxoffice_domain::concerts::{ConcertFilter, ConcertOrder, MemberRole, Organiser};
use boxoffice_domain::shared::{ConcertId, OrganiserId, PageLimit, Role};
use boxoffice_domain::users::{User, UserStatus};

use super::{Fixture, INSTANT};
use crate::builders::ConcertBuilder;
use crate::clock::FixedClock;

/// Only the owner is a member.
pub async fn a_member_is_known_inside_and_outside_of_units(fixture: &Fixture) {
    let ana = fixture.given.manager("ana").await.id;
    let ben = fixture.given.manager("ben").await.id;
    let organiser = fixture.given.organiser(ana).await;
    let concert = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).organiser(organiser)).await.concert.id;
    let mut unit = fixture.unit().await;
    assert_eq!(unit.organisers().of_user(ana).await.unwrap(), [(organiser, MemberRole::Owner)]);
    assert_eq!(unit.organisers().of_user(ben).await.unwrap(), []);
    unit.rollback().await.unwrap();
    let queries = &fixture.ports.organisers;
    assert_eq!(queries.role_in(ana, organiser).await.unwrap(), Some(MemberRole::Owner));
    assert_eq!(queries.role_in(ben, organiser).await.unwrap(), None);
    assert_eq!(queries.role_in(ana, OrganiserId::generate(fixture.ids())).await.unwrap(), None);
    assert_eq!(queries.role_at(ana, concert).await.unwrap(), Some(MemberRole::Owner));
    assert_eq!(queries.role_at(ben, concert).await.unwrap(), None);
    assert_eq!(queries.role_at(ana, ConcertId::generate(fixture.ids())).await.unwrap(), None);
}

/// Memberships count while the account is active and its role is manager or above. A user who loses that is no member,
/// inside and outside of units and in the list of their own concerts, and is a member again after getting it back.
pub async fn memberships_count_for_active_managers_only(fixture: &Fixture) {
    let ana = fixture.given.manager("ana").await;
    let organiser = fixture.given.organiser(ana.id).await;
    let concert = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).organiser(organiser)).await.concert.id;
    let states = [
        (Role::User, UserStatus::Active, false),
        (Role::Manager, UserStatus::Suspended, false),
        (Role::Admin, UserStatus::Suspended, false),
        (Role::Manager, UserStatus::Erased, false),
        (Role::Admin, UserStatus::Active, true),
        (Role::Manager, UserStatus::Active, true),
    ];
    for (version, (role, status, counts)) in (2..).zip(states) {
        let mut unit = fixture.unit().await;
        unit.users().save(&User { role, status, version, ..ana.clone() }).await.unwrap();
        unit.commit().await.unwrap();

        let expected = counts.then_some(MemberRole::Owner);
        let mut unit = fixture.unit().await;
        let memberships = unit.organisers().of_user(ana.id).await.unwrap();
        unit.rollback().await.unwrap();
        assert_eq!(memberships.first().map(|(_, role)| *role), expected, "{role:?} {status:?}");
        let queries = &fixture.ports.organisers;
        assert_eq!(queries.role_in(ana.id, organiser).await.unwrap(), expected, "{role:?} {status:?}");
        assert_eq!(queries.role_at(ana.id, concert).await.unwrap(), expected, "{role:?} {status:?}");
        let own = ConcertFilter { member: Some(ana.id), ..ConcertFilter::default() };
        let listed = fixture.ports.concerts.list(&own, ConcertOrder::StartsAt, None, PageLimit::DEFAULT, INSTANT).await;
        assert_eq!(!listed.unwrap().items.is_empty(), counts, "{role:?} {status:?}");
    }
}

/// In the order in which the user joined them, independent of their ids.
pub async fn organisers_come_oldest_membership_first(fixture: &Fixture) {
    let ana = fixture.given.manager("ana").await.id;
    let mut expected = Vec::new();
    for created_at in [INSTANT, FixedClock::START] {
        let id = OrganiserId::generate(fixture.ids());
        let organiser = Organiser { id, name: "Müller & Söhne 🎪".to_owned(), created_at };
        let mut unit = fixture.unit().await;
        unit.organisers().add(&organiser, ana).await.unwrap();
        unit.commit().await.unwrap();
        expected.insert(0, (id, MemberRole::Owner));
    }
    let mut unit = fixture.unit().await;
    assert_eq!(unit.organisers().of_user(ana).await.unwrap(), expected);
    unit.rollback().await.unwrap();
}
