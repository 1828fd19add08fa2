//! Refreshes search texts that an older version of the program folded.

use boxoffice_domain::concerts::Concert;
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::text::{FOLD_VERSION, fold};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::{Conn, on_conn};
use super::database::Database;
use super::readable::if_readable;
use super::rows::ConcertRow;
use super::schema::concerts;
use super::types::Id;

/// The number of concerts that one query reads.
const FOLDED_AT_ONCE: i64 = 500;

impl Database {
    /// Folds the search texts again that an older version of the program wrote. Returns how many there were. An
    /// instance of that version that still runs beside this one may write more; the next start refreshes them.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails. Texts that were refreshed before that stay.
    pub async fn refresh_search_texts(&self) -> Result<u64, StoreError> {
        let (mut folded, mut after) = (0, None);
        loop {
            let outdated = self.pools.units.write(async |conn| outdated(conn, after).await).await?;
            let Some(last) = outdated.last() else {
                return Ok(folded);
            };
            after = Some(last.id());
            for row in outdated {
                let Some(concert) = if_readable("concerts", row.id(), row.try_into()) else { continue };
                self.pools.units.write(async |conn| fold_again(conn, &concert).await).await?;
                folded += 1;
            }
        }
    }
}

async fn outdated(conn: &mut Conn, after: Option<Id>) -> QueryResult<Vec<ConcertRow>> {
    on_conn!(conn, |c| {
        let mut older = concerts::table
            .filter(concerts::search_fold.lt(FOLD_VERSION))
            .order(concerts::id)
            .limit(FOLDED_AT_ONCE)
            .select(ConcertRow::as_select())
            .into_boxed();
        if let Some(after) = after {
            older = older.filter(concerts::id.gt(after));
        }
        older.load(c).await
    })
}

/// Skips a concert that was edited since it was read: the edit folded its texts.
async fn fold_again(conn: &mut Conn, concert: &Concert) -> QueryResult<usize> {
    let details = &concert.details;
    on_conn!(conn, |c| {
        let older = concerts::table
            .filter(concerts::id.eq(Id::from(concert.id)))
            .filter(concerts::search_fold.lt(FOLD_VERSION));
        let texts = (
            concerts::search_text.eq(details.search_text()),
            concerts::search_artist.eq(fold(&details.artist)),
            concerts::search_location.eq(fold(&details.location)),
            concerts::search_fold.eq(FOLD_VERSION),
        );
        diesel::update(older).set(texts).execute(c).await
    })
}
