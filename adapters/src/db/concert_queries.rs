//! Concerts outside of units of work.

use std::cmp::Ordering;

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    Availability, Concert, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus, ConcertSummary,
    ConcertView, STANDARD_CATEGORY, SeatPlan, SeatStates, SectionCode, TicketNumber, TicketStatus,
};
use boxoffice_domain::shared::{ConcertId, Page, PageLimit, StoreError, Timestamp, UserId};
use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use super::batch::{Bound, Statement, Value};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::instr;
use super::organisers::{ACTING_ROLES, ACTING_STATUS};
use super::rows::{ConcertRow, PriceRow, SectionRow, assemble_counted, assemble_sections};
use super::schema::{concerts, organiser_members, prices, sections, users};
use super::sections::{prices_of, sections_of};
use super::types::{Id, Micros};

/// Tickets whose states one statement reads; its answer is a text of so many letters.
const STATES_AT_ONCE: i64 = 50_000;

/// The first letters of the states of a range of tickets, in the order of their numbers.
struct StateLetters;

impl Statement for StateLetters {
    const MYSQL: &'static str = "SELECT COALESCE(GROUP_CONCAT(LEFT(status, 1) ORDER BY number SEPARATOR ''), '') \
        FROM tickets WHERE concert_id = ? AND number BETWEEN ? AND ?";
    const SQLITE: &'static str = "SELECT COALESCE(GROUP_CONCAT(substr(status, 1, 1), '' ORDER BY number), '') \
        FROM tickets WHERE concert_id = ? AND number BETWEEN ? AND ?";
    type Columns = Text;
}

type Rows = (ConcertRow, Vec<SectionRow>, Vec<PriceRow>);

async fn concert_with_sections(conn: &mut Conn, id: Id) -> QueryResult<Option<Rows>> {
    let concert = on_conn!(&mut *conn, |c| {
        concerts::table.find(id).select(ConcertRow::as_select()).first(c).await.optional()
    })?;
    match concert {
        Some(concert) => Ok(Some((concert, sections_of(conn, id).await?, prices_of(conn, id).await?))),
        None => Ok(None),
    }
}

/// The numbers of a section, or of the whole concert; `None` for a section that does not exist.
async fn range_of(conn: &mut Conn, id: Id, section: Option<&str>) -> QueryResult<Option<(i64, i64)>> {
    let Some(code) = section else {
        return Ok(Some((1, i64::from(TicketNumber::MAX))));
    };
    on_conn!(conn, |c| {
        sections::table
            .filter(sections::concert_id.eq(id))
            .filter(sections::code.eq(code))
            .select((sections::first_number, sections::last_number))
            .first(c)
            .await
            .optional()
    })
}

async fn state_letters(conn: &mut Conn, id: Id, (first, last): (i64, i64)) -> QueryResult<String> {
    let mut letters = String::new();
    let mut from = first;
    while from <= last {
        let to = last.min(from + STATES_AT_ONCE - 1);
        let values = [Value::Id(id), Value::Int(from), Value::Int(to)];
        let chunk: String = on_conn!(&mut *conn, |c| Bound::<StateLetters>::new(&values).get_result(c).await)?;
        if chunk.is_empty() {
            break;
        }
        letters.push_str(&chunk);
        from = to + 1;
    }
    Ok(letters)
}

fn state(letter: char) -> Result<TicketStatus, StoreError> {
    let statuses = [TicketStatus::Available, TicketStatus::Held, TicketStatus::Sold, TicketStatus::Blocked];
    let status = statuses.into_iter().find(|status| status.as_str().starts_with(letter));
    status.ok_or_else(|| StoreError::inconsistent(format!("tickets.status begins with {letter:?}")))
}

fn position(order: ConcertOrder, concert: &Concert) -> ConcertPosition {
    match order {
        ConcertOrder::StartsAt | ConcertOrder::StartsAtDescending => {
            ConcertPosition::StartsAt(concert.details.starts_at, concert.id)
        }
        ConcertOrder::Name => ConcertPosition::Name(concert.details.name.clone(), concert.id),
    }
}

