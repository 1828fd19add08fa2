//! The queries of concerts: lists, details, availability and seats.

use std::collections::BTreeMap;

use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertPosition, ConcertStatus, ConcertView, CountChange, SectionCode, TicketClaim,
    TicketNumber, TicketStatus,
};
use boxoffice_domain::shared::{BookingId, ConcertId, PageLimit, StoreError, Timestamp};
use boxoffice_domain::text::{fold, search_terms};

use super::{BoxFuture, Fixture, INSTANT, read_all_pages};
use crate::builders::{BookingBuilder, ConcertBuilder};
use crate::clock::FixedClock;

const NOW: Timestamp = FixedClock::START;

async fn found(fixture: &Fixture, filter: &ConcertFilter) -> Vec<String> {
    let order = ConcertOrder::Name;
    let page = fixture.ports.concerts.list(filter, order, None, PageLimit::DEFAULT, NOW).await.unwrap();
    assert_eq!(page.next, None);
    page.items.into_iter().map(|summary| summary.concert.details.name).collect()
}

/// On sale or paused, and not started at the exact time; also before the sale begins and after it ended.
pub async fn the_public_sees_what_is_on_sale_and_not_over(fixture: &Fixture) {
    let build = |name: &str, status| ConcertBuilder::new(fixture.ids()).named(name).status(status);
    let after_now = Timestamp::from_micros(NOW.micros() + 1);
    for builder in [
        build("a on sale", ConcertStatus::OnSale).starts_at(after_now),
        build("b paused", ConcertStatus::Paused),
        build("c sale to come", ConcertStatus::OnSale).sale(NOW.plus_seconds(1), NOW.plus_seconds(2)),
        build("d sale is over", ConcertStatus::OnSale).sale(NOW.plus_seconds(-2), NOW.plus_seconds(-1)),
        build("draft", ConcertStatus::Draft),
        build("cancelled", ConcertStatus::Cancelled),
        build("begun", ConcertStatus::OnSale).starts_at(NOW),
    ] {
        fixture.given.add_concert(builder).await;
    }
    let listed = found(fixture, &ConcertFilter::default()).await;
    assert_eq!(listed, ["a on sale", "b paused", "c sale to come", "d sale is over"]);
}

/// All concerts of the user's organisers, in all statuses and also past ones, and none of others.
pub async fn members_see_all_of_their_own(fixture: &Fixture) {
    let ana = fixture.given.manager("ana").await.id;
    let ben = fixture.given.manager("ben").await.id;
    let organisers = [fixture.given.organiser(ana).await, fixture.given.organiser(ana).await];
    let build = |name: &str, status| ConcertBuilder::new(fixture.ids()).named(name).status(status);
    for builder in [
        build("a draft", ConcertStatus::Draft).organiser(organisers[0]),
        build("b cancelled", ConcertStatus::Cancelled).organiser(organisers[1]),
        build("c over", ConcertStatus::OnSale).organiser(organisers[1]).starts_at(NOW.plus_seconds(-99)),
        build("of others", ConcertStatus::OnSale),
    ] {
        fixture.given.add_concert(builder).await;
    }
    let of = |member| ConcertFilter { member: Some(member), ..ConcertFilter::default() };
    assert_eq!(found(fixture, &of(ana)).await, ["a draft", "b cancelled", "c over"]);
    assert_eq!(found(fixture, &of(ben)).await, [""; 0]);
    let narrowed = ConcertFilter { words: vec!["draft".to_owned()], ..of(ana) };
    assert_eq!(found(fixture, &narrowed).await, ["a draft"]);
}

/// Each word occurs in name, artist, venue or location, also as a part of a word. Accents, case, width and
/// punctuation do not matter, and `%` and `_` are no wildcards.
pub async fn words_are_searched_without_accents(fixture: &Fixture) {
    let build = |name: &str, artist: &str, venue: &str| {
        let builder = ConcertBuilder::new(fixture.ids()).named(name);
        builder.details(|details| {
            artist.clone_into(&mut details.artist);
            venue.clone_into(&mut details.venue);
            details.location = "São Paulo".to_owned();
            details.description = "nowhere to be searched".to_owned();
        })
    };
    fixture.given.add_concert(build("a Étoile du Nord", "Björk", "Zoë's 100% Bar")).await;
    fixture.given.add_concert(build("b ＡＣ／ＤＣ live", "東京 Stars", "snake_case club")).await;
    let both = ["a Étoile du Nord".to_owned(), "b ＡＣ／ＤＣ live".to_owned()];
    for (search, expected) in [
        ("etoile", &both[..1]),
        ("ÉTOILE bjork", &both[..1]),
        ("björ toil zoë", &both[..1]),
        ("ac/dc", &both[1..]),
        ("acdc", &both[1..]),
        ("ac dc", &both[1..]),
        ("東京", &both[1..]),
        ("sao", &both[..]),
        ("paulo stars", &both[1..]),
        ("100%", &both[..1]),
        ("snakecase", &both[1..]),
        ("a", &both[..1]),
        ("%", &both[..0]),
        ("_", &both[..0]),
        ("etoile stars", &both[..0]),
        ("nowhere", &both[..0]),
        ("'\\\"", &both[..0]),
    ] {
        let filter = ConcertFilter { words: search_terms(search), ..ConcertFilter::default() };
        assert_eq!(found(fixture, &filter).await, expected, "{search}");
    }
}

