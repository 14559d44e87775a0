//! A request as the event that API Gateway makes of it, and the answer.

use crate::{TENANT, conformance};
use axum::Router;
use lambda_http::{Context, LambdaEvent};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A request by a caller who may do everything but administer, unless said
/// otherwise.
pub struct Call {
    method: &'static str,
    path: String,
    query: String,
    headers: Map<String, Value>,
    body: Option<String>,
    caller: Option<Caller>,
}

struct Caller {
    tenant: String,
    user: String,
    contact: String,
    scopes: String,
}

impl Call {
    fn new(method: &'static str, url: &str, body: Option<String>) -> Call {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Call {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Map::new(),
            body,
            caller: Some(Caller {
                tenant: TENANT.into(),
                user: "user-1".into(),
                contact: String::new(),
                scopes: "read write billing".into(),
            }),
        }
    }

    pub fn get(url: &str) -> Call {
        Call::new("GET", url, None)
    }

    pub fn post(url: &str, body: Value) -> Call {
        Call::new("POST", url, Some(body.to_string()))
    }

    pub fn put(url: &str, body: Value) -> Call {
        Call::new("PUT", url, Some(body.to_string()))
    }

    pub fn patch(url: &str, body: Value) -> Call {
        Call::new("PATCH", url, Some(body.to_string()))
    }

    pub fn delete(url: &str) -> Call {
        Call::new("DELETE", url, None)
    }

    /// A path that is taken as it is: HTTP APIs decode it, `?` and all.
    pub fn raw_path(method: &'static str, path: &str) -> Call {
        let mut call = Call::new(method, "", None);
        call.path = path.to_owned();
        call
    }

    /// A body that need not be JSON.
    pub fn raw_body(self, text: impl Into<String>) -> Call {
        Call {
            body: Some(text.into()),
            ..self
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// The caller's scopes, separated by spaces.
    pub fn scopes(mut self, scopes: &str) -> Call {
        if let Some(caller) = &mut self.caller {
            caller.scopes = scopes.into();
        }
        self
    }

    pub fn of_tenant(mut self, tenant: &str) -> Call {
        if let Some(caller) = &mut self.caller {
            caller.tenant = tenant.into();
        }
        self
    }

    /// As another of the staff.
    pub fn by_user(mut self, user: &str) -> Call {
        if let Some(caller) = &mut self.caller {
            caller.user = user.into();
        }
        self
    }

    /// With a member's own token.
    pub fn by_contact(mut self, contact: &str) -> Call {
        if let Some(caller) = &mut self.caller {
            caller.contact = contact.into();
        }
        self
    }

    /// As the event is when no authorizer has let anybody in.
    pub fn without_credentials(self) -> Call {
        Call {
            caller: None,
            ..self
        }
    }

    /// What names the function that it is for.
    pub fn segment(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// Sends it through a function; what comes back is the event of its answer.
    pub async fn through(self, function: &Router) -> Value {
        invoke(function, self.into_event()).await
    }

    pub(crate) fn into_event(self) -> Value {
        let mut headers = self.headers;
        headers.insert("host".into(), "api.example.org".into());
        headers.insert("content-type".into(), "application/json".into());
        let mut context = json!({
            "accountId": "123456789012", "apiId": "api", "domainName": "api.example.org", "domainPrefix": "api",
            "http": {
                "method": self.method, "path": self.path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "tests",
            },
            "requestId": "request-1", "routeKey": "$default", "stage": "$default",
            "time": "01/Mar/2026:10:00:00 +0000", "timeEpoch": 1_772_359_200_000_i64,
        });
        if let Some(caller) = self.caller {
            context["authorizer"] = json!({ "lambda": {
                "tenant": caller.tenant, "user": caller.user, "contact": caller.contact, "scopes": caller.scopes,
            }});
        }
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": self.path, "rawQueryString": self.query,
            "headers": headers, "requestContext": context, "isBase64Encoded": false,
        });
        if let Some(body) = self.body {
            event["body"] = body.into();
        }
        event
    }
}

/// Sends an event through a function. Its answer has to be a described one.
pub(crate) async fn invoke(function: &Router, event: Value) -> Value {
    let asked = &event["requestContext"]["http"]["method"];
    let method = asked.as_str().unwrap_or_default().to_owned();
    let path = event["rawPath"].as_str().unwrap_or_default().to_owned();
    let event = LambdaEvent::new(event, Context::default());
    let answered = web::lambda::handle(function.clone(), event).await;
    let answer = answered.expect("an answer to every event");
    conformance::check(&method, &path, &answer);
    answer
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub headers: BTreeMap<String, String>,
}

impl Answer {
    /// What the event of an answer says.
    pub fn read(response: &Value) -> Answer {
        let text = response["body"].as_str().unwrap_or_default();
        let text = if text.is_empty() { "null" } else { text };
        let headers = response["headers"].as_object().into_iter().flatten();
        let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Answer {
            status: response["statusCode"].as_u64().unwrap_or(0) as u16,
            body: serde_json::from_str(text).expect("every answer is JSON"),
            headers: headers
                .map(|(n, v)| (n.to_lowercase(), text_of(v)))
                .collect(),
        }
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The violations of a refusal: pointer and rule, in order.
    #[track_caller]
    pub fn refused(self, status: u16) -> Vec<(String, String)> {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["request_id"], "request-1", "{}", self.body);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| (text(&error["path"]), text(&error["message"])))
            .collect()
    }

    /// The pointers that a refusal names.
    pub fn refused_fields(&self) -> Vec<String> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors
            .filter_map(|error| error["path"].as_str().map(str::to_owned))
            .collect()
    }

    /// The one violation of a refusal, as "pointer rule".
    #[track_caller]
    pub fn refused_for(self, status: u16) -> String {
        let problems = self.refused(status);
        assert_eq!(problems.len(), 1, "{problems:?}");
        format!("{} {}", problems[0].0, problems[0].1)
    }
}
