//! Timestamps in JSON: RFC 3339, accepted with any offset, written in UTC.

use std::borrow::Cow;

use boxoffice_domain::shared::Timestamp;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

const EXPECTED: &str = "an RFC 3339 instant with an offset, such as 2026-12-31T20:30:00+07:00";

/// A timestamp as a JSON string. Any other text is refused when the request is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rfc3339(pub(crate) Timestamp);

impl Rfc3339 {
    fn parse(text: &str) -> Option<Self> {
        Timestamp::parse_rfc3339(text).map(Self)
    }
}

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format_args!("expected {EXPECTED}")))
    }
}

impl Type for Rfc3339 {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromJSON for Rfc3339 {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Self::parse_from_parameter(&text),
            _ => Err(ParseError::custom(format_args!("expected {EXPECTED}"))),
        }
    }
}

impl ParseFromParameter for Rfc3339 {
    fn parse_from_parameter(text: &str) -> ParseResult<Self> {
        Self::parse(text).ok_or_else(|| ParseError::custom(format_args!("expected {EXPECTED}")))
    }
}

impl ToJSON for Rfc3339 {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_rfc3339()))
    }
}

#[cfg(test)]
mod tests {
    use super::Rfc3339;

    #[test]
    fn any_offset_is_accepted_and_utc_is_written() {
        let instant: Rfc3339 = serde_json::from_str(r#""2026-12-31T20:30:00+07:00""#).unwrap();
        assert_eq!(serde_json::to_string(&instant).unwrap(), r#""2026-12-31T13:30:00Z""#);
        for text in [r#""tomorrow""#, "5", "null", r#""2026-12-31""#] {
            assert!(serde_json::from_str::<Rfc3339>(text).is_err(), "{text}");
        }
    }
}
