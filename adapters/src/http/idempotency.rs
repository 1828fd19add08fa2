//! The header `Idempotency-Key`.

use boxoffice_domain::idempotency::IdempotencyKey;
use poem::http::HeaderMap;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::problem::Problem;

/// The header's name, for the parameter attribute of the operations that use it.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The client's key for a request that it may repeat. An unreadable header is refused: if it were ignored, a retry
/// would be processed twice.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) Option<IdempotencyKey>);

fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(IdempotencyKey::parse).filter(|_| values.next().is_none());
    let refused = "Send one `Idempotency-Key` of 1 to 255 printable ASCII characters without spaces.";
    key.map(Some).ok_or_else(|| Problem::malformed_parameter(IDEMPOTENCY_KEY, refused))
}

impl<'request> ApiExtractor<'request> for Key {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        let schema = MetaSchema {
            min_length: Some(1),
            max_length: Some(IdempotencyKey::MAX_LENGTH),
            pattern: Some("^[!-~]+$".to_owned()),
            ..MetaSchema::new("string")
        };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        Ok(Self(key_of(request.headers())?))
    }
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderValue};

    use super::{IDEMPOTENCY_KEY, key_of};

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn an_invalid_or_repeated_key_is_refused() {
        assert!(key_of(&HeaderMap::new()).unwrap().is_none());
        assert_eq!(key_of(&headers(&[b"order-1"])).unwrap().unwrap().as_str(), "order-1");
        let long = [b'x'; 256];
        for values in [&[b"".as_slice()][..], &[b"two words"], &["schl\u{fc}ssel".as_bytes()], &[&long], &[b"a", b"b"]]
        {
            assert_eq!(key_of(&headers(values)).unwrap_err().kind().code, "malformed_request", "{values:?}");
        }
    }
}
