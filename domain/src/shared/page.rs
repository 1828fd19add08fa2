//! Lists, a page at a time.

/// How many items a page holds: 1 to 100, 20 when not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    /// The largest page.
    pub const MAX: u16 = 100;
    /// The page when nobody says how large.
    pub const DEFAULT: Self = Self(20);

    /// A limit between 1 and [`PageLimit::MAX`]; `None` outside of it.
    pub fn new(items: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&items).then_some(Self(items))
    }

    /// Items on the page.
    pub const fn items(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A page and, unless it is the last, the position after which the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The sort position of the last item when more follow.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// Cuts what was read with one item more than the limit into a page; `position` tells an item's place in the order.
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
    fn the_item_too_many_only_says_that_there_is_more() {
        let limit = PageLimit::new(2).unwrap();
        let page = Page::from_overfull(vec![1, 2, 3], limit, |item| *item);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(2)));
        let last = Page::from_overfull(vec![1, 2], limit, |item| *item);
        assert_eq!((last.items, last.next), (vec![1, 2], None));
    }
}
