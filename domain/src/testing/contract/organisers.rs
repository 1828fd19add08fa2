//! Organisers and their members.

use crate::concerts::{MemberRole, Organiser};
use crate::shared::{ConcertId, OrganiserId};
use crate::testing::{ConcertBuilder, FixedClock};

use super::{Ground, INSTANT};

/// The owner is a member, nobody else is.
pub async fn a_member_is_known_inside_and_outside_of_units(ground: &Ground) {
    let ana = ground.given.user("ana").await.id;
    let ben = ground.given.user("ben").await.id;
    let organiser = ground.given.organiser(ana).await;
    let concert = ground.given.add_concert(ConcertBuilder::new(ground.ids()).organiser(organiser)).await.concert.id;
    let mut unit = ground.unit().await;
    assert_eq!(unit.organisers().of_user(ana).await.unwrap(), [(organiser, MemberRole::Owner)]);
    assert_eq!(unit.organisers().of_user(ben).await.unwrap(), []);
    unit.rollback().await.unwrap();
    let queries = &ground.ports.organisers;
    assert_eq!(queries.role_in(ana, organiser).await.unwrap(), Some(MemberRole::Owner));
    assert_eq!(queries.role_in(ben, organiser).await.unwrap(), None);
    assert_eq!(queries.role_in(ana, OrganiserId::generate(ground.ids())).await.unwrap(), None);
    assert_eq!(queries.role_at(ana, concert).await.unwrap(), Some(MemberRole::Owner));
    assert_eq!(queries.role_at(ben, concert).await.unwrap(), None);
    assert_eq!(queries.role_at(ana, ConcertId::generate(ground.ids())).await.unwrap(), None);
}

/// In the order in which the user joined them, whatever their ids.
pub async fn organisers_come_oldest_membership_first(ground: &Ground) {
    let ana = ground.given.user("ana").await.id;
    let mut expected = Vec::new();
    for created_at in [INSTANT, FixedClock::START] {
        let id = OrganiserId::generate(ground.ids());
        let organiser = Organiser { id, name: "Müller & Söhne 🎪".to_owned(), created_at };
        let mut unit = ground.unit().await;
        unit.organisers().add(&organiser, ana).await.unwrap();
        unit.commit().await.unwrap();
        expected.insert(0, (id, MemberRole::Owner));
    }
    let mut unit = ground.unit().await;
    assert_eq!(unit.organisers().of_user(ana).await.unwrap(), expected);
    unit.rollback().await.unwrap();
}
