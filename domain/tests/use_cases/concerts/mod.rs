//! Tests of concerts: managing them, and finding them in the catalogue.

mod catalogue;
mod fixtures;
mod service;
