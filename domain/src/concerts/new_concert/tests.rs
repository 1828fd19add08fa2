use super::{NewConcert, NewSection};
use crate::concerts::fixtures::{NOW, fault_codes, in_days, new_concert, price, row, seated, standing};
use crate::concerts::{Audience, MarkKind, PRICE_MAX, SectionKind, TicketNumber};
use crate::concerts::{NewMark, NewPlan, NewPrice, NewRow};

#[track_caller]
fn assert_faults(new: NewConcert, expected: &[&str]) {
    let faults = new.judge(NOW).map(|_| ()).unwrap_err();
    assert_eq!(fault_codes(&faults), expected);
}

fn with_sections(sections: Vec<NewSection>) -> NewConcert {
    NewConcert { sections, ..new_concert() }
}

#[track_caller]
fn assert_section_faults(section: NewSection, expected: &[&str]) {
    assert_faults(with_sections(vec![section]), expected);
}

fn laid_out(layout: Vec<NewRow>) -> NewSection {
    NewSection { rows: None, seats_per_row: None, layout: Some(layout), ..seated("A") }
}

#[test]
fn a_valid_request_becomes_a_concert() {
    let draft = NewConcert { name: "  An Evening\u{20}".to_owned(), ..new_concert() }.judge(NOW).unwrap();
    assert_eq!(draft.details.name, "An Evening");
    assert_eq!(draft.plan.total(), 10);
    assert_eq!(draft.plan.label(TicketNumber::new(4)).unwrap().as_str(), "A-2-1");
    assert_eq!(draft.plan.label(TicketNumber::new(10)).unwrap().as_str(), "GA-000004");
    assert_eq!(draft.plan.section_at(1).unwrap().price("standard"), Some(2_500));
}

#[test]
fn all_faults_are_reported_at_once() {
    let broken = NewConcert {
        name: " ".to_owned(),
        artist: "x".repeat(201),
        description: "bell\u{7}".to_owned(),
        venue: "Hall\0".to_owned(),
        location: "two\nlines".to_owned(),
        time_zone: "Mars/Olympus".to_owned(),
        currency: "eur".to_owned(),
        max_tickets_per_booking: Some(Some(0)),
        max_tickets_per_user: Some(Some(10_001)),
        max_pending_bookings_per_user: Some(Some(-1)),
        sections: vec![],
        ..new_concert()
    };
    assert_faults(
        broken,
        &[
            "/name required",
            "/artist too_long",
            "/description characters",
            "/venue characters",
            "/location characters",
            "/time_zone unknown_time_zone",
            "/max_tickets_per_booking out_of_range",
            "/max_tickets_per_user out_of_range",
            "/max_pending_bookings_per_user out_of_range",
            "/currency unknown_currency",
            "/sections count",
        ],
    );
}

#[test]
fn the_sale_is_before_the_concert_and_the_concert_in_the_future() {
    let sale = |from, to| NewConcert { sales_start_at: in_days(from), sales_end_at: in_days(to), ..new_concert() };
    assert_faults(sale(5, 5), &["/sales_end_at too_early"]);
    assert_faults(sale(1, 31), &["/sales_end_at too_late"]);
    assert!(sale(1, 30).judge(NOW).is_ok());
    let past = NewConcert { starts_at: NOW, sales_end_at: NOW, ..new_concert() };
    assert_faults(past, &["/starts_at in_the_past"]);
    let refundable = |days| NewConcert { refundable_until: Some(in_days(days)), ..new_concert() };
    assert_faults(refundable(31), &["/refundable_until too_late"]);
    assert!(refundable(30).judge(NOW).is_ok());
    assert_faults(sale(-60 * 365, 29), &["/sales_start_at out_of_range"]);
}

#[test]
fn texts_may_have_any_letters_and_a_description_several_lines() {
    let new =
        NewConcert { name: "Björk 🎫 東京".to_owned(), description: "a\r\n\tb\n".to_owned(), ..new_concert() };
    let draft = new.judge(NOW).unwrap();
    assert_eq!((draft.details.name.as_str(), draft.details.description.as_str()), ("Björk 🎫 東京", "a\n\tb"));
}

