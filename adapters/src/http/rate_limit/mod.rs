//! Rate limits on expensive or abusable operations. Counted in this process by client address; an IPv6 /64 network
//! counts as one.

mod budget;
mod password_attempts;
mod registration_limit;
mod registrations;

pub(crate) use password_attempts::{Attempt, PasswordAttempts};
pub(crate) use registration_limit::RegistrationLimit;
pub(crate) use registrations::{disclosing, limited};
