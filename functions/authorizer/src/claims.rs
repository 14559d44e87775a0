//! The claims of ours that a token carries.

use model::TenantId;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(crate) struct Claims {
    tenant: String,
    sub: String,
    /// A portal user's contact id.
    contact: Option<String>,
    /// Separated by spaces (RFC 8693, section 4.2).
    scope: Option<String>,
}

impl Claims {
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
