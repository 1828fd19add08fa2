//! Request bodies are read from JSON objects only. What serde derives also accepts an array of the fields in order,
//! which the OpenAPI document does not.

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// Deserialises a struct from a map only.
pub(crate) struct FromObject<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for FromObject<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Reads an optional member that must have a value when it is present: `null` is refused.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Implements [`Deserialize`](serde::Deserialize) from objects for types that derive it with `#[serde(remote =
/// "Self")]`.
macro_rules! read_from_objects {
    ($($body:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $body {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$body>::deserialize(crate::http::strict_object::FromObject(deserializer))
            }
        }
    )+};
}

/// The same, with [`Serialize`](serde::Serialize).
macro_rules! read_and_write_objects {
    ($($body:ty),+ $(,)?) => {
        crate::http::strict_object::read_from_objects!($($body),+);
        $(
            impl serde::Serialize for $body {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    <$body>::serialize(self, serializer)
                }
            }
        )+
    };
}

pub(crate) use {read_and_write_objects, read_from_objects};

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
    struct Line {
        quantity: i64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
    struct Order {
        lines: Vec<Line>,
    }

    read_from_objects!(Line, Order);

    #[test]
    fn an_array_is_refused_at_any_depth() {
        let order: Order = serde_json::from_str(r#"{"lines":[{"quantity":7}]}"#).unwrap();
        assert_eq!(order.lines[0].quantity, 7);
        for text in [r#"[[{"quantity":7}]]"#, r#"{"lines":[[7]]}"#, r#"{"lines":[7]}"#] {
            let refused = serde_json::from_str::<Order>(text).unwrap_err().to_string();
            assert!(refused.contains("expected an object"), "{refused}");
        }
        assert!(serde_json::from_str::<Order>(r#"{"lines":[],"colour":1}"#).is_err());
    }
}
