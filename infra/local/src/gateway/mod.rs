//! API Gateway on a laptop: every request becomes the event that the deployed
//! HTTP API would send, is checked by the authorizer's own code, and passes through the
//! adapter that functions run behind on Lambda.
//!
//! Two things differ. The authorizer is called each time, where API Gateway
//! caches its answer for five minutes. A group that no function owns is not
//! found, where the deployed API hands it to the configuration function, which
//! says the same in an envelope of its own.

mod answer;
mod proxy_request;
mod server;
#[cfg(test)]
mod tests;

use authorizer::Authorizer;
use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, Request, Response, StatusCode, header};
use lambda_http::{Context, LambdaEvent};
use proxy_request::ProxyRequest;
use serde_json::Value;

/// The largest body of a request, in bytes: API Gateway's own limit.
pub const BODY_MAX: usize = 10 * 1024 * 1024;

/// The largest event a function may answer with, in bytes: Lambda's own limit.
const ANSWER_MAX: usize = 6 * 1024 * 1024 + 100;

/// What the deployed API has routes for.
const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// The functions behind one address, each by the first segment of its paths.
pub struct Gateway {
    authorizer: Authorizer,
    routes: Vec<(&'static str, Router)>,
}

impl Gateway {
    /// `routes` names, for each first segment of a path, the function that owns it.
    pub fn new(authorizer: Authorizer, routes: Vec<(&'static str, Router)>) -> Gateway {
        Gateway { authorizer, routes }
    }

    /// Answers one request as the deployed API would, in process.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Response<Bytes> {
        if request.method() == Method::OPTIONS {
            return answer::preflight();
        }
        if request.body().len() > BODY_MAX {
            return answer::message(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long");
        }
        let Some(proxy) = ProxyRequest::of(&request) else {
            return answer::message(StatusCode::BAD_REQUEST, "Bad Request");
        };
        let mut response = self.route(&proxy, request).await;
        if let Ok(id) = proxy.id.parse() {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }

    async fn route(&self, proxy: &ProxyRequest, request: Request<Vec<u8>>) -> Response<Bytes> {
        let Some(router) = self.owner(proxy) else {
            return answer::message(StatusCode::NOT_FOUND, "Not Found");
        };
        // Without its identity source API Gateway answers 401 and asks no authorizer; a refusal
        // of the authorizer's is a 403.
        let credentials = request.headers().get(header::AUTHORIZATION);
        if credentials.is_none_or(|value| value.is_empty()) {
            return answer::message(StatusCode::UNAUTHORIZED, "Unauthorized");
        }
        let decision = self.authorizer.authorize(&proxy.authorizer_event());
        if decision["isAuthorized"] != true {
            return answer::message(StatusCode::FORBIDDEN, "Forbidden");
        }
        let event = proxy.function_event(&decision["context"], request.into_body());
        invoke(router, event)
            .await
            .unwrap_or_else(|| answer::message(StatusCode::INTERNAL_SERVER_ERROR, FAILED))
    }

    fn owner(&self, proxy: &ProxyRequest) -> Option<Router> {
        if !METHODS.contains(&proxy.method) || proxy.tenant().is_empty() {
            return None;
        }
        let owned = |(segment, _): &&(&str, Router)| *segment == proxy.group();
        self.routes
            .iter()
            .find(owned)
            .map(|(_, router)| router.clone())
    }
}

/// What API Gateway answers when a function fails.
const FAILED: &str = "Internal Server Error";

/// `None` when the function fails. It has a task of its own, because a panic
/// ends a function on Lambda and not the API.
async fn invoke(router: Router, event: Value) -> Option<Response<Bytes>> {
    let event = LambdaEvent::new(event, Context::default());
    let outcome = tokio::spawn(web::lambda::handle(router, event)).await;
    let failed = |cause: &dyn std::fmt::Display| tracing::error!(%cause, "a function has failed");
    let answer = outcome
        .inspect_err(|cause| failed(cause))
        .ok()?
        .inspect_err(|cause| failed(cause))
        .ok()?;
    // Lambda measures the whole answer, escapes and headers included.
    let bytes = answer.to_string().len();
    if bytes > ANSWER_MAX {
        failed(&format!(
            "its answer has {bytes} bytes, Lambda allows {ANSWER_MAX}"
        ));
        return None;
    }
    answer::from_event(&answer)
}
