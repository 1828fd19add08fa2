//! The commands on accounts, as clients send them and after their values are checked.

use std::fmt;

use crate::shared::{Faults, Role};

use super::{Email, Password, User, UserStatus, Username};

/// A request to register.
#[derive(Clone, PartialEq, Eq)]
pub struct RegisterUser {
    /// The name to log in with.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The plain password.
    pub password: String,
}

/// A registration whose values are checked, except for the strength of the password.
pub(super) struct Registration {
    pub(super) username: Username,
    pub(super) email: Email,
    pub(super) password: Password,
}

impl Registration {
    /// The words that an attacker tries first.
    pub(super) fn hints(&self) -> Vec<String> {
        hints(&self.username, &self.email)
    }
}

/// The name of the site, a likely part of a weak password.
const PRODUCT: &str = "boxoffice";

fn hints(username: &Username, email: &Email) -> Vec<String> {
    [username.as_str(), email.as_str(), email.local_part(), PRODUCT].map(str::to_owned).to_vec()
}

impl RegisterUser {
    /// Checks all values but the strength of the password.
    ///
    /// # Errors
    /// All faults, at `/username`, `/email` and `/password`.
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

/// A change of a user by an admin. `None` leaves a value as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeUser {
    /// The new role.
    pub role: Option<Role>,
    /// The new status, active or suspended. Only users can erase their account.
    pub status: Option<UserStatus>,
}

impl ChangeUser {
    /// Checks that the status is one that an admin may set.
    ///
    /// # Errors
    /// A fault at `/status`.
    pub(super) fn judge(&self) -> Result<(), Faults> {
        if self.status == Some(UserStatus::Erased) {
            return Err(Faults::one("/status", "not_allowed", "a user is active or suspended"));
        }
        Ok(())
    }
}

/// A change of the user's own account. `None` leaves a value as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeOwnAccount {
    /// The new e-mail address.
    pub email: Option<String>,
    /// The plain current password, which proves who sends the request.
    pub current_password: String,
    /// The plain new password.
    pub new_password: Option<String>,
}

/// A change of the user's own account whose values are checked, except for the strength of a new password.
pub(super) struct OwnChange {
    pub(super) email: Option<Email>,
    pub(super) new_password: Option<Password>,
}

impl OwnChange {
    /// The words that an attacker tries first.
    pub(super) fn hints(&self, user: &User) -> Vec<String> {
        hints(&user.username, self.email.as_ref().unwrap_or(&user.email))
    }
}

impl ChangeOwnAccount {
    /// Checks all values but the strength of a new password.
    ///
    /// # Errors
    /// All faults, at `/email` and `/new_password`.
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
    fn all_faults_of_a_registration_are_reported_at_once() {
        let command =
            RegisterUser { username: "Ä".to_owned(), email: "unknown".to_owned(), password: "short".to_owned() };
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
