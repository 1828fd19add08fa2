//! Bookings: versions, lists, and overdue bookings.

use boxoffice_domain::bookings::{
    Booking, BookingFilter, BookingFilterRequest, BookingPosition, BookingReference, BookingStatus, CancelReason,
    NamedBooking, StatusAt,
};
use boxoffice_domain::concerts::{ConcertStatus, ConcertView};
use boxoffice_domain::shared::{BookingId, ConcertId, Money, PageLimit, PaymentId, StoreError, Timestamp, UserId};

use super::{Fixture, INSTANT, read_all_pages};
use crate::builders::{BookingBuilder, ConcertBuilder};
use crate::clock::FixedClock;

async fn add(fixture: &Fixture, bookings: &[Booking]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.bookings().add(bookings).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn save(fixture: &Fixture, bookings: &[Booking]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.bookings().save(bookings).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn stored(fixture: &Fixture, id: BookingId) -> Booking {
    fixture.ports.bookings.get(id).await.unwrap().unwrap()
}

fn booking(fixture: &Fixture, view: &ConcertView, ticket: u32) -> Booking {
    BookingBuilder::new(fixture.ids(), view).tickets([ticket]).build()
}

fn ids(bookings: &[Booking]) -> Vec<BookingId> {
    bookings.iter().map(|booking| booking.id).collect()
}

/// All fields are stored, with the tickets by number: the largest amount, a customer with emoji, quotes and backslashes, and no customer.
pub async fn a_booking_comes_back_as_written(fixture: &Fixture) {
    let builder = ConcertBuilder::new(fixture.ids()).currency("JPY").standing("GA", 3, Money::MAX_MINOR);
    let view = fixture.given.add_concert(builder.seated("A", 3, 4, 0).category("child", 700)).await;
    let user = fixture.given.user("ana").await.id;
    let full =
        BookingBuilder::new(fixture.ids(), &view).user(user).customer(r"Zoë 🎫 O'Neill \'; -- \", "zoë@example.com");
    let full = full.created_at(INSTANT).expires_at(INSTANT.plus_seconds(1)).tickets([9, 2, 15, 8]).build();
    let mut confirmed = BookingBuilder::new(fixture.ids(), &view).category("child").tickets([4]).build();
    confirmed.status = BookingStatus::Confirmed;
    confirmed.payment = Some(PaymentId::generate(fixture.ids()));
    let cancelled = BookingBuilder::new(fixture.ids(), &view).tickets([4]).status(BookingStatus::Cancelled).build();
    let mut all = vec![full, confirmed, cancelled];
    assert_eq!(all[0].total.minor(), Money::MAX_MINOR);
    add(fixture, &all).await.unwrap();
    for booking in &all {
        assert_eq!(&stored(fixture, booking.id).await, booking);
    }
    let unknown = BookingId::generate(fixture.ids());
    assert_eq!(fixture.ports.bookings.get(unknown).await.unwrap(), None);
    let mut unit = fixture.unit().await;
    let wanted = [all[2].id, unknown, all[0].id, all[1].id];
    let mut read = unit.bookings().get(&wanted).await.unwrap();
    assert_eq!(unit.bookings().get(&[unknown]).await.unwrap(), []);
    assert_eq!(unit.bookings().get(&[]).await.unwrap(), []);
    unit.rollback().await.unwrap();
    read.sort_by_key(|booking| booking.id);
    all.sort_by_key(|booking| booking.id);
    assert_eq!(read, all);
}

/// A batch of the largest size, two tickets each.
pub async fn hundreds_are_added_at_once(fixture: &Fixture) {
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).standing("GA", 512, 100)).await;
    let batch: Vec<Booking> = (0..256)
        .map(|index| BookingBuilder::new(fixture.ids(), &view).tickets([2 * index + 1, 2 * index + 2]).build())
        .collect();
    add(fixture, &batch).await.unwrap();
    let mut unit = fixture.unit().await;
    let mut read = unit.bookings().get(&ids(&batch)).await.unwrap();
    unit.rollback().await.unwrap();
    read.sort_by_key(|booking| booking.id);
    assert_eq!(read, batch);
    let saved: Vec<Booking> = batch
        .into_iter()
        .map(|booking| Booking { version: 2, expires_at: INSTANT, hold_extended: true, updated_at: INSTANT, ..booking })
        .collect();
    save(fixture, &saved).await.unwrap();
    let mut unit = fixture.unit().await;
    let mut read = unit.bookings().get(&ids(&saved)).await.unwrap();
    unit.rollback().await.unwrap();
    read.sort_by_key(|booking| booking.id);
    assert_eq!(read, saved);
    add(fixture, &[]).await.unwrap();
    save(fixture, &[]).await.unwrap();
}

/// A batch with a reference that is in use is refused as a whole.
pub async fn a_reference_is_given_once(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let first = booking(fixture, &view, 1);
    add(fixture, std::slice::from_ref(&first)).await.unwrap();
    let innocent = booking(fixture, &view, 2);
    let same = Booking { reference: first.reference.clone(), ..booking(fixture, &view, 3) };
    let outcome = add(fixture, &[innocent.clone(), same.clone()]).await;
    assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    for id in [innocent.id, same.id] {
        assert_eq!(fixture.ports.bookings.get(id).await.unwrap(), None);
    }
}

/// Status, reason, expiry and payment change, there and back. All other fields never change.
pub async fn a_save_writes_what_can_change(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let placed = [booking(fixture, &view, 1), booking(fixture, &view, 2)];
    add(fixture, &placed).await.unwrap();
    let paying = Booking {
        payment: Some(PaymentId::generate(fixture.ids())),
        expires_at: INSTANT,
        version: 2,
        updated_at: INSTANT,
        ..placed[0].clone()
    };
    let cancelled = Booking {
        status: BookingStatus::Cancelled,
        cancel_reason: Some(CancelReason::ConcertCancelled),
        version: 2,
        ..placed[1].clone()
    };
    save(fixture, &[paying.clone(), cancelled.clone()]).await.unwrap();
    assert_eq!(stored(fixture, paying.id).await, paying);
    assert_eq!(stored(fixture, cancelled.id).await, cancelled);
    let failed = Booking { payment: None, version: 3, ..paying };
    let other = &placed[1];
    let forged = Booking {
        concert: ConcertId::generate(fixture.ids()),
        reference: other.reference.clone(),
        tickets: other.tickets.clone(),
        created_at: INSTANT,
        ..failed.clone()
    };
    save(fixture, &[forged]).await.unwrap();
    assert_eq!(stored(fixture, failed.id).await, failed);
}

/// One stale version in a batch refuses the whole batch.
pub async fn a_save_over_another_version_changes_nothing(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let placed = [booking(fixture, &view, 1), booking(fixture, &view, 2)];
    add(fixture, &placed).await.unwrap();
    let next = |booking: &Booking| Booking { expires_at: INSTANT, version: 2, ..booking.clone() };
    for version in [1, 3] {
        let outcome = save(fixture, &[next(&placed[0]), Booking { version, ..next(&placed[1]) }]).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "version {version}: {outcome:?}");
    }
    let unknown = Booking { version: 2, ..booking(fixture, &view, 3) };
    assert!(matches!(save(fixture, &[unknown]).await, Err(StoreError::Contention)));
    for booking in placed {
        assert_eq!(stored(fixture, booking.id).await, booking);
    }
}

