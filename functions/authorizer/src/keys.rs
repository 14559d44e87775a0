//! The issuer's public keys, from a JSON Web Key Set (RFC 7517).

use jsonwebtoken::{Algorithm, DecodingKey};
use model::{Error, Result};
use serde_json::Value;

/// A key, and the one algorithm it is good for: what a token's header names is
/// compared with it, never followed.
pub(crate) struct Key {
    pub id: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

impl Key {
    /// Whether a token whose header says this may be signed with this key.
    pub fn fits(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let same = |own: &str| id.is_none_or(|id| id == own);
        self.algorithm == algorithm && self.id.as_deref().is_none_or(same)
    }
}

/// The signing keys of a set. Keys of other kinds are left out, as the RFC
/// asks (section 5); symmetric ones among them, so that no HS token is ever good.
///
/// # Errors
/// Names the key and the member that is wrong, or says that no key is usable.
pub(crate) fn parse(set: &str) -> Result<Vec<Key>> {
    let no_set = || Error::invalid("/keys", "must be the list of keys of a JSON Web Key Set");
    let set: Value = serde_json::from_str(set).map_err(|_| no_set())?;
    let listed = set
        .get("keys")
        .and_then(Value::as_array)
        .ok_or_else(no_set)?;
    let mut keys = Vec::new();
    for (index, jwk) in listed.iter().enumerate() {
        keys.extend(signing_key(index, jwk)?);
    }
    if keys.is_empty() {
        return Err(Error::invalid(
            "/keys",
            "must hold a signing key for RS256 (kty RSA) or ES256 (kty EC, crv P-256)",
        ));
    }
    Ok(keys)
}

fn signing_key(index: usize, jwk: &Value) -> Result<Option<Key>> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let part = |name: &str| {
        text(name).ok_or_else(|| Error::invalid(format!("/keys/{index}/{name}"), "is required"))
    };
    let (algorithm, name, key) = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => (
            Algorithm::RS256,
            "RS256",
            DecodingKey::from_rsa_components(part("n")?, part("e")?),
        ),
        (Some("EC"), Some("P-256")) => (
            Algorithm::ES256,
            "ES256",
            DecodingKey::from_ec_components(part("x")?, part("y")?),
        ),
        _ => return Ok(None),
    };
    if text("use").is_some_and(|used| used != "sig") || text("alg").is_some_and(|alg| alg != name) {
        return Ok(None);
    }
    let key = key.map_err(|_| {
        Error::invalid(
            format!("/keys/{index}"),
            "holds a number that is not base64url",
        )
    })?;
    Ok(Some(Key {
        id: text("kid").map(str::to_owned),
        algorithm,
        key,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(set: &str) -> String {
        parse(set).err().unwrap().to_string()
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for bad in ["", "[]", "{}", r#"{"keys":{}}"#] {
            assert!(refusal(bad).contains("JSON Web Key Set"), "{bad}");
        }
    }

    #[test]
    fn a_missing_or_malformed_number_is_named() {
        let set = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AA"}]}"#;
        assert_eq!(refusal(set), "/keys/0/y is required");
        let set = r#"{"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]}"#;
        assert_eq!(refusal(set), "/keys/0 holds a number that is not base64url");
    }

    #[test]
    fn symmetric_encryption_and_other_keys_are_left_out() {
        let set = r#"{"keys":[
            {"kty":"oct","k":"c2VjcmV0"},
            {"kty":"EC","crv":"P-384","x":"AA","y":"AA"},
            {"kty":"RSA","use":"enc","n":"AA","e":"AQAB"},
            {"kty":"RSA","alg":"RS512","n":"AA","e":"AQAB"}]}"#;
        assert!(refusal(set).starts_with("/keys must hold a signing key"));
    }

    #[test]
    fn a_token_without_a_key_id_may_use_any_key_of_its_algorithm() {
        let set = r#"{"keys":[{"kty":"RSA","kid":"a","n":"AA","e":"AQAB"}]}"#;
        let key = &parse(set).unwrap()[0];
        assert!(key.fits(Algorithm::RS256, None));
        assert!(key.fits(Algorithm::RS256, Some("a")));
        assert!(!key.fits(Algorithm::RS256, Some("b")));
        assert!(!key.fits(Algorithm::ES256, Some("a")));
    }
}
