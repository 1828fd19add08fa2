//! Access tokens: JSON Web Tokens, signed with HS256 by a key that all processes of an installation share.

use std::fmt;

use boxoffice_domain::shared::{Role, Timestamp, UserId};
use boxoffice_domain::users::{AccessToken, AccessTokens, SecurityError, User};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::http::VerifiedToken;

const ISSUER: &str = "boxoffice";
const AUDIENCE: &str = "boxoffice-api";
/// How long a token is still accepted after its expiry, in seconds, because the clocks of two machines differ.
pub(super) const LEEWAY_SECONDS: i64 = 5;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// The signing secret is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret has at least {} bytes", JwtTokens::SECRET_BYTES_MIN)]
pub struct WeakSecret;

/// Issues and verifies access tokens.
pub struct JwtTokens {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    lifetime_seconds: u32,
}

/// The claims of a token; times in seconds since 1970.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    role: String,
    /// The version of the account that the token was issued to; 0 in tokens without it.
    #[serde(default)]
    ver: u64,
    iat: i64,
    exp: i64,
}

impl JwtTokens {
    /// The shortest secret, in bytes: as many as HS256 uses.
    pub const SECRET_BYTES_MIN: usize = 32;
    /// The longest lifetime of a token, in seconds.
    pub const LIFETIME_SECONDS_MAX: i64 = 86_400;

    /// Issues and verifies tokens with a lifetime of `lifetime_seconds`, signed with a key derived from `secret`.
    ///
    /// # Errors
    /// Returns [`WeakSecret`] when the secret is shorter than [`Self::SECRET_BYTES_MIN`].
    pub fn new(secret: &SecretString, lifetime_seconds: u32) -> Result<Self, WeakSecret> {
        if secret.expose_secret().len() < Self::SECRET_BYTES_MIN {
            return Err(WeakSecret);
        }
        let key = derived(secret, b"boxoffice access tokens\0");
        // jsonwebtoken compares the expiry with the system's clock; here the caller passes the time.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(Self {
            header: Header { kid: Some(key_id(secret)), ..Header::new(Algorithm::HS256) },
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
            validation,
            lifetime_seconds,
        })
    }

    /// The content of a token that is genuine and has not expired at `now`; `None` for any other text.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<VerifiedToken> {
        let token = decode::<Claims>(token, &self.verifying, &self.validation).ok()?;
        let lives_until = Timestamp::from_micros(token.claims.exp.checked_mul(MICROS_PER_SECOND)?);
        let is_valid = now < lives_until.plus_seconds(LEEWAY_SECONDS);
        if token.header.kid != self.header.kid || !is_valid {
            return None;
        }
        let id = token.claims.sub.parse::<UserId>().ok()?;
        let role = Role::parse(&token.claims.role)?;
        Some(VerifiedToken { user: id, role, version: token.claims.ver })
    }
}

fn derived(secret: &SecretString, purpose: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(purpose).chain_update(secret.expose_secret()).finalize().into()
}

/// Identifies the key without revealing it: 8 hexadecimal digits.
fn key_id(secret: &SecretString) -> String {
    derived(secret, b"boxoffice access token key id\0").iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

impl AccessTokens for JwtTokens {
    fn issue(&self, user: &User, now: Timestamp) -> Result<AccessToken, SecurityError> {
        let issued_at = now.micros().div_euclid(MICROS_PER_SECOND);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.id.to_string(),
            role: user.role.as_str().to_owned(),
            ver: user.version,
            iat: issued_at,
            exp: issued_at.saturating_add(i64::from(self.lifetime_seconds)),
        };
        let token = encode(&self.header, &claims, &self.signing)
            .map_err(|error| SecurityError(format!("an access token could not be signed: {error}")))?;
        Ok(AccessToken { token, expires_in_seconds: self.lifetime_seconds })
    }
}

