//! Pages of lists.

use boxoffice_domain::shared::{Page, PageLimit};
use poem_openapi::Object;
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cursor::{Cursors, ListName};
use super::problem::Problem;

/// A page of a list.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "Page")]
pub(crate) struct PageDocument<T: Type + ParseFromJSON + ToJSON> {
    /// The items in the order of the list.
    pub(crate) items: Vec<T>,
    /// The `cursor` of the next page, with the same other parameters; `null` on the last page.
    #[oai(nullable)]
    pub(crate) next_cursor: Option<String>,
}

/// The requested part of a list.
pub(crate) struct PageRequest<P> {
    /// The most items.
    pub(crate) limit: PageLimit,
    /// The position after which the page begins; `None` for the first page.
    pub(crate) after: Option<P>,
}

/// The pages of one list.
pub(crate) struct Pages<'cursors> {
    cursors: &'cursors Cursors,
    list: ListName,
}

impl<'cursors> Pages<'cursors> {
    /// The pages of `list`.
    pub(crate) fn of(list: ListName, cursors: &'cursors Cursors) -> Self {
        Self { cursors, list }
    }

    /// The identity of the list.
    pub(crate) const fn list(&self) -> &ListName {
        &self.list
    }

    /// Parses the parameters `limit` and `cursor`.
    pub(crate) fn request<P: DeserializeOwned>(
        &self,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<PageRequest<P>, Problem> {
        let limit = match limit {
            None => PageLimit::DEFAULT,
            Some(items) => u16::try_from(items).ok().and_then(PageLimit::new).ok_or_else(|| {
                Problem::malformed_parameter("limit", "The parameter `limit` is a whole number from 1 to 100.")
            })?,
        };
        let after = cursor.map(|cursor| self.cursors.open(&self.list, cursor)).transpose()?;
        Ok(PageRequest { limit, after })
    }

    /// Converts a page to its document.
    pub(crate) fn document<T, P, D, S>(
        &self,
        page: Page<T, P>,
        show: impl FnMut(T) -> D,
        position: impl Fn(P) -> S,
    ) -> Result<PageDocument<D>, Problem>
    where
        D: Type + ParseFromJSON + ToJSON,
        S: Serialize,
    {
        let next_cursor = page.next.map(|next| self.cursors.seal(&self.list, &position(next))).transpose()?;
        Ok(PageDocument { items: page.items.into_iter().map(show).collect(), next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::Page;

    use super::super::cursor::{Cursors, ListName};
    use super::Pages;

    #[test]
    fn the_next_page_begins_where_this_one_ends() {
        let cursors = Cursors::new(&"secret".to_owned().into());
        let pages = Pages::of(ListName::new("numbers"), &cursors);
        let page = pages.document(Page { items: vec![1, 2], next: Some(2) }, |n: i32| n, |n: i32| n).unwrap();
        let next = pages.request::<i32>(Some(2), page.next_cursor.as_deref()).unwrap();
        assert_eq!((next.limit.items(), next.after), (2, Some(2)));
    }

    #[test]
    fn a_page_has_between_one_and_a_hundred_items() {
        let cursors = Cursors::new(&"secret".to_owned().into());
        let pages = Pages::of(ListName::new("numbers"), &cursors);
        let limit = |limit| pages.request::<i32>(limit, None).map(|request| request.limit.items());
        assert_eq!(limit(None).unwrap(), 20);
        assert_eq!(limit(Some(100)).unwrap(), 100);
        for wrong in [0, -1, 101, i64::MAX] {
            assert_eq!(limit(Some(wrong)).unwrap_err().kind().code, "malformed_request");
        }
    }
}