#[test]
fn a_cap_that_is_not_given_has_its_default_and_null_removes_it() {
    let new = NewConcert { max_tickets_per_user: Some(None), max_tickets_per_booking: Some(Some(4)), ..new_concert() };
    let caps = new.judge(NOW).unwrap().caps;
    assert_eq!(caps.max_tickets_per_booking, Some(4));
    assert_eq!(caps.max_tickets_per_user, None);
    assert_eq!(caps.max_pending_bookings_per_user, Some(2));
}

#[test]
fn sections_have_codes_of_their_own_names_and_a_known_kind() {
    let nameless = NewSection { name: String::new(), ..seated("A") };
    let lower = seated("a");
    let odd = NewSection { kind: "lying".to_owned(), ..seated("B") };
    assert_faults(
        with_sections(vec![seated("A"), nameless, lower, odd]),
        &[
            "/sections/1/code duplicate",
            "/sections/1/name required",
            "/sections/2/code characters",
            "/sections/3/kind unknown_kind",
        ],
    );
    assert_faults(with_sections(vec![seated("A"); 201]), &["/sections count"]);
}

#[test]
fn a_seated_section_has_rows_of_one_length_or_a_layout() {
    let rows = |rows, seats_per_row| NewSection { rows, seats_per_row, ..seated("A") };
    assert_section_faults(
        rows(Some(0), Some(501)),
        &["/sections/0/rows out_of_range", "/sections/0/seats_per_row out_of_range"],
    );
    assert_section_faults(rows(Some(2), None), &["/sections/0/seats_per_row required"]);
    assert_section_faults(rows(None, None), &["/sections/0/layout required"]);
    assert_section_faults(
        NewSection { layout: Some(vec![row("A", 1)]), ..seated("A") },
        &["/sections/0/layout ambiguous"],
    );
    assert_section_faults(NewSection { capacity: Some(1), ..seated("A") }, &["/sections/0/capacity not_allowed"]);
    assert_section_faults(laid_out(vec![]), &["/sections/0/layout count"]);
    assert_section_faults(laid_out(vec![row("A", 1); 501]), &["/sections/0/layout count"]);
}

#[test]
fn a_standing_section_has_a_capacity_and_no_rows() {
    assert_section_faults(standing("GA", 0), &["/sections/0/capacity out_of_range"]);
    assert_section_faults(standing("GA", 1_000_001), &["/sections/0/capacity out_of_range"]);
    assert_section_faults(
        NewSection { capacity: None, rows: Some(1), ..standing("GA", 1) },
        &["/sections/0/rows not_allowed", "/sections/0/capacity required"],
    );
}

#[test]
fn a_concert_has_at_most_a_million_tickets() {
    assert!(with_sections(vec![standing("A", 1_000_000)]).judge(NOW).is_ok());
    assert_faults(with_sections(vec![standing("A", 1_000_000), standing("B", 1)]), &["/sections too_many_tickets"]);
}

#[test]
fn rows_are_read_with_their_aisles_and_marks() {
    let mark = |seat, kind: &str| NewMark { seat, kind: kind.to_owned() };
    let marks = vec![mark(13, "companion"), mark(12, "wheelchair")];
    let first = NewRow { first: Some(11), gaps: vec![13, 12, 12], marks, ..row("AA", 4) };
    let draft = with_sections(vec![laid_out(vec![first, row("B", 2)])]).judge(NOW).unwrap();
    let SectionKind::Seated { rows } = &draft.plan.section_at(1).unwrap().kind else { panic!("seated") };
    assert_eq!(rows[0].gaps, [12, 12, 13]);
    assert_eq!(
        rows[0].marks.iter().map(|mark| (mark.seat, mark.kind)).collect::<Vec<_>>(),
        [(12, MarkKind::Wheelchair), (13, MarkKind::Companion)]
    );
    assert_eq!(draft.plan.label(TicketNumber::new(1)).unwrap().as_str(), "A-AA-11");
    assert_eq!(draft.plan.label(TicketNumber::new(5)).unwrap().as_str(), "A-B-1");
}

