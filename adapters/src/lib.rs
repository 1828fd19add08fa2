//! Everything of boxoffice that touches the outside, each thing behind a port of the domain.

mod address_quota;
mod client_disconnect;
pub mod concert_state;
pub mod db;
pub mod gateways;
pub mod group_commit;
pub mod http;
pub mod live;
pub mod responses;
pub mod security;
pub mod system;
pub mod workers;