/// Bookings in one stored status, the oldest first, at most `limit`.
pub async fn bookings_of_a_concert_come_oldest_first(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let placed = |index: i64| FixedClock::START.plus_seconds(index / 2);
    let mut pending: Vec<Booking> = (0..5_u32)
        .map(|index| {
            BookingBuilder::new(fixture.ids(), &view).tickets([index + 1]).created_at(placed(index.into())).build()
        })
        .collect();
    let first = BookingBuilder::new(fixture.ids(), &view).tickets([9]).created_at(placed(-1)).build();
    pending.push(first);
    add(fixture, &pending).await.unwrap();
    pending.sort_by_key(|booking| (booking.created_at, booking.id));
    let cancelled =
        |view| BookingBuilder::new(fixture.ids(), view).tickets([1]).status(BookingStatus::Cancelled).build();
    let done = fixture.given.concert().await;
    let (cancelled, all_cancelled) = (cancelled(&view), cancelled(&done));
    add(fixture, &[cancelled.clone(), all_cancelled, booking(fixture, &other, 1)]).await.unwrap();
    let mut unit = fixture.unit().await;
    let bookings = unit.bookings();
    let id = view.concert.id;
    assert!(bookings.any_uncancelled(id).await.unwrap());
    assert!(!bookings.any_uncancelled(done.concert.id).await.unwrap());
    assert_eq!(bookings.of_concert(id, BookingStatus::Pending, 100).await.unwrap(), pending);
    assert_eq!(bookings.of_concert(id, BookingStatus::Pending, 3).await.unwrap(), pending[..3]);
    assert_eq!(bookings.of_concert(id, BookingStatus::Cancelled, 100).await.unwrap(), [cancelled]);
    assert_eq!(bookings.of_concert(id, BookingStatus::Confirmed, 100).await.unwrap(), []);
    unit.rollback().await.unwrap();
}

