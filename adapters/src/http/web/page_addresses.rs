//! The addresses that the shop has pages for.

use uuid::Uuid;

use boxoffice_domain::shared::ConcertId;

/// The addresses of the web router. A test of the web pages compares this shared list with the router.
const ADDRESSES: &str = include_str!("../../../../web/page-addresses.json");

/// The first segment of the pages about a concert.
const CONCERTS: &str = "concerts";

/// The addresses of pages as segments; one that begins with `:` is a parameter.
#[derive(Debug)]
pub(super) struct PageAddresses(Vec<Vec<String>>);

impl PageAddresses {
    /// The pages that the program was built with.
    pub(super) fn of_shop() -> Self {
        let addresses: Vec<String> = serde_json::from_str(ADDRESSES).unwrap_or_default();
        let segments = |address: &String| segments_of(address).map(str::to_owned).collect();
        Self(addresses.iter().map(segments).collect())
    }

    /// Whether a page exists. As in the router, case and a trailing slash are ignored.
    pub(super) fn contains(&self, path: &str) -> bool {
        let alike = |expected: &String, given: &str| expected.starts_with(':') || expected.eq_ignore_ascii_case(given);
        let given: Vec<&str> = segments_of(path).collect();
        let matches = |address: &Vec<String>| {
            address.len() == given.len() && address.iter().zip(&given).all(|(expected, given)| alike(expected, given))
        };
        self.0.iter().any(matches)
    }
}

/// The concert that a public page is about.
pub(super) fn concert_of(path: &str) -> Option<Result<ConcertId, NoId>> {
    let mut segments = segments_of(path);
    let is_of_concert = segments.next().is_some_and(|first| first.eq_ignore_ascii_case(CONCERTS));
    let id = segments.next().filter(|_| is_of_concert)?;
    Some(Uuid::try_parse(id).map(ConcertId::from_uuid).map_err(|_| NoId))
}

/// The address has something else in the place of a concert's id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoId;

fn segments_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{NoId, PageAddresses, concert_of};

    #[test]
    fn the_addresses_of_the_router_are_pages_and_no_others() {
        let pages = PageAddresses::of_shop();
        for page in ["/", "", "/login", "/Bookings/", "/concerts/7", "/concerts/7/seats", "/manage/7/bookings/8"] {
            assert!(pages.contains(page), "{page}");
        }
        for other in ["/concerts", "/concerts/7/8", "/wp-login", "/manage/7/8/9/0", "/api"] {
            assert!(!pages.contains(other), "{other}");
        }
    }

    #[test]
    fn a_page_about_a_concert_names_it() {
        let id = "01980c2a-7b1e-7000-8000-000000000002";
        assert!(matches!(concert_of(&format!("/concerts/{id}/seats")), Some(Ok(found)) if found.to_string() == id));
        assert_eq!(concert_of("/concerts/7"), Some(Err(NoId)));
        assert_eq!(concert_of("/bookings/7"), None);
        assert_eq!(concert_of("/"), None);
    }
}
