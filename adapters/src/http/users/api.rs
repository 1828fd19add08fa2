//! `/users`.

use std::sync::Arc;

use boxoffice_domain::shared::{Actor, UserId};
use boxoffice_domain::users::{
    Accounts, ChangeOwnError, ChangeUserError, EraseOwnError, ReadUserError, RegisterError, UserFilter,
};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::cursor::{Cursors, ListName};
use super::super::json::Json;
use super::super::openapi::{API_BASE, Tags};
use super::super::page::{PageDocument, Pages};
use super::super::problem::{Problem, Refused, kind};
use super::super::rate_limit::{Attempt, PasswordAttempts, disclosing, limited};
use super::super::reply::{Created, NoContent};
use super::dto::{
    ChangeOwnAccountBody, ChangeUserBody, EraseOwnAccountBody, RegisterUserBody, RoleName, UserCursor, UserDocument,
    UserStatusName,
};

/// The operations on accounts.
pub(crate) struct UsersApi {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) cursors: Arc<Cursors>,
    /// `None` when limits are switched off.
    pub(crate) attempts: Option<Arc<PasswordAttempts>>,
}

#[OpenApi(tag = "Tags::Users")]
impl UsersApi {
    /// Register
    ///
    /// Creates an account with the role `user`. One address may register a few times a minute; the headers of every
    /// response contain what is left. Refused registrations do not count, but responses that disclose something about
    /// other accounts are limited as well.
    #[oai(
        path = "/users",
        method = "post",
        operation_id = "registerUser",
        transform = "limited",
        response_header(
            name = "X-RateLimit-Limit",
            ty = "Option<u32>",
            description = "The number of registrations per minute."
        ),
        response_header(
            name = "X-RateLimit-Remaining",
            ty = "Option<u32>",
            description = "The number of registrations left."
        ),
        response_header(
            name = "X-RateLimit-Reset",
            ty = "Option<u32>",
            description = "Seconds until the whole number is available again."
        ),
        response_header(
            name = "RateLimit-Policy",
            ty = "Option<String>",
            description = "The same as a structured field."
        ),
        response_header(name = "RateLimit", ty = "Option<String>", description = "The same as a structured field.")
    )]
    async fn register(&self, body: Json<RegisterUserBody>) -> Result<Created<UserDocument>, Refused<RegisterError>> {
        let user = self.accounts.register(&Actor::Anonymous, body.0.into()).await?;
        let location = format!("{API_BASE}/users/{}", user.id);
        Ok(Created::at(location, user.into()))
    }

    /// List accounts
    ///
    /// Lists all accounts, newest first. For admins.
    #[oai(path = "/users", method = "get", operation_id = "listUsers")]
    async fn list(
        &self,
        caller: LoggedIn,
        /// Only accounts whose username or e-mail address contains this text.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
        /// Only accounts with this role.
        role: Query<Option<RoleName>>,
        /// Only accounts with this status.
        status: Query<Option<UserStatusName>>,
        /// The most items on the page.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// `next_cursor` of the previous page.
        #[oai(validator(max_length = 2048))]
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageDocument<UserDocument>>, Refused<ReadUserError>> {
        let filter = UserFilter { search: search.0, role: role.0.map(Into::into), status: status.0.map(Into::into) };
        let list = ListName::new("users")
            .with(filter.search.as_deref())
            .with(filter.role.map(|role| role.as_str()))
            .with(filter.status.map(|status| status.as_str()));
        let pages = Pages::of(list, &self.cursors);
        let asked = pages.request::<UserCursor>(limit.0, cursor.0.as_deref())?;
        let page = self.accounts.list(&caller.0, filter, asked.after.map(Into::into), asked.limit).await?;
        Ok(Json(pages.document(page, UserDocument::from, UserCursor::from)?))
    }

    /// Read your own account
    ///
    /// The current state of the account that the access token was issued to.
    #[oai(path = "/users/me", method = "get", operation_id = "readOwnAccount")]
    async fn me(&self, caller: LoggedIn) -> Result<Json<UserDocument>, Refused<ReadUserError>> {
        let id = caller.0.user_id().ok_or_else(|| Problem::new(kind::LOGIN_REQUIRED))?;
        Ok(Json(self.accounts.get(&caller.0, id).await?.into()))
    }

    /// Change your own account
    ///
    /// Changes the e-mail address or the password. Either way the current access token is revoked (401
    /// `token_revoked`): refresh the session. A new password ends all your sessions.
    #[oai(path = "/users/me", method = "patch", operation_id = "changeOwnAccount", transform = "disclosing")]
    async fn change_own(
        &self,
        caller: LoggedIn,
        body: Json<ChangeOwnAccountBody>,
    ) -> Result<Json<UserDocument>, Refused<ChangeOwnError>> {
        let attempt = self.attempt(&caller.0)?;
        let outcome = self.accounts.change_own(&caller.0, body.0.into()).await;
        if let Some(attempt) = attempt {
            match &outcome {
                Ok(_) | Err(ChangeOwnError::EmailTaken) => attempt.succeeded(),
                Err(ChangeOwnError::WrongPassword) => {}
                Err(_) => attempt.void(),
            }
        }
        Ok(Json(outcome?.into()))
    }

    /// Erase your own account
    ///
    /// Deletes name, e-mail address and password, and ends all sessions; bookings are kept for accounting.
    #[oai(path = "/users/me", method = "delete", operation_id = "eraseOwnAccount")]
    async fn erase_own(
        &self,
        caller: LoggedIn,
        body: Json<EraseOwnAccountBody>,
    ) -> Result<NoContent, Refused<EraseOwnError>> {
        let attempt = self.attempt(&caller.0)?;
        let outcome = self.accounts.erase_own(&caller.0, &body.0.password).await;
        if let Some(attempt) = attempt {
            match &outcome {
                Ok(()) | Err(EraseOwnError::LastAdmin) => attempt.succeeded(),
                Err(EraseOwnError::WrongPassword) => {}
                Err(_) => attempt.void(),
            }
        }
        outcome?;
        Ok(NoContent::Done)
    }

    /// Read an account
    ///
    /// Users read their own account, admins every account.
    #[oai(path = "/users/:id", method = "get", operation_id = "readUser")]
    async fn get(
        &self,
        caller: LoggedIn,
        /// The account's id.
        id: Path<Uuid>,
    ) -> Result<Json<UserDocument>, Refused<ReadUserError>> {
        Ok(Json(self.accounts.get(&caller.0, UserId::from_uuid(id.0)).await?.into()))
    }

    /// Change an account
    ///
    /// Changes the role of an account, suspends it or reactivates it. For admins. The account's current access tokens
    /// are revoked within a second by every instance.
    #[oai(path = "/users/:id", method = "patch", operation_id = "changeUser")]
    async fn change(
        &self,
        caller: LoggedIn,
        /// The account's id.
        id: Path<Uuid>,
        body: Json<ChangeUserBody>,
    ) -> Result<Json<UserDocument>, Refused<ChangeUserError>> {
        Ok(Json(self.accounts.change(&caller.0, UserId::from_uuid(id.0), body.0.into()).await?.into()))
    }
}

impl UsersApi {
    /// Begins an attempt at the password of the logged-in user.
    fn attempt(&self, caller: &Actor) -> Result<Option<Attempt>, Problem> {
        let Some((attempts, user)) = self.attempts.as_ref().zip(caller.user_id()) else {
            return Ok(None);
        };
        attempts.begin(&user.to_string()).map(Some)
    }
}
