//! A user account: its name, status and data.

use crate::shared::{Faults, Role, Timestamp, UserId};

use super::{Email, PasswordHash};

/// The prefix of an erased user's name. Such a name cannot be registered.
const ERASED_NAME_PREFIX: &str = "erased-";

/// A name to log in with: 3 to 32 of `a-z 0-9 _ . -`, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// The shortest name, in characters.
    pub const MIN_LENGTH: usize = 3;
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 32;

    /// Parses a name: trims the text and makes it lower case.
    ///
    /// # Errors
    /// All faults of the name, at `pointer`.
    pub fn parse(text: &str, pointer: &str) -> Result<Self, Faults> {
        let name = text.trim().to_lowercase();
        let length_fits = (Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&name.chars().count());
        let letters_fit = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '-'));
        let mut faults = Faults::new();
        faults.require(length_fits, pointer, "length", "a username has 3 to 32 characters");
        faults.require(letters_fit, pointer, "characters", "a username has only the characters a-z 0-9 _ . -");
        faults.require(!name.starts_with(ERASED_NAME_PREFIX), pointer, "reserved", "this username is reserved");
        faults.into_result().map(|()| Self(name))
    }

    /// Restores a name from the database without checks.
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// The user can log in.
    Active,
    /// An admin has locked the account.
    Suspended,
    /// The user has erased the account. The row stays for the records, without name, address and password.
    Erased,
}

impl UserStatus {
    /// The status' name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Erased => "erased",
        }
    }

    /// The status with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Erased].into_iter().find(|status| status.as_str() == name)
    }
}

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The name to log in with, unique. After erasure `erased-` and a part of the id.
    pub username: Username,
    /// The e-mail address, unique. After erasure one in the domain `erased.invalid`.
    pub email: Email,
    /// The hash of the password; `None` after erasure.
    pub password_hash: Option<PasswordHash>,
    /// The role on the platform.
    pub role: Role,
    /// Whether the user can log in.
    pub status: UserStatus,
    /// 1 when registered, plus 1 with each change; equals the version of the user's newest event.
    pub version: u64,
    /// When the user registered.
    pub created_at: Timestamp,
    /// When the account changed last.
    pub updated_at: Timestamp,
}

/// The data of a user that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// The user's id.
    pub id: UserId,
    /// The name to log in with.
    pub username: Username,
    /// The e-mail address.
    pub email: Email,
    /// The role on the platform.
    pub role: Role,
    /// Whether the user can log in.
    pub status: UserStatus,
    /// When the user registered.
    pub created_at: Timestamp,
}

impl User {
    /// The data that may be shown.
    pub fn profile(&self) -> UserProfile {
        UserProfile {
            id: self.id,
            username: self.username.clone(),
            email: self.email.clone(),
            role: self.role,
            status: self.status,
            created_at: self.created_at,
        }
    }

    /// Whether the user can log in.
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// Whether the user is an admin who can log in.
    pub fn is_active_admin(&self) -> bool {
        self.is_active() && self.role == Role::Admin
    }

    /// Removes all personal data, so that the row can stay for the records. The account can no longer log in, and
    /// others can register its name and address.
    pub(super) fn erase(&mut self) {
        let id = self.id.uuid().simple().to_string();
        // Only the random part of the id: the whole id would make the name too long, and this part is unique.
        let random_part = id.get(id.len() - (Username::MAX_LENGTH - ERASED_NAME_PREFIX.len())..).unwrap_or(&id);
        self.username = Username(format!("{ERASED_NAME_PREFIX}{random_part}"));
        self.email = Email::of_erased(&id);
        self.password_hash = None;
        self.status = UserStatus::Erased;
    }

    /// Increments the version for a change at `now`.
    pub(super) fn touch(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::Username;

    #[test]
    fn names_are_normalised() {
        assert_eq!(Username::parse(" Ana.B-1 ", "/username").unwrap().as_str(), "ana.b-1");
    }

    #[test]
    fn a_username_has_plain_letters_only() {
        for text in ["ab", "a b c", "änna", "emoji🎫", "erased-1", &"x".repeat(33)] {
            assert!(Username::parse(text, "/username").is_err(), "{text}");
        }
    }
}
