//! Lists with rows that cannot be read, because they are damaged or a newer version of the program wrote them. A list
//! leaves them out; who asks for such a row by its id gets an error.

use boxoffice_domain::shared::{Causes, Page, PageLimit, StoreError};
use uuid::Uuid;

use super::types::Id;

/// How many reads a page is filled with at most. Among more rows than that which cannot be read, a page is shorter than
/// its limit, and the next one begins behind them.
const READS_A_PAGE: u32 = 10;

/// The content of a row. A row that cannot be read is logged and left out.
pub(super) fn if_readable<T>(table: &'static str, id: Id, read: Result<T, StoreError>) -> Option<T> {
    let log = |error: &StoreError| {
        let (id, error) = (Uuid::from_bytes(id.0), Causes(error));
        tracing::warn!(table, %id, %error, "a row cannot be read; lists leave it out");
    };
    read.inspect_err(log).ok()
}

/// The items of a list after a position, out of rows that are read until they are enough.
pub(super) struct ReadableList<T, P> {
    wanted: usize,
    reads_left: u32,
    items: Vec<T>,
    after: Option<P>,
    has_more: bool,
}

impl<T, P> ReadableList<T, P> {
    /// A page.
    pub(super) fn page(limit: PageLimit, after: Option<P>) -> Self {
        Self { reads_left: READS_A_PAGE, ..Self::batch(limit.items().into(), after) }
    }

    /// So many items: fewer only when there are no more.
    pub(super) fn batch(wanted: u32, after: Option<P>) -> Self {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Self { wanted, reads_left: u32::MAX, items: Vec::new(), after, has_more: true }
    }

    /// Whether there are too few items, and rows to read.
    pub(super) fn is_short(&self) -> bool {
        self.has_more && self.reads_left > 0 && self.items.len() < self.wanted
    }

    /// Behind which row the next read begins.
    pub(super) fn after(&self) -> Option<&P> {
        self.after.as_ref()
    }

    /// How many rows a read asks for: one more than items are wanted, which says that there are more.
    pub(super) fn rows(&self) -> i64 {
        i64::try_from(self.wanted).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Takes what was read, in the order of the list.
    pub(super) fn take<Row>(&mut self, rows: Vec<Row>, position: impl Fn(&Row) -> P, item: impl Fn(Row) -> Option<T>) {
        self.reads_left = self.reads_left.saturating_sub(1);
        self.has_more = rows.len() > self.wanted;
        let mut rows = rows.into_iter().take(self.wanted);
        while self.items.len() < self.wanted {
            let Some(row) = rows.next() else { return };
            self.after = Some(position(&row));
            self.items.extend(item(row));
        }
        self.has_more |= rows.next().is_some();
    }

    /// The items. The next page begins behind every row that was read for this one.
    pub(super) fn into_page(self) -> Page<T, P> {
        Page { next: self.after.filter(|_| self.has_more), items: self.items }
    }

    /// The items alone.
    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::PageLimit;

    use super::{READS_A_PAGE, ReadableList};

    /// One page of the numbers up to 100 that are no multiples of ten, behind a number.
    fn page(limit: u16, after: Option<u32>, is_readable: impl Fn(u32) -> bool) -> (Vec<u32>, Option<u32>) {
        let mut list = ReadableList::page(PageLimit::new(limit).unwrap(), after);
        while list.is_short() {
            let first = list.after().map_or(1, |after| after + 1);
            let rows = (first..=100).take(usize::try_from(list.rows()).unwrap()).collect();
            list.take(rows, |row| *row, |row| is_readable(row).then_some(row));
        }
        let page = list.into_page();
        (page.items, page.next)
    }

    #[test]
    fn pages_are_full_and_hold_everything_once_although_rows_are_left_out() {
        let rules: [fn(u32) -> bool; 4] = [|_| true, |row| row % 10 != 0, |row| row.is_multiple_of(3), |row| row > 5];
        for (limit, is_readable) in
            [1, 2, 3, 7, 33, 99, 100].into_iter().flat_map(|limit| rules.map(|rule| (limit, rule)))
        {
            let (mut found, mut after) = (Vec::<u32>::new(), None);
            loop {
                let (items, next) = page(limit, after, is_readable);
                found.extend(&items);
                let Some(next) = next else { break };
                assert_eq!(items.len(), usize::from(limit));
                after = Some(next);
            }
            assert_eq!(found, (1..=100).filter(|row| is_readable(*row)).collect::<Vec<_>>(), "{limit} a page");
        }
    }

    #[test]
    fn a_page_that_finds_too_few_goes_on_behind_what_it_read() {
        assert_eq!(page(2, None, |row| row > 90), (Vec::new(), Some(2 * READS_A_PAGE)));
    }

    #[test]
    fn a_batch_ends_only_where_the_rows_end() {
        let mut list = ReadableList::batch(2, None);
        while list.is_short() {
            let first = list.after().map_or(1, |after| after + 1);
            list.take((first..=100).take(3).collect(), |row| *row, |row| (row > 90).then_some(row));
        }
        assert_eq!(list.into_items(), [91, 92]);
    }
}
