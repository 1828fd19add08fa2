//! User accounts and sessions: authentication and roles.

mod accounts;
mod commands;
mod credentials;
mod email;
mod errors;
mod events;
mod model;
mod ports;
mod refresh_token;
mod sessions;

pub use accounts::Accounts;
pub use commands::{ChangeOwnAccount, ChangeUser, RegisterUser};
pub use credentials::{Password, PasswordHash, PasswordStrength};
pub use email::Email;
pub(crate) use email::login_form;
use email::search_form;
pub use errors::{
    AddUserError, ChangeOwnError, ChangeUserError, EraseOwnError, HasherError, LogInError, ReadUserError, RefreshError,
    RegisterError, SecurityError,
};
pub use events::UserEvent;
pub use model::{User, UserProfile, UserStatus, Username};
pub use ports::{
    AccessToken, AccessTokens, ChangedUser, PasswordHasher, RefreshTokenRepository, UserFilter, UserPosition,
    UserQueries, UserRepository, UserUnit,
};
#[cfg(feature = "mocks")]
pub use ports::{
    MockAccessTokens, MockPasswordHasher, MockRefreshTokenRepository, MockUserQueries, MockUserRepository,
};
pub use refresh_token::{RefreshToken, RefreshTokenSecret, SealedSecret, TokenHash};
pub use sessions::{Session, SessionLifetimes, Sessions};