/// Concerts, each with its lowest standard price.
type Listed = Vec<(ConcertRow, Option<i64>)>;

/// Which concerts a part of a list is made of.
#[derive(Clone, Copy)]
enum Part {
    /// Of the organisers that a user is a member of.
    OfMember(UserId),
    /// Of everybody, in this status and not begun yet. One status each: of two together no index has the order, and every
    /// concert on sale would be read for each page.
    Public(ConcertStatus),
}

/// The first concerts of a part after a position, one more than a page has.
async fn part_of(
    conn: &mut Conn,
    part: Part,
    filter: &ConcertFilter,
    order: ConcertOrder,
    after: Option<&ConcertPosition>,
    limit: PageLimit,
    now: Timestamp,
) -> QueryResult<Listed> {
    on_conn!(conn, |c| {
        let lowest_price = prices::table
            .filter(prices::concert_id.eq(concerts::id))
            .filter(prices::code.eq(STANDARD_CATEGORY))
            .select(min(prices::amount))
            .single_value();
        let mut page = concerts::table
            .select((ConcertRow::as_select(), lowest_price))
            .limit(i64::from(limit.items()) + 1)
            .into_boxed();
        page = match part {
            Part::OfMember(user) => page.filter(
                concerts::organiser_id.eq_any(
                    organiser_members::table
                        .inner_join(users::table.on(users::id.eq(organiser_members::user_id)))
                        .filter(organiser_members::user_id.eq(Id::from(user)))
                        .filter(users::role.eq_any(ACTING_ROLES).and(users::status.eq(ACTING_STATUS)))
                        .select(organiser_members::organiser_id),
                ),
            ),
            Part::Public(status) if order == ConcertOrder::Name => {
                // Hidden behind a sum, or the optimizers find those to come by their start and sort all of them.
                let is_to_come = (concerts::starts_at + 0_i64).gt(Micros::from(now));
                page.filter(concerts::status.eq(status.as_str())).filter(is_to_come)
            }
            Part::Public(status) => {
                page.filter(concerts::status.eq(status.as_str())).filter(concerts::starts_at.gt(Micros::from(now)))
            }
        };
        for word in &filter.words {
            page = page.filter(instr(concerts::search_text, word).gt(0));
        }
        if let Some(artist) = &filter.artist {
            page = page.filter(instr(concerts::search_artist, artist).gt(0));
        }
        if let Some(location) = &filter.location {
            page = page.filter(instr(concerts::search_location, location).gt(0));
        }
        if let Some(from) = filter.from {
            page = page.filter(concerts::starts_at.ge(Micros::from(from)));
        }
        if let Some(to) = filter.to {
            page = page.filter(concerts::starts_at.lt(Micros::from(to)));
        }
        page = match order {
            ConcertOrder::StartsAt => page.order((concerts::starts_at, concerts::id)),
            ConcertOrder::StartsAtDescending => page.order((concerts::starts_at.desc(), concerts::id.desc())),
            ConcertOrder::Name => page.order((concerts::name, concerts::id)),
        };
        page = match after {
            None => page,
            Some(ConcertPosition::StartsAt(at, id)) => {
                let (at, id) = (Micros::from(*at), Id::from(*id));
                if order == ConcertOrder::StartsAtDescending {
                    let later = concerts::starts_at.lt(at).or(concerts::id.lt(id));
                    page.filter(concerts::starts_at.le(at)).filter(later)
                } else {
                    let later = concerts::starts_at.gt(at).or(concerts::id.gt(id));
                    page.filter(concerts::starts_at.ge(at)).filter(later)
                }
            }
            Some(ConcertPosition::Name(name, id)) => {
                page.filter(concerts::name.ge(name)).filter(concerts::name.gt(name).or(concerts::id.gt(Id::from(*id))))
            }
        };
        page.load(c).await
    })
}

