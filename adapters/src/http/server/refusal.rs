//! Responses to requests that could not be parsed or did not arrive in time.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use poem::http::{Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest response that the parser writes itself: a status line, an empty length, a date.
const PARSER_ANSWER_MAX: usize = 160;
/// How long and how many bytes are still read from a refused client, so that it sees the response instead of a reset
/// connection.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1024 * 1024;

/// The status of a response that the parser wrote itself: an empty 4xx without the request id that all our responses
/// carry. `None` for any other bytes.
pub(super) fn status_of_parser(bytes: &[u8]) -> Option<StatusCode> {
    let after_version = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?;
    if !after_version.starts_with(b"4") || bytes.len() > PARSER_ANSWER_MAX || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let has = |name: &[u8]| bytes.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name));
    let is_of_parser = has(b"\r\ncontent-length: 0\r\n") && !has(b"\r\nx-request-id:");
    is_of_parser.then(|| StatusCode::from_bytes(after_version.get(..3)?).ok())?
}

/// Serialises a response for HTTP/1 that ends its connection.
pub(super) fn written(answer: Response<Bytes>) -> Bytes {
    let (head, body) = answer.into_parts();
    let mut bytes = BytesMut::new();
    let reason = head.status.canonical_reason().unwrap_or_default();
    bytes.put_slice(format!("HTTP/1.1 {} {reason}\r\n", head.status.as_str()).as_bytes());
    for (name, value) in &head.headers {
        bytes.put_slice(name.as_str().as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(value.as_bytes());
        bytes.put_slice(b"\r\n");
    }
    bytes.put_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
    bytes.put_slice(&body);
    bytes.freeze()
}

/// Sends the last response of a connection.
pub(super) async fn send(mut stream: TcpStream, answer: Bytes) {
    // The connection ends whether or not the response arrives.
    if let Ok(Ok(())) = timeout(LINGER, stream.write_all(&answer)).await {
        linger(stream).await;
    }
}

/// Closes a connection after a response, while its client may still be sending.
pub(super) async fn linger(mut stream: TcpStream) {
    let read_on = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    let _ = timeout(LINGER, read_on).await;
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use poem::http::{Response, StatusCode};

    use super::{status_of_parser, written};

    #[test]
    fn only_the_parsers_own_responses_are_recognised() {
        let date = "date: Fri, 27 Nov 2026 14:00:00 GMT";
        let parsers = format!("HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n{date}\r\n\r\n");
        assert_eq!(status_of_parser(parsers.as_bytes()), Some(StatusCode::URI_TOO_LONG));
        for other in [
            parsers.replace("414 URI Too Long", "204 No Content"),
            parsers.replace("date", "x-request-id: 1\r\ndate"),
            parsers.replace("content-length: 0", "content-length: 1"),
            format!("{parsers}x"),
            String::new(),
        ] {
            assert_eq!(status_of_parser(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_refusal_has_its_length_and_closes_the_connection() {
        let answer = Response::builder().status(408).header("x-request-id", "1").body(Bytes::from_static(b"{}"));
        let text =
            "HTTP/1.1 408 Request Timeout\r\nx-request-id: 1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        assert_eq!(written(answer.unwrap()), text.as_bytes());
    }
}
