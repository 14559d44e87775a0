//! A client that progenitor makes of the OpenAPI 3.0 description, put to use over
//! a running stack: ADDRESS TENANT TOKEN.

use api::{Client, types};
use progenitor_client::ResponseValue;
use serde_json::{Value, from_value, json, to_value};
use std::error::Error;

mod api {
    progenitor::generate_api!(spec = "openapi.json", interface = Builder);
}

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, tenant, token] = &arguments[..] else {
        return Err("ADDRESS TENANT TOKEN".into());
    };
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse()?);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    use_it(&Client::new_with_client(address, http), tenant).await
}

/// A membership from its type on: created, read, searched.
async fn use_it(client: &Client, tenant: &str) -> Outcome<()> {
    let body: types::MembershipTypeInput =
        from_value(json!({ "name": "By Rust", "customer_type": "contact" }))?;
    let kind = client.types_create().tenant_id(tenant).body(body);
    let kind = id(kind.send().await?)?;

    let package = json!({ "name": "One year", "business_unit_id": "b-1", "price": 120.5,
        "membership_type_id": kind });
    let body: types::PackageInput = from_value(package)?;
    let package = client.packages_create().tenant_id(tenant).body(body);
    let package = id(package.send().await?)?;

    let membership = json!({ "owner_type": "contact", "contact_id": "c-5", "type_id": kind,
        "package_id": package, "join_date": "2025-01-01", "term_start_date": "2025-01-01",
        "expiration_date": "2025-12-31" });
    let body: types::MembershipInput = from_value(membership)?;
    let made = client.memberships_create().tenant_id(tenant).body(body);
    let made = id(made.send().await?)?;

    let read = client.memberships_get().tenant_id(tenant).id(made.as_str());
    let read = to_value(read.send().await?.into_inner())?;
    assert_eq!((&read["id"], &read["expiration_date"]), (&json!(made), &json!("2025-12-31")));

    let body: types::MembershipSearch = from_value(json!({ "type_id": [kind] }))?;
    let found = client.memberships_search().tenant_id(tenant).body(body);
    let found = to_value(found.send().await?.into_inner())?;
    assert_eq!(found["Items"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["Items"][0]["id"], json!(made));

    let missing = client.memberships_get().tenant_id(tenant).id("contact:nobody");
    let refusal = missing.send().await.expect_err("nobody is found");
    assert_eq!(refusal.status().map(|status| status.as_u16()), Some(404));
    Ok(())
}

fn id<T: serde::Serialize>(answer: ResponseValue<T>) -> Outcome<String> {
    let record: Value = to_value(answer.into_inner())?;
    Ok(record["id"].as_str().ok_or("an id")?.to_owned())
}
