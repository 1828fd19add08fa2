use std::sync::Arc;

use boxoffice_domain::concerts::{
    Availability, Catalogue, ConcertFilter, ConcertOrder, ConcertPosition, ConcertSearch, ConcertStatus,
    ListConcertsError, MemberRole, MockConcertQueries, MockOrganiserQueries, ReadConcertError, ReadSeatsError,
    SeatStates, TicketNumber, TicketStatus,
};
use boxoffice_domain::shared::{Actor, Page, PageLimit, Role, StoreError};
use boxoffice_testing::FixedClock;

use crate::concerts::fixtures::{
    NOW, STATUSES, actor, concert, failure, fault_codes, in_days, no_concert, organiser_id, user_id,
};

fn catalogue(concerts: MockConcertQueries, organisers: MockOrganiserQueries) -> Catalogue {
    Catalogue::new(Arc::new(concerts), Arc::new(organisers), Arc::new(FixedClock::default()))
}

/// Returns this role for members of organiser 7.
fn membership(role: Option<MemberRole>) -> MockOrganiserQueries {
    let mut organisers = MockOrganiserQueries::new();
    organisers
        .expect_role_in()
        .withf(|user, organiser| (*user, *organiser) == (user_id(1), organiser_id(7)))
        .returning(move |_, _| Ok(role));
    organisers
}

fn no_organiser_queries() -> MockOrganiserQueries {
    MockOrganiserQueries::new()
}

/// All queries return this concert.
fn finding(status: ConcertStatus) -> MockConcertQueries {
    let view = concert(status);
    let mut queries = MockConcertQueries::new();
    let availability = Availability { concert: view.concert.clone(), sections: Vec::new() };
    let seats = SeatStates {
        concert: view.concert.clone(),
        plan: view.plan.clone(),
        first: TicketNumber::new(1),
        states: vec![TicketStatus::Available; 10],
    };
    queries.expect_get().returning(move |_| Ok(Some(view.clone())));
    queries.expect_availability().returning(move |_| Ok(Some(availability.clone())));
    queries.expect_seats().returning(move |_, _| Ok(Some(seats.clone())));
    queries
}

