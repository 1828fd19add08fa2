//! The admission rules of each operation.

use poem::http::Method;

use super::concerts::{BLOCK_SEATS_BODY_MAX, CHANGE_CONCERT_BODY_MAX, CREATE_CONCERT_BODY_MAX};

/// The longest body of an operation without a limit of its own, in bytes.
pub(crate) const BODY_MAX: usize = 64 * 1024;
/// The operations that wait for the payment gateway.
const GATEWAY_OPERATIONS: [&str; 2] = ["startPayment", "refundPayment"];

/// The class of an operation's work. Each class has permits of its own, so that slow work of one class does not delay
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkClass {
    /// Reads.
    Read,
    /// Changes something in the database.
    Change,
    /// Waits for the payment gateway.
    Gateway,
}

/// The admission rules of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admission {
    /// The class of its work.
    pub(crate) class: WorkClass,
    /// The longest body that it reads, in bytes; `None` when it reads none.
    pub(crate) body_max: Option<usize>,
    /// Whether it requires an access token.
    pub(crate) needs_login: bool,
    /// Whether it returns a page of a list.
    pub(crate) is_list: bool,
}

impl Admission {
    /// The rules of the operation with this id.
    pub(crate) fn new(id: &str, method: &Method, reads_body: bool, needs_login: bool, is_list: bool) -> Self {
        let class = match *method {
            Method::GET | Method::HEAD => WorkClass::Read,
            _ if GATEWAY_OPERATIONS.contains(&id) => WorkClass::Gateway,
            _ => WorkClass::Change,
        };
        Self { class, body_max: reads_body.then(|| body_max_of(id)), needs_login, is_list }
    }
}

fn body_max_of(id: &str) -> usize {
    match id {
        "createConcert" => CREATE_CONCERT_BODY_MAX,
        "changeConcert" => CHANGE_CONCERT_BODY_MAX,
        "blockSeats" => BLOCK_SEATS_BODY_MAX,
        _ => BODY_MAX,
    }
}

#[cfg(test)]
mod tests {
    use poem::http::Method;

    use super::super::concerts::CREATE_CONCERT_BODY_MAX;
    use super::{Admission, BODY_MAX, WorkClass};

    #[test]
    fn an_operation_is_admitted_by_its_class_and_its_body_limit() {
        let of = |id: &str, method: Method| {
            let admission = Admission::new(id, &method, method != Method::GET, false, false);
            (admission.class, admission.body_max)
        };
        assert_eq!(of("readUser", Method::GET), (WorkClass::Read, None));
        assert_eq!(of("placeBooking", Method::POST), (WorkClass::Change, Some(BODY_MAX)));
        assert_eq!(of("startPayment", Method::POST), (WorkClass::Gateway, Some(BODY_MAX)));
        assert_eq!(of("createConcert", Method::POST), (WorkClass::Change, Some(CREATE_CONCERT_BODY_MAX)));
    }
}
