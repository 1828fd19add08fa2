//! Who may see reports, and how they are computed.

use std::sync::Arc;

use boxoffice_domain::bookings::{BookingFilterRequest, BookingPosition, BookingStatus, NamedBooking};
use boxoffice_domain::concerts::{ConcertStatus, ConcertView, MemberRole, MockConcertQueries, MockOrganiserQueries};
use boxoffice_domain::reports::{
    BookingTotals, Bucket, EXPORTED_AT_ONCE, MockReportQueries, Outcome, RefundSums, ReportError, ReportedBooking,
    Reports, SalesFigures, SalesReport, SalesReportRequest, SectionSales, SlotTotals, Span,
};
use boxoffice_domain::shared::{Actor, ConcertId, Role, StoreError, Timestamp, UserId};
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, SequentialIds};
use mockall::predicate::eq;

const NOW: Timestamp = FixedClock::START;
const DAY: i64 = 24 * 60 * 60;

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn concert() -> ConcertView {
    ConcertBuilder::new(&SequentialIds::new()).seated("A", 1, 10, 100).build()
}

fn actor(role: Role) -> Actor {
    Actor::User { id: UserId::generate(&SequentialIds::new()), role }
}

/// Reports in which the actor has this role at the organiser. No concert is read to refuse one.
fn reports(queries: MockReportQueries, role: Option<MemberRole>) -> Reports {
    reports_of(queries, role, MockConcertQueries::new())
}

fn reports_of(queries: MockReportQueries, role: Option<MemberRole>, concerts: MockConcertQueries) -> Reports {
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().returning(move |_, _| Ok(role));
    Reports::new(Arc::new(queries), Arc::new(organisers), Arc::new(concerts), Arc::new(FixedClock::default()))
}

fn figures(view: &ConcertView) -> SalesFigures {
    SalesFigures {
        concert: view.concert.clone(),
        sections: Vec::new(),
        placed: Vec::new(),
        refunds: RefundSums::default(),
    }
}

#[tokio::test]
async fn members_who_read_bookings_and_admins_see_reports() {
    let view = concert();
    let id = view.concert.id;
    for (who, role) in [
        (Role::User, Some(MemberRole::Viewer)),
        (Role::User, Some(MemberRole::BoxOffice)),
        (Role::Manager, Some(MemberRole::Owner)),
        (Role::Admin, None),
    ] {
        let mut queries = MockReportQueries::new();
        let (found, known) = (figures(&view), view.concert.clone());
        queries.expect_sales().times(1).returning(move |_, _, _| Ok(Some(found.clone())));
        queries.expect_concert().times(1).returning(move |_| Ok(Some(known.clone())));
        let reports = reports(queries, role);
        assert_eq!(reports.sales(&actor(who), id, SalesReportRequest::default()).await.unwrap().concert, view.concert);
        assert_eq!(
            reports.export(&actor(who), id, BookingFilterRequest::default()).await.unwrap().concert(),
            &view.concert
        );
    }
}

#[tokio::test]
async fn other_actors_see_no_reports_and_no_hidden_concerts() {
    let id = concert().concert.id;
    let refused_of = async |actor: Actor, role, status: Option<ConcertStatus>| {
        let found = status.map(|status| ConcertBuilder::new(&SequentialIds::new()).status(status).build());
        let mut concerts = MockConcertQueries::new();
        concerts.expect_get().returning(move |_| Ok(found.clone()));
        let reports = reports_of(MockReportQueries::new(), role, concerts);
        let sales = reports.sales(&actor, id, SalesReportRequest::default()).await.unwrap_err();
        let export = reports.export(&actor, id, BookingFilterRequest::default()).await.err().unwrap();
        (sales, export)
    };
    let refused = async |actor: Actor, role| refused_of(actor, role, Some(ConcertStatus::OnSale)).await;
    for status in [Some(ConcertStatus::Draft), None] {
        let hidden = refused_of(actor(Role::Manager), None, status).await;
        assert!(matches!(hidden, (ReportError::NotFound, ReportError::NotFound)), "{hidden:?}");
    }
    let stranger = refused(actor(Role::Manager), None).await;
    assert!(matches!(stranger, (ReportError::Forbidden, ReportError::Forbidden)), "{stranger:?}");
    let scanner = refused(actor(Role::User), Some(MemberRole::Scanner)).await;
    assert!(matches!(scanner, (ReportError::Forbidden, ReportError::Forbidden)), "{scanner:?}");
    let anonymous = refused(Actor::Anonymous, None).await;
    assert!(matches!(anonymous, (ReportError::LoginRequired, ReportError::LoginRequired)), "{anonymous:?}");
}

