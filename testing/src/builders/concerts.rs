//! Builds concerts with their sections.

use boxoffice_domain::concerts::{
    Audience, Caps, Concert, ConcertDetails, ConcertStatus, ConcertView, PriceCategory, Row, RowLabel,
    STANDARD_CATEGORY, SeatPlan, Section, SectionCode, SectionKind, TicketNumber,
};
use boxoffice_domain::shared::{ConcertId, Currency, IdGenerator, OrganiserId, Timestamp};

use crate::clock::FixedClock;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Builds a concert on sale in euros: the sale began a day before [`FixedClock::START`] and ends after 29 days, the
/// concert begins after 30. Without any section named it has one, `A`, of 10 rows of 10 seats at 25.00.
#[derive(Debug, Clone)]
pub struct ConcertBuilder {
    concert: Concert,
    sections: Vec<Section>,
}

impl ConcertBuilder {
    /// A concert of a new organiser.
    pub fn new(ids: &dyn IdGenerator) -> Self {
        let start = FixedClock::START;
        let details = ConcertDetails {
            name: String::from("An Evening in May"),
            artist: String::from("The Examples"),
            description: String::from("Two sets, one interval."),
            venue: String::from("Test Hall"),
            location: String::from("Jakarta"),
            time_zone: String::from("Asia/Jakarta"),
            starts_at: start.plus_seconds(30 * DAY_SECONDS),
            sales_start_at: start.plus_seconds(-DAY_SECONDS),
            sales_end_at: start.plus_seconds(29 * DAY_SECONDS),
            refundable_until: None,
        };
        let concert = Concert {
            id: ConcertId::generate(ids),
            organiser: OrganiserId::generate(ids),
            details,
            currency: Currency::parse("EUR").unwrap(),
            caps: Caps::default(),
            status: ConcertStatus::OnSale,
            total: 0,
            available: 0,
            version: 1,
            revision: 1,
            created_at: start,
            updated_at: start,
            cancelled_at: None,
            cancellation_done_at: None,
        };
        Self { concert, sections: Vec::new() }
    }

    /// Sets the organiser.
    #[must_use]
    pub const fn organiser(mut self, organiser: OrganiserId) -> Self {
        self.concert.organiser = organiser;
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.concert.details.name);
        self
    }

    /// Changes the public details.
    #[must_use]
    pub fn details(mut self, change: impl FnOnce(&mut ConcertDetails)) -> Self {
        change(&mut self.concert.details);
        self
    }

    /// Sets the start.
    #[must_use]
    pub const fn starts_at(mut self, at: Timestamp) -> Self {
        self.concert.details.starts_at = at;
        self
    }

    /// Sets the start and the end of the sale.
    #[must_use]
    pub const fn sale(mut self, from: Timestamp, to: Timestamp) -> Self {
        self.concert.details.sales_start_at = from;
        self.concert.details.sales_end_at = to;
        self
    }

    /// Sets until when bookings are refundable.
    #[must_use]
    pub const fn refundable_until(mut self, at: Timestamp) -> Self {
        self.concert.details.refundable_until = Some(at);
        self
    }

    /// Sets the caps.
    #[must_use]
    pub const fn caps(mut self, caps: Caps) -> Self {
        self.concert.caps = caps;
        self
    }

    /// Removes all caps.
    #[must_use]
    pub const fn uncapped(self) -> Self {
        self.caps(Caps {
            max_tickets_per_booking: None,
            max_tickets_per_user: None,
            max_pending_bookings_per_user: None,
        })
    }

    /// Sets the status; a cancelled concert was cancelled at [`FixedClock::START`].
    #[must_use]
    pub fn status(mut self, status: ConcertStatus) -> Self {
        self.concert.status = status;
        self.concert.cancelled_at = (status == ConcertStatus::Cancelled).then_some(FixedClock::START);
        self
    }

    /// Sets the currency.
    #[must_use]
    pub fn currency(mut self, code: &str) -> Self {
        self.concert.currency = Currency::parse(code).unwrap();
        self
    }

    /// Adds a section of `rows` rows, labelled 1, 2, 3 …, of `seats` seats each, at one price in minor units.
    #[must_use]
    pub fn seated(self, code: &str, rows: u32, seats: u32, price: i64) -> Self {
        let row = |label: u32| Row {
            label: RowLabel::parse(&label.to_string()).unwrap(),
            seats,
            first: 1,
            gaps: Vec::new(),
            marks: Vec::new(),
        };
        self.with(code, SectionKind::Seated { rows: (1..=rows).map(row).collect() }, price)
    }

    /// Adds a standing section at one price in minor units.
    #[must_use]
    pub fn standing(self, code: &str, capacity: u32, price: i64) -> Self {
        self.with(code, SectionKind::Standing { capacity }, price)
    }

    /// Adds a price category to the last section.
    #[must_use]
    pub fn category(self, code: &str, amount: i64) -> Self {
        self.category_for(Audience::Anyone, code, amount)
    }

    /// Adds a price category for an audience to the last section.
    #[must_use]
    pub fn category_for(mut self, audience: Audience, code: &str, amount: i64) -> Self {
        let section = self.sections.last_mut().expect("name a section first");
        section.prices.push(PriceCategory { code: code.to_owned(), name: code.to_uppercase(), amount, audience });
        self
    }

    /// Changes the last section.
    #[must_use]
    pub fn section(mut self, change: impl FnOnce(&mut Section)) -> Self {
        change(self.sections.last_mut().expect("name a section first"));
        self
    }

    fn with(mut self, code: &str, kind: SectionKind, price: i64) -> Self {
        let standard = PriceCategory {
            code: STANDARD_CATEGORY.to_owned(),
            name: String::from("Standard"),
            amount: price,
            audience: Audience::Anyone,
        };
        self.sections.push(Section {
            position: u16::MAX,
            code: SectionCode::parse(code).unwrap(),
            name: format!("Section {code}"),
            kind,
            plan: None,
            first: TicketNumber::new(0),
            last: TicketNumber::new(0),
            prices: vec![standard],
        });
        self
    }

    /// Returns the concert with its plan. All tickets are available.
    pub fn build(self) -> ConcertView {
        if self.sections.is_empty() {
            return self.seated("A", 10, 10, 2_500).build();
        }
        let plan = SeatPlan::new(self.sections);
        let concert = Concert { total: plan.total(), available: plan.total(), ..self.concert };
        ConcertView { concert, plan }
    }
}