#[test]
fn each_fault_of_a_row_has_its_pointer() {
    let mark = |seat, kind: &str| NewMark { seat, kind: kind.to_owned() };
    let marks = vec![mark(4, "wheelchair"), mark(3, "throne"), mark(3, "wheelchair")];
    let odd = NewRow { gaps: vec![0, 3, 2], marks, ..row("A", 3) };
    let rows = vec![row("A", 3), odd, row("LABEL", 501), NewRow { first: Some(10_000), ..row("C", 1) }];
    assert_section_faults(
        laid_out(rows),
        &[
            "/sections/0/layout/1/label duplicate",
            "/sections/0/layout/1/gaps/0 out_of_range",
            "/sections/0/layout/1/gaps/1 out_of_range",
            "/sections/0/layout/1/marks/0/seat out_of_range",
            "/sections/0/layout/1/marks/1/kind unknown_kind",
            "/sections/0/layout/1/marks/2/seat duplicate",
            "/sections/0/layout/2/label characters",
            "/sections/0/layout/2/seats out_of_range",
            "/sections/0/layout/3/first out_of_range",
        ],
    );
}

#[test]
fn more_gaps_or_marks_than_a_row_can_have_are_refused_at_once() {
    let many = NewRow { gaps: vec![1; 101], marks: vec![NewMark::default(); 501], ..row("A", 3) };
    assert_section_faults(
        laid_out(vec![many]),
        &["/sections/0/layout/0/gaps count", "/sections/0/layout/0/marks count"],
    );
}

#[test]
fn a_section_has_one_price_or_categories_with_standard() {
    let prices = |price, prices| NewSection { price, prices, ..seated("A") };
    assert_section_faults(prices(None, None), &["/sections/0/price required"]);
    assert_section_faults(prices(Some(1), Some(vec![price("standard", 1)])), &["/sections/0/price ambiguous"]);
    assert_section_faults(prices(Some(-1), None), &["/sections/0/price out_of_range"]);
    assert_section_faults(prices(Some(PRICE_MAX + 1), None), &["/sections/0/price out_of_range"]);
    assert_section_faults(prices(None, Some(vec![])), &["/sections/0/prices count"]);
    assert_section_faults(prices(None, Some(vec![price("standard", 1); 11])), &["/sections/0/prices count"]);
    assert_section_faults(
        prices(None, Some(vec![price("child", -5), price("child", 5), price("Senior!", i64::MAX)])),
        &[
            "/sections/0/prices/0/price out_of_range",
            "/sections/0/prices/1/code duplicate",
            "/sections/0/prices/2/code characters",
            "/sections/0/prices/2/price out_of_range",
            "/sections/0/prices required",
        ],
    );
    let standard = NewPrice { audience: Audience::Members, ..price("standard", 1) };
    let not_for_anyone = prices(None, Some(vec![standard]));
    assert_section_faults(not_for_anyone, &["/sections/0/prices/0/audience not_allowed"]);
    let free = prices(None, Some(vec![price("standard", PRICE_MAX), price("child", 0)]));
    assert!(with_sections(vec![free]).judge(NOW).is_ok());
}

#[test]
fn a_section_is_drawn_within_bounds() {
    let plan = NewPlan { x: -1_000_001, y: i64::MAX, width: 0, height: -3, rotation: 361 };
    assert_section_faults(
        NewSection { plan: Some(plan), ..seated("A") },
        &[
            "/sections/0/plan/x out_of_range",
            "/sections/0/plan/y out_of_range",
            "/sections/0/plan/width out_of_range",
            "/sections/0/plan/height out_of_range",
            "/sections/0/plan/rotation out_of_range",
        ],
    );
}

#[test]
fn the_layouts_of_all_sections_are_bounded_together() {
    let section = |number: usize, row_of: &dyn Fn(usize) -> NewRow| NewSection {
        code: format!("S{number}"),
        ..laid_out((0..500).map(row_of).collect())
    };
    let concert = |sections: usize, row_of: &dyn Fn(usize) -> NewRow| {
        with_sections((0..sections).map(|number| section(number, row_of)).collect())
    };
    let plain = |number: usize| NewRow { label: number.to_string(), seats: 2, ..NewRow::default() };
    let marked =
        |number: usize| NewRow { marks: vec![NewMark { seat: 1, kind: "companion".to_owned() }], ..plain(number) };
    let with_aisles = |number: usize| NewRow { gaps: vec![1; 10], ..plain(number) };
    let cases: [(&dyn Fn(usize) -> NewRow, usize); 3] = [(&plain, 40), (&marked, 20), (&with_aisles, 8)];
    for (row_of, sections) in cases {
        assert!(concert(sections, row_of).judge(NOW).is_ok());
        assert_faults(concert(sections + 1, row_of), &["/sections count"]);
    }
}