#[tokio::test]
async fn missing_concerts_and_failures_of_the_store_are_reported() {
    let id = ConcertId::generate(&SequentialIds::new());
    let admin = actor(Role::Admin);
    let mut queries = MockReportQueries::new();
    queries.expect_sales().times(1).returning(|_, _, _| Ok(None));
    queries.expect_sales().times(1).returning(|_, _, _| Err(StoreError::Busy));
    queries.expect_concert().times(1).returning(|_| Ok(None));
    let reports = reports(queries, None);
    let request = SalesReportRequest::default();
    assert!(matches!(reports.sales(&admin, id, request).await, Err(ReportError::NotFound)));
    assert!(matches!(reports.sales(&admin, id, request).await, Err(ReportError::Store(StoreError::Busy))));
    assert!(matches!(
        reports.export(&admin, id, BookingFilterRequest::default()).await.err(),
        Some(ReportError::NotFound)
    ));
}

/// The report that an admin asks for when the store has these figures.
async fn report(figures: SalesFigures, request: SalesReportRequest) -> Result<SalesReport, ReportError> {
    let mut queries = MockReportQueries::new();
    let id = figures.concert.id;
    queries.expect_sales().returning(move |_, _, _| Ok(Some(figures.clone())));
    reports(queries, None).sales(&actor(Role::Admin), id, request).await
}

#[tokio::test]
async fn a_span_has_defaults_and_bounds() {
    let asked = async |bucket, from: Option<i64>, to: Option<i64>| {
        let instant = |seconds: Option<i64>| seconds.map(|seconds| NOW.plus_seconds(seconds));
        report(figures(&concert()), SalesReportRequest { bucket, from: instant(from), to: instant(to) }).await
    };
    let seconds = async |bucket, from, to| {
        let Span { from, to } = asked(bucket, from, to).await.unwrap().span;
        (from.seconds_since(NOW), to.seconds_since(NOW))
    };
    assert_eq!(seconds(Bucket::Day, None, None).await, (1 - 400 * DAY, 1));
    assert_eq!(seconds(Bucket::Hour, None, None).await, (1 - 31 * DAY, 1));
    assert_eq!(seconds(Bucket::Hour, Some(-31 * DAY), Some(0)).await, (-31 * DAY, 0));
    let fault = async |bucket, from, to| match asked(bucket, from, to).await {
        Err(ReportError::Invalid(faults)) => faults.into_vec().remove(0),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(Bucket::Hour, Some(-31 * DAY - 1), Some(0)).await.pointer, "/from");
    assert_eq!(fault(Bucket::Day, Some(-401 * DAY), None).await.code, "too_long");
    assert_eq!(fault(Bucket::Day, Some(0), Some(0)).await.pointer, "/to");
}

/// The buckets of a report on confirmed bookings of one ticket, each worth 1, placed in these slots.
async fn counts_by_step(time_zone: &str, bucket: Bucket, slots: &[&str]) -> Vec<(String, u64)> {
    let mut view = concert();
    view.concert.details.time_zone = time_zone.to_owned();
    let totals = BookingTotals { bookings: 1, tickets: 1, worth: 1 };
    let placed =
        slots.iter().map(|slot| SlotTotals { slot: Some(at(slot)), outcome: Outcome::Confirmed, totals }).collect();
    let request = SalesReportRequest { bucket, ..SalesReportRequest::default() };
    let report = report(SalesFigures { placed, ..figures(&view) }, request).await.unwrap();
    assert_eq!(report.outcomes.confirmed.bookings, u64::try_from(slots.len()).unwrap());
    let buckets = report.buckets.into_iter();
    buckets.map(|bucket| (bucket.starts_at.to_rfc3339(), bucket.outcomes.confirmed.bookings)).collect()
}

fn steps(steps: &[(&str, u64)]) -> Vec<(String, u64)> {
    steps.iter().map(|(start, count)| ((*start).to_owned(), *count)).collect()
}

#[tokio::test]
async fn days_and_hours_are_those_of_the_venue() {
    let slots = ["2026-05-01T16:45:00Z", "2026-05-01T17:00:00Z", "2026-05-02T16:45:00Z"];
    assert_eq!(
        counts_by_step("Asia/Jakarta", Bucket::Day, &slots).await,
        steps(&[("2026-04-30T17:00:00Z", 1), ("2026-05-01T17:00:00Z", 2)])
    );
    assert_eq!(
        counts_by_step("UTC", Bucket::Day, &slots).await,
        steps(&[("2026-05-01T00:00:00Z", 2), ("2026-05-02T00:00:00Z", 1)])
    );
    let slots = ["2026-05-01T10:00:00Z", "2026-05-01T10:15:00Z", "2026-05-01T11:00:00Z"];
    assert_eq!(
        counts_by_step("Asia/Kathmandu", Bucket::Hour, &slots).await,
        steps(&[("2026-05-01T09:15:00Z", 1), ("2026-05-01T10:15:00Z", 2)])
    );
}

