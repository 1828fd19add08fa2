//! What text people may give, and how it is compared: visible texts, and text as a search sees it. Addresses, usernames
//! and passwords have their rules in `users`, on the characters that are defined here.

mod characters;
mod search;
mod visible;

pub(crate) use characters::is_invisible;
pub use search::{FOLD_VERSION, SEARCH_LENGTH_MAX, SEARCH_WORDS_MAX, fold, search_terms, searchable};
pub(crate) use visible::{paragraphs, single_line};
