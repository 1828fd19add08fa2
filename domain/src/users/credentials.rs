//! Passwords, their strength and their hashes.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::shared::Faults;

/// A plain password in a normal form that does not depend on the keyboard: compatibility composed (NFKC), like the
/// `OpaqueString` profile of RFC 8265, but with wide forms of letters and blanks folded too. Never printed, never
/// stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    text: String,
    /// The text as typed, where it differs. Hashes that are older than the normal form are of this text.
    as_typed: Option<String>,
}

impl Password {
    /// The shortest password, in characters.
    pub const MIN_LENGTH: usize = 10;
    /// The longest password, in characters. Bounds the work of judging and hashing one.
    pub const MAX_LENGTH: usize = 128;

    /// Checks the length of a new password. [`super::PasswordHasher::strength`] judges its strength, which takes long.
    ///
    /// # Errors
    /// A fault at `pointer`.
    pub fn choose(text: &str, pointer: &str) -> Result<Self, Faults> {
        let password = Self::of(text);
        let length = password.text.chars().count();
        if length < Self::MIN_LENGTH {
            return Err(Faults::one(pointer, "too_short", "a password has at least 10 characters"));
        }
        if length > Self::MAX_LENGTH {
            return Err(Faults::one(pointer, "too_long", "a password has at most 128 characters"));
        }
        Ok(password)
    }

    /// A password that is typed to log in. `None` when it is longer than any password can be.
    pub fn offered(text: &str) -> Option<Self> {
        (text.chars().count() <= Self::MAX_LENGTH).then(|| Self::of(text))
    }

    fn of(typed: &str) -> Self {
        let text: String = typed.nfkc().map(|c| if c.is_whitespace() && !c.is_control() { ' ' } else { c }).collect();
        let as_typed = (text != typed).then(|| typed.to_owned());
        Self { text, as_typed }
    }

    /// The text in the normal form, for the hasher.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The text as typed, for hashes that are older than the normal form; `None` where both are the same.
    pub fn expose_as_typed(&self) -> Option<&str> {
        self.as_typed.as_deref()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How hard a password is to guess, as a zxcvbn score. 0 is guessed at once. 2 resists guessing through the log-in. 3
/// (10^8 guesses and more) also resists an attacker who has the slow hash, for a while; 4 does so for years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PasswordStrength(u8);

impl PasswordStrength {
    /// The lowest strength that a new password may have.
    pub const REQUIRED: Self = Self(3);

    /// The strength of a password that is guessed at once.
    pub const WEAKEST: Self = Self(0);

    /// The strength of a score from 0 to 4.
    pub const fn from_score(score: u8) -> Self {
        Self(score)
    }

    /// Checks that a new password is strong enough.
    ///
    /// # Errors
    /// A fault at `pointer`.
    pub(super) fn require(self, pointer: &str) -> Result<(), Faults> {
        if self < Self::REQUIRED {
            return Err(Faults::one(pointer, "too_weak", "this password is easy to guess; add a few more words"));
        }
        Ok(())
    }
}

/// A password's hash in the PHC string format. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string.
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
    use super::{Password, PasswordStrength};

    #[test]
    fn a_password_has_10_to_128_characters() {
        for text in ["short", "nine char", &"x".repeat(129)] {
            assert!(Password::choose(text, "/password").is_err(), "{text}");
        }
        for text in ["ten chars.", "velvet otter harbour 9", &"x".repeat(128)] {
            assert!(Password::choose(text, "/password").is_ok(), "{text}");
        }
    }

    #[test]
    fn a_password_that_is_guessed_soon_is_refused() {
        let outcomes = [0, 1, 2, 3, 4].map(|score| PasswordStrength::from_score(score).require("/password").is_ok());
        assert_eq!(outcomes, [false, false, false, true, true]);
    }

    #[test]
    fn every_keyboard_types_the_same_password() {
        let composed = Password::choose("caf\u{e9} harbour 12", "/password").unwrap();
        for typed in
            ["cafe\u{301} harbour 12", "caf\u{e9}\u{a0}harbour\u{3000}12", "caf\u{e9} harbour \u{ff11}\u{ff12}"]
        {
            let password = Password::offered(typed).unwrap();
            assert_eq!(password.expose(), composed.expose(), "{typed}");
            assert_eq!(password.expose_as_typed(), Some(typed));
        }
        assert_eq!(composed.expose_as_typed(), None);
    }

    #[test]
    fn nothing_prints_a_password() {
        let password = Password::choose("velvet otter harbour 9", "/password").unwrap();
        assert!(!format!("{password:?}").contains("otter"));
    }
}
