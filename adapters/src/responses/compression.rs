//! The content codings of responses, and their negotiation.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use poem::http::{HeaderMap, HeaderValue, header};

/// gzip's compression level, of 9.
const GZIP_LEVEL: u32 = 6;
/// Brotli's quality, of 11. From 6 on it takes several times as long.
const BROTLI_QUALITY: i32 = 5;
/// Brotli's window as a power of two in bytes: enough for a seat map of 250,000 seats.
const BROTLI_WINDOW: i32 = 18;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Not encoded.
    Identity,
    /// `gzip`.
    Gzip,
    /// `br`.
    Brotli,
}

impl Coding {
    /// The coding's name in headers; `None` for the identity.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// The value of `Content-Encoding`; `None` for the identity.
    pub fn header(self) -> Option<HeaderValue> {
        self.name().map(HeaderValue::from_static)
    }

    /// Encodes a body.
    #[expect(clippy::disallowed_methods, reason = "callers run it on the blocking pool")]
    pub(crate) fn encode(self, body: &Bytes) -> io::Result<Bytes> {
        match self {
            Self::Identity => Ok(body.clone()),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
                encoder.write_all(body)?;
                encoder.finish().map(Bytes::from)
            }
            Self::Brotli => {
                let mut encoded = Vec::new();
                let settings = brotli::enc::BrotliEncoderParams {
                    quality: BROTLI_QUALITY,
                    lgwin: BROTLI_WINDOW,
                    size_hint: body.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut body.as_ref(), &mut encoded, &settings)?;
                Ok(Bytes::from(encoded))
            }
        }
    }
}

/// The codings that a client accepts, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    first: Coding,
    second: Coding,
}

impl Accepted {
    /// Only the identity.
    pub const PLAIN: Self = Self { first: Coding::Identity, second: Coding::Identity };

    /// Parses `Accept-Encoding`. The identity is always accepted: a `406` would help no client.
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(only) = headers.get(header::ACCEPT_ENCODING) else {
            return Self::PLAIN;
        };
        let mut qualities = Qualities::default();
        if headers.get_all(header::ACCEPT_ENCODING).iter().nth(1).is_none() {
            qualities.read(only);
        } else {
            headers.get_all(header::ACCEPT_ENCODING).iter().for_each(|line| qualities.read(line));
        }
        qualities.accepted()
    }

    /// The accepted codings other than the identity, best first.
    pub(crate) fn codings(self) -> impl Iterator<Item = Coding> {
        [self.first, self.second].into_iter().filter(|coding| *coding != Coding::Identity)
    }
}

/// The client's quality value for each coding, in thousandths.
#[derive(Default)]
struct Qualities {
    gzip: Option<u16>,
    brotli: Option<u16>,
    others: Option<u16>,
}

impl Qualities {
    fn read(&mut self, line: &HeaderValue) {
        for item in line.to_str().unwrap_or_default().split(',') {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, thousandths);
            match name {
                "*" => self.others = Some(quality),
                _ if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                    self.gzip = Some(quality);
                }
                _ if name.eq_ignore_ascii_case("br") => self.brotli = Some(quality),
                _ => {}
            }
        }
    }

    fn accepted(&self) -> Accepted {
        let quality = |own: Option<u16>| own.or(self.others).unwrap_or(0);
        match (quality(self.brotli), quality(self.gzip)) {
            (0, 0) => Accepted::PLAIN,
            (_, 0) => Accepted { first: Coding::Brotli, second: Coding::Identity },
            (0, _) => Accepted { first: Coding::Gzip, second: Coding::Identity },
            (brotli, gzip) if brotli >= gzip => Accepted { first: Coding::Brotli, second: Coding::Gzip },
            _ => Accepted { first: Coding::Gzip, second: Coding::Brotli },
        }
    }
}

/// Parses a quality between 0 and 1 with at most three decimals. An invalid one counts as 0.
fn thousandths(text: &str) -> u16 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = rest.bytes().chain(std::iter::repeat(b'0')).take(3);
    let fraction = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit.wrapping_sub(b'0').min(9)));
    match whole {
        "1" => 1000,
        "0" => fraction,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use bytes::Bytes;
    use poem::http::{HeaderMap, HeaderValue, header};

    use super::{Accepted, Coding};

    fn accepted(lines: &[&'static str]) -> Vec<Coding> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
        }
        Accepted::of(&headers).codings().collect()
    }

    #[test]
    fn the_coding_with_the_highest_quality_is_chosen() {
        use Coding::{Brotli, Gzip};
        let cases: [(&[&str], &[Coding]); 13] = [
            (&[], &[]),
            (&[""], &[]),
            (&["identity"], &[]),
            (&["gzip, deflate, br, zstd"], &[Brotli, Gzip]),
            (&["gzip, deflate"], &[Gzip]),
            (&["gzip", "br"], &[Brotli, Gzip]),
            (&["br;q=0.5, gzip"], &[Gzip, Brotli]),
            (&["br; q=0, GZIP;q=0.001"], &[Gzip]),
            (&["gzip;q=0"], &[]),
            (&["*"], &[Brotli, Gzip]),
            (&["*;q=0.1, br;q=0.000"], &[Gzip]),
            (&["gzip;q=0, *"], &[Brotli]),
            (&["gzip;q=much, br;q=2"], &[]),
        ];
        for (lines, codings) in cases {
            assert_eq!(accepted(lines), codings, "{lines:?}");
        }
    }

    #[test]
    fn an_encoded_body_decodes_to_the_same_bytes() {
        let body = Bytes::from("seats ".repeat(1_000));
        let mut gzip = Vec::new();
        let encoded = Coding::Gzip.encode(&body).unwrap();
        flate2::read::GzDecoder::new(encoded.as_ref()).read_to_end(&mut gzip).unwrap();
        let mut brotli = Vec::new();
        let encoded = Coding::Brotli.encode(&body).unwrap();
        brotli::Decompressor::new(encoded.as_ref(), 4096).read_to_end(&mut brotli).unwrap();
        assert_eq!((gzip.as_slice(), brotli.as_slice()), (body.as_ref(), body.as_ref()));
    }
}
