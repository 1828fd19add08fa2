//! What is measured: the shop on a database of its own, of this or of the reference commit, and bare servers.

pub(crate) mod bare;
mod concert;
mod database;
mod meter;
mod rig;
mod shop;
mod users;

pub(crate) use bare::BareServer;
pub(crate) use concert::{Concert, VenueLayout};
pub(crate) use database::{Database, Kind, version as database_version};
pub(crate) use meter::{Meter, Usage, resident_mib};
pub(crate) use rig::Rig;
pub(crate) use shop::{CommitMode, Shop};
pub(crate) use users::Users;
