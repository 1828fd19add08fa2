//! Cursors: signed, opaque positions in a list, valid only for the list they came from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::problem::{FaultDocument, Problem, kind};

/// The length of the truncated signature, in bytes: 128 bits cannot be guessed.
const TAG_LENGTH: usize = 16;
/// The longest cursor, in characters: a position with a name of 200 characters fits.
const LENGTH_MAX: usize = 2048;

/// Identifies the list a cursor belongs to: its name, its sort order, its filters, and the user it was made for.
#[derive(Clone)]
pub(crate) struct ListName(Vec<u8>);

impl ListName {
    /// A list with this name.
    pub(crate) fn new(name: &str) -> Self {
        Self(Vec::new()).with(Some(name))
    }

    /// The encoded name.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The same list with one more parameter. Parameters are distinguished by their order.
    #[must_use]
    pub(crate) fn with(mut self, parameter: Option<&str>) -> Self {
        match parameter {
            None => self.0.push(0),
            Some(text) => {
                self.0.push(1);
                self.0.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                self.0.extend_from_slice(text.as_bytes());
            }
        }
        self
    }
}

/// Creates and opens cursors.
pub(crate) struct Cursors {
    keyed: Hmac<Sha256>,
}

impl Cursors {
    /// Cursors signed with a key derived from `secret`.
    pub(crate) fn new(secret: &SecretString) -> Self {
        let derived =
            Sha256::new().chain_update(b"boxoffice cursors\0").chain_update(secret.expose_secret()).finalize();
        // HMAC's key is a whole block; a shorter one is padded with zeros.
        let mut block = [0_u8; 64];
        for (byte, derived) in block.iter_mut().zip(derived) {
            *byte = derived;
        }
        Self { keyed: Hmac::new(&block.into()) }
    }

    /// The cursor of a position in a list.
    pub(crate) fn seal<P: Serialize>(&self, list: &ListName, position: &P) -> Result<String, Problem> {
        let position = serde_json::to_vec(position).map_err(Problem::internal)?;
        let mut sealed = self.tag(list, &position).finalize().into_bytes().to_vec();
        sealed.truncate(TAG_LENGTH);
        sealed.extend_from_slice(&position);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The position of a cursor, if it was made for this list.
    pub(crate) fn open<P: DeserializeOwned>(&self, list: &ListName, cursor: &str) -> Result<P, Problem> {
        self.opened(list, cursor).ok_or_else(|| {
            let detail = "Use `next_cursor` of the page before, with the same filters and sort order.";
            let fault = FaultDocument::of_parameter("cursor", FaultDocument::MALFORMED, detail);
            Problem::of_parameters(kind::INVALID_CURSOR, vec![fault])
        })
    }

    fn opened<P: DeserializeOwned>(&self, list: &ListName, cursor: &str) -> Option<P> {
        if cursor.len() > LENGTH_MAX {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, position) = sealed.split_at_checked(TAG_LENGTH)?;
        self.tag(list, position).verify_truncated_left(tag).ok()?;
        serde_json::from_slice(position).ok()
    }

    fn tag(&self, list: &ListName, position: &[u8]) -> Hmac<Sha256> {
        let length = u64::try_from(list.0.len()).unwrap_or(u64::MAX).to_be_bytes();
        self.keyed.clone().chain_update(length).chain_update(&list.0).chain_update(position)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Cursors, LENGTH_MAX, ListName};

    fn cursors(secret: &str) -> Cursors {
        Cursors::new(&secret.to_owned().into())
    }

    fn list(search: Option<&str>) -> ListName {
        ListName::new("concerts").with(Some("starts_at")).with(search)
    }

    #[test]
    fn an_opened_cursor_returns_its_position() {
        let position = (1_800_000_000_i64, "0198".to_owned());
        let cursor = cursors("s").seal(&list(Some("jazz")), &position).unwrap();
        assert_eq!(cursors("s").open::<(i64, String)>(&list(Some("jazz")), &cursor).unwrap(), position);
    }

    #[test]
    fn a_cursor_is_valid_for_its_own_list_only() {
        let cursor = cursors("s").seal(&list(Some("jazz")), &1_i64).unwrap();
        let refused = |cursors: Cursors, list: ListName, cursor: &str| {
            cursors.open::<i64>(&list, cursor).unwrap_err().kind().code == "invalid_cursor"
        };
        assert!(refused(cursors("s"), list(Some("rock")), &cursor));
        assert!(refused(cursors("s"), list(None), &cursor));
        assert!(refused(cursors("s"), ListName::new("concerts").with(Some("starts_atjazz")), &cursor));
        assert!(refused(cursors("another secret"), list(Some("jazz")), &cursor));
    }

    #[test]
    fn a_cursor_cannot_be_forged() {
        let cursor = cursors("s").seal(&list(None), &1_i64).unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        *bytes.last_mut().unwrap() = b'2';
        let long = "A".repeat(LENGTH_MAX + 1);
        for forged in [URL_SAFE_NO_PAD.encode(bytes).as_str(), "", "AAAA", "not base64!", "\0", "🎫", &long] {
            assert!(cursors("s").open::<i64>(&list(None), forged).is_err(), "{forged}");
        }
    }
}
