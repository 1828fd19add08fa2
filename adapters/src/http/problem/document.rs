//! The problem document in responses.

use boxoffice_domain::shared::Fault;
use bytes::Bytes;
use poem_openapi::Object;
use serde::Serialize;

use super::super::instant::Rfc3339;
use super::{Kind, kind};

/// An RFC 9457 problem document. `code` identifies the kind of problem for programs; `type` is the same as a URN.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Problem", skip_serializing_if_is_none)]
pub(crate) struct ProblemDocument {
    /// The kind of problem as a URN, such as `urn:boxoffice:problem:seats_unavailable`.
    pub(crate) r#type: String,
    /// The title, the same for every problem of this kind.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Details of this occurrence, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// The kind of problem as a stable code, such as `seats_unavailable`.
    pub(crate) code: String,
    /// The values at fault; absent unless the request itself is invalid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(skip_serializing_if_is_empty, default)]
    pub(crate) errors: Vec<FaultDocument>,
    /// The request's id, as in the header `X-Request-Id` and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    #[serde(flatten)]
    #[oai(flatten)]
    pub(crate) facts: Facts,
}

/// A value at fault: in the body at `pointer`, or the value of `parameter`.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Fault", skip_serializing_if_is_none)]
pub(crate) struct FaultDocument {
    /// JSON pointer (RFC 6901) into the request body, such as `/seats/3`; empty for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// The name of a parameter or header, such as `limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// The fault as a stable code, such as `too_long`.
    pub(crate) code: String,
    /// The fault, for people.
    pub(crate) detail: String,
}

/// Members that only some kinds of problem have.
#[derive(Debug, Default, Object, Serialize)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Facts {
    /// `seats_unavailable`: all seats that are not available, in the order of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seats: Option<Vec<String>>,
    /// `sold_out`: the section with too few available tickets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) section: Option<String>,
    /// `limit_reached`: the exceeded setting of the concert, such as `max_tickets_per_user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<String>,
    /// `limit_reached`: the value of the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<u32>,
    /// `limit_reached` and `sold_out`: the number of tickets or bookings left. `amount_exceeds_left` and
    /// `all_that_is_left`: the rest of the payment, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left: Option<i64>,
    /// `price_changed`: the actual price of the tickets, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<i64>,
    /// `price_changed`: the currency of `total`, ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<String>,
    /// `sale_not_started`: when the sale begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sales_start_at: Option<Rfc3339>,
}

/// Sent if a document cannot be serialised, which does not happen with our types.
const UNWRITABLE: &[u8] = br#"{"type":"urn:boxoffice:problem:internal_error","title":"Something went wrong on our side","status":500,"code":"internal_error"}"#;

impl ProblemDocument {
    /// All codes of problems.
    pub(crate) fn codes() -> Vec<&'static str> {
        kind::ALL.iter().map(|kind| kind.code).collect()
    }

    /// The URN of a kind.
    pub(crate) fn type_of(kind: &Kind) -> String {
        format!("urn:boxoffice:problem:{}", kind.code)
    }

    /// The document as JSON.
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).map_or_else(|_| Bytes::from_static(UNWRITABLE), Bytes::from)
    }
}

impl FaultDocument {
    /// The code of a value of the wrong shape, which was not validated.
    pub(crate) const MALFORMED: &str = "malformed";
    /// The code of a parameter that the operation does not have.
    pub(crate) const UNKNOWN_PARAMETER: &str = "unknown_parameter";
    /// The code of a repeated parameter.
    pub(crate) const DUPLICATE: &str = "duplicate";

    /// All codes of faults: those of validation, and those found before or after it.
    pub(crate) fn codes() -> Vec<&'static str> {
        let mut codes =
            [Fault::CODES, &[Self::MALFORMED, Self::UNKNOWN_PARAMETER, Self::DUPLICATE, kind::NOT_CHANGEABLE.code]]
                .concat();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// A fault in the body.
    pub(crate) fn in_body(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, code: code.to_owned(), detail: detail.into() }
    }

    /// A fault in a parameter.
    pub(crate) fn of_parameter(name: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), code: code.to_owned(), detail: detail.into() }
    }
}

impl From<Fault> for FaultDocument {
    fn from(fault: Fault) -> Self {
        Self::in_body(fault.pointer, fault.code, fault.detail)
    }
}
