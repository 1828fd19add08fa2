//! Pagination of lists.

/// The number of items on a page: 1 to 100, by default 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    /// The most items on a page.
    pub const MAX: u16 = 100;
    /// The limit when the client gives none.
    pub const DEFAULT: Self = Self(20);

    /// A limit between 1 and [`PageLimit::MAX`]; `None` outside of it.
    pub fn new(items: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&items).then_some(Self(items))
    }

    /// The number of items.
    pub const fn items(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A page of a list and, unless it is the last one, the position after which the next page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The sort position of the last item if more items follow.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// Makes a page of items that were read with one item more than the limit. `position` returns an item's sort
    /// position.
    pub fn from_overfull(mut items: Vec<T>, limit: PageLimit, position: impl Fn(&T) -> P) -> Self {
        let size = usize::from(limit.items());
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(position) } else { None };
        Self { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, PageLimit};

    #[test]
    fn the_extra_item_only_shows_that_more_items_follow() {
        let limit = PageLimit::new(2).unwrap();
        let page = Page::from_overfull(vec![1, 2, 3], limit, |item| *item);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(2)));
        let last = Page::from_overfull(vec![1, 2], limit, |item| *item);
        assert_eq!((last.items, last.next), (vec![1, 2], None));
    }
}
