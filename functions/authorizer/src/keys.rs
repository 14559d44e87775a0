//! The issuer's public keys, from a JSON Web Key Set (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use model::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

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
    let no_set = |_| Error::invalid("/keys", "must be the list of keys of a JSON Web Key Set");
    let Set { keys: listed } = serde_json::from_str(set).map_err(no_set)?;
    let mut keys = Vec::new();
    for (index, jwk) in listed.into_iter().enumerate() {
        keys.extend(signing_key(&format!("/keys/{index}"), jwk)?);
    }
    if keys.is_empty() {
        return Err(Error::invalid(
            "/keys",
            "must hold a signing key for RS256 (kty RSA) or ES256 (kty EC, crv P-256)",
        ));
    }
    Ok(keys)
}

/// A key set whose keys are read one by one, so that a refusal can say which it is.
#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

fn signing_key(place: &str, jwk: Value) -> Result<Option<Key>> {
    let no_key = |cause| Error::invalid(place, format!("is no JSON Web Key: {cause}"));
    let jwk: Jwk = serde_json::from_value(jwk).map_err(no_key)?;
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::Other(other) => return complete(place, &other.fields).map(|()| None),
        _ => return Ok(None),
    };
    let signs = jwk
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|used| *used == PublicKeyUse::Signature);
    if !signs || jwk.common.key_algorithm.is_some_and(|own| own != name) {
        return Ok(None);
    }
    let malformed = |_| Error::invalid(place, "holds a number that is not base64url");
    Ok(Some(Key {
        key: DecodingKey::from_jwk(&jwk).map_err(malformed)?,
        id: jwk.common.key_id,
        algorithm,
    }))
}

/// The library takes a key that lacks a number for one of an unknown kind.
fn complete(place: &str, fields: &BTreeMap<String, Value>) -> Result<()> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let required = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => ["n", "e"],
        (Some("EC"), Some("P-256")) => ["x", "y"],
        _ => return Ok(()),
    };
    match required.iter().find(|name| text(name).is_none()) {
        Some(name) => Err(Error::invalid(format!("{place}/{name}"), "is required")),
        None => Ok(()),
    }
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
    fn what_is_no_key_is_named() {
        let refused = refusal(r#"{"keys":[{"kty":"RSA","n":"AA","e":"AQAB"},7]}"#);
        assert!(
            refused.starts_with("/keys/1 is no JSON Web Key"),
            "{refused}"
        );
        let refused = refusal(r#"{"keys":[{"kty":"RSA","kid":7,"n":"AA","e":"AQAB"}]}"#);
        assert!(
            refused.starts_with("/keys/0 is no JSON Web Key"),
            "{refused}"
        );
    }

    #[test]
    fn symmetric_encryption_and_other_keys_are_left_out() {
        let set = r#"{"keys":[
            {"kty":"oct","k":"c2VjcmV0"},
            {"kty":"EC","crv":"P-384","x":"AA","y":"AA"},
            {"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"},
            {"kty":"OKP","crv":"X25519","x":"AA"},
            {"kty":"AKP","pub":"AA"},
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
