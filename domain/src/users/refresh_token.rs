//! Refresh tokens: one log-in is a family of them, each used once.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::shared::{IdGenerator, RefreshFamilyId, RefreshTokenId, Timestamp, UserId};

/// The secret half of a refresh token: 256 random bits, given to the client once and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshTokenSecret([u8; Self::BYTES]);

impl RefreshTokenSecret {
    const BYTES: usize = 32;

    /// A fresh secret.
    pub fn generate(ids: &dyn IdGenerator) -> Self {
        let mut bytes = [0; Self::BYTES];
        ids.fill_random(&mut bytes);
        Self(bytes)
    }

    /// Reads the 64 hexadecimal digits of [`RefreshTokenSecret::expose`]; `None` for anything else.
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

    /// What is stored in its place.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
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
    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A refresh token as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its id.
    pub id: RefreshTokenId,
    /// The log-in it descends from.
    pub family: RefreshFamilyId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of its secret, unique.
    pub hash: TokenHash,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it was exchanged for the next one.
    pub used_at: Option<Timestamp>,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::RefreshTokenSecret;

    #[test]
    fn a_secret_survives_its_text() {
        let secret = RefreshTokenSecret([0xA7; 32]);
        assert_eq!(RefreshTokenSecret::parse(&secret.expose()), Some(secret));
        for text in ["", "a7", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(RefreshTokenSecret::parse(text), None, "{text}");
        }
    }
}
