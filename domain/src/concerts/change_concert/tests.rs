use super::{ChangeConcert, ChangeSection, Changed, Refused};
use crate::concerts::fixtures::{NOW, fault_codes, in_days, new_concert, price};
use crate::concerts::{Concert, ConcertStatus, ConcertView};
use crate::shared::{ConcertId, OrganiserId};

/// The concert of [`new_concert`] in this status.
fn concert(status: ConcertStatus) -> ConcertView {
    let draft = new_concert().judge(NOW).unwrap();
    let concert = Concert {
        id: ConcertId::from_uuid(uuid::Uuid::from_u128(1)),
        organiser: OrganiserId::from_uuid(uuid::Uuid::from_u128(7)),
        details: draft.details,
        currency: draft.currency,
        caps: draft.caps,
        status,
        total: draft.plan.total(),
        available: draft.plan.total(),
        version: 1,
        revision: 1,
        created_at: NOW,
        updated_at: NOW,
        cancelled_at: (status == ConcertStatus::Cancelled).then_some(NOW),
        cancellation_done_at: None,
    };
    ConcertView { concert, plan: draft.plan }
}

fn apply(status: ConcertStatus, change: ChangeConcert) -> Result<Changed, Refused> {
    let view = concert(status);
    change.apply(&view.concert, view.plan.sections(), NOW)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn repriced(code: &str, amount: i64) -> ChangeConcert {
    let section = ChangeSection { code: code.to_owned(), price: Some(amount), prices: None };
    ChangeConcert { sections: Some(vec![section]), ..ChangeConcert::default() }
}

/// One change of each field, and whether it is allowed once the sale has begun.
fn each_field() -> Vec<(&'static str, bool, ChangeConcert)> {
    let none = ChangeConcert::default;
    vec![
        ("name", true, ChangeConcert { name: text("Other"), ..none() }),
        ("artist", true, ChangeConcert { artist: text("Other"), ..none() }),
        ("description", true, ChangeConcert { description: text(""), ..none() }),
        ("venue", true, ChangeConcert { venue: text("Other"), ..none() }),
        ("location", true, ChangeConcert { location: text("Other"), ..none() }),
        ("time_zone", false, ChangeConcert { time_zone: text("Europe/Berlin"), ..none() }),
        ("starts_at", true, ChangeConcert { starts_at: Some(in_days(40)), ..none() }),
        ("sales_start_at", false, ChangeConcert { sales_start_at: Some(in_days(2)), ..none() }),
        ("sales_end_at", true, ChangeConcert { sales_end_at: Some(in_days(3)), ..none() }),
        ("refundable_until", false, ChangeConcert { refundable_until: Some(Some(in_days(3))), ..none() }),
        ("max_tickets_per_booking", false, ChangeConcert { max_tickets_per_booking: Some(None), ..none() }),
        ("max_tickets_per_user", false, ChangeConcert { max_tickets_per_user: Some(Some(3)), ..none() }),
        ("max_pending_bookings_per_user", false, ChangeConcert { max_pending_bookings_per_user: Some(None), ..none() }),
        ("sections", true, repriced("GA", 2_000)),
    ]
}

#[test]
fn a_draft_can_be_changed_in_every_field() {
    for (field, _, change) in each_field() {
        let changed = apply(ConcertStatus::Draft, change).unwrap();
        let differs = changed.concert != concert(ConcertStatus::Draft).concert;
        assert!(differs || !changed.repriced.is_empty(), "{field}");
    }
}

#[test]
fn a_published_concert_can_be_changed_in_every_field_until_its_sale_begins() {
    for status in [ConcertStatus::OnSale, ConcertStatus::Paused] {
        for (field, _, change) in each_field() {
            let mut view = concert(status);
            view.concert.details.sales_start_at = in_days(1);
            let changed = change.apply(&view.concert, view.plan.sections(), NOW);
            assert!(changed.is_ok(), "{field} of a concert {status:?}: {changed:?}");
        }
    }
}

#[test]
fn refundable_until_is_not_after_the_start() {
    let mut view = concert(ConcertStatus::OnSale);
    view.concert.details.sales_start_at = in_days(1);
    let too_late = view.concert.details.starts_at.plus_seconds(1);
    let change = ChangeConcert { refundable_until: Some(Some(too_late)), ..ChangeConcert::default() };
    let Err(Refused::Invalid(faults)) = change.apply(&view.concert, view.plan.sections(), NOW) else {
        panic!("a fault expected")
    };
    assert_eq!(fault_codes(&faults), ["/refundable_until too_late"]);
}

#[test]
fn the_terms_of_a_sale_are_fixed_once_it_has_begun() {
    for status in [ConcertStatus::OnSale, ConcertStatus::Paused] {
        for (field, allowed, change) in each_field() {
            match apply(status, change) {
                Ok(_) => assert!(allowed, "{field} of a concert {status:?}"),
                Err(Refused::Fixed(fields)) => assert_eq!((fields, allowed), (vec![field], false)),
                Err(Refused::Invalid(faults)) => panic!("{field}: {faults:?}"),
            }
        }
    }
}

#[test]
fn a_cancelled_concert_cannot_be_changed() {
    for (field, _, change) in each_field() {
        match apply(ConcertStatus::Cancelled, change) {
            Err(Refused::Fixed(fields)) => assert_eq!(fields, [field]),
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn a_change_to_the_current_values_is_no_change() {
    for status in [ConcertStatus::Draft, ConcertStatus::OnSale, ConcertStatus::Paused, ConcertStatus::Cancelled] {
        let Concert { details, caps, .. } = concert(status).concert;
        let same = ChangeConcert {
            name: Some(details.name),
            artist: Some(details.artist),
            starts_at: Some(details.starts_at),
            refundable_until: Some(None),
            max_tickets_per_user: Some(caps.max_tickets_per_user.map(i64::from)),
            ..repriced("A", 2_500)
        };
        let changed = apply(status, same).unwrap();
        assert_eq!((changed.concert, changed.repriced), (concert(status).concert, vec![]));
    }
}

#[test]
fn only_the_sections_named_get_other_prices() {
    let prices = Some(vec![price("standard", 3_000), price("child", 0)]);
    let sections = vec![
        ChangeSection { code: "GA".to_owned(), price: None, prices },
        ChangeSection { code: "A".to_owned(), price: Some(2_500), prices: None },
    ];
    let change = ChangeConcert { sections: Some(sections), ..ChangeConcert::default() };
    let repriced = apply(ConcertStatus::OnSale, change).unwrap().repriced;
    assert_eq!(repriced.len(), 1);
    assert_eq!(repriced[0].code.as_str(), "GA");
    assert_eq!((repriced[0].price("standard"), repriced[0].price("child")), (Some(3_000), Some(0)));
}

#[test]
fn all_faults_are_reported_at_once() {
    let sections = vec![
        ChangeSection { code: "A".to_owned(), price: Some(-1), prices: None },
        ChangeSection { code: "A".to_owned(), price: Some(1), prices: None },
        ChangeSection { code: "X".to_owned(), price: Some(1), prices: None },
    ];
    let change = ChangeConcert {
        name: text(""),
        description: text("\0"),
        time_zone: text("Nowhere"),
        starts_at: Some(in_days(-1)),
        max_tickets_per_user: Some(Some(0)),
        sections: Some(sections),
        ..ChangeConcert::default()
    };
    let Err(Refused::Invalid(faults)) = apply(ConcertStatus::Draft, change) else { panic!("faults expected") };
    assert_eq!(
        fault_codes(&faults),
        [
            "/sections/0/price out_of_range",
            "/sections/1/code duplicate",
            "/sections/2/code unknown_section",
            "/name required",
            "/description characters",
            "/max_tickets_per_user out_of_range",
            "/time_zone unknown_time_zone",
            "/sales_end_at too_late",
            "/starts_at in_the_past",
        ]
    );
}

#[test]
fn a_concert_that_has_begun_can_still_be_renamed() {
    let mut view = concert(ConcertStatus::OnSale);
    view.concert.details.starts_at = in_days(-1);
    view.concert.details.sales_start_at = in_days(-3);
    view.concert.details.sales_end_at = in_days(-2);
    let change = ChangeConcert { name: text("Renamed"), ..ChangeConcert::default() };
    assert!(change.apply(&view.concert, view.plan.sections(), NOW).is_ok());
}
