//! Complete user flows.

mod caps;
mod concert_cancelled;
mod live;
mod members_price;
mod organiser;
mod walk;
