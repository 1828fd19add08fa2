//! Users and their refresh tokens.

use boxoffice_domain::shared::{Role, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{
    Email, PasswordHash, RefreshToken, SealedSecret, TokenHash, User, UserPosition, UserProfile, UserStatus, Username,
};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::{number, parse_enum, stored};
use crate::db::schema::{refresh_tokens, users};
use crate::db::types::{Bytes, Id, Micros};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub(in crate::db) struct UserRow {
    id: Id,
    username: String,
    email: String,
    password_hash: Option<String>,
    role: String,
    status: String,
    version: i64,
    created_at: Micros,
    updated_at: Micros,
}

impl UserRow {
    pub(in crate::db) const fn id(&self) -> Id {
        self.id
    }

    /// Where it stands in a list, also when it cannot be read.
    pub(in crate::db) fn position(&self) -> UserPosition {
        UserPosition { created_at: self.created_at.into(), id: self.id.into() }
    }

    /// The version that this row may be written over.
    pub(in crate::db) const fn version_before(&self) -> i64 {
        self.version - 1
    }
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.into(),
            username: user.username.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            password_hash: user.password_hash.as_ref().map(|hash| hash.expose().to_owned()),
            role: user.role.as_str().to_owned(),
            status: user.status.as_str().to_owned(),
            version: stored(user.version),
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            username: Username::from_stored(row.username),
            email: Email::from_stored(row.email),
            password_hash: row.password_hash.map(PasswordHash::new),
            role: parse_enum("users.role", &row.role, Role::parse)?,
            status: parse_enum("users.status", &row.status, UserStatus::parse)?,
            version: number("users.version", row.version)?,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

impl TryFrom<UserRow> for UserProfile {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        User::try_from(row).map(|user| user.profile())
    }
}

/// The start of a session whose token was written before the start was recorded.
const UNKNOWN_START: Timestamp = Timestamp::from_micros(0);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens)]
pub(in crate::db) struct RefreshTokenRow {
    id: Id,
    family_id: Id,
    user_id: Id,
    token_hash: Bytes<32>,
    issued_at: Micros,
    expires_at: Micros,
    used_at: Option<Micros>,
    revoked_at: Option<Micros>,
    session_started_at: Micros,
    sealed_successor: Option<Bytes<32>>,
    late_repeats: i64,
}

impl From<&RefreshToken> for RefreshTokenRow {
    fn from(token: &RefreshToken) -> Self {
        Self {
            id: token.id.into(),
            family_id: token.family.into(),
            user_id: token.user.into(),
            token_hash: Bytes(*token.hash.bytes()),
            issued_at: token.issued_at.into(),
            expires_at: token.expires_at.into(),
            used_at: token.used_at.map(Into::into),
            revoked_at: token.revoked_at.map(Into::into),
            session_started_at: token.session_started_at.into(),
            sealed_successor: token.successor.map(|sealed| Bytes(*sealed.bytes())),
            late_repeats: token.late_repeats.into(),
        }
    }
}

impl TryFrom<RefreshTokenRow> for RefreshToken {
    type Error = StoreError;

    fn try_from(row: RefreshTokenRow) -> Result<Self, StoreError> {
        let issued_at = Timestamp::from(row.issued_at);
        let session_started_at = Timestamp::from(row.session_started_at);
        Ok(Self {
            id: row.id.into(),
            family: row.family_id.into(),
            user: UserId::from(row.user_id),
            hash: TokenHash::from_bytes(row.token_hash.0),
            session_started_at: if session_started_at == UNKNOWN_START { issued_at } else { session_started_at },
            issued_at,
            expires_at: row.expires_at.into(),
            used_at: row.used_at.map(Into::into),
            successor: row.sealed_successor.map(|sealed| SealedSecret::from_bytes(sealed.0)),
            late_repeats: number("refresh_tokens.late_repeats", row.late_repeats)?,
            revoked_at: row.revoked_at.map(Into::into),
        })
    }
}
