//! What people do, from end to end.

mod caps;
mod concert_cancelled;
mod live;
mod members_price;
mod organiser;
mod walk;
