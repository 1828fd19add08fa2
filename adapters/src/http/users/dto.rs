//! Documents of accounts. The limits of values are stated here for documentation and generated clients; the domain
//! enforces them.

use boxoffice_domain::shared::{Role, Timestamp, UserId};
use boxoffice_domain::users::{ChangeOwnAccount, ChangeUser, RegisterUser, UserPosition, UserProfile, UserStatus};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::instant::Rfc3339;
use super::super::strict_object::{present, read_from_objects};

read_from_objects!(RegisterUserBody, ChangeUserBody, ChangeOwnAccountBody, EraseOwnAccountBody);

/// What a user may do on the platform; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "Role", rename_all = "snake_case", remote = "Role")]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleName {
    /// Books tickets.
    User,
    /// Also creates and manages concerts.
    Manager,
    /// Also administers the installation.
    Admin,
}

/// The status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "UserStatus", rename_all = "snake_case", remote = "UserStatus")]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserStatusName {
    /// Active: can log in.
    Active,
    /// Suspended by an admin.
    Suspended,
    /// Erased by its user.
    Erased,
}

/// An account.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "User", example)]
pub(crate) struct UserDocument {
    /// The account's id.
    pub(crate) id: Uuid,
    /// The name to log in with.
    pub(crate) username: String,
    /// The e-mail address.
    pub(crate) email: String,
    /// The user's role.
    pub(crate) role: RoleName,
    /// The current status.
    pub(crate) status: UserStatusName,
    /// When the account was created.
    pub(crate) created_at: Rfc3339,
}

impl From<UserProfile> for UserDocument {
    fn from(user: UserProfile) -> Self {
        Self {
            id: user.id.uuid(),
            username: user.username.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            role: user.role.into(),
            status: user.status.into(),
            created_at: Rfc3339(user.created_at),
        }
    }
}

impl Example for UserDocument {
    fn example() -> Self {
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0001),
            username: "ana".to_owned(),
            email: "ana@example.com".to_owned(),
            role: RoleName::User,
            status: UserStatusName::Active,
            created_at: Rfc3339(Timestamp::from_micros(1_777_636_800_000_000)),
        }
    }
}

/// A new account.
#[derive(Object, Deserialize)]
#[oai(rename = "RegisterUser", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct RegisterUserBody {
    /// The name to log in with; converted to lower case.
    #[oai(validator(min_length = 3, max_length = 32, pattern = "^[A-Za-z0-9_.-]+$"))]
    username: String,
    /// The e-mail address, at most 254 bytes; converted to lower case.
    #[oai(validator(max_length = 254))]
    email: String,
    /// A password that is hard to guess, even with the username and the e-mail address.
    #[oai(validator(min_length = 10, max_length = 128))]
    password: String,
}

impl From<RegisterUserBody> for RegisterUser {
    fn from(body: RegisterUserBody) -> Self {
        Self { username: body.username, email: body.email, password: body.password }
    }
}

impl Example for RegisterUserBody {
    fn example() -> Self {
        Self {
            username: "ana".to_owned(),
            email: "ana@example.com".to_owned(),
            password: "velvet otter harbour 9".to_owned(),
        }
    }
}

/// The status that an admin can set; only its user erases an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Deserialize)]
#[oai(rename = "ChangedUserStatus", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangedUserStatusName {
    /// Active: can log in.
    Active,
    /// Suspended.
    Suspended,
}

impl From<ChangedUserStatusName> for UserStatus {
    fn from(status: ChangedUserStatusName) -> Self {
        match status {
            ChangedUserStatusName::Active => Self::Active,
            ChangedUserStatusName::Suspended => Self::Suspended,
        }
    }
}

/// Changes of an account by an admin; absent members stay unchanged.
#[derive(Object, Deserialize)]
#[oai(rename = "ChangeUser", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct ChangeUserBody {
    /// The new role.
    #[serde(default, deserialize_with = "present")]
    role: Option<RoleName>,
    /// The new status.
    #[serde(default, deserialize_with = "present")]
    status: Option<ChangedUserStatusName>,
}

impl From<ChangeUserBody> for ChangeUser {
    fn from(body: ChangeUserBody) -> Self {
        Self { role: body.role.map(Into::into), status: body.status.map(Into::into) }
    }
}

impl Example for ChangeUserBody {
    fn example() -> Self {
        Self { role: Some(RoleName::Manager), status: None }
    }
}

/// Changes of the own account; absent members stay unchanged.
#[derive(Object, Deserialize)]
#[oai(rename = "ChangeOwnAccount", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct ChangeOwnAccountBody {
    /// The current password, to confirm your identity.
    #[oai(validator(max_length = 128))]
    current_password: String,
    /// The new e-mail address, at most 254 bytes.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(max_length = 254))]
    email: Option<String>,
    /// The new password. All sessions end.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_length = 10, max_length = 128))]
    new_password: Option<String>,
}

impl From<ChangeOwnAccountBody> for ChangeOwnAccount {
    fn from(body: ChangeOwnAccountBody) -> Self {
        Self { email: body.email, current_password: body.current_password, new_password: body.new_password }
    }
}

impl Example for ChangeOwnAccountBody {
    fn example() -> Self {
        Self {
            current_password: "velvet otter harbour 9".to_owned(),
            email: Some("ana@example.org".to_owned()),
            new_password: None,
        }
    }
}

/// A confirmation of the erasure.
#[derive(Object, Deserialize)]
#[oai(rename = "EraseOwnAccount", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct EraseOwnAccountBody {
    /// The current password.
    #[oai(validator(max_length = 128))]
    pub(crate) password: String,
}

impl Example for EraseOwnAccountBody {
    fn example() -> Self {
        Self { password: "velvet otter harbour 9".to_owned() }
    }
}

/// What a cursor contains: a position in the list of users.
#[derive(Serialize, Deserialize)]
pub(crate) struct UserCursor {
    created_at: i64,
    id: Uuid,
}

impl From<UserPosition> for UserCursor {
    fn from(position: UserPosition) -> Self {
        Self { created_at: position.created_at.micros(), id: position.id.uuid() }
    }
}

impl From<UserCursor> for UserPosition {
    fn from(cursor: UserCursor) -> Self {
        Self { created_at: Timestamp::from_micros(cursor.created_at), id: UserId::from_uuid(cursor.id) }
    }
}
