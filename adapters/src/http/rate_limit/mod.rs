//! How often one client may do what costs others something. Counted in this process, by address; an IPv6 network of 64
//! bits counts as one.

mod budget;
mod password_attempts;
mod registrations;

pub(crate) use password_attempts::{Attempt, PasswordAttempts};
pub(crate) use registrations::{RegistrationLimit, disclosing, limited};