#[tokio::test]
async fn a_day_on_which_clocks_change_is_longer_or_shorter() {
    // A day of 25 hours, in which one hour occurs twice.
    let slots = ["2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T22:45:00Z"];
    assert_eq!(counts_by_step("Europe/Berlin", Bucket::Day, &slots).await, steps(&[("2026-10-24T22:00:00Z", 4)]));
    assert_eq!(counts_by_step("Europe/Berlin", Bucket::Hour, &slots).await.len(), 4);
    // A day without midnight.
    let slots = ["2026-04-23T21:45:00Z", "2026-04-23T22:00:00Z", "2026-04-24T20:45:00Z"];
    let days = counts_by_step("Africa/Cairo", Bucket::Day, &slots).await;
    assert_eq!(days.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn sums_include_bookings_outside_of_the_span() {
    let view = concert();
    let section = |code: &str, revenue| SectionSales {
        code: boxoffice_domain::concerts::SectionCode::parse(code).unwrap(),
        name: code.to_owned(),
        total: 10,
        available: 4,
        held: 1,
        sold: 3,
        blocked: 2,
        revenue,
    };
    let totals = BookingTotals { bookings: 2, tickets: 5, worth: 70 };
    let outcomes = [Outcome::Pending, Outcome::Confirmed, Outcome::Expired, Outcome::Cancelled];
    let inside = outcomes.map(|outcome| SlotTotals { slot: Some(NOW), outcome, totals });
    let outside = SlotTotals { slot: None, outcome: Outcome::Confirmed, totals };
    let placed = inside.into_iter().chain([outside]).collect();
    let refunds = RefundSums { completed: 1_000, pending: 50, of_confirmed: 9 };
    let figures =
        SalesFigures { sections: vec![section("A", 300), section("B", 7)], placed, refunds, ..figures(&view) };
    let report = report(figures, SalesReportRequest::default()).await.unwrap();
    assert_eq!((report.tickets.total, report.tickets.sold, report.tickets.revenue), (20, 6, 307));
    assert_eq!((report.gross(), report.net()), (1_348, 298));
    assert_eq!(report.outcomes.confirmed, BookingTotals { bookings: 4, tickets: 10, worth: 140 });
    assert_eq!(report.outcomes.placed(), BookingTotals { bookings: 10, tickets: 25, worth: 350 });
    assert_eq!(report.buckets.len(), 1);
    assert_eq!(report.buckets[0].outcomes.placed(), BookingTotals { bookings: 8, tickets: 20, worth: 280 });
}

#[tokio::test]
async fn an_export_continues_after_the_last_booking_and_ends() {
    let (view, ids) = (concert(), SequentialIds::new());
    let booking = |number| NamedBooking::unnamed(BookingBuilder::new(&ids, &view).tickets([number]).build());
    let bookings: Vec<ReportedBooking> =
        (1..=3).map(|number| ReportedBooking { named: booking(number), paid: 100, refunded: 0 }).collect();
    let last = |reported: &ReportedBooking| Some(BookingPosition::of(&reported.named.booking));
    let id = view.concert.id;
    let mut queries = MockReportQueries::new();
    let known = view.concert.clone();
    queries.expect_concert().returning(move |_| Ok(Some(known.clone())));
    let asked = [
        (None, Ok(bookings[..2].to_vec())),
        (last(&bookings[1]), Err(StoreError::Busy)),
        (last(&bookings[1]), Ok(bookings[2..].to_vec())),
        (last(&bookings[2]), Ok(Vec::new())),
    ];
    let request = BookingFilterRequest { status: Some(BookingStatus::Confirmed), search: None };
    let filter = request.clone().judge(FixedClock::START).unwrap();
    for (after, answer) in asked {
        let expected = queries.expect_bookings().with(eq(id), eq(filter.clone()), eq(after), eq(EXPORTED_AT_ONCE));
        expected.times(1).return_once(move |_, _, _, _| answer);
    }
    let mut export = reports(queries, None).export(&actor(Role::Admin), id, request).await.unwrap();
    assert_eq!(export.next().await.unwrap(), bookings[..2]);
    assert!(matches!(export.next().await, Err(StoreError::Busy)));
    assert_eq!(export.next().await.unwrap(), bookings[2..]);
    assert_eq!(export.next().await.unwrap(), []);
    assert_eq!(export.next().await.unwrap(), [], "without another query");
}
