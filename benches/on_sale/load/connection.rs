//! A keep-alive connection that speaks just enough HTTP/1.1. A request costs the client about 5 µs, which leaves the
//! machine's two cores to the measured server.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The maximum number of header fields of a response.
const HEADERS_MAX: usize = 64;
/// The bytes reserved before each read.
const READ_BYTES: usize = 16 * 1024;

/// An open connection with one request at a time.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer<'connection> {
    /// The status code.
    pub(crate) status: u16,
    /// The status line and header fields.
    head: &'connection [u8],
    /// The body.
    pub(crate) body: &'connection [u8],
}

/// The status and sizes in the head of a response.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
    body_length: usize,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES) })
    }

    /// Sends a request and waits for the complete response.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(head) = Head::parse(&self.buffer)? {
                break head;
            }
        };
        let whole = head.length.saturating_add(head.body_length);
        while self.buffer.len() < whole {
            self.read_more().await?;
        }
        let (head_bytes, rest) = self.buffer.split_at(head.length);
        Ok(Answer { status: head.status, head: head_bytes, body: rest })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        self.buffer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
            _ => Ok(()),
        }
    }
}

impl Answer<'_> {
    /// The value of a header field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut fields);
        response.parse(self.head).ok()?;
        let field = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok()
    }
}

impl Head {
    /// Parses the head. `None` while it is incomplete.
    fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(length) = response.parse(bytes).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let status = response.code.unwrap_or_default();
        let has_body = !matches!(status, 204 | 304);
        let declared = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
        let declared = declared.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
        match (has_body, declared) {
            (false, _) => Ok(Some(Self { status, length, body_length: 0 })),
            (true, Some(body_length)) => Ok(Some(Self { status, length, body_length })),
            (true, None) => Err(io::Error::other("an answer without a length")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn a_head_is_known_once_it_is_complete() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Length: 12\r\netag: \"7\"\r\n\r\n{\"id\":";
        let head = Head::parse(text).unwrap().unwrap();
        assert_eq!(head, Head { status: 201, length: text.len() - 6, body_length: 12 });
        assert_eq!(Head::parse(&text[..30]).unwrap(), None);
    }

    #[test]
    fn not_modified_has_no_body_despite_its_length() {
        let head = Head::parse(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 1500\r\n\r\n").unwrap().unwrap();
        assert_eq!(head.body_length, 0);
    }

    #[test]
    fn an_answer_without_a_length_is_an_error() {
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
