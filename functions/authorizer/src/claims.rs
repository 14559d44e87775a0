//! The claims of ours that a token carries.

use model::TenantId;
use serde::Deserialize;
use serde_json::{Number, Value, json};

/// Seconds by which the clocks of issuer and function may differ.
const LEEWAY_SECONDS: f64 = 60.0;

#[derive(Deserialize)]
pub(crate) struct Claims {
    tenant: String,
    sub: String,
    /// A portal user's contact id.
    contact: Option<String>,
    /// Separated by spaces (RFC 8693, section 4.2).
    scope: Option<String>,
    exp: Option<Number>,
    nbf: Option<Number>,
}

impl Claims {
    /// The dates are judged here: in them a fraction is allowed (RFC 7519, section
    /// 2, NumericDate), which the library takes for a missing date where
    /// serde_json keeps numbers as texts. `now` is in seconds since 1970.
    pub fn in_time(self, now: f64) -> Result<Claims, &'static str> {
        let date = |number: &Number| number.as_f64().ok_or("exp or nbf is no date");
        let ends = self.exp.as_ref().map(date).transpose()?;
        let begins = self.nbf.as_ref().map(date).transpose()?;
        match ends {
            None => return Err("exp, aud, sub or iss is missing"),
            Some(ends) if ends < now - LEEWAY_SECONDS => return Err("the token has expired"),
            Some(_) => {}
        }
        match begins {
            Some(begins) if begins > now + LEEWAY_SECONDS => Err("the token is not valid yet"),
            _ => Ok(self),
        }
    }

    /// Refuses what would be taken for somebody else: a malformed tenant, nobody,
    /// or a member's token whose empty contact would make it a staff token.
    pub fn checked(self) -> Result<Claims, &'static str> {
        if TenantId::parse(&self.tenant).is_err() {
            return Err("the tenant claim is no tenant's name");
        }
        if self.sub.is_empty() {
            return Err("the sub claim is empty");
        }
        if self.contact.as_deref().is_some_and(str::is_empty) {
            return Err("the contact claim is empty");
        }
        Ok(self)
    }

    /// What functions learn of the caller.
    pub fn context(&self) -> Value {
        json!({
            "tenant": self.tenant,
            "user": self.sub,
            "contact": self.contact.as_deref().unwrap_or(""),
            "scopes": self.scope.as_deref().unwrap_or(""),
        })
    }
}
