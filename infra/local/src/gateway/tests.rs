//! What a client sees, and what a function is told, of each kind of request.

use super::*;
use crate::tokens::{Grant, SigningKey};
use axum::http::HeaderMap;
use axum::routing::{any, get, post};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::request::RequestContext;
use model::{Scope, TenantId};
use serde_json::json;

struct Fixture {
    gateway: Gateway,
    token: String,
}

impl Fixture {
    fn new() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::open(&folder.path().join("key.pem")).unwrap();
        let grant = Grant {
            tenant: TenantId::parse("acme").unwrap(),
            user: "ann".into(),
            contact: None,
            scopes: vec![Scope::Read, Scope::Write],
        };
        let token = key.sign(&grant).unwrap();
        let routes = vec![("things", things())];
        let gateway = Gateway::new(key.authorizer().unwrap(), routes);
        Fixture { gateway, token }
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "127.0.0.1:3000")
            .header("authorization", format!("Bearer {}", self.token))
    }

    async fn get(&self, path: &str) -> Response<Bytes> {
        let request = self.request("GET", path).body(Vec::new()).unwrap();
        self.gateway.call(request).await
    }
}

/// A function that tells what it was asked.
fn things() -> Router {
    Router::new()
        .route("/things/{tenantId}/panic", get(panics))
        .route(
            "/things/{tenantId}/large",
            get(|| async { "x".repeat(ANSWER_MAX) }),
        )
        .route(
            "/things/{tenantId}/bytes",
            post(|body: Bytes| async move { body.to_vec() }),
        )
        .route("/things/{tenantId}/cookies", get(cookies))
        .route("/things/{tenantId}/{*rest}", any(tell))
        .route("/things/{tenantId}", any(tell))
}

async fn panics() -> &'static str {
    panic!("a defect")
}

async fn cookies() -> ([(&'static str, &'static str); 2], &'static str) {
    ([("set-cookie", "a=b"), ("x-own", "1")], "")
}

async fn tell(request: axum::extract::Request) -> axum::Json<Value> {
    let (parts, body) = request.into_parts();
    let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get() else {
        panic!("no request context");
    };
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    axum::Json(json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "headers": shown(&parts.headers),
        "body": String::from_utf8_lossy(&body),
        "context": told(context),
    }))
}

fn shown(headers: &HeaderMap) -> Value {
    let one = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().into())
    };
    Value::Object(headers.iter().map(one).collect())
}

