//! Passwords, in the clear for as short as possible.

use std::fmt;

use crate::shared::Faults;

/// A password as somebody typed it. Never printed, never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The shortest password, in characters.
    pub const MIN_LENGTH: usize = 10;
    /// The longest password, in characters: it bounds the work of judging and hashing one.
    pub const MAX_LENGTH: usize = 128;
    /// The least strength of a new password, on zxcvbn's scale of 0 to 4.
    const MIN_STRENGTH: u8 = 2;

    /// A new password, long and hard to guess enough, also for somebody who knows the `hints` (name, address).
    ///
    /// # Errors
    /// What is wrong with it, at `pointer`.
    pub fn choose(text: &str, hints: &[&str], pointer: &str) -> Result<Self, Faults> {
        let length = text.chars().count();
        if length < Self::MIN_LENGTH {
            return Err(Faults::one(pointer, "too_short", "a password has at least 10 characters"));
        }
        if length > Self::MAX_LENGTH {
            return Err(Faults::one(pointer, "too_long", "a password has at most 128 characters"));
        }
        if u8::from(zxcvbn::zxcvbn(text, hints).score()) < Self::MIN_STRENGTH {
            return Err(Faults::one(pointer, "too_weak", "this password is easy to guess; add a few more words"));
        }
        Ok(Self(text.to_owned()))
    }

    /// A password offered to log in: whatever was typed, as long as it is not absurdly long.
    pub fn offered(text: &str) -> Option<Self> {
        (text.chars().count() <= Self::MAX_LENGTH).then(|| Self(text.to_owned()))
    }

    /// The text, for the hasher.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash in the PHC string format. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a hasher made.
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the hasher and the store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Password;

    #[test]
    fn easy_passwords_are_refused() {
        let hints = ["margarethe", "margarethe@example.com"];
        for text in ["short", "password12", "aaaaaaaaaaaaaaaa", "margarethe1", &"x".repeat(129)] {
            assert!(Password::choose(text, &hints, "/password").is_err(), "{text}");
        }
        assert!(Password::choose("velvet otter harbour 9", &hints, "/password").is_ok());
    }

    #[test]
    fn nothing_prints_a_password() {
        let password = Password::choose("velvet otter harbour 9", &[], "/password").unwrap();
        assert!(!format!("{password:?}").contains("otter"));
    }
}
