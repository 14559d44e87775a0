//! The API as the demo uses it: as any client would, through the gateway and
//! its authorizer, only without a socket.

use super::tenant::TENANT;
use crate::gateway::Gateway;
use crate::site::Site;
use crate::tokens::Grant;
use axum::http::{Method, Request, header};
use model::{Scope, TenantId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::sync::Arc;

/// A client of the demo's tenant.
pub struct Api {
    gateway: Arc<Gateway>,
    token: String,
}

impl Api {
    pub fn new(site: &Site) -> Result<Api, String> {
        Ok(Api {
            gateway: site.gateway.clone(),
            token: token(site)?,
        })
    }

    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Option<&Value>) -> Result<Value, String> {
        self.send(Method::POST, path, body).await
    }

    /// Replaces one field.
    pub async fn replace(&self, path: &str, field: &str, value: &str) -> Result<Value, String> {
        let patch = json!([{ "op": "replace", "path": format!("/{field}"), "value": value }]);
        self.send(Method::PATCH, path, Some(&patch)).await
    }

    /// # Errors
    /// One line with what the API said.
    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let body = body
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default();
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|cause| format!("{method} {path}: {cause}"))?;
        let response = self.gateway.call(request).await;
        if response.status().is_success() {
            return serde_json::from_slice(response.body())
                .map_err(|cause| format!("{method} {path}: {cause}"));
        }
        let said = String::from_utf8_lossy(response.body()).into_owned();
        Err(format!(
            "{method} {path} answered {}: {said}",
            response.status().as_u16()
        ))
    }
}

/// A token of the demo's staff.
pub fn token(site: &Site) -> Result<String, String> {
    site.key.sign(&Grant {
        tenant: TenantId::parse(TENANT).map_err(|error| error.to_string())?,
        user: "demo".into(),
        contact: None,
        scopes: vec![Scope::Read, Scope::Write, Scope::Billing, Scope::Admin],
    })
}

/// An id as a segment of a path.
pub fn segment(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}
