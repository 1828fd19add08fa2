//! What can be asked of accounts, as it comes from outside, and what becomes of it once every value was judged.

use std::fmt;

use crate::shared::{Faults, Role};

use super::{Email, Password, User, UserStatus, Username};

/// A wish to register.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterUser {
    /// The name to log in with.
    pub username: String,
    /// The address.
    pub email: String,
    /// The password in the clear.
    pub password: String,
}

/// A registration without faults, but for the strength of its password, which is not known yet.
pub(super) struct Registration {
    pub(super) username: Username,
    pub(super) email: Email,
    pub(super) password: Password,
}

impl Registration {
    /// What a stranger tries first.
    pub(super) fn hints(&self) -> Vec<String> {
        hints(&self.username, &self.email)
    }
}

/// The name of the site is the first word that comes to mind when it asks for a password.
const PRODUCT: &str = "boxoffice";

fn hints(username: &Username, email: &Email) -> Vec<String> {
    [username.as_str(), email.as_str(), email.local_part(), PRODUCT].map(str::to_owned).to_vec()
}

impl RegisterUser {
    /// # Errors
    /// All the faults, at `/username`, `/email` and `/password`.
    pub(super) fn judge(&self) -> Result<Registration, Faults> {
        let mut faults = Faults::new();
        let username = faults.take(Username::parse(&self.username, "/username"));
        let email = faults.take(Email::parse(&self.email, "/email"));
        let password = faults.take(Password::choose(&self.password, "/password"));
        match (username, email, password) {
            (Some(username), Some(email), Some(password)) => Ok(Registration { username, email, password }),
            _ => Err(faults),
        }
    }
}

impl fmt::Debug for RegisterUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RegisterUser");
        shown.field("username", &self.username).field("email", &self.email).finish_non_exhaustive()
    }
}

/// What an admin changes of a user; `None` leaves a value as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeUser {
    /// The role from now on.
    pub role: Option<Role>,
    /// Active or suspended from now on; users erase themselves.
    pub status: Option<UserStatus>,
}

impl ChangeUser {
    /// # Errors
    /// The fault at `/status`.
    pub(super) fn judge(&self) -> Result<(), Faults> {
        if self.status == Some(UserStatus::Erased) {
            return Err(Faults::one("/status", "not_allowed", "a user is active or suspended"));
        }
        Ok(())
    }
}

/// What users change of their own account; `None` leaves a value as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeOwnAccount {
    /// The address from now on.
    pub email: Option<String>,
    /// The password in the clear, as a proof that it is really them.
    pub current_password: String,
    /// The password from now on, in the clear.
    pub new_password: Option<String>,
}

/// A change of one's own account without faults, but for the strength of a new password, which is not known yet.
pub(super) struct OwnChange {
    pub(super) email: Option<Email>,
    pub(super) new_password: Option<Password>,
}

impl OwnChange {
    /// What a stranger tries first.
    pub(super) fn hints(&self, user: &User) -> Vec<String> {
        hints(&user.username, self.email.as_ref().unwrap_or(&user.email))
    }
}

impl ChangeOwnAccount {
    /// # Errors
    /// All the faults, at `/email` and `/new_password`.
    pub(super) fn judge(&self) -> Result<OwnChange, Faults> {
        let mut faults = Faults::new();
        let email = self.email.as_deref().and_then(|text| faults.take(Email::parse(text, "/email")));
        let new_password =
            self.new_password.as_deref().and_then(|text| faults.take(Password::choose(text, "/new_password")));
        faults.into_result().map(|()| OwnChange { email, new_password })
    }
}

impl fmt::Debug for ChangeOwnAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ChangeOwnAccount");
        shown.field("email", &self.email).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeOwnAccount, RegisterUser};

    #[test]
    fn every_fault_of_a_registration_is_told_at_once() {
        let command =
            RegisterUser { username: "Ä".to_owned(), email: "nobody".to_owned(), password: "short".to_owned() };
        let faults = command.judge().err().unwrap();
        let pointers: Vec<&str> = faults.as_slice().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/username", "/username", "/email", "/password"]);
    }

    #[test]
    fn nothing_prints_the_passwords_of_a_command() {
        let register = RegisterUser {
            username: "ana".to_owned(),
            email: "ana@example.com".to_owned(),
            password: "velvet otter".to_owned(),
        };
        let change = ChangeOwnAccount {
            email: None,
            current_password: "velvet otter".to_owned(),
            new_password: Some("velvet otter 2".to_owned()),
        };
        assert!(!format!("{register:?}{change:?}").contains("otter"));
    }
}