/// By artist, by location, from a time on, and before a time.
pub async fn artist_place_and_time_narrow_the_list(fixture: &Fixture) {
    let build = |name: &str, artist: &str, location: &str, second| {
        let builder = ConcertBuilder::new(fixture.ids()).named(name).starts_at(INSTANT.plus_seconds(second));
        builder.details(|details| {
            artist.clone_into(&mut details.artist);
            location.clone_into(&mut details.location);
        })
    };
    fixture.given.add_concert(build("a", "Köln Ensemble", "Jakarta", 10)).await;
    fixture.given.add_concert(build("b", "Jakarta Brass", "Köln", 20)).await;
    fixture.given.add_concert(build("c", "Jakarta Brass", "Jakarta", 30)).await;
    let all = ConcertFilter::default;
    let text = |text: &str| Some(fold(text));
    let at = |second| Some(INSTANT.plus_seconds(second));
    for (filter, expected) in [
        (ConcertFilter { artist: text("jakarta"), ..all() }, vec!["b", "c"]),
        (ConcertFilter { location: text("KÖLN"), ..all() }, vec!["b"]),
        (ConcertFilter { artist: text("brass"), location: text("jak"), ..all() }, vec!["c"]),
        (ConcertFilter { artist: text("br_ss"), ..all() }, vec![]),
        (ConcertFilter { from: at(20), ..all() }, vec!["b", "c"]),
        (ConcertFilter { to: at(20), ..all() }, vec!["a"]),
        (ConcertFilter { from: at(10), to: at(30), ..all() }, vec!["a", "b"]),
        (ConcertFilter { from: at(31), ..all() }, vec![]),
        (ConcertFilter { words: vec!["brass".to_owned()], from: at(30), ..all() }, vec!["c"]),
    ] {
        assert_eq!(found(fixture, &filter).await, expected, "{filter:?}");
    }
}

/// By start, by start descending and by name, with equal starts and equal names, with pages of any size.
pub async fn each_order_is_read_without_gaps_and_doubles(fixture: &Fixture) {
    let mut concerts: BTreeMap<ConcertId, (Timestamp, String)> = BTreeMap::new();
    for index in 0..9 {
        let starts_at = INSTANT.plus_seconds(index / 4);
        let name = format!("name {}", index % 3);
        let builder = ConcertBuilder::new(fixture.ids()).named(&name).starts_at(starts_at);
        concerts.insert(fixture.given.add_concert(builder).await.concert.id, (starts_at, name));
    }
    let filter = &ConcertFilter::default();
    for order in [ConcertOrder::StartsAt, ConcertOrder::StartsAtDescending, ConcertOrder::Name] {
        for size in [1, 2, 4, 9, 10] {
            let limit = PageLimit::new(size).unwrap();
            let read = read_all_pages(async |after: Option<ConcertPosition>| {
                fixture.ports.concerts.list(filter, order, after, limit, NOW).await
            });
            let read: Vec<ConcertId> = read.await.iter().map(|summary| summary.concert.id).collect();
            let mut once = read.clone();
            once.sort_unstable();
            assert_eq!(once, concerts.keys().copied().collect::<Vec<_>>(), "{order:?} in pages of {size}");
            let in_order = read.is_sorted_by(|one, other| {
                let ((one_at, one_name), (other_at, other_name)) = (&concerts[one], &concerts[other]);
                match order {
                    ConcertOrder::StartsAt => one_at <= other_at,
                    ConcertOrder::StartsAtDescending => one_at >= other_at,
                    ConcertOrder::Name => one_name <= other_name,
                }
            });
            assert!(in_order, "{order:?} in pages of {size}");
        }
    }
}

/// The lowest price of any section, in the standard category.
pub async fn the_lowest_price_is_shown(fixture: &Fixture) {
    let builder = ConcertBuilder::new(fixture.ids()).seated("A", 1, 1, 900).standing("GA", 1, 500).category("child", 0);
    let view = fixture.given.add_concert(builder.standing("GB", 1, 700)).await;
    let filter = ConcertFilter::default();
    let page =
        fixture.ports.concerts.list(&filter, ConcertOrder::default(), None, PageLimit::DEFAULT, NOW).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!((&page.items[0].concert, page.items[0].price_from), (&view.concert, Some(500)));
}

async fn hall_in_use(fixture: &Fixture) -> ConcertView {
    let builder = ConcertBuilder::new(fixture.ids()).seated("A", 2, 3, 100).standing("GA", 4, 50).seated("B", 1, 2, 10);
    let view = fixture.given.add_concert(builder).await;
    fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([2, 7]).build()).await;
    fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([3, 12]).build()).await;
    fixture.given.blocked(&view, &[8, 10]).await;
    view
}

