//! Who asks, what they may do, and when it is.

use crate::ids::TenantId;
use jiff::Timestamp;

crate::choice! {
    /// What a caller may do. Each operation names the one it needs.
    pub enum Scope {
        Read = "read",
        Write = "write",
        Billing = "billing",
        Admin = "admin",
    }
}

/// The verified caller of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub tenant: TenantId,
    pub user: String,
    /// Set for a portal user: such a token may call only the portal look-up.
    pub contact: Option<String>,
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// `admin` may do everything.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    pub fn is_admin(&self) -> bool {
        self.scopes.contains(&Scope::Admin)
    }
}

/// Who writes, how and when: what a stamp needs.
#[derive(Clone, Debug)]
pub struct WriteContext {
    pub user: String,
    /// `api`, [`by_run`], `import`: kept in `sys_last_security_context`.
    pub via: String,
    pub now: Timestamp,
}

const RUN: &str = "billing run ";

/// How a billing run writes.
pub fn by_run(id: &str) -> String {
    format!("{RUN}{id}")
}

impl WriteContext {
    /// The billing run that writes, if one does.
    pub fn billing_run(&self) -> Option<&str> {
        self.via.strip_prefix(RUN)
    }
}
