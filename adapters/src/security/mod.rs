//! Passwords and access tokens.

mod argon2;
mod fair_queue;
mod jwt;
mod revocations;

pub use argon2::{Argon2Cost, Argon2Hasher};
pub use jwt::{JwtTokens, WeakSecret};
pub use revocations::{CurrentTokens, TokenRevocations};
