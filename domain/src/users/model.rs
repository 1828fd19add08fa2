//! What a user is.

use crate::shared::{Faults, Role, Timestamp, UserId};

use super::{Email, PasswordHash};

/// What the name of an erased user begins with; nobody can register such a name.
const ERASED_NAME_PREFIX: &str = "erased-";

/// A name to log in with: 3 to 32 of `a-z 0-9 _ . -`, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    /// The shortest name, in characters.
    pub const MIN_LENGTH: usize = 3;
    /// The longest name, in characters.
    pub const MAX_LENGTH: usize = 32;

    /// Trims and lowers the text.
    ///
    /// # Errors
    /// What is wrong with it, at `pointer`.
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

    /// Takes a name that was parsed before.
    pub const fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserStatus {
    /// Can log in.
    Active,
    /// Locked out by an admin.
    Suspended,
    /// Erased on the user's wish: the row stays for the books, without name, address and password.
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

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Erased].into_iter().find(|status| status.as_str() == name)
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name to log in with, unique. After erasure `erased-` and a part of the id.
    pub username: Username,
    /// The address, unique. After erasure one below `erased.invalid`.
    pub email: Email,
    /// `None` after erasure.
    pub password_hash: Option<PasswordHash>,
    /// What they may do.
    pub role: Role,
    /// Whether they can log in.
    pub status: UserStatus,
    /// 1 when registered, one more with each change; the version of the user's newest event.
    pub version: u64,
    /// When they registered.
    pub created_at: Timestamp,
    /// When anything changed last.
    pub updated_at: Timestamp,
}

/// A user as shown: everything but the password's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// Its id.
    pub id: UserId,
    /// The name to log in with.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// Whether they can log in.
    pub status: UserStatus,
    /// When they registered.
    pub created_at: Timestamp,
}

impl User {
    /// The part that may be shown.
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

    /// Whether they can log in now.
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    /// Whether they run the installation now.
    pub fn is_active_admin(&self) -> bool {
        self.is_active() && self.role == Role::Admin
    }

    /// Forgets who this is, so that the row can stay for the books. No log-in finds it any more, and its name and
    /// address are free for others.
    pub(super) fn erase(&mut self) {
        let id = self.id.uuid().simple().to_string();
        // The id's time is left out: the name would be too long with it, and the rest is unique.
        let random_part = id.get(id.len() - (Username::MAX_LENGTH - ERASED_NAME_PREFIX.len())..).unwrap_or(&id);
        self.username = Username(format!("{ERASED_NAME_PREFIX}{random_part}"));
        self.email = Email::of_erased(&id);
        self.password_hash = None;
        self.status = UserStatus::Erased;
    }

    /// Counts a change made at `now`.
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
