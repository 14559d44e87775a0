//! Who is calling: an API Gateway HTTP API authorizer (REQUEST, payload 2.0,
//! simple responses). It identifies and no more: tenant and scope are judged by
//! each function, so that an answer API Gateway keeps is right for every route.

mod claims;
mod keys;

use claims::Claims;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use keys::Key;
use model::Result;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The audience that clients of the documented API ask their tokens for.
pub const AUDIENCE: &str = "https://api.rhythmsoftware.com";

/// What a token must carry besides a good signature.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `aud` claim, alone or among others.
    pub audience: String,
    /// The `iss` claim; `None` leaves it unchecked.
    pub issuer: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            audience: AUDIENCE.into(),
            issuer: None,
        }
    }
}

/// Verifies bearer tokens: JWT signed with RS256 or ES256.
pub struct Authorizer {
    keys: Vec<Key>,
    settings: Settings,
}

impl Authorizer {
    /// From the text of the issuer's JSON Web Key Set.
    ///
    /// # Errors
    /// What is wrong with the set, and where.
    pub fn new(key_set: &str, settings: Settings) -> Result<Authorizer> {
        Ok(Authorizer {
            keys: keys::parse(key_set)?,
            settings,
        })
    }

    /// From the environment: `TOKEN_KEYS`, `TOKEN_AUDIENCE` (by default
    /// [`AUDIENCE`]) and `TOKEN_ISSUER`.
    ///
    /// # Errors
    /// What is wrong with the set, and where.
    pub fn from_environment() -> Result<Authorizer> {
        let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let settings = Settings {
            audience: variable("TOKEN_AUDIENCE").unwrap_or_else(|| AUDIENCE.into()),
            issuer: variable("TOKEN_ISSUER"),
        };
        Authorizer::new(&variable("TOKEN_KEYS").unwrap_or_default(), settings)
    }

    /// Answers one authorizer event:
    /// `{"isAuthorized", "context": {"tenant", "user", "contact", "scopes"}}`,
    /// `contact` empty when the token has none, `scopes` separated by spaces.
    pub fn authorize(&self, event: &Value) -> Value {
        match bearer(event).and_then(|token| self.verify(token)) {
            Ok(claims) => json!({ "isAuthorized": true, "context": claims.context() }),
            Err(reason) => {
                tracing::info!(reason, "a caller is refused");
                json!({ "isAuthorized": false, "context": {} })
            }
        }
    }

    /// The claims of a good token, or why it is none. The reason is one of a
    /// few fixed texts: a library's message might quote the token.
    fn verify(&self, token: &str) -> std::result::Result<Claims, &'static str> {
        let header = decode_header(token).map_err(|_| "no JSON Web Token")?;
        let mut reason = "no key of that id and algorithm";
        for key in &self.keys {
            if !key.fits(header.alg, header.kid.as_deref()) {
                continue;
            }
            match decode::<Claims>(token, &key.key, &self.validation(key)) {
                Ok(token) => return token.claims.in_time(now()).and_then(Claims::checked),
                Err(cause) => reason = describe(cause.kind()),
            }
        }
        Err(reason)
    }

    fn validation(&self, key: &Key) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        let mut required = vec!["aud", "sub"];
        // Claims judge the dates.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.settings.audience]);
        if let Some(issuer) = &self.settings.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(f64::INFINITY, |since| since.as_secs_f64())
}

/// The token of `Authorization: Bearer <token>`. It is taken from the identity
/// source, because by that API Gateway remembers the answer.
fn bearer(event: &Value) -> std::result::Result<&str, &'static str> {
    let header = event.pointer("/identitySource/0").and_then(Value::as_str);
    match header.and_then(|header| header.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err("no bearer token"),
    }
}

fn describe(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidSignature => "the signature is not the issuer's",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::MissingRequiredClaim(_) => "exp, aud, sub or iss is missing",
        _ => "the token's claims cannot be read",
    }
}
