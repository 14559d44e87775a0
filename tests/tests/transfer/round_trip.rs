//! An export brought in again.

use crate::*;
use model::resources::{Contacts, Memberships, Packages, Types};
use serde_json::{Value, json};
use tests::meter::Meter;
use tests::records::{a_contact, a_membership, a_package, with};

pub const GROUPS: [Group; 5] = [
    Group::Contacts,
    Group::Organizations,
    Group::Types,
    Group::Packages,
    Group::Memberships,
];

/// Records with everything that could be lost on the way.
pub async fn odd_data(app: &TestApp) {
    app.seed_catalogue().await;
    app.seed_affiliations(&["north"], &[]).await;
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let odd = json!({
        "id": "0012", "name": "Müller; \"Bob\", \n\tJr. 🎉 ", "first_name": "", "last_name": "\"\"",
        "email_address": "=1+1@example.org", "job_title": "\\\"\"",
        "address": { "postal_code": "00420", "latitude": parse("-0.50"), "city": null },
        "contact_role_ids": ["a|b", ""],
        "custom_field_values": [{ "custom_field_id": "shoe__c", "numeric_value": parse("1.20") }],
        "sys_external_id": "x", "sys_locked": true,
    });
    app.seed::<Contacts>(odd).await;
    let empty = json!({ "id": "c-3", "name": "C", "address": {}, "contact_role_ids": [] });
    app.seed::<Contacts>(empty).await;
    let package = json!({
        "id": "p-2", "price": parse("120.50"), "member_price": parse("0.00"), "renews_with_id": "p-1",
        "expiration_options": {
            "expiration_type": "calendar",
            "calendar_expiration_options": { "start_of_calendar_year": 1, "number_of_years": parse("1.0") },
        },
        "suggest_donations": [{ "amount": parse("5.00") }, "one", null],
        "product_tags_to_show_at_checkout": ["a", "b"],
    });
    app.seed::<Packages>(with(a_package(), package)).await;
    let kind = json!({ "id": "t-2", "name": "T", "customer_type": "organization",
        "override_certificate_settings": true, "certificate_settings": {} });
    app.seed::<Types>(kind).await;
    app.post("/memberships/acme", a_membership()).await.ok();
    let card = json!({ "payment_origin": "ad hoc", "payment_account": "tok_secret" });
    let automatic = json!({ "contact_id": "0012", "renew_automatically": true, "renewal_payment_info": card,
        "package_id": "p-2", "chapters": [{ "chapter_id": "north", "dues": parse("10.00") }] });
    app.post("/memberships/acme", with(a_membership(), automatic))
        .await
        .ok();
    let lifelong = json!({ "owner_type": "organization", "type_id": "t-2", "contact_id": null, "organization_id": "o-1", "expiration_date": null });
    app.post("/memberships/acme", with(a_membership(), lifelong))
        .await
        .ok();
    let derived = json!({ "origin": "flowdown", "parent_membership_id": "organization:o-1", "flowdown_depth": 1 });
    let call = tests::Call::post("/memberships/acme", with(a_membership(), derived));
    app.send(call.scopes("admin")).await.ok();
    // A copy that is older than its contact.
    app.seed::<Contacts>(with(a_contact(), json!({ "id": "c-4" })))
        .await;
    app.post(
        "/memberships/acme",
        with(a_membership(), json!({ "contact_id": "c-4" })),
    )
    .await
    .ok();
    let rename = json!([{ "op": "replace", "path": "/name", "value": "Eve" }]);
    app.patch("/contacts/acme/c-4", rename).await.ok();
}

#[tokio::test]
async fn an_export_brought_in_again_writes_nothing() {
    let app = TestApp::start().await;
    odd_data(&app).await;
    let meter = Meter::default();
    let tapped = app.store_over(&meter.over(&app.core.connection));
    for group in GROUPS {
        let mut out = Vec::new();
        let count = export(&tapped, group, ExportOptions::default(), &mut out)
            .await
            .unwrap();
        let given = file(&format!("{group}.csv"), &out);
        let mut said = Vec::new();
        let mut report = Report::new(&mut said);
        let outcome = import(&tapped, &given.path, OPTIONS, &mut report, |_| ()).await;
        drop(report);
        let counts = outcome.unwrap().counts;
        let unchanged = Counts {
            unchanged: count,
            ..Counts::default()
        };
        assert_eq!(
            counts,
            unchanged,
            "{group}: {}",
            String::from_utf8_lossy(&said)
        );
        assert!(count > 0, "{group}");
    }
    assert_eq!(meter.take().writing_requests(), 0);
}

#[tokio::test]
async fn an_export_brought_into_an_empty_tenant_is_the_same_export() {
    let (from, to) = (TestApp::start().await, TestApp::start().await);
    odd_data(&from).await;
    to.seed_affiliations(&["north"], &[]).await;
    for group in [
        Group::Contacts,
        Group::Organizations,
        Group::Types,
        Group::Packages,
    ] {
        let content = exported(&from, group).await;
        let imported = brought(&to, &format!("{group}.csv"), &content).await;
        assert_eq!(
            imported.counts.refused, 0,
            "{group}: {:?}",
            imported.problems
        );
        assert_eq!(exported(&to, group).await, content, "{group}");
    }
    let content = exported(&from, Group::Memberships).await;
    let imported = brought(&to, "memberships.csv", &content).await;
    assert_eq!(imported.counts(), (5, 0, 0, 0), "{:?}", imported.problems);
    // What is copied from the owner follows the owner.
    let stale = ",Ada,Byron,Ada Byron,ada@example.org,London,LDN,GB,Analyst,principal,";
    let fresh = stale.replace("Ada Byron", "Eve");
    let expected: Vec<String> = content
        .lines()
        .map(|line| match line.contains("contact:c-4") {
            true => line.replace(stale, &fresh),
            false => line.to_owned(),
        })
        .collect();
    let got = exported(&to, Group::Memberships).await;
    assert_eq!(got.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn secrets_are_not_exported_and_not_lost() {
    let app = TestApp::start().await;
    odd_data(&app).await;
    let content = exported(&app, Group::Memberships).await;
    assert!(!content.contains("tok_secret") && !content.contains("payment_account"));
    let note = "id,notes,renewal_payment_info.payment_origin\ncontact:0012,n,on file\n";
    assert_eq!(
        brought(&app, "memberships.csv", note).await.counts(),
        (0, 1, 0, 0)
    );
    let kept = app
        .store
        .get_consistent::<Memberships>("contact:0012")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        kept.raw("renewal_payment_info").unwrap()["payment_account"],
        "tok_secret"
    );
}
