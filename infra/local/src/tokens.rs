//! The local issuer: a key of the data folder's own, and tokens signed with it.

use authorizer::{AUDIENCE, Authorizer, Settings};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use model::choice::Choice;
use model::{Scope, TenantId};
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::json;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Seconds a token is good for: a day, as the documented issuer's are.
const LIFETIME_SECONDS: u64 = 24 * 60 * 60;

const ISSUER: &str = "membership-api local stack";

/// Whom a token is for and what it allows.
#[derive(Clone, Debug)]
pub struct Grant {
    pub tenant: TenantId,
    pub user: String,
    /// Set for a member's token, which is good only for the portal look-up.
    pub contact: Option<String>,
    pub scopes: Vec<Scope>,
}

/// An ES256 key.
pub struct SigningKey(EncodingKey);

impl SigningKey {
    /// Reads the key, or makes it at the first start.
    ///
    /// # Errors
    /// One line that names the file and says what is wrong.
    pub fn open(file: &Path) -> Result<SigningKey, String> {
        let failed = |cause: &dyn std::fmt::Display| format!("{}: {cause}", file.display());
        let pem = match std::fs::read(file) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                make(file)?;
                std::fs::read(file)
            }
            outcome => outcome,
        };
        let pem = pem.map_err(|cause| failed(&cause))?;
        let no_key = || failed(&"is no P-256 key in PEM form; remove it to have a new one made");
        let key = EncodingKey::from_ec_pem(&pem).map_err(|_| no_key())?;
        // A key of another curve is read without complaint, and would fail only at the first
        // token.
        Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|_| no_key())?;
        Ok(SigningKey(key))
    }

    /// A token, good for a day.
    ///
    /// # Errors
    /// Only when signing itself fails.
    pub fn sign(&self, grant: &Grant) -> Result<String, String> {
        let now = get_current_timestamp();
        let scopes: Vec<_> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
        let mut claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "sub": grant.user,
            "tenant": grant.tenant.as_str(),
            "scope": scopes.join(" "),
        });
        if let Some(contact) = &grant.contact {
            claims["contact"] = contact.as_str().into();
        }
        encode(&Header::new(Algorithm::ES256), &claims, &self.0).map_err(|cause| cause.to_string())
    }

    /// The deployed authorizer, told to trust this key and no other.
    ///
    /// # Errors
    /// Only when the public half cannot be derived.
    pub fn authorizer(&self) -> Result<Authorizer, String> {
        let key = Jwk::from_encoding_key(&self.0, Algorithm::ES256);
        let keys = vec![key.map_err(|cause| cause.to_string())?];
        let set = serde_json::to_string(&JwkSet { keys }).map_err(|cause| cause.to_string())?;
        let settings = Settings {
            issuer: Some(ISSUER.into()),
            ..Settings::default()
        };
        Authorizer::new(&set, settings).map_err(|cause| cause.to_string())
    }
}

/// Makes the file in one step, readable by its owner alone. Two processes may
/// do so at once: the first one's key stays.
fn make(file: &Path) -> Result<(), String> {
    let failed = |cause: &dyn std::fmt::Display| format!("cannot make {}: {cause}", file.display());
    let key = SecretKey::random(&mut OsRng);
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|cause| failed(&cause))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut made = tempfile::NamedTempFile::new_in(folder).map_err(|cause| failed(&cause))?;
    made.write_all(pem.as_bytes())
        .map_err(|cause| failed(&cause))?;
    match made.persist_noclobber(file) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(failed(&error.error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn grant() -> Grant {
        Grant {
            tenant: TenantId::parse("acme").unwrap(),
            user: "ann".into(),
            contact: Some("c-1".into()),
            scopes: vec![Scope::Read, Scope::Billing],
        }
    }

    fn ask(key: &SigningKey, token: &str) -> serde_json::Value {
        let event = json!({ "identitySource": [format!("Bearer {token}")] });
        key.authorizer().unwrap().authorize(&event)
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signing-key.pem");
        let first = SigningKey::open(&file).unwrap();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = SigningKey::open(&file).unwrap();
        let answer = ask(&second, &first.sign(&grant()).unwrap());
        let context =
            json!({ "tenant": "acme", "user": "ann", "contact": "c-1", "scopes": "read billing" });
        assert_eq!(answer, json!({ "isAuthorized": true, "context": context }));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_another_process_has_just_made_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signing-key.pem");
        make(&file).unwrap();
        let first = std::fs::read(&file).unwrap();
        make(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), first);
    }

    #[test]
    fn another_folders_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let one = SigningKey::open(&folder.path().join("one.pem")).unwrap();
        let two = SigningKey::open(&folder.path().join("two.pem")).unwrap();
        let answer = ask(&two, &one.sign(&grant()).unwrap());
        assert_eq!(answer["isAuthorized"], false);
    }

    #[test]
    fn what_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("signing-key.pem");
        std::fs::write(&file, "no key").unwrap();
        let refused = SigningKey::open(&file).err().unwrap();
        assert!(
            refused.contains("signing-key.pem: is no P-256 key"),
            "{refused}"
        );
    }
}
