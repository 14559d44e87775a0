//! Tokens, good and bad, through the events that API Gateway sends.

#![cfg(test)]

use authorizer::{AUDIENCE, Authorizer, Settings};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};

const RS256: &[u8] = include_bytes!("keys/rs256.pem");
const ES256: &[u8] = include_bytes!("keys/es256.pem");
const STRANGER: &[u8] = include_bytes!("keys/stranger.pem");
const ISSUER: &str = "https://issuer.example/";

fn rsa() -> EncodingKey {
    EncodingKey::from_rsa_pem(RS256).unwrap()
}

fn ec(pem: &[u8]) -> EncodingKey {
    EncodingKey::from_ec_pem(pem).unwrap()
}

fn public(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.into());
    jwk
}

fn key_set() -> String {
    let keys = vec![
        public(&rsa(), Algorithm::RS256, "one"),
        public(&ec(ES256), Algorithm::ES256, "two"),
    ];
    serde_json::to_string(&JwkSet { keys }).unwrap()
}

fn authorizer() -> Authorizer {
    let settings = Settings {
        issuer: Some(ISSUER.into()),
        ..Settings::default()
    };
    Authorizer::new(&key_set(), settings).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "auth0|7",
        "tenant": "acme",
        "scope": "read billing",
        "exp": get_current_timestamp() + 3600,
    })
}

/// Good claims but for one: `null` leaves it out.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.into(), value),
    };
    claims
}

fn signed(claims: &Value) -> String {
    encode(&Header::new(Algorithm::ES256), claims, &ec(ES256)).unwrap()
}

fn ask(header: &str) -> Value {
    authorizer().authorize(&json!({
        "version": "2.0",
        "type": "REQUEST",
        "identitySource": [header],
        "headers": { "authorization": header },
    }))
}

fn ask_with(token: &str) -> Value {
    ask(&format!("Bearer {token}"))
}

#[track_caller]
fn assert_refused(answer: &Value) {
    assert_eq!(answer, &json!({ "isAuthorized": false, "context": {} }));
}

#[track_caller]
fn assert_good(answer: &Value) {
    assert_eq!(answer["isAuthorized"], true, "{answer}");
}

#[test]
fn a_good_token_names_its_caller() {
    let expected = json!({
        "isAuthorized": true,
        "context": { "tenant": "acme", "user": "auth0|7", "contact": "", "scopes": "read billing" },
    });
    assert_eq!(ask_with(&signed(&claims())), expected);
}

#[test]
fn both_algorithms_are_good_with_and_without_a_key_id() {
    for (algorithm, key, id) in [
        (Algorithm::RS256, rsa(), "one"),
        (Algorithm::ES256, ec(ES256), "two"),
    ] {
        let mut header = Header::new(algorithm);
        assert_good(&ask_with(&encode(&header, &claims(), &key).unwrap()));
        header.kid = Some(id.into());
        assert_good(&ask_with(&encode(&header, &claims(), &key).unwrap()));
        header.kid = Some("three".into());
        assert_refused(&ask_with(&encode(&header, &claims(), &key).unwrap()));
    }
}

#[test]
fn a_members_token_names_the_contact() {
    let answer = ask_with(&signed(&with("contact", json!("c-1"))));
    assert_eq!(answer["context"]["contact"], "c-1");
}

#[test]
fn a_token_without_scopes_is_known_but_may_nothing() {
    let answer = ask_with(&signed(&with("scope", Value::Null)));
    assert_good(&answer);
    assert_eq!(answer["context"]["scopes"], "");
}

#[test]
fn a_token_ends_at_its_time_and_a_minute_at_most() {
    let now = get_current_timestamp();
    for (exp, good) in [(now - 3600, false), (now - 62, false), (now - 5, true)] {
        let answer = ask_with(&signed(&with("exp", json!(exp))));
        assert_eq!(answer["isAuthorized"], good, "{} s ago", now - exp);
    }
}

#[test]
fn an_end_is_required_and_a_beginning_obeyed() {
    assert_refused(&ask_with(&signed(&with("exp", Value::Null))));
    assert_refused(&ask_with(&signed(&with("exp", json!("never")))));
    let later = json!(get_current_timestamp() + 600);
    assert_refused(&ask_with(&signed(&with("nbf", later))));
}