impl fmt::Debug for JwtTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtTokens").field("lifetime_seconds", &self.lifetime_seconds).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use boxoffice_domain::shared::{Role, Timestamp, UserId};
    use boxoffice_domain::users::{AccessTokens, Email, User, UserStatus, Username};
    use boxoffice_testing::FixedClock;
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::{JwtTokens, WeakSecret, derived};
    use crate::http::VerifiedToken;

    const NOW: Timestamp = FixedClock::START;
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const LIFETIME: u32 = 600;

    fn tokens(secret: &str) -> JwtTokens {
        JwtTokens::new(&secret.to_owned().into(), LIFETIME).unwrap()
    }

    fn ana() -> User {
        User {
            id: UserId::from_uuid(uuid::Uuid::from_u128(1)),
            username: Username::from_stored("ana".to_owned()),
            email: Email::from_stored("ana@example.com".to_owned()),
            password_hash: None,
            role: Role::Manager,
            status: UserStatus::Active,
            version: 7,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn claims() -> Value {
        let seconds = NOW.micros() / 1_000_000;
        let (id, exp) = (ana().id.to_string(), seconds + 600);
        json!({"iss": "boxoffice", "aud": "boxoffice-api", "sub": id, "role": "admin", "iat": seconds, "exp": exp})
    }

    fn with(claim: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[claim] = value;
        claims
    }

    /// A token with these claims, signed with our key.
    fn signed(algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
        let key = derived(&SECRET.to_owned().into(), b"boxoffice access tokens\0");
        encode(&header, claims, &EncodingKey::from_secret(&key)).unwrap()
    }

    fn our_kid() -> String {
        tokens(SECRET).header.kid.unwrap()
    }

    fn verified(claims: &Value) -> Option<VerifiedToken> {
        tokens(SECRET).verify(&signed(Algorithm::HS256, Some(&our_kid()), claims), NOW)
    }

    #[test]
    fn a_token_names_its_user_and_role() {
        let token = tokens(SECRET).issue(&ana(), NOW).unwrap();
        assert_eq!(token.expires_in_seconds, LIFETIME);
        let said = VerifiedToken { user: ana().id, role: Role::Manager, version: 7 };
        assert_eq!(tokens(SECRET).verify(&token.token, NOW), Some(said));
    }

    #[test]
    fn a_token_expires_with_a_leeway_of_five_seconds() {
        let token = tokens(SECRET).issue(&ana(), NOW).unwrap().token;
        assert!(tokens(SECRET).verify(&token, NOW.plus_seconds(604)).is_some());
        assert!(tokens(SECRET).verify(&token, NOW.plus_seconds(605)).is_none());
    }

    #[test]
    fn a_changed_token_is_invalid() {
        let token = tokens(SECRET).issue(&ana(), NOW).unwrap().token;
        let parts: Vec<&str> = token.split('.').collect();
        let as_admin = URL_SAFE_NO_PAD.encode(claims().to_string());
        assert_eq!(tokens(SECRET).verify(&format!("{}.{as_admin}.{}", parts[0], parts[2]), NOW), None);
        for (index, letter) in token.char_indices() {
            let other = if letter == 'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(index..=index, other);
            assert_eq!(tokens(SECRET).verify(&changed, NOW), None, "{changed}");
        }
        for text in ["", ".", "..", "a.b.c", &format!("{token}.")] {
            assert_eq!(tokens(SECRET).verify(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn only_hs256_with_our_key_is_accepted() {
        let kid = our_kid();
        assert!(verified(&claims()).is_some());
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(tokens(SECRET).verify(&signed(algorithm, Some(&kid), &claims()), NOW), None);
        }
        let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": kid}).to_string());
        let body = URL_SAFE_NO_PAD.encode(claims().to_string());
        assert_eq!(tokens(SECRET).verify(&format!("{none}.{body}."), NOW), None);
        assert_eq!(tokens(SECRET).verify(&signed(Algorithm::HS256, None, &claims()), NOW), None);
        assert_eq!(tokens(SECRET).verify(&signed(Algorithm::HS256, Some("00000000"), &claims()), NOW), None);
        let other = tokens("another secret of thirty-two bytes").issue(&ana(), NOW).unwrap();
        assert_eq!(tokens(SECRET).verify(&other.token, NOW), None);
    }

    #[test]
    fn a_token_without_a_version_has_version_zero() {
        assert_eq!(verified(&claims()).unwrap().version, 0);
        assert_eq!(verified(&with("ver", json!(3))).unwrap().version, 3);
    }

    #[test]
    fn invalid_claims_are_refused() {
        let nonsense = [
            ("iss", json!("elsewhere")),
            ("iss", Value::Null),
            ("aud", json!("another-api")),
            ("aud", Value::Null),
            ("role", json!("owner")),
            ("role", Value::Null),
            ("sub", json!("ana")),
            ("sub", Value::Null),
            ("exp", Value::Null),
            ("exp", json!("tomorrow")),
            ("exp", json!(i64::MAX)),
            ("exp", json!(-1)),
            ("ver", json!(-1)),
            ("ver", Value::Null),
        ];
        for (claim, value) in nonsense {
            assert_eq!(verified(&with(claim, value.clone())), None, "{claim}: {value}");
        }
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(JwtTokens::new(&"x".repeat(31).into(), LIFETIME).err(), Some(WeakSecret));
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        assert_eq!(format!("{:?}", tokens(SECRET)), "JwtTokens { lifetime_seconds: 600, .. }");
    }
}
