//! Refresh tokens. One log-in has a family of them, each used once.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::shared::{IdGenerator, RefreshFamilyId, RefreshTokenId, Timestamp, UserId};

/// The secret half of a refresh token: 256 random bits, given to the client once and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshTokenSecret([u8; Self::BYTES]);

impl RefreshTokenSecret {
    const BYTES: usize = 32;

    /// Generates a random secret.
    pub fn generate(ids: &dyn IdGenerator) -> Self {
        let mut bytes = [0; Self::BYTES];
        ids.fill_random(&mut bytes);
        Self(bytes)
    }

    /// Parses the 64 hexadecimal digits of [`RefreshTokenSecret::expose`]; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * Self::BYTES || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes = [0; Self::BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The secret as 64 hexadecimal digits, for the client.
    pub fn expose(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The hash that is stored instead of the secret.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// Encrypts the secret of the next token, so that only this secret can decrypt it.
    pub(super) fn seal(&self, successor: &Self) -> SealedSecret {
        SealedSecret(self.masked(&successor.0))
    }

    /// Decrypts the secret of the next token.
    pub(super) fn open(&self, sealed: &SealedSecret) -> Self {
        Self(self.masked(&sealed.0))
    }

    /// XORs bytes with a mask derived from this secret. This is safe because both are random and equally long, and each
    /// mask is used for one secret only.
    fn masked(&self, bytes: &[u8; Self::BYTES]) -> [u8; Self::BYTES] {
        let mut masked: [u8; Self::BYTES] =
            Sha256::new().chain_update(b"boxoffice refresh token successor\0").chain_update(self.0).finalize().into();
        for (byte, other) in masked.iter_mut().zip(bytes) {
            *byte ^= other;
        }
        masked
    }
}

/// The secret of the next token, encrypted with the secret of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedSecret([u8; RefreshTokenSecret::BYTES]);

impl SealedSecret {
    /// Restores a sealed secret from its stored bytes.
    pub const fn from_bytes(bytes: [u8; RefreshTokenSecret::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn bytes(&self) -> &[u8; RefreshTokenSecret::BYTES] {
        &self.0
    }
}

impl fmt::Debug for RefreshTokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshTokenSecret(…)")
    }
}

/// SHA-256 of a refresh token's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Restores a hash from its stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A refresh token as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The token's id.
    pub id: RefreshTokenId,
    /// The family, one for each log-in.
    pub family: RefreshFamilyId,
    /// The user who logged in.
    pub user: UserId,
    /// The hash of its secret, unique.
    pub hash: TokenHash,
    /// When the user logged in.
    pub session_started_at: Timestamp,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// When it was exchanged for the next token.
    pub used_at: Option<Timestamp>,
    /// The secret of the next token, once it was exchanged.
    pub successor: Option<SealedSecret>,
    /// How often tokens of the log-in, up to this one, were sent again after the grace period for racing tabs.
    pub late_repeats: u32,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::RefreshTokenSecret;

    #[test]
    fn a_sealed_secret_is_opened_only_by_the_secret_that_sealed_it() {
        let (one, other, next) =
            (RefreshTokenSecret([1; 32]), RefreshTokenSecret([2; 32]), RefreshTokenSecret([3; 32]));
        let sealed = one.seal(&next);
        assert_eq!(one.open(&sealed), next);
        assert_ne!(other.open(&sealed), next);
        assert_ne!(*sealed.bytes(), next.0);
    }

    #[test]
    fn a_secret_is_restored_from_its_text() {
        let secret = RefreshTokenSecret([0xA7; 32]);
        assert_eq!(RefreshTokenSecret::parse(&secret.expose()), Some(secret));
        for text in ["", "a7", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(RefreshTokenSecret::parse(text), None, "{text}");
        }
    }
}