fn expiring(fixture: &Fixture, view: &ConcertView, ticket: u32, at: Timestamp) -> Booking {
    BookingBuilder::new(fixture.ids(), view).tickets([ticket]).expires_at(at).build()
}

/// From the exact time on, the longest overdue first; no cancelled bookings, and none of another concert.
pub async fn the_longest_overdue_come_first(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let late = expiring(fixture, &view, 1, INSTANT);
    let later = expiring(fixture, &view, 2, Timestamp::from_micros(INSTANT.micros() + 1));
    let latest = expiring(fixture, &view, 3, INSTANT.plus_seconds(-60));
    let dead = Booking {
        status: BookingStatus::Cancelled,
        cancel_reason: Some(CancelReason::Expired),
        ..expiring(fixture, &view, 4, INSTANT)
    };
    let paid = Booking { status: BookingStatus::Confirmed, ..expiring(fixture, &view, 5, INSTANT) };
    let elsewhere = expiring(fixture, &other, 1, INSTANT);
    add(fixture, &[late.clone(), later.clone(), latest.clone(), dead, paid, elsewhere]).await.unwrap();
    let mut unit = fixture.unit().await;
    let bookings = unit.bookings();
    let id = view.concert.id;
    assert_eq!(bookings.overdue(id, INSTANT, 0, 100).await.unwrap(), [latest.clone(), late.clone()]);
    assert_eq!(bookings.overdue(id, INSTANT, 0, 1).await.unwrap(), std::slice::from_ref(&latest));
    assert_eq!(bookings.overdue(id, INSTANT, 1, 1).await.unwrap(), std::slice::from_ref(&late));
    assert_eq!(bookings.overdue(id, INSTANT, 2, 100).await.unwrap(), []);
    let all = bookings.overdue(id, INSTANT.plus_seconds(1), 0, 100).await.unwrap();
    assert_eq!(all, [latest, late, later]);
    unit.rollback().await.unwrap();
    for (at, is_any) in [(INSTANT.plus_seconds(-61), false), (INSTANT.plus_seconds(-60), true), (INSTANT, true)] {
        assert_eq!(fixture.ports.bookings.any_overdue(id, at).await.unwrap(), is_any, "{at:?}");
    }
    let unsold = fixture.given.concert().await.concert.id;
    assert!(!fixture.ports.bookings.any_overdue(unsold, INSTANT).await.unwrap());
}

/// Bookings of a user and of a concert, also when many were placed at the same time, with pages of any size.
pub async fn lists_come_newest_first_without_gaps_and_doubles(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let user = fixture.given.user("ana").await.id;
    let mut expected = Vec::new();
    for index in 0..9_u32 {
        let at = FixedClock::START.plus_seconds(i64::from(index) / 4);
        let builder = BookingBuilder::new(fixture.ids(), &view).user(user).created_at(at);
        expected.push(builder.tickets([index + 1, index + 20]).build());
    }
    let elsewhere = BookingBuilder::new(fixture.ids(), &other).user(user).tickets([1]).created_at(INSTANT).build();
    let counter_sale = BookingBuilder::new(fixture.ids(), &view).tickets([99]).created_at(INSTANT).build();
    add(fixture, &expected).await.unwrap();
    add(fixture, &[elsewhere.clone(), counter_sale.clone()]).await.unwrap();
    expected.sort_by_key(|booking| std::cmp::Reverse((booking.created_at, booking.id)));
    let of_user = [vec![elsewhere], expected.clone()].concat();
    let of_concert = [vec![counter_sale], expected].concat();
    let (queries, all) = (&fixture.ports.bookings, BookingFilter::default());
    for size in [1, 3, 10, 11] {
        let limit = PageLimit::new(size).unwrap();
        let read = read_all_pages(async |after: Option<BookingPosition>| queries.of_user(user, after, limit).await);
        assert_eq!(read.await, of_user, "in pages of {size}");
        let read = read_all_pages(async |after| queries.of_concert(view.concert.id, &all, after, limit).await);
        assert_eq!(read.await.into_iter().map(|named| named.booking).collect::<Vec<_>>(), of_concert, "of {size}");
    }
    let ben = fixture.given.user("ben").await.id;
    assert_eq!(queries.of_user(ben, None, PageLimit::DEFAULT).await.unwrap().items, []);
}

