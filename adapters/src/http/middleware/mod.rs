//! The middleware around every operation, from outside to inside: [`RequestIds`], [`Observed`], [`SecurityHeaders`],
//! [`Problems`], [`Misdirected`], [`BodyArrival`], [`Detached`], [`Capacity`], [`Compressed`]; and around the API only [`Parameters`].

mod arriving_bodies;
mod body_arrival;
mod capacity;
mod compressed;
mod detached;
mod misdirected;
mod observed;
mod parameters;
mod problems;
mod request_id;
pub(crate) mod security_headers;

pub(crate) use body_arrival::BodyArrival;
pub(crate) use capacity::{Capacity, Permits};
pub(crate) use compressed::Compressed;
pub(crate) use detached::Detached;
pub(crate) use misdirected::Misdirected;
pub(crate) use observed::{Observed, OperationMetrics, record_refusal};
pub(crate) use parameters::Parameters;
pub(crate) use problems::Problems;
pub(crate) use request_id::{RequestId, RequestIds, X_REQUEST_ID};
pub(crate) use security_headers::{PageSecurity, SecurityHeaders};
