//! Accounts and sessions: who somebody is and what the platform lets them do.

mod credentials;
mod errors;
mod model;
mod ports;
mod refresh_token;

pub use credentials::{Password, PasswordHash};
pub use errors::{AddUserError, SecurityError};
pub use model::{Email, User, UserProfile, UserStatus, Username};
pub use ports::{
    AccessToken, AccessTokens, HasherError, PasswordHasher, RefreshTokenRepository, UserFilter, UserPosition,
    UserQueries, UserRepository,
};
#[cfg(feature = "testing")]
pub use ports::{
    MockAccessTokens, MockPasswordHasher, MockRefreshTokenRepository, MockUserQueries, MockUserRepository,
};
pub use refresh_token::{RefreshToken, RefreshTokenSecret, TokenHash};
