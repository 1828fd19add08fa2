//! Sections: layouts, prices, counters.

use boxoffice_domain::concerts::{
    Audience, ConcertView, CountChange, Mark, MarkKind, PriceCategory, Row, RowLabel, Section, SectionKind, SectionPlan,
};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{ConcertId, Money};

use super::Fixture;
use crate::builders::ConcertBuilder;

fn uneven_rows() -> Vec<Row> {
    let label = |text: &str| RowLabel::parse(text).unwrap();
    let wheelchair = Mark { seat: 100, kind: MarkKind::Wheelchair };
    let companion = Mark { seat: 101, kind: MarkKind::Companion };
    vec![
        Row { label: label("AA"), seats: 7, first: 100, gaps: vec![102, 102, 105], marks: vec![wheelchair, companion] },
        Row { label: label("9"), seats: 1, first: 1, gaps: Vec::new(), marks: Vec::new() },
    ]
}

async fn theatre(fixture: &Fixture) -> ConcertView {
    let builder = ConcertBuilder::new(fixture.ids()).seated("A", 1, 1, 0).category("child", 1).category("adult", 2);
    let builder = builder.section(|section| {
        section.kind = SectionKind::Seated { rows: uneven_rows() };
        section.name = "Parkett „links“ 🪑".to_owned();
        section.plan = Some(SectionPlan { x: -5, y: 0, width: 400, height: 30, rotation: -360 });
    });
    fixture.given.add_concert(builder.standing("GA", 20, Money::MAX_MINOR)).await
}

/// Rows with their gaps and marks, the drawn plan, and the categories in the given order.
pub async fn sections_come_back_with_rows_and_prices(fixture: &Fixture) {
    let view = theatre(fixture).await;
    let mut unit = fixture.unit().await;
    assert_eq!(unit.sections().of_concert(view.concert.id).await.unwrap(), view.plan.sections());
    let expected: Vec<(u16, PriceCategory)> = view
        .plan
        .sections()
        .iter()
        .flat_map(|section| section.prices.iter().map(|price| (section.position, price.clone())))
        .collect();
    let mut prices = unit.sections().prices(view.concert.id).await.unwrap();
    prices.sort_by_key(|(position, _)| *position);
    assert_eq!(prices, expected);
    let unknown = ConcertId::generate(fixture.ids());
    assert_eq!(unit.sections().of_concert(unknown).await.unwrap(), []);
    unit.rollback().await.unwrap();
    assert_eq!(fixture.ports.concerts.get(view.concert.id).await.unwrap(), Some(view));
}

/// The new prices replace all old ones of the sections. Other sections, layouts and counters do not change.
pub async fn prices_are_replaced(fixture: &Fixture) {
    let view = theatre(fixture).await;
    let price = |code: &str, amount, audience| PriceCategory {
        code: code.to_owned(),
        name: format!("für {code}"),
        amount,
        audience,
    };
    let mut sections = view.plan.sections().to_vec();
    sections[0].prices = vec![price("crew", 0, Audience::Members), price("standard", 4, Audience::Anyone)];
    let mut unit = fixture.unit().await;
    unit.sections().replace_prices(view.concert.id, &sections[..1]).await.unwrap();
    unit.sections().replace_prices(view.concert.id, &[]).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = fixture.unit().await;
    assert_eq!(unit.sections().of_concert(view.concert.id).await.unwrap(), sections);
    unit.rollback().await.unwrap();
}

type Counters = (u32, u32, u32, u32);

async fn counters(fixture: &Fixture, view: &ConcertView) -> Vec<Counters> {
    let availability = fixture.ports.concerts.availability(view.concert.id).await.unwrap().unwrap();
    availability.sections.iter().map(|row| (row.available, row.held, row.sold, row.blocked)).collect()
}

fn change(section: &Section, by: [i64; 4]) -> CountChange {
    let [available, held, sold, blocked] = by;
    CountChange { position: section.position, available, held, sold, blocked, revenue: 0 }
}

/// Several sections in one call, and again in the same unit.
pub async fn counters_move_together(fixture: &Fixture) {
    let view = theatre(fixture).await;
    assert_eq!(counters(fixture, &view).await, [(8, 0, 0, 0), (20, 0, 0, 0)]);
    let sections = view.plan.sections();
    let mut unit = fixture.unit().await;
    let changes = [change(&sections[0], [-3, 1, 1, 1]), change(&sections[1], [-20, 0, 20, 0])];
    unit.sections().change_counts(view.concert.id, &changes).await.unwrap();
    unit.sections().change_counts(view.concert.id, &[change(&sections[0], [1, -1, 1, -1])]).await.unwrap();
    unit.sections().change_counts(view.concert.id, &[]).await.unwrap();
    assert_eq!(available(unit.as_mut(), &view).await, [6, 0]);
    unit.commit().await.unwrap();
    assert_eq!(counters(fixture, &view).await, [(6, 0, 2, 0), (0, 0, 20, 0)]);
}

/// How many tickets of each section are available, as a unit sees it.
async fn available(unit: &mut dyn SalesUnit, view: &ConcertView) -> Vec<u32> {
    let mut counted = Vec::new();
    for section in view.plan.sections() {
        counted.push(unit.sections().available(view.concert.id, section.position).await.unwrap());
    }
    counted
}

/// A unit sees how many tickets of a section are available, and fails for a section that does not exist.
pub async fn a_section_knows_how_many_tickets_are_available(fixture: &Fixture) {
    let view = theatre(fixture).await;
    theatre(fixture).await;
    let mut unit = fixture.unit().await;
    assert_eq!(available(unit.as_mut(), &view).await, [8, 20]);
    let none = unit.sections().available(view.concert.id, 99).await;
    assert!(none.is_err(), "{none:?}");
    unit.rollback().await.unwrap();
}

/// For each counter the unit fails, and after the rollback no counter has changed.
pub async fn no_counter_falls_below_zero(fixture: &Fixture) {
    let view = theatre(fixture).await;
    let section = &view.plan.sections()[0];
    for by in [[-9, 9, 0, 0], [1, -1, 0, 0], [1, 0, -1, 0], [1, 0, 0, -1]] {
        let mut unit = fixture.unit().await;
        let outcome = unit.sections().change_counts(view.concert.id, &[change(section, by)]).await;
        assert!(outcome.is_err(), "{by:?}");
        unit.rollback().await.unwrap();
    }
    assert_eq!(counters(fixture, &view).await, [(8, 0, 0, 0), (20, 0, 0, 0)]);
}
