//! Passwords and access tokens.

mod argon2;
mod jwt;

pub use argon2::{Argon2Cost, Argon2Hasher};
pub use jwt::{JwtTokens, WeakSecret};
