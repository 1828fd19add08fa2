//! Authentication: access tokens in the `Authorization` header, refresh tokens in a cookie or a body.

mod access_token;
mod refresh_token;

pub(crate) use access_token::{ACCESS_TOKEN, Grant, LoggedIn, MaybeUser, check_access_token};
pub use access_token::{TokenRefusal, VerifiedToken, VerifyAccessToken};
pub(crate) use refresh_token::{RefreshCookie, RefreshCookieSettings};
