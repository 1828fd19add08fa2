//! The measured and the reference systems: the shop on a database of its own, bare servers, the machine.

mod concert;
mod database;
mod meter;
mod reference;
mod rig;
mod shop;
mod users;

pub(crate) use concert::{Concert, VenueLayout};
pub(crate) use database::{Database, Kind, version as database_version};
pub(crate) use meter::{Meter, Usage, resident_mib};
pub(crate) use reference::{Reference, serve as serve_reference};
pub(crate) use rig::Rig;
pub(crate) use shop::{CommitMode, Shop, knows_commit_modes};
pub(crate) use users::Users;