/// NumericDate of RFC 7519: "non-integer values can be represented".
#[test]
fn dates_may_have_fractions_and_exponents() {
    let now = get_current_timestamp();
    let spelt = |text: String| serde_json::from_str::<Value>(&text).unwrap();
    for (seconds, good) in [(3600, true), (-3600, false)] {
        let at = now.saturating_add_signed(seconds);
        for text in [format!("{at}.0"), format!("{at}.25"), format!("{at}e0")] {
            let answer = ask_with(&signed(&with("exp", spelt(text.clone()))));
            assert_eq!(answer["isAuthorized"], good, "exp {text}");
        }
        let at = now.saturating_add_signed(-seconds);
        let answer = ask_with(&signed(&with("nbf", spelt(format!("{at}.5")))));
        assert_eq!(answer["isAuthorized"], good, "nbf {at}.5");
    }
    assert_good(&ask_with(&signed(&with("exp", spelt("4.1e9".into())))));
    assert_good(&ask_with(&signed(&with("iat", json!(now as f64 - 0.5)))));
    for no_date in ["1e400", "true", "[]", "-1"] {
        assert_refused(&ask_with(&signed(&with("exp", spelt(no_date.into())))));
    }
}

#[test]
fn audience_and_issuer_must_be_ours() {
    for (name, bad) in [
        ("aud", json!("https://other.example")),
        ("aud", Value::Null),
        ("iss", json!("https://other.example/")),
        ("iss", Value::Null),
    ] {
        assert_refused(&ask_with(&signed(&with(name, bad))));
    }
    let several = json!(["https://other.example", AUDIENCE]);
    assert_good(&ask_with(&signed(&with("aud", several))));
}

#[test]
fn a_strangers_signature_is_refused() {
    let token = encode(&Header::new(Algorithm::ES256), &claims(), &ec(STRANGER)).unwrap();
    assert_refused(&ask_with(&token));
}

#[test]
fn a_changed_claim_is_refused() {
    let good = signed(&claims());
    let other = signed(&with("tenant", json!("rival")));
    let parts: Vec<&str> = good.split('.').collect();
    let forged = [parts[0], other.split('.').nth(1).unwrap(), parts[2]].join(".");
    assert_refused(&ask_with(&forged));
}

#[test]
fn an_unsigned_token_is_refused() {
    // {"alg":"none"} and {"alg":"none","kid":"two"}
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwia2lkIjoidHdvIn0"] {
        let payload = signed(&claims()).split('.').nth(1).unwrap().to_owned();
        assert_refused(&ask_with(&format!("{header}.{payload}.")));
        assert_refused(&ask_with(&format!("{header}.{payload}")));
    }
}

/// The classic forgery: the public key, which everybody has, used as a secret.
#[test]
fn a_public_key_is_no_secret() {
    let keys = key_set();
    let modulus = public(&rsa(), Algorithm::RS256, "one");
    let texts = [keys, serde_json::to_string(&modulus).unwrap()];
    for secret in texts.iter().map(String::as_bytes).chain([RS256]) {
        let key = EncodingKey::from_secret(secret);
        for id in [None, Some("one".to_owned()), Some("two".to_owned())] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = id;
            assert_refused(&ask_with(&encode(&header, &claims(), &key).unwrap()));
        }
    }
}

#[test]
fn a_tenant_is_required_and_well_formed() {
    for bad in [
        Value::Null,
        json!(""),
        json!("Acme"),
        json!("acme#x"),
        json!("acme|x"),
        json!(7),
        json!(["acme"]),
    ] {
        assert_refused(&ask_with(&signed(&with("tenant", bad))));
    }
}

#[test]
fn a_caller_without_a_name_is_refused() {
    for bad in [Value::Null, json!(""), json!(7)] {
        assert_refused(&ask_with(&signed(&with("sub", bad))));
    }
}

/// Or a member's token would be taken for a staff token.
#[test]
fn an_unreadable_contact_is_refused() {
    for bad in [json!(""), json!(7), json!({ "id": "c-1" })] {
        assert_refused(&ask_with(&signed(&with("contact", bad))));
    }
}

#[test]
fn a_header_must_be_a_bearer_token() {
    let token = signed(&claims());
    assert_good(&ask(&format!("bearer {token}")));
    for bad in [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer {token},Bearer {token}"),
        format!("Bearer {token} {token}"),
        "Bearer a.b.c".into(),
        "Bearer ä".into(),
    ] {
        assert_refused(&ask(&bad));
    }
}

#[test]
fn an_event_without_credentials_is_refused() {
    let authorizer = authorizer();
    for event in [json!({}), json!({ "identitySource": [] }), json!(null)] {
        assert_refused(&authorizer.authorize(&event));
    }
}

#[test]
fn keys_that_are_no_keys_are_refused_at_the_start() {
    for bad in ["", "{}", r#"{"keys":[]}"#] {
        let error = Authorizer::new(bad, Settings::default()).err().unwrap();
        assert!(error.to_string().starts_with("/keys "), "{error}");
    }
}