/// The references of the bookings of a concert that match a filter, read in pages of `size`.
async fn shown(fixture: &Fixture, view: &ConcertView, filter: &BookingFilter, size: u16) -> Vec<String> {
    let limit = PageLimit::new(size).unwrap();
    let queries = &fixture.ports.bookings;
    let read = read_all_pages(async |after| queries.of_concert(view.concert.id, filter, after, limit).await).await;
    read.into_iter().map(|named| named.booking.reference.as_str().to_owned()).collect()
}

fn search(text: &str) -> BookingFilter {
    BookingFilterRequest { search: Some(text.to_owned()), ..BookingFilterRequest::default() }.judge(INSTANT).unwrap()
}

/// By stored status, without overdue ones; newest first with pages of any size, also together with a search.
pub async fn the_bookings_of_a_concert_are_filtered_by_status(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let build = |reference: &str, status, placed, expires| {
        let builder = BookingBuilder::new(fixture.ids(), &view).tickets([placed]).status(status);
        let builder = builder.created_at(INSTANT.plus_seconds(placed.into())).expires_at(INSTANT.plus_seconds(expires));
        Booking { reference: BookingReference::from_stored(reference.to_owned()), ..builder.build() }
    };
    add(
        fixture,
        &[
            build("AAAAAAA2", BookingStatus::Pending, 1, 1),
            build("AAAAAAA3", BookingStatus::Pending, 2, 0),
            build("BBBBBBB2", BookingStatus::Pending, 3, 9),
            build("AAAAAAA4", BookingStatus::Confirmed, 4, 0),
            build("BBBBBBB3", BookingStatus::Confirmed, 5, 9),
            build("AAAAAAA5", BookingStatus::Cancelled, 6, 9),
            build("AAAAAAA6", BookingStatus::Confirmed, 7, 0),
        ],
    )
    .await
    .unwrap();
    add(fixture, &[booking(fixture, &other, 1)]).await.unwrap();
    for (status, all, found) in [
        (BookingStatus::Pending, vec!["BBBBBBB2", "AAAAAAA2"], vec!["AAAAAAA2"]),
        (BookingStatus::Confirmed, vec!["AAAAAAA6", "BBBBBBB3", "AAAAAAA4"], vec!["AAAAAAA6", "AAAAAAA4"]),
        (BookingStatus::Cancelled, vec!["AAAAAAA5"], vec!["AAAAAAA5"]),
    ] {
        let status = Some(StatusAt { status, now: INSTANT });
        for size in [1, 2, 100] {
            let filter = BookingFilter { status, search: None };
            assert_eq!(shown(fixture, &view, &filter, size).await, all, "{filter:?} in pages of {size}");
            let filter = BookingFilter { status, ..search("aaaa") };
            assert_eq!(shown(fixture, &view, &filter, size).await, found, "{filter:?} in pages of {size}");
        }
    }
}

