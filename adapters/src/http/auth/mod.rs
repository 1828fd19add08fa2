//! Who is asking: access tokens in the `Authorization` header, refresh tokens in a cookie or a body.

mod access_token;
mod refresh_token;

pub use access_token::VerifyAccessToken;
pub(crate) use access_token::{Anybody, LoggedIn};
pub(crate) use refresh_token::{RefreshCookie, RefreshCookieSettings};