fn told(context: &ApiGatewayV2httpRequestContext) -> Value {
    serde_json::to_value(context).unwrap()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[track_caller]
fn assert_message(response: &Response<Bytes>, status: u16, message: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(body(response), json!({ "message": message }));
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_function_is_told_who_asks_what() {
    let fixture = Fixture::new();
    let response = fixture.get("/things/acme/t-1?fields=a%2Cb&fields=c").await;
    assert_eq!(response.status(), 200);
    let told = body(&response);
    assert_eq!(told["path"], "/things/acme/t-1");
    assert_eq!(told["query"], "fields=a%2Cb&fields=c");
    assert_eq!(
        told["context"]["authorizer"]["lambda"],
        json!({ "tenant": "acme", "user": "ann", "contact": "", "scopes": "read write" })
    );
    assert_eq!(told["context"]["stage"], "$default");
    assert_eq!(
        told["context"]["routeKey"],
        "GET /things/{tenantId}/{proxy+}"
    );
    assert_eq!(told["context"]["http"]["method"], "GET");
    let id = told["context"]["requestId"].as_str().unwrap();
    assert_eq!(response.headers()["apigw-requestid"], id);
}

#[tokio::test]
async fn ids_reach_a_function_as_they_do_when_deployed() {
    let fixture = Fixture::new();
    for (sent, received) in [
        ("a%7Cb", "a%7Cb"),
        ("a%23b", "a%23b"),
        ("a%2Fb", "a/b"),
        ("a%3Fb", "a%3Fb"),
        ("a%20b", "a%20b"),
        ("%C3%A4", "%C3%A4"),
        ("a%2525b", "a%2525b"),
        ("contact:1@2", "contact:1@2"),
    ] {
        let response = fixture.get(&format!("/things/acme/{sent}")).await;
        assert_eq!(response.status(), 200, "{sent}");
        assert_eq!(body(&response)["path"], format!("/things/acme/{received}"));
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_a_bad_request() {
    let fixture = Fixture::new();
    assert_message(&fixture.get("/things/acme/%ff").await, 400, "Bad Request");
}

#[tokio::test]
async fn text_and_bytes_arrive_as_they_were_sent() {
    let fixture = Fixture::new();
    let all: Vec<u8> = (0..=255).collect();
    for (kind, sent) in [
        ("application/json", "{\"ä\":1.00}".as_bytes()),
        ("application/json", &all),
        ("application/json-patch+json", b"[]"),
        ("application/octet-stream", &all),
        ("image/png", b""),
    ] {
        let request = fixture
            .request("POST", "/things/acme/bytes")
            .header("content-type", kind)
            .body(sent.to_vec())
            .unwrap();
        let response = fixture.gateway.call(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.body().as_ref(), sent, "{kind}");
    }
}

#[tokio::test]
async fn only_text_travels_as_text() {
    let fixture = Fixture::new();
    for (kind, encoded) in [
        ("application/json; charset=utf-8", false),
        ("text/csv", false),
    ]
    .into_iter()
    .chain([("application/x-www-form-urlencoded", true), ("", true)])
    {
        let request = fixture
            .request("POST", "/things/acme")
            .header("content-type", kind)
            .body(b"a=b".to_vec())
            .unwrap();
        let proxy = ProxyRequest::of(&request).unwrap();
        let event = proxy.function_event(&json!({}), request.into_body());
        assert_eq!(event["isBase64Encoded"], encoded, "{kind}");
        assert_eq!(
            event["body"],
            if encoded { "YT1i" } else { "a=b" },
            "{kind}"
        );
    }
}

#[tokio::test]
async fn headers_are_joined_and_cookies_apart() {
    let fixture = Fixture::new();
    let request = fixture
        .request("GET", "/things/acme?a=1&b=x+y%26z&a=2")
        .header("X-Several", "one")
        .header("x-several", "two")
        .header("cookie", "a=1; b=2")
        .header("x-forwarded-proto", "not a scheme")
        .body(Vec::new())
        .unwrap();
    let event = ProxyRequest::of(&request)
        .unwrap()
        .function_event(&json!({}), Vec::new());
    assert_eq!(event["headers"]["x-several"], "one,two");
    assert_eq!(event["headers"]["cookie"], Value::Null);
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["headers"]["x-forwarded-proto"], "http");
    assert_eq!(event["headers"]["host"], "localhost");
    let parameters = json!({ "a": "1,2", "b": "x y&z" });
    assert_eq!(event["queryStringParameters"], parameters);
    assert_eq!(event["pathParameters"], json!({ "tenantId": "acme" }));
    assert_eq!(event["routeKey"], "GET /things/{tenantId}");
    assert_eq!(event["body"], Value::Null);
}

#[tokio::test]
async fn a_host_that_is_none_does_no_harm() {
    let fixture = Fixture::new();
    for host in ["", "a b", "[", "x:99999", "a/b?c#d"] {
        let request = Request::get("/things/acme/t-1")
            .header("host", host)
            .header("authorization", format!("Bearer {}", fixture.token))
            .body(Vec::new())
            .unwrap();
        assert_eq!(fixture.gateway.call(request).await.status(), 200, "{host}");
    }
}

#[tokio::test]
async fn without_credentials_it_is_401_and_with_bad_ones_403() {
    let fixture = Fixture::new();
    let bare = Request::get("/things/acme/t-1").body(Vec::new()).unwrap();
    assert_message(&fixture.gateway.call(bare).await, 401, "Unauthorized");
    for (header, status, message) in [
        ("", 401, "Unauthorized"),
        ("Bearer nonsense", 403, "Forbidden"),
        ("nonsense", 403, "Forbidden"),
    ] {
        let request = Request::get("/things/acme/t-1")
            .header("authorization", header)
            .body(Vec::new())
            .unwrap();
        assert_message(&fixture.gateway.call(request).await, status, message);
    }
}

#[tokio::test]
async fn what_no_function_owns_is_not_found() {
    let fixture = Fixture::new();
    for path in ["/", "/other/acme", "/things", "/things/", "/Things/acme"] {
        assert_message(&fixture.get(path).await, 404, "Not Found");
    }
    let request = fixture.request("TRACE", "/things/acme");
    let response = fixture
        .gateway
        .call(request.body(Vec::new()).unwrap())
        .await;
    assert_message(&response, 404, "Not Found");
}

#[tokio::test]
async fn a_preflight_needs_no_credentials() {
    let fixture = Fixture::new();
    let request = Request::options("/things/acme").body(Vec::new()).unwrap();
    let response = fixture.gateway.call(request).await;
    assert_eq!(response.status(), 204);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(
        headers["access-control-allow-methods"],
        "GET,POST,PUT,PATCH,DELETE"
    );
    assert_eq!(
        headers["access-control-allow-headers"],
        "authorization,content-type,idempotency-key,if-match"
    );
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_too_long() {
    let fixture = Fixture::new();
    for (size, status) in [(BODY_MAX, 200), (BODY_MAX + 1, 413)] {
        let request = fixture
            .request("POST", "/things/acme/t-1")
            .header("content-type", "text/plain");
        let request = request.body(vec![b'x'; size]).unwrap();
        let response = fixture.gateway.call(request).await;
        if status == 413 {
            assert_message(&response, 413, "Request Too Long");
        } else {
            // The function's echo is more than Lambda lets it answer.
            assert_message(&response, 500, FAILED);
        }
    }
}

#[tokio::test]
async fn a_failing_function_is_500_and_the_next_request_is_answered() {
    let fixture = Fixture::new();
    assert_message(&fixture.get("/things/acme/panic").await, 500, FAILED);
    assert_message(&fixture.get("/things/acme/large").await, 500, FAILED);
    assert_eq!(fixture.get("/things/acme/t-1").await.status(), 200);
}

#[tokio::test]
async fn headers_and_cookies_of_an_answer_are_sent_on() {
    let fixture = Fixture::new();
    let response = fixture.get("/things/acme/cookies").await;
    assert_eq!(response.headers()["x-own"], "1");
    assert_eq!(response.headers()["set-cookie"], "a=b");
}