/// What everybody may see of a list: more than a page, in no order.
async fn public_page(
    conn: &mut Conn,
    filter: &ConcertFilter,
    order: ConcertOrder,
    after: Option<&ConcertPosition>,
    limit: PageLimit,
    now: Timestamp,
) -> QueryResult<Option<Listed>> {
    let mut listed = part_of(conn, Part::Public(ConcertStatus::OnSale), filter, order, after, limit, now).await?;
    listed.extend(part_of(conn, Part::Public(ConcertStatus::Paused), filter, order, after, limit, now).await?);
    Ok(Some(listed))
}

/// In the order of a list.
fn compare(order: ConcertOrder, one: &Concert, other: &Concert) -> Ordering {
    let by_start = || (one.details.starts_at, one.id).cmp(&(other.details.starts_at, other.id));
    match order {
        ConcertOrder::StartsAt => by_start(),
        ConcertOrder::StartsAtDescending => by_start().reverse(),
        ConcertOrder::Name => (&one.details.name, one.id).cmp(&(&other.details.name, other.id)),
    }
}

#[async_trait]
impl ConcertQueries for Database {
    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError> {
        let rows = self.pools.reads.snapshot(async |conn| concert_with_sections(conn, id.into()).await).await?;
        rows.map(|(concert, sections, prices)| {
            Ok(ConcertView { concert: concert.try_into()?, plan: SeatPlan::new(assemble_sections(sections, prices)?) })
        })
        .transpose()
    }

    async fn list(
        &self,
        filter: &ConcertFilter,
        order: ConcertOrder,
        after: Option<ConcertPosition>,
        limit: PageLimit,
        now: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError> {
        let after = after.as_ref();
        let rows = match filter.member {
            // Whoever lists their own concerts may have changed one of them just now.
            Some(user) => {
                let part = Part::OfMember(user);
                let page =
                    self.pools.reads.read(async |conn| part_of(conn, part, filter, order, after, limit, now).await);
                page.await?
            }
            None => {
                let page = self
                    .pools
                    .find_lagging_in_snapshot(async |conn| public_page(conn, filter, order, after, limit, now).await);
                page.await?.unwrap_or_default()
            }
        };
        let mut items = rows
            .into_iter()
            .map(|(row, price_from)| Ok(ConcertSummary { concert: row.try_into()?, price_from }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        items.sort_by(|one, other| compare(order, &one.concert, &other.concert));
        Ok(Page::from_overfull(items, limit, |summary| position(order, &summary.concert)))
    }

    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError> {
        let rows = self.pools.reads.snapshot(async |conn| concert_with_sections(conn, id.into()).await).await?;
        rows.map(|(concert, sections, prices)| {
            Ok(Availability { concert: concert.try_into()?, sections: assemble_counted(sections, prices)? })
        })
        .transpose()
    }

    async fn seats(&self, id: ConcertId, section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError> {
        let code = section.as_ref().map(SectionCode::as_str);
        let read = self.pools.reads.snapshot(async |conn| {
            let Some(concert) = concert_with_sections(conn, id.into()).await? else {
                return Ok(None);
            };
            let range = range_of(conn, id.into(), code).await?;
            let letters = match range {
                Some(range) => state_letters(conn, id.into(), range).await?,
                None => String::new(),
            };
            Ok(Some((concert, range.map_or(1, |(first, _)| first), letters)))
        });
        let Some(((concert, sections, prices), first, letters)) = read.await? else {
            return Ok(None);
        };
        Ok(Some(SeatStates {
            concert: concert.try_into()?,
            plan: SeatPlan::new(assemble_sections(sections, prices)?),
            first: TicketNumber::new(super::rows::number("sections.first_number", first)?),
            states: letters.chars().map(state).collect::<Result<_, _>>()?,
        }))
    }
}