/// The result of all queries for a concert, which must agree.
async fn sees(actor: &Actor, status: ConcertStatus, role: Option<MemberRole>) -> bool {
    let catalogue = catalogue(finding(status), membership(role));
    let id = concert(status).concert.id;
    let concert = match catalogue.get(actor, id).await {
        Ok(_) => true,
        Err(ReadConcertError::NotFound) => false,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(catalogue.availability(actor, id).await.is_ok(), concert);
    assert_eq!(catalogue.seats(actor, id, None).await.is_ok(), concert);
    assert_eq!(matches!(catalogue.seats(actor, id, Some("X")).await, Err(ReadSeatsError::NotFound)), !concert);
    concert
}

#[tokio::test]
async fn a_draft_is_visible_to_members_and_admins_only() {
    let fan = actor(Role::User);
    for role in [MemberRole::Owner, MemberRole::Manager, MemberRole::BoxOffice, MemberRole::Scanner, MemberRole::Viewer]
    {
        assert!(sees(&fan, ConcertStatus::Draft, Some(role)).await);
    }
    assert!(!sees(&fan, ConcertStatus::Draft, None).await);
    assert!(!sees(&actor(Role::Manager), ConcertStatus::Draft, None).await);
    assert!(!sees(&Actor::Anonymous, ConcertStatus::Draft, None).await);
    assert!(sees(&actor(Role::Admin), ConcertStatus::Draft, None).await);
    assert!(sees(&Actor::System, ConcertStatus::Draft, None).await);
}

#[tokio::test]
async fn a_published_concert_is_visible_to_all_actors() {
    for status in STATUSES.into_iter().filter(|status| *status != ConcertStatus::Draft) {
        assert!(sees(&Actor::Anonymous, status, None).await);
        assert!(sees(&actor(Role::User), status, None).await);
    }
}

#[tokio::test]
async fn a_concert_that_does_not_exist_is_not_found() {
    let mut queries = MockConcertQueries::new();
    queries.expect_get().returning(|_| Ok(None));
    queries.expect_availability().returning(|_| Ok(None));
    queries.expect_seats().returning(|_, _| Ok(None));
    let catalogue = catalogue(queries, no_organiser_queries());
    let (anonymous, id) = (Actor::Anonymous, no_concert());
    assert!(matches!(catalogue.get(&anonymous, id).await, Err(ReadConcertError::NotFound)));
    assert!(matches!(catalogue.availability(&anonymous, id).await, Err(ReadConcertError::NotFound)));
    assert!(matches!(catalogue.seats(&anonymous, id, Some("A")).await, Err(ReadSeatsError::NotFound)));
}

#[tokio::test]
async fn the_seats_of_a_section_are_read_by_its_code() {
    let view = concert(ConcertStatus::OnSale);
    let mut queries = MockConcertQueries::new();
    let seats = SeatStates { concert: view.concert, plan: view.plan, first: TicketNumber::new(7), states: vec![] };
    let answer = seats.clone();
    queries
        .expect_seats()
        .withf(|_, section| section.as_ref().is_some_and(|code| code.as_str() == "GA"))
        .returning(move |_, _| Ok(Some(answer.clone())));
    let found = catalogue(queries, no_organiser_queries()).seats(&Actor::Anonymous, seats.concert.id, Some("GA")).await;
    assert_eq!(found.unwrap(), seats);
}

#[tokio::test]
async fn an_unknown_section_is_a_fault() {
    for code in ["X", "a", "", "A\0", "LONGER-THAN-EIGHT"] {
        let catalogue = catalogue(finding(ConcertStatus::OnSale), no_organiser_queries());
        match catalogue.seats(&Actor::Anonymous, no_concert(), Some(code)).await {
            Err(ReadSeatsError::Invalid(faults)) => assert_eq!(fault_codes(&faults), ["/section unknown_section"]),
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_store_is_returned() {
    let mut queries = MockConcertQueries::new();
    queries.expect_get().returning(|_| Err(failure()));
    queries.expect_availability().returning(|_| Err(failure()));
    queries.expect_seats().returning(|_, _| Err(failure()));
    queries.expect_list().returning(|_, _, _, _, _| Err(failure()));
    let failing = catalogue(queries, no_organiser_queries());
    let (anonymous, id) = (Actor::Anonymous, no_concert());
    assert!(matches!(failing.get(&anonymous, id).await, Err(ReadConcertError::Store(StoreError::Busy))));
    assert!(matches!(failing.availability(&anonymous, id).await, Err(ReadConcertError::Store(StoreError::Busy))));
    assert!(matches!(failing.seats(&anonymous, id, None).await, Err(ReadSeatsError::Store(StoreError::Busy))));
    let listed = failing.list(&anonymous, ConcertSearch::default(), None, PageLimit::DEFAULT).await;
    assert!(matches!(listed, Err(ListConcertsError::Store(StoreError::Busy))));
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_in().returning(|_, _| Err(failure()));
    let failing = catalogue(finding(ConcertStatus::Draft), organisers);
    let fan = actor(Role::User);
    assert!(matches!(failing.get(&fan, id).await, Err(ReadConcertError::Store(StoreError::Busy))));
}

/// Lists with this search, and returns the filter that reached the store.
async fn filter_of(actor: &Actor, search: ConcertSearch) -> Result<ConcertFilter, ListConcertsError> {
    let seen = Arc::new(std::sync::Mutex::new(None));
    let (keep, order) = (Arc::clone(&seen), search.order);
    let mut queries = MockConcertQueries::new();
    queries
        .expect_list()
        .withf(move |_, asked, after, limit, now| {
            *asked == order
                && *after == Some(ConcertPosition::StartsAt(NOW, no_concert()))
                && (limit.items(), *now) == (7, NOW)
        })
        .returning(move |filter, _, _, _, _| {
            *keep.lock().unwrap() = Some(filter.clone());
            Ok(Page { items: Vec::new(), next: None })
        });
    let after = Some(ConcertPosition::StartsAt(NOW, no_concert()));
    catalogue(queries, no_organiser_queries()).list(actor, search, after, PageLimit::new(7).unwrap()).await?;
    Ok(seen.lock().unwrap().take().unwrap())
}

fn searching(text: &str) -> ConcertSearch {
    ConcertSearch { search: Some(text.to_owned()), ..ConcertSearch::default() }
}

async fn faults_of(search: ConcertSearch) -> Vec<String> {
    match filter_of(&Actor::Anonymous, search).await {
        Err(ListConcertsError::Invalid(faults)) => fault_codes(&faults),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn searches_are_folded_as_concerts_are() {
    let search = ConcertSearch {
        search: Some("  BJÖRK in  Reykjavík björk ".to_owned()),
        artist: Some(" Sigur  Rós".to_owned()),
        location: Some("   ".to_owned()),
        from: Some(NOW),
        to: Some(in_days(1)),
        order: ConcertOrder::Name,
        mine: false,
    };
    let filter = filter_of(&Actor::Anonymous, search).await.unwrap();
    assert_eq!(
        filter,
        ConcertFilter {
            words: ["reykjavik", "bjork", "in"].map(str::to_owned).to_vec(),
            artist: Some("sigur ros".to_owned()),
            location: None,
            from: Some(NOW),
            to: Some(in_days(1)),
            member: None,
        }
    );
}

#[tokio::test]
async fn single_letters_can_be_searched() {
    assert_eq!(filter_of(&Actor::Anonymous, searching("Guns N’ Roses")).await.unwrap().words, ["roses", "guns", "n"]);
    assert_eq!(filter_of(&Actor::Anonymous, searching("M")).await.unwrap().words, [" m "]);
    assert_eq!(filter_of(&Actor::Anonymous, searching(" ")).await.unwrap().words, [""; 0]);
}

#[tokio::test]
async fn searches_have_bounds() {
    let many = filter_of(&Actor::Anonymous, searching("one two three four five six seven")).await.unwrap();
    assert_eq!(many.words, ["three", "seven", "four", "five", "one"]);
    assert!(filter_of(&Actor::Anonymous, searching(&"x".repeat(64))).await.is_ok());
    assert_eq!(faults_of(searching(&"x".repeat(65))).await, ["/search too_long"]);
    for unseen in ["\u{200b}", "\0", "\u{fffd}"] {
        let texts = ConcertSearch { artist: Some(unseen.to_owned()), ..searching(unseen) };
        assert_eq!(faults_of(texts).await, ["/search characters", "/artist characters"], "{unseen:?}");
    }
    assert!(filter_of(&Actor::Anonymous, searching(" ")).await.is_ok());
    let long = Some("x".repeat(65));
    let backwards = ConcertSearch {
        artist: long.clone(),
        location: long,
        from: Some(NOW),
        to: Some(NOW),
        ..ConcertSearch::default()
    };
    assert_eq!(faults_of(backwards).await, ["/artist too_long", "/location too_long", "/to too_early"]);
}

#[tokio::test]
async fn the_actor_s_own_concerts_are_those_of_their_organisers() {
    let mine = || ConcertSearch { mine: true, ..ConcertSearch::default() };
    for role in [Role::User, Role::Admin] {
        assert_eq!(filter_of(&actor(role), mine()).await.unwrap().member, Some(user_id(1)));
    }
    assert_eq!(filter_of(&actor(Role::User), ConcertSearch::default()).await.unwrap().member, None);
    assert!(matches!(filter_of(&Actor::Anonymous, mine()).await, Err(ListConcertsError::LoginRequired)));
}