/// Available, held, sold and blocked tickets of each section, by position, and the concert's own counter.
pub async fn availability_tells_every_counter(fixture: &Fixture) {
    let view = hall_in_use(fixture).await;
    let availability = fixture.ports.concerts.availability(view.concert.id).await.unwrap().unwrap();
    let rows = availability.sections.iter();
    let counters: Vec<_> = rows.map(|row| (row.available, row.held, row.sold, row.blocked)).collect();
    assert_eq!(counters, [(4, 1, 1, 0), (1, 1, 0, 2), (1, 0, 1, 0)]);
    let sections: Vec<_> = availability.sections.iter().map(|row| &row.section).collect();
    assert_eq!(sections, view.plan.sections().iter().collect::<Vec<_>>());
    assert_eq!((availability.concert.available, availability.concert.total), (6, 12));
    assert_eq!(availability.concert.version, 5);
    let unknown = ConcertId::generate(fixture.ids());
    assert_eq!(fixture.ports.concerts.availability(unknown).await.unwrap(), None);
}

/// The whole concert or one section, by number. Empty for a section that does not exist.
pub async fn seats_are_shown_by_number(fixture: &Fixture) {
    let view = hall_in_use(fixture).await;
    let whole = fixture.ports.concerts.seats(view.concert.id, None).await.unwrap().unwrap();
    let letters = |states: &[TicketStatus]| states.iter().map(|state| state.letter()).collect::<String>();
    assert_eq!(letters(&whole.states), "ahsaaahbabas");
    assert_eq!((whole.first, whole.concert.version), (TicketNumber::new(1), 5));
    assert_eq!(whole.plan, view.plan);
    for (code, first, expected) in [("A", 1, "ahsaaa"), ("GA", 7, "hbab"), ("B", 11, "as")] {
        let code = SectionCode::parse(code).unwrap();
        let some = fixture.ports.concerts.seats(view.concert.id, Some(code)).await.unwrap().unwrap();
        assert_eq!((letters(&some.states).as_str(), some.first), (expected, TicketNumber::new(first)));
        assert_eq!(some.plan, view.plan);
    }
    let nowhere = SectionCode::parse("C").unwrap();
    let none = fixture.ports.concerts.seats(view.concert.id, Some(nowhere)).await.unwrap().unwrap();
    assert_eq!(none.states, []);
    assert_eq!(fixture.ports.concerts.seats(ConcertId::generate(fixture.ids()), None).await.unwrap(), None);
}

/// Sells twenty tickets of section A one after another, each with its counters, in a unit of its own.
fn selling(fixture: &Fixture, view: &ConcertView) -> BoxFuture<'static, ()> {
    let (store, concert) = (fixture.ports.store.clone(), view.concert.id);
    let bookings: Vec<BookingId> = (0..20).map(|_| BookingId::generate(fixture.ids())).collect();
    Box::pin(async move {
        for (number, booking) in (1..).map(TicketNumber::new).zip(bookings) {
            let sale = async {
                let mut unit = store.begin().await?;
                unit.tickets().claim(concert, &[TicketClaim { number, booking, sold: true }]).await?;
                let change = CountChange { position: 1, available: -1, sold: 1, ..CountChange::default() };
                unit.sections().change_counts(concert, &[change]).await?;
                unit.concerts().advance(concert, -1).await?;
                unit.commit().await
            };
            let sold: Result<(), StoreError> = sale.await;
            sold.unwrap();
        }
    })
}

/// While tickets are sold, the sections' counters always sum to the concert's counter, which fits its version.
pub async fn availability_is_one_snapshot(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let mut work = vec![selling(fixture, &view)];
    for _ in 0..3 {
        let (concerts, id) = (fixture.ports.concerts.clone(), view.concert.id);
        work.push(Box::pin(async move {
            for _ in 0..30 {
                let read = concerts.availability(id).await.unwrap().unwrap();
                let available: u32 = read.sections.iter().map(|row| row.available).sum();
                let sold: u64 = read.sections.iter().map(|row| u64::from(row.sold)).sum();
                assert_eq!((read.concert.available, read.concert.version), (available, sold + 1));
            }
        }));
    }
    fixture.together(work).await;
}

/// While tickets are sold, the number of available seats always equals the concert's counter.
pub async fn seats_are_one_snapshot(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let mut work = vec![selling(fixture, &view)];
    for _ in 0..3 {
        let (concerts, id) = (fixture.ports.concerts.clone(), view.concert.id);
        work.push(Box::pin(async move {
            for _ in 0..30 {
                let read = concerts.seats(id, None).await.unwrap().unwrap();
                let free = read.states.iter().filter(|state| **state == TicketStatus::Available).count();
                assert_eq!(u32::try_from(free).unwrap(), read.concert.available);
                assert_eq!(read.concert.version, u64::from(100 - read.concert.available) + 1);
            }
        }));
    }
    fixture.together(work).await;
}
