//! Authentication: access tokens in the `Authorization` header, refresh tokens in a cookie or a body.

mod access_token;
mod refresh_token;
mod token_verifier;

pub(crate) use access_token::{ACCESS_TOKEN, Grant, LoggedIn, MaybeUser, check_access_token};
pub(crate) use refresh_token::{RefreshCookie, RefreshCookieSettings};
pub use token_verifier::{TokenRefusal, VerifiedToken, VerifyAccessToken};
