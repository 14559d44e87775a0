//! That every operation can succeed: one story that needs all of them, told by
//! staff and, once, by a member.

mod group_orders;

use model::resources::{
    ApplicationProcesses, BillingNotices, IdCardTemplates, Organizations, Types,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::billing::run_body;
use tests::grants::{self, Grant, Recorder};
use tests::operations::name;
use tests::records::{a_process, a_template, an_organization, with};
use tests::routes;
use tests::{Call, TestApp, conformance};

struct Story {
    app: TestApp,
    covered: BTreeSet<String>,
    requests: usize,
    recorder: Arc<Recorder>,
    /// What each function has asked of the database.
    asked: BTreeMap<&'static str, BTreeSet<Grant>>,
}

/// Documented, and not built yet: their routes do not exist. This list only
/// shrinks, when the story below goes on.
pub const LATER: [&str; 0] = [];

impl Story {
    async fn ok(&mut self, method: &str, url: &str, body: Value) -> Value {
        let call = match method {
            "GET" => Call::get(url),
            "POST" => Call::post(url, body),
            "PUT" => Call::put(url, body),
            "PATCH" => Call::patch(url, body),
            _ => Call::delete(url),
        };
        self.requests += 1;
        let call = match method {
            "POST" => call.header("idempotency-key", &format!("k-{}", self.requests)),
            _ => call,
        };
        self.recorder.take();
        let answer = self.app.send(call.scopes("admin")).await;
        assert_eq!(answer.status, 200, "{method} {url}: {}", answer.body);
        let path = url.split('?').next().unwrap_or_default();
        let route = routes::of(method, path).expect("a route");
        let asked = self.asked.entry(&route.function).or_default();
        asked.extend(self.recorder.take());
        let (template, _) = conformance::operation(method, path).expect("an operation");
        self.covered.insert(format!("{method} {template}"));
        answer.body
    }

    async fn get(&mut self, url: &str) -> Value {
        self.ok("GET", url, Value::Null).await
    }

    async fn post(&mut self, url: &str, body: Value) -> Value {
        self.ok("POST", url, body).await
    }

    /// Reads, patches and replaces the record at `url`, and answers it.
    async fn change(&mut self, url: &str, path: &str, value: Value) -> Value {
        self.get(url).await;
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        let patched = self.ok("PATCH", url, patch).await;
        self.ok("PUT", url, patched).await
    }

    /// Patches `id` in a batch.
    async fn batch(&mut self, group: &str, id: &str, path: &str, value: Value) {
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        let operations = json!([{ "operation": "patch", "id": id, "patch_directives": patch }]);
        let url = format!("/{group}/acme/batch");
        let answer = self.post(&url, json!({ "operations": operations })).await;
        assert_eq!(answer["success_count"], 1, "{url}: {answer}");
    }
}

fn id(record: &Value) -> String {
    record["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn every_operation_succeeds_in_one_story() {
    let mut app = TestApp::with_catalogue().await;
    let recorder = Arc::new(Recorder::default());
    app.watch_functions(recorder.clone());
    let mut story = Story {
        app,
        covered: BTreeSet::new(),
        requests: 0,
        recorder,
        asked: BTreeMap::new(),
    };
    people(&mut story).await;
    applications(&mut story).await;
    memberships(&mut story).await;
    notices(&mut story).await;
    runs(&mut story).await;
    group_orders::of_a_group(&mut story).await;
    settings(&mut story).await;
    // The catalogue's groups have stories of their own, see `groups`.
    let catalogue: BTreeSet<&str> = configuration::groups()
        .filter(|group| !["contacts", "organizations", "settings"].contains(group))
        .collect();
    let uncovered: Vec<String> = api::operations()
        .iter()
        .filter(|operation| !catalogue.contains(operation.group()))
        .map(name)
        .filter(|name| !story.covered.contains(name))
        .collect();
    assert!(uncovered.is_empty(), "{uncovered:#?}");
    may_ask(&story.asked);
}

/// A function that asks for more than its policy allows fails only once it is
/// deployed.
fn may_ask(asked: &BTreeMap<&str, BTreeSet<Grant>>) {
    assert_eq!(asked.len(), 8);
    let refused = asked.iter().flat_map(|(function, asked)| {
        let allowed = grants::allowed(function);
        asked
            .difference(&allowed)
            .map(|grant| (*function, grant.clone()))
            .collect::<Vec<_>>()
    });
    let refused: Vec<_> = refused.collect();
    assert!(refused.is_empty(), "policies refuse {refused:#?}");
}

async fn people(story: &mut Story) {
    story.app.member("m-1", "2026-03-31", json!({})).await;
    story.app.seed::<Organizations>(an_organization()).await;
    for (group, one) in [("contacts", "m-1"), ("organizations", "o-1")] {
        let spare = json!({ "name": "Spare" });
        let spare = id(&story.post(&format!("/{group}/acme"), spare).await);
        let wanted = json!({ "name": "spare", "has_email_address": [false] });
        let found = story.post(&format!("/{group}/acme/search"), wanted).await;
        assert_eq!(found["Items"][0]["id"], json!(spare));
        story.get(&format!("/{group}/acme")).await;
        story
            .change(
                &format!("/{group}/acme/{one}"),
                "/email_address",
                json!("m@example.org"),
            )
            .await;
        story
            .batch(group, one, "/sys_external_id", json!("crm-1"))
            .await;
        story
            .ok("DELETE", &format!("/{group}/acme/{spare}"), Value::Null)
            .await;
    }
}

async fn applications(story: &mut Story) {
    story.app.seed::<ApplicationProcesses>(a_process()).await;
    let draft = "/applications/acme/generateApplication/join-1/contact/c-8";
    story.app.seed_contact("c-8").await;
    let body = story.post(draft, Value::Null).await;
    let wanted = json!({ "membership_package_id": "anniversary", "membership_type_id": "regular" });
    let quoted = with(body, wanted);
    let url = "/applications/acme/generateOrder";
    story.post(url, quoted).await;
    let body = json!({ "type": "join", "process_id": "join-1", "owner_type": "contact", "contact_id": "m-1" });
    let made = story.post("/applications/acme", body).await;
    let url = format!("/applications/acme/{}", id(&made));
    story.change(&url, "/notes", json!("by post")).await;
    // Its name follows its owner's.
    story
        .change("/contacts/acme/m-1", "/name", json!("Mary"))
        .await;
    story.get("/applications/acme/contact/m-1").await;
    story.get("/applications/acme/organization/o-1").await;
    story
        .post("/applications/acme/search", json!({ "name": "m-1" }))
        .await;
    story.ok("DELETE", &url, Value::Null).await;
    activation(story).await;
}

/// A renewal and a join, from the submission to the activation.
async fn activation(story: &mut Story) {
    let mail = json!({ "subject": "Welcome", "body": "<p>{{ membership.name }}</p>" });
    for (process, kind) in [("renew", "renewal"), ("joins", "join")] {
        let changes = json!({ "id": process, "type": kind, "memberships_require_approval": "never",
            "enable_application_confirmation_email": true, "application_confirmation_email": mail,
            "enable_membership_activation_email": true, "membership_activation_email": mail });
        story
            .app
            .seed::<ApplicationProcesses>(with(a_process(), changes))
            .await;
    }
    story.app.member("m-8", "2026-12-31", json!({})).await;
    for (contact, process, kind) in [("m-8", "renew", "renewal"), ("c-8", "joins", "join")] {
        let body = json!({ "type": kind, "process_id": process, "owner_type": "contact", "contact_id": contact,
            "membership_package_id": "anniversary", "membership_type_id": "regular", "status": "under review" });
        let made = story.post("/applications/acme", body).await;
        let order = made["order_id"].as_str().expect("an order").to_owned();
        let payment = json!({ "id": format!("paid-{contact}"), "type": "check", "amount": 120 });
        story
            .post(&format!("/orders/acme/{order}/payments"), payment)
            .await;
        let url = format!("/memberships/acme/activate/{}", id(&made));
        story.post(&url, Value::Null).await;
    }
}

async fn memberships(story: &mut Story) {
    let companies =
        json!({ "id": "companies", "name": "Companies", "customer_type": "organization" });
    story.app.seed::<Types>(companies).await;
    let body = json!({ "owner_type": "organization", "organization_id": "o-1", "type_id": "companies", "package_id": "free" });
    let made = story.post("/memberships/acme", body).await;
    let url = format!("/memberships/acme/{}", id(&made));
    story.change(&url, "/notes", json!("by phone")).await;
    story
        .batch("memberships", &id(&made), "/notes", json!("by mail"))
        .await;
    let chapter = json!({ "name": "Alps" });
    let chapter = story.app.post("/chapters/acme", chapter).await.ok();
    let held = json!([{ "chapter_id": chapter["id"] }]);
    story.change(&url, "/chapters", held).await;
    let named = format!("/chapters/acme/{}", id(&chapter));
    story.change(&named, "/name", json!("The Alps")).await;
    let shown = story.get(&url).await;
    assert_eq!(shown["chapter_names"], "The Alps");
    for look_up in [
        "contact/m-1",
        "organization/o-1",
        "parentMembership/organization:o-1",
        "chapter/none",
        "section/none",
        "order/none",
        "portal/contact/m-1/contact:m-1",
    ] {
        story.get(&format!("/memberships/acme/{look_up}")).await;
    }
    story.get(&format!("{url}/history")).await;
    let lookback = "/memberships/acme/initiateSnapshotLookback";
    story.post(lookback, Value::Null).await;
    story.get("/statistics/acme/members").await;
    let past = format!("{url}/standing?date=2026-01-01");
    story.get(&past).await;
    story.post("/memberships/acme/search", json!({})).await;
    let options = json!({ "expiration_type": "calendar", "calendar_expiration_options": {
        "start_of_calendar_year": 1, "number_of_years": 1 } });
    story
        .post(
            "/memberships/acme/expirationDateCalculation/2026-01-01",
            options,
        )
        .await;
    let preview = preview();
    story.post("/memberships/acme/previewEmail", preview).await;
    let group = json!({ "name": "Engineers", "contact_id": "m-1" });
    let group = story.app.post("/applicationGroups/acme", group).await.ok();
    let of_group = json!({ "membership_id": null, "application_group_id": group["id"] });
    let group_preview = "/memberships/acme/previewGroupApplicationEmail";
    story
        .post(group_preview, with(self::preview(), of_group))
        .await;
    story
        .post("/memberships/acme/reprocessFlowDown", json!({}))
        .await;
    documents(story).await;
    story.ok("DELETE", &url, Value::Null).await;
}

async fn documents(story: &mut Story) {
    let html = "<p>{{ membership.name }} {{ type.name }} {{ order.id }}{{ arrears | length }}</p>";
    let card = json!({ "id": "card", "name": "Card", "html_template": html });
    story.app.seed::<IdCardTemplates>(card).await;
    let own = json!({ "id_card_template_id": "card", "override_certificate_settings": true,
        "certificate_settings": { "certificate_template": html } });
    story.app.set::<Types>("regular", own).await;
    for kind in ["idCard", "certificate"] {
        story
            .get(&format!("/memberships/acme/{kind}/contact:m-1"))
            .await;
    }
    let body = |field: &str| json!({ "membership_id": "contact:m-1", (field): html });
    let card = "/memberships/acme/previewIdCard/contact:m-1";
    story.post(card, body("id_card_template")).await;
    let certificate = "/memberships/acme/previewCertificate";
    story.post(certificate, body("certificate_template")).await;
}

fn preview() -> Value {
    json!({
        "membership_id": "contact:m-1", "destination_email_address": "staff@example.org",
        "email_template": { "from": "dues@example.org", "subject": "Dues", "body": "<p>{{ membership.name }}</p>" },
    })
}

async fn notices(story: &mut Story) {
    let made = story
        .post("/billingNotices/acme", json!({ "name": "Thanks" }))
        .await;
    let url = format!("/billingNotices/acme/{}", id(&made));
    story.get("/billingNotices/acme").await;
    story.change(&url, "/is_active", json!(true)).await;
    story
        .batch("billingNotices", &id(&made), "/is_active", json!(false))
        .await;
    story
        .post("/billingNotices/acme/previewEmail", preview())
        .await;
    story.ok("DELETE", &url, Value::Null).await;
}

async fn runs(story: &mut Story) {
    // What a notice names is read for those to whom it would go.
    let all = json!({ "from": "dues@example.org", "subject": "{{ type.name }}",
        "body": "{{ membership.city }}{{ contact.job_title }}{{ arrears | length }}" });
    let all = json!({ "email": all });
    story.app.set::<BillingNotices>("notice", all).await;
    let body = run_body("2026-03-01", "2026-04-30", &["notices", "orders"]);
    let spare = story.post("/billingRuns/acme", body).await;
    let url = format!("/billingRuns/acme/{}", id(&spare));
    story.change(&url, "/name", json!("Spring")).await;
    story
        .batch("billingRuns", &id(&spare), "/name", json!("Summer"))
        .await;
    story
        .post(
            &format!("/billingRuns/acme/refresh/{}", id(&spare)),
            Value::Null,
        )
        .await;
    story.app.until(&id(&spare), &["ready for execution"]).await;
    actions(story, &id(&spare)).await;
    story.post("/billingRuns/acme/search", json!({})).await;
    story.get(&format!("{url}/explain/contact:m-1")).await;
    let report = story.app.text(&format!("{url}/report")).await;
    assert!(report.contains("contact:m-1"), "{report}");
    story
        .covered
        .insert("GET /billingRuns/{tenantId}/{id}/report".into());
    story.ok("DELETE", &url, Value::Null).await;
    notice(story).await;
    recurring(story).await;
    orders(story).await;
}

async fn actions(story: &mut Story, run: &str) {
    let page = story
        .get(&format!("/billingRunActions/acme/billingRun/{run}"))
        .await;
    let action = id(&page["Items"][0]);
    story
        .get("/billingRunActions/acme/membership/contact:m-1")
        .await;
    let url = format!("/billingRunActions/acme/{action}");
    story.change(&url, "/status", json!("excluded")).await;
    story
        .batch("billingRunActions", &action, "/status", json!("pending"))
        .await;
}

/// A bill whose mail could not go, for want of an address.
async fn notice(story: &mut Story) {
    let member = story.app.member("silent", "2026-03-31", json!({})).await;
    let clear = json!([{ "op": "remove", "path": "/email_address" }]);
    let url = "/contacts/acme/silent";
    story.ok("PATCH", url, clear).await;
    let run = story
        .app
        .bill("2026-03-31", "2026-03-31", &["orders"])
        .await;
    story
        .change(url, "/email_address", json!("a@example.org"))
        .await;
    let action = format!("{}|{member}|02-renewal-order|0", id(&run));
    let url = format!("/billingRunActions/acme/{action}/sendNotice");
    let sent = story.post(&url, Value::Null).await;
    assert_eq!(sent["notice_requests"][0]["result"], "sent", "{sent}");
}

async fn recurring(story: &mut Story) {
    story.app.template("t-1", json!({})).await;
    let template = id(&with(a_template(), json!({ "id": "t-1" })));
    story
        .get(&format!(
            "/billingRuns/acme/fromTemplate/{template}/2026-05-01"
        ))
        .await;
    let body = json!({ "name": "Monthly", "template_id": template, "schedule": "0 0 9 1 * ?",
        "pre_processing_lead_time": 2, "is_active": false });
    let made = story.post("/recurringBillingRuns/acme", body).await;
    let url = format!("/recurringBillingRuns/acme/{}", id(&made));
    story.get("/recurringBillingRuns/acme").await;
    story.change(&url, "/name", json!("Each month")).await;
    story
        .batch(
            "recurringBillingRuns",
            &id(&made),
            "/name",
            json!("On the first"),
        )
        .await;
    story
        .get(&format!(
            "/billingRuns/acme/recurringBillingRun/{}",
            id(&made)
        ))
        .await;
    story.ok("DELETE", &url, Value::Null).await;
}

async fn orders(story: &mut Story) {
    story.app.member("m-2", "2026-03-31", json!({})).await;
    story
        .app
        .bill("2026-03-01", "2026-04-30", &["orders"])
        .await;
    let page = story.get("/orders/acme/membership/contact:m-2").await;
    let url = format!("/orders/acme/{}", id(&page["Items"][0]));
    story.get(&url).await;
    let payment = |id: &str| json!({ "id": id, "type": "check", "amount": 500 });
    story.post(&format!("{url}/payments"), payment("p-1")).await;
    let refund = json!({ "id": "r-1", "amount": 1, "reason": "asked for" });
    story
        .post(&format!("{url}/payments/p-1/refund"), refund)
        .await;
    let page = story.get("/orders/acme/membership/contact:m-1").await;
    let other = id(&page["Items"][0]);
    let to = json!({ "order_id": other });
    story.post(&format!("{url}/payments/p-1/move"), to).await;
    let payments = format!("{url}/payments");
    story.app.post(&payments, payment("p-2")).await.ok();
    let reversal = json!({ "id": "b-1", "reason": "bounced" });
    story
        .post(&format!("{url}/payments/p-2/reverse"), reversal)
        .await;
    story
        .post(
            &format!("/orders/acme/{other}/void"),
            json!({ "payments": "credit" }),
        )
        .await;
    story
        .get("/orders/acme/membership/contact:m-1/payments")
        .await;
    story
        .app
        .bill("2026-03-01", "2026-04-30", &["orders"])
        .await;
    let page = story.get("/orders/acme/membership/contact:m-1").await;
    let again = id(&page["Items"][0]);
    story
        .post(&format!("/orders/acme/{again}/credit"), Value::Null)
        .await;
}

async fn settings(story: &mut Story) {
    let url = "/settings/acme";
    story.change(url, "/max_failures", json!(9)).await;
    story.ok("DELETE", url, Value::Null).await;
    story.post(url, json!({ "currency": "EUR" })).await;
}
