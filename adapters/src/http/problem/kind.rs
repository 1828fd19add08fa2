//! The catalogue of problems: every `code` with its status and title.

/// A kind of problem. Its code is for programs and never changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The stable code.
    pub(crate) code: &'static str,
    /// The title, the same for every occurrence.
    pub(crate) title: &'static str,
}

macro_rules! catalogue {
    ($($name:ident = $status:literal $code:literal $title:literal;)*) => {
        $(
            #[doc = $title]
            pub(crate) const $name: &Kind = &Kind { status: $status, code: $code, title: $title };
        )*

        /// All kinds.
        pub(crate) const ALL: &[&Kind] = &[$($name),*];
    };
}

catalogue! {
    MALFORMED_REQUEST = 400 "malformed_request" "The request does not have the required shape";
    MALFORMED_ID = 400 "malformed_id" "This is not an id";
    INVALID_CURSOR = 400 "invalid_cursor" "The cursor does not belong to this list";

    LOGIN_REQUIRED = 401 "login_required" "Log in first";
    INVALID_TOKEN = 401 "invalid_token" "The access token is invalid or has expired";
    TOKEN_REVOKED = 401 "token_revoked" "The account has changed since the access token was issued; refresh the session";
    WRONG_CREDENTIALS = 401 "wrong_credentials" "The login or the password is wrong";
    INVALID_REFRESH_TOKEN = 401 "invalid_refresh_token" "The refresh token is missing, used, revoked or expired";

    WRONG_PASSWORD = 403 "wrong_password" "This is not your current password";
    FORBIDDEN = 403 "forbidden" "You may not do this";
    ACCOUNT_SUSPENDED = 403 "account_suspended" "The account is suspended";
    CROSS_SITE_REQUEST = 403 "cross_site_request" "The refresh cookie is accepted from this site's own pages only";

    NOT_FOUND = 404 "not_found" "Nothing exists at this address";
    CONCERT_NOT_FOUND = 404 "concert_not_found" "There is no such concert";
    BOOKING_NOT_FOUND = 404 "booking_not_found" "There is no such booking";
    METHOD_NOT_ALLOWED = 405 "method_not_allowed" "This address does not support this method";
    REQUEST_TIMEOUT = 408 "request_timeout" "The request took too long to arrive";

    EMAIL_TAKEN = 409 "email_taken" "Another account has this e-mail address";
    USERNAME_TAKEN = 409 "username_taken" "Another account has this username";
    ACCOUNT_ERASED = 409 "account_erased" "The account was erased";
    LAST_ADMIN = 409 "last_admin" "The last active admin must stay one";
    NOT_CHANGEABLE = 409 "not_changeable" "These fields cannot be changed any more";
    WRONG_STATUS = 409 "wrong_status" "The concert's status does not allow this";
    SALE_NOT_STARTED = 409 "sale_not_started" "The sale has not begun";
    SALE_ENDED = 409 "sale_ended" "The sale is over";
    SALE_PAUSED = 409 "sale_paused" "The sale is paused";
    CONCERT_CANCELLED = 409 "concert_cancelled" "The concert is cancelled";
    SEATS_UNAVAILABLE = 409 "seats_unavailable" "Not all of these seats are available";
    SOLD_OUT = 409 "sold_out" "The section does not have that many available tickets";
    PRICE_CHANGED = 409 "price_changed" "The price is not what was expected";
    LIMIT_REACHED = 409 "limit_reached" "This is more than one customer may take";
    BOOKING_EXPIRED = 409 "booking_expired" "The booking was not paid in time";
    NOT_REFUNDABLE = 409 "not_refundable" "This cannot be refunded";
    AMOUNT_EXCEEDS_LEFT = 409 "amount_exceeds_left" "Less than this is left to refund";
    TOO_MANY_REFUNDS = 409 "too_many_refunds" "The payment was refunded in too many parts";
    ALL_THAT_IS_LEFT = 409 "all_that_is_left" "This is all that is left, which only a cancellation refunds";
    BOOKING_NOT_PAYABLE = 409 "booking_not_payable" "The booking cannot be paid";
    PAYMENT_IN_PROGRESS = 409 "payment_in_progress" "Another payment of this booking is under way or done";
    EVENT_STILL_FAILS = 409 "event_still_fails" "The event still cannot be handled";

    OUTDATED = 412 "outdated" "It has changed since you read it";
    PAYLOAD_TOO_LARGE = 413 "payload_too_large" "The request body is too large";
    URI_TOO_LONG = 414 "uri_too_long" "The address is too long";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported_media_type" "The request body is not JSON";

    NOT_SERVED_HERE = 421 "not_served_here" "Another process of this installation serves this address";
    VALIDATION_FAILED = 422 "validation_failed" "Some values break a rule";
    IDEMPOTENCY_KEY_REUSED = 422 "idempotency_key_reused" "The idempotency key was used for another request";
    IF_MATCH_REQUIRED = 428 "if_match_required" "Name the revision that you read in If-Match";
    TOO_MANY_REQUESTS = 429 "too_many_requests" "Too many requests from your address";
    TOO_MANY_ATTEMPTS = 429 "too_many_attempts" "Too many wrong passwords; wait before the next attempt";
    TOO_MANY_CONCERTS = 429 "too_many_concerts" "The organiser created as many concerts as one may in 24 hours";

    HEADERS_TOO_LARGE = 431 "headers_too_large" "The header of the request is too large";

    INTERNAL_ERROR = 500 "internal_error" "Something went wrong on our side";
    BUSY = 503 "busy" "The service is at its capacity";
    UNAVAILABLE = 503 "unavailable" "The service cannot reach its storage";
}

/// Problems that every operation may have: found by the framework before the operation, or caused by the database. The
/// module `openapi` adds them to the document.
pub(crate) const OF_EVERY_OPERATION: &[&Kind] = &[
    MALFORMED_REQUEST,
    MALFORMED_ID,
    LOGIN_REQUIRED,
    INVALID_TOKEN,
    TOKEN_REVOKED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    NOT_SERVED_HERE,
    INTERNAL_ERROR,
    BUSY,
    UNAVAILABLE,
];

/// The kind with this code.
pub(crate) fn of_code(code: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.code == code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{ALL, of_code};

    #[test]
    fn codes_are_unique() {
        let codes: HashSet<_> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), ALL.len());
        assert!(ALL.iter().all(|kind| of_code(kind.code) == Some(kind)));
    }
}
