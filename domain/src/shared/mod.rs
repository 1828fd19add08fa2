//! Types that all modules share: ids, money, timestamps, the actor, pages, faults and store errors.

mod actor;
mod causes;
mod due;
mod faults;
mod ids;
mod money;
mod page;
mod store_error;
mod time;

pub use actor::{Actor, Role};
pub use causes::Causes;
pub use due::Due;
pub use faults::{Fault, Faults};
pub use ids::{
    BookingId, ConcertId, EventId, IdGenerator, OrganiserId, PaymentId, RefreshFamilyId, RefreshTokenId, RefundId,
    UserId,
};
pub use money::{Currency, Money, MoneyError};
pub use page::{Page, PageLimit};
pub use store_error::StoreError;
pub use time::{Clock, Timestamp};