/// By the beginning of the reference, and by the whole name or address of the account. Each once, of this concert
/// only, newest first with pages of any size.
pub async fn the_bookings_of_a_concert_are_searched(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let (kate, ben) = (fixture.given.user("kate").await, fixture.given.user("ben").await);
    let build = |view: &ConcertView, reference: &str, user: Option<UserId>, placed: u32| {
        let builder = BookingBuilder::new(fixture.ids(), view).tickets([placed]);
        let booking = builder.created_at(INSTANT.plus_seconds(i64::from(placed) / 2)).build();
        Booking { reference: BookingReference::from_stored(reference.to_owned()), user, ..booking }
    };
    add(
        fixture,
        &[
            build(&view, "KATE2222", Some(kate.id), 1),
            build(&view, "KATEZZZZ", Some(ben.id), 2),
            build(&view, "KATF2222", Some(ben.id), 4),
            build(&view, "7WWW2222", Some(kate.id), 6),
            build(&view, "KAT22222", None, 8),
            build(&view, "KAS22222", None, 10),
        ],
    )
    .await
    .unwrap();
    add(fixture, &[build(&other, "KATE3333", Some(kate.id), 1)]).await.unwrap();
    let ben_mail = ben.email.as_str().to_uppercase();
    for (text, expected) in [
        ("kate", vec!["7WWW2222", "KATEZZZZ", "KATE2222"]),
        ("KAT", vec!["KAT22222", "KATF2222", "KATEZZZZ", "KATE2222"]),
        ("kate 2-2", vec!["KATE2222"]),
        ("kate2222", vec!["KATE2222"]),
        ("kate3333", vec![]),
        ("Ben", vec!["KATF2222", "KATEZZZZ"]),
        (&ben_mail, vec!["KATF2222", "KATEZZZZ"]),
        ("be%", vec![]),
        ("ben ", vec!["KATF2222", "KATEZZZZ"]),
        ("unknown", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        for size in [1, 2, 100] {
            assert_eq!(shown(fixture, &view, &search(text), size).await, expected, "{text} in pages of {size}");
        }
    }
}

/// Single bookings and lists have the name of the account; bookings without an account have none.
pub async fn bookings_are_named_after_their_account(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let ana = fixture.given.user("ana").await;
    let own = BookingBuilder::new(fixture.ids(), &view).user(ana.id).tickets([1]).created_at(INSTANT).build();
    let guests = booking(fixture, &view, 2);
    assert_eq!(guests.user, None);
    add(fixture, &[own.clone(), guests.clone()]).await.unwrap();
    let queries = &fixture.ports.bookings;
    let expected = [NamedBooking { booking: own, username: Some(ana.username) }, NamedBooking::unnamed(guests)];
    for filter in [BookingFilter::default(), search("ana")] {
        let found = queries.of_concert(view.concert.id, &filter, None, PageLimit::DEFAULT).await.unwrap();
        assert_eq!(found.items, expected[..found.items.len()], "{filter:?}");
        assert_eq!(found.items.len(), if filter.search.is_some() { 1 } else { 2 });
    }
    for named in expected {
        assert_eq!(queries.named(named.booking.id).await.unwrap(), Some(named));
    }
    assert_eq!(queries.named(BookingId::generate(fixture.ids())).await.unwrap(), None);
}

/// Each concert once, at most `limit`.
pub async fn concerts_with_overdue_bookings_are_found(fixture: &Fixture) {
    let mut overdue = Vec::new();
    for _ in 0..3 {
        let view = fixture.given.concert().await;
        add(fixture, &[expiring(fixture, &view, 1, INSTANT), expiring(fixture, &view, 2, INSTANT)]).await.unwrap();
        overdue.push(view.concert.id);
    }
    let in_time = fixture.given.concert().await;
    add(fixture, &[expiring(fixture, &in_time, 1, INSTANT.plus_seconds(1))]).await.unwrap();
    let queries = &fixture.ports.bookings;
    let mut found = queries.concerts_with_overdue(INSTANT, 100).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, overdue);
    assert_eq!(queries.concerts_with_overdue(INSTANT, 2).await.unwrap().len(), 2);
    let before = Timestamp::from_micros(INSTANT.micros() - 1);
    assert_eq!(queries.concerts_with_overdue(before, 100).await.unwrap(), []);
}

/// Cancelled concerts, until they are marked as done.
pub async fn cancelled_concerts_with_bookings_are_found(fixture: &Fixture) {
    let mut cancelled = Vec::new();
    for status in [ConcertStatus::OnSale, ConcertStatus::Cancelled, ConcertStatus::Cancelled] {
        let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).status(status)).await;
        add(fixture, &[booking(fixture, &view, 1)]).await.unwrap();
        cancelled.push(view.concert);
    }
    let queries = &fixture.ports.bookings;
    let mut found = queries.cancelled_concerts_with_bookings(100).await.unwrap();
    found.sort_unstable();
    assert_eq!(found, [cancelled[1].id, cancelled[2].id]);
    assert_eq!(queries.cancelled_concerts_with_bookings(1).await.unwrap().len(), 1);
    let mut done = cancelled[1].clone();
    done.cancellation_done_at = Some(INSTANT);
    let mut unit = fixture.unit().await;
    let mut bookings = unit.bookings().of_concert(done.id, BookingStatus::Pending, 10).await.unwrap();
    for booking in &mut bookings {
        booking.status = BookingStatus::Cancelled;
        booking.cancel_reason = Some(CancelReason::ConcertCancelled);
        booking.version += 1;
    }
    unit.bookings().save(&bookings).await.unwrap();
    unit.concerts().save(&done).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(queries.cancelled_concerts_with_bookings(100).await.unwrap(), [cancelled[2].id]);
}
