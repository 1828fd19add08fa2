//! Everything of boxoffice that touches the outside, each thing behind a port of the domain.

pub mod cache;
pub mod db;
pub mod desk;
pub mod gateways;
pub mod http;
pub mod live;
mod places;
mod presence;
pub mod seat_maps;
pub mod security;
pub mod system;
pub mod workers;
