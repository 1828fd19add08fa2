//! How the domain's values are stored in columns, the same in both databases.

use std::fmt;

use boxoffice_domain::shared::{
    BookingId, ConcertId, EventId, OrganiserId, PaymentId, RefreshFamilyId, RefreshTokenId, RefundId, Timestamp, UserId,
};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Binary};
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// A fixed number of bytes: ids (16) and hashes (32).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(super) struct Bytes<const N: usize>(pub(super) [u8; N]);

/// A UUID in its byte order, so that version 7 ids sort by time.
pub(super) type Id = Bytes<16>;

impl<DB: Backend, const N: usize> ToSql<Binary, DB> for Bytes<N>
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_slice(), out)
    }
}

impl<DB: Backend, const N: usize> FromSql<Binary, DB> for Bytes<N>
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = Vec::<u8>::from_sql(bytes)?;
        let found = bytes.len();
        bytes.try_into().map(Self).map_err(|_| format!("expected {N} bytes, found {found}").into())
    }
}

/// Appends bytes as hexadecimal digits.
pub(super) fn push_hex(bytes: &[u8], text: &mut String) {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    text.extend(digits.map(|digit| char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit })));
}

impl<const N: usize> Bytes<N> {
    fn hex(&self) -> String {
        let mut text = String::with_capacity(2 * N);
        push_hex(&self.0, &mut text);
        text
    }
}

/// Formats a literal, so that a logged query can be run again.
impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x'{}'", self.hex())
    }
}

/// Hexadecimal in the JSON of a batch, for `UNHEX`.
impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

impl From<Uuid> for Id {
    fn from(id: Uuid) -> Self {
        Self(id.into_bytes())
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl From<$id> for Id {
            fn from(id: $id) -> Self {
                Self(*id.uuid().as_bytes())
            }
        }

        impl From<Id> for $id {
            fn from(id: Id) -> Self {
                Self::from_uuid(Uuid::from_bytes(id.0))
            }
        }
    )*};
}

ids! { BookingId ConcertId EventId OrganiserId PaymentId RefreshFamilyId RefreshTokenId RefundId UserId }

/// An instant in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow, Serialize)]
#[diesel(sql_type = BigInt)]
pub(super) struct Micros(pub(super) i64);

/// Formats a literal, so that a logged query can be run again.
impl fmt::Debug for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Micros
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Micros
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl From<Timestamp> for Micros {
    fn from(instant: Timestamp) -> Self {
        Self(instant.micros())
    }
}

impl From<Micros> for Timestamp {
    fn from(instant: Micros) -> Self {
        Self::from_micros(instant.0)
    }
}
