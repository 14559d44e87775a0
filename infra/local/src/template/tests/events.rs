//! The samples of what API Gateway delivers, held against the routes that
//! the template declares and the adapter that the functions run behind.

use std::collections::{BTreeMap, BTreeSet};

use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Request, RequestExt};
use serde_json::Value;

use super::DEPLOYED;

/// Every sample by its file name.
fn samples() -> BTreeMap<String, Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn request(name: &str) -> Request {
    let event = samples().remove(name).unwrap();
    let event: LambdaRequest = serde_json::from_value(event).unwrap();
    assert!(matches!(event, LambdaRequest::ApiGatewayV2(_)), "{name}");
    event.into()
}

/// `GET /memberships/{tenantId}/{proxy+}` and the like, as the template has them.
fn routes() -> BTreeSet<String> {
    let template: yaml_serde::Value = yaml_serde::from_str(DEPLOYED).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().values();
    let events = resources.filter_map(|resource| resource["Properties"]["Events"].as_mapping());
    let events = events.flat_map(|events| events.values());
    events
        .filter(|event| event["Type"] == "HttpApi")
        .map(|event| &event["Properties"])
        .map(|at| {
            format!(
                "{} {}",
                at["Method"].as_str().unwrap(),
                at["Path"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn every_sample_comes_from_a_route_of_the_template() {
    let routes = routes();
    for (name, event) in samples() {
        let route = event["routeKey"].as_str().unwrap();
        assert!(routes.contains(route), "{name}: {route}");
        assert_eq!(event["requestContext"]["routeKey"], route, "{name}");
        assert_eq!(
            event["requestContext"]["http"]["path"], event["rawPath"],
            "{name}"
        );
        assert_eq!(event["requestContext"]["stage"], "$default", "{name}");
    }
}

/// The parameters, put into the route's pattern, are the path.
#[test]
fn parameters_and_path_agree() {
    for (name, event) in samples() {
        let (_, pattern) = event["routeKey"].as_str().unwrap().split_once(' ').unwrap();
        let parameters = event["pathParameters"].as_object().unwrap();
        let path = parameters
            .iter()
            .fold(pattern.to_owned(), |path, (key, value)| {
                let value = value.as_str().unwrap();
                path.replace(&format!("{{{key}}}"), value)
                    .replace(&format!("{{{key}+}}"), value)
            });
        assert_eq!(event["rawPath"], path, "{name}");
    }
}

#[test]
fn the_adapter_takes_every_sample() {
    for (name, event) in samples() {
        let raw = event["rawPath"].as_str().unwrap().to_owned();
        assert_eq!(request(&name).raw_http_path(), raw, "{name}");
    }
}

#[test]
fn ids_arrive_decoded() {
    for letter in ["|", "#", "?", " ", "ä", "%", "/../"] {
        let holds = |event: &Value| event["rawPath"].as_str().unwrap().contains(letter);
        assert!(samples().values().any(holds), "{letter}");
    }
}

#[test]
fn a_base64_body_is_decoded_and_a_plain_one_kept() {
    let request = request("patch-base64.json");
    let patch = br#"[{"op":"replace","path":"/status","value":"excluded"}]"#;
    assert_eq!(request.body(), &Body::Binary(patch.to_vec()));
    let plain = self::request("post-body.json");
    let Body::Text(text) = plain.body() else {
        panic!("{:?}", plain.body());
    };
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!(body["name"], "Förderndes Mitglied");
}

#[test]
fn a_name_that_comes_twice_in_the_query_keeps_both_values() {
    let request = request("get-query.json");
    let query = request.query_string_parameters();
    assert_eq!(query.all("fields"), Some(vec!["id", "name,is_active"]));
    assert_eq!(query.first("exclusiveStartKey"), Some("eyJrIjoiYSJ9=="));
    assert_eq!(query.first("note"), Some("a b&c"));
}

#[test]
fn the_authorizers_answer_names_the_caller_and_may_be_missing() {
    for (name, event) in samples() {
        let context = &event["requestContext"]["authorizer"]["lambda"];
        if name == "get-without-authorizer.json" {
            assert!(context.is_null());
            continue;
        }
        let keys: Vec<_> = context.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["contact", "scopes", "tenant", "user"], "{name}");
        assert!(
            context.as_object().unwrap().values().all(Value::is_string),
            "{name}"
        );
    }
}
