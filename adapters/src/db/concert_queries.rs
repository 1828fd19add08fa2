//! Concerts outside of units of work.

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    Availability, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus, ConcertSummary,
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
use super::readable::{ReadableList, if_readable};
use super::rows::{ConcertRow, PriceRow, SectionRow, assemble_counted, assemble_sections};
use super::schema::{concerts, organiser_members, prices, sections, users};
use super::sections::{prices_of, sections_of};
use super::types::{Id, Micros};

/// The number of tickets whose states one statement reads. The result is a text with one letter per ticket.
const STATES_AT_ONCE: i64 = 50_000;

/// The first letter of each ticket's status in a range, in the order of the numbers.
struct StateLetters;

impl Statement for StateLetters {
    const MYSQL: &'static str = "SELECT COALESCE(GROUP_CONCAT(LEFT(status, 1) ORDER BY number SEPARATOR ''), '') \
        FROM tickets FORCE INDEX (PRIMARY) WHERE concert_id = ? AND number BETWEEN ? AND ?";
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

/// The first and last number of a section, or of the whole concert. `None` if the section does not exist.
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

/// Concerts, each with its lowest standard price.
type Listed = Vec<(ConcertRow, Option<i64>)>;

/// The concerts that one query of a list selects.
#[derive(Clone, Copy)]
enum Part {
    /// The concerts of the organisers that a user is a member of.
    OfMember(UserId),
    /// The public concerts with this status that have not started. Each query has one status: no index has the order of
    /// two statuses together, and every page would read all concerts on sale.
    Public(ConcertStatus),
}

/// At most `rows` concerts of a part, after a position.
async fn part_of(
    conn: &mut Conn,
    part: Part,
    filter: &ConcertFilter,
    order: ConcertOrder,
    after: Option<&ConcertPosition>,
    rows: i64,
    now: Timestamp,
) -> QueryResult<Listed> {
    on_conn!(conn, |c| {
        let lowest_price = prices::table
            .filter(prices::concert_id.eq(concerts::id))
            .filter(prices::code.eq(STANDARD_CATEGORY))
            .select(min(prices::amount))
            .single_value();
        let mut page = concerts::table.select((ConcertRow::as_select(), lowest_price)).limit(rows).into_boxed();
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
                // The sum keeps the optimizers from the index of the start time: they would sort all future concerts.
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

/// At most `rows` concerts that are public, of a list.
async fn public_page(
    conn: &mut Conn,
    filter: &ConcertFilter,
    order: ConcertOrder,
    after: Option<&ConcertPosition>,
    rows: i64,
    now: Timestamp,
) -> QueryResult<Listed> {
    let mut listed = part_of(conn, Part::Public(ConcertStatus::OnSale), filter, order, after, rows, now).await?;
    listed.extend(part_of(conn, Part::Public(ConcertStatus::Paused), filter, order, after, rows, now).await?);
    listed.sort_by(|(one, _), (other, _)| one.compare(other, order));
    listed.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    Ok(listed)
}

/// A concert of a list.
fn readable_summary((row, price_from): (ConcertRow, Option<i64>)) -> Option<ConcertSummary> {
    let concert = if_readable("concerts", row.id(), row.try_into())?;
    Some(ConcertSummary { concert, price_from })
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
        let mut list = ReadableList::page(limit, after);
        while list.is_short() {
            let (after, rows) = (list.after(), list.rows());
            let read = match filter.member {
                // Not from the replica: members may have just changed one of their own concerts.
                Some(user) => {
                    let part = Part::OfMember(user);
                    let read =
                        self.pools.reads.read(async |conn| part_of(conn, part, filter, order, after, rows, now).await);
                    read.await?
                }
                None => {
                    let read = self.pools.find_lagging_in_snapshot(async |conn| {
                        public_page(conn, filter, order, after, rows, now).await.map(Some)
                    });
                    read.await?.unwrap_or_default()
                }
            };
            list.take(read, |(concert, _)| concert.position(order), readable_summary);
        }
        Ok(list.into_page())
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
