//! A request as the event that API Gateway sends to a Lambda function (payload format 2.0).

use axum::http::{HeaderMap, Method, Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// Content types whose bodies are sent as text; all others are sent in base64.
const TEXT_TYPES: [&str; 4] = [
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
];

/// Headers that API Gateway sets itself, whatever the client sends.
const SET_BY_GATEWAY: [(&str, &str); 4] = [
    ("host", "localhost"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-port", "80"),
    ("x-forwarded-proto", "http"),
];

/// What the events of one request have in common.
pub(super) struct ProxyRequest {
    pub id: String,
    pub method: Method,
    /// Decoded, as HTTP APIs deliver it: an encoded slash is a slash.
    path: String,
    query: String,
    headers: Map<String, Value>,
    cookies: Vec<Value>,
    protocol: String,
    at: Timestamp,
}

impl ProxyRequest {
    /// `None` for a path that does not decode to UTF-8.
    pub fn of(request: &Request<Vec<u8>>) -> Option<ProxyRequest> {
        let path = percent_decode_str(request.uri().path())
            .decode_utf8()
            .ok()?;
        Some(ProxyRequest {
            id: uuid::Uuid::now_v7().to_string(),
            method: request.method().clone(),
            path: path.into_owned(),
            query: request.uri().query().unwrap_or("").to_owned(),
            headers: headers(request.headers()),
            cookies: cookies(request.headers()),
            protocol: format!("{:?}", request.version()),
            at: Timestamp::now(),
        })
    }

    /// The first segment: whose function it is.
    pub fn group(&self) -> &str {
        self.segments().0
    }

    /// The second segment. The deployed API has no route without one.
    pub fn tenant(&self) -> &str {
        self.segments().1
    }

    /// The event of the authorizer.
    pub fn authorizer_event(&self) -> Value {
        let mut event = self.event();
        event["type"] = "REQUEST".into();
        event["routeArn"] = format!(
            "arn:aws:execute-api:us-east-1:123456789012:local/$default/{}{}",
            self.method, self.path
        )
        .into();
        event["identitySource"] = json!([self.header("authorization")]);
        event
    }

    /// The event of the function. `caller` is the context that the authorizer answered.
    pub fn function_event(&self, caller: &Value, body: Vec<u8>) -> Value {
        let mut event = self.event();
        event["requestContext"]["authorizer"] = json!({ "lambda": caller });
        let (text, encoded) = self.body(body);
        if !text.is_empty() {
            event["body"] = text.into();
        }
        event["isBase64Encoded"] = encoded.into();
        event
    }

    fn event(&self) -> Value {
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route_key(),
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": self.context(),
            "pathParameters": self.path_parameters(),
        });
        if !self.cookies.is_empty() {
            event["cookies"] = self.cookies.clone().into();
        }
        if !self.query.is_empty() {
            event["queryStringParameters"] = query_parameters(&self.query);
        }
        event
    }

    fn context(&self) -> Value {
        json!({
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": self.header("host"),
            "domainPrefix": "local",
            "http": {
                "method": self.method.as_str(),
                "path": self.path,
                "protocol": self.protocol,
                "sourceIp": "127.0.0.1",
                "userAgent": self.header("user-agent"),
            },
            "requestId": self.id,
            "routeKey": self.route_key(),
            "stage": "$default",
            "time": self.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": self.at.as_millisecond(),
        })
    }

    /// First segment, second segment and what follows.
    fn segments(&self) -> (&str, &str, Option<&str>) {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        let mut parts = path.splitn(3, '/');
        let mut next = || parts.next();
        (next().unwrap_or(""), next().unwrap_or(""), next())
    }

    fn route_key(&self) -> String {
        let (group, _, rest) = self.segments();
        let rest = rest.map_or("", |_| "/{proxy+}");
        format!("{} /{group}/{{tenantId}}{rest}", self.method)
    }

    fn path_parameters(&self) -> Value {
        let (_, tenant, rest) = self.segments();
        let mut parameters = json!({ "tenantId": tenant });
        if let Some(rest) = rest {
            parameters["proxy"] = rest.into();
        }
        parameters
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(Value::as_str).unwrap_or("")
    }

    fn body(&self, body: Vec<u8>) -> (String, bool) {
        let kind = self.header("content-type").to_ascii_lowercase();
        if body.is_empty() || TEXT_TYPES.iter().any(|text| kind.starts_with(text)) {
            String::from_utf8(body)
                .map(|text| (text, false))
                // An event is JSON, which cannot hold bytes that are no UTF-8.
                .unwrap_or_else(|no_text| (STANDARD.encode(no_text.as_bytes()), true))
        } else {
            (STANDARD.encode(body), true)
        }
    }
}

/// Names in lower case, several values joined by commas, cookies apart.
fn headers(sent: &HeaderMap) -> Map<String, Value> {
    let mut headers = Map::new();
    for name in sent.keys().filter(|name| *name != header::COOKIE) {
        let values: Vec<_> = sent
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.insert(name.as_str().to_owned(), values.join(",").into());
    }
    for (name, value) in SET_BY_GATEWAY {
        headers.insert(name.to_owned(), value.into());
    }
    headers
}

fn cookies(sent: &HeaderMap) -> Vec<Value> {
    sent.get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| cookie.trim().into())
        .collect()
}

/// Decoded, several values of a name joined by commas.
fn query_parameters(query: &str) -> Value {
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let joined = match parameters.get(name.as_ref()).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value.into_owned(),
        };
        parameters.insert(name.into_owned(), joined.into());
    }
    parameters.into()
}
