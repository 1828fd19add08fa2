//! The rules of texts that users type, and how texts are compared in a search. Addresses, usernames and passwords have
//! their own rules in `users`, based on the characters that are defined here.

mod characters;
mod search;
mod visible;

pub(crate) use characters::is_invisible;
pub use search::{FOLD_VERSION, SEARCH_LENGTH_MAX, SEARCH_WORDS_MAX, fold, search_terms, searchable};
pub(crate) use visible::{paragraphs, single_line};
