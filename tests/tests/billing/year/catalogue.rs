//! What the association offers, what it asks for, and what it writes.

use super::story::Story;
use serde_json::{Value, json};

const HTML: &str = "<style>p { margin: 0 }</style><p>{{ tenant.name }}</p>\
    <p>{{ membership.name }}, {{ type.name }}</p><qr value=\"{{ membership.number }}\"></qr>";

pub async fn is_made(story: &mut Story) {
    types_and_packages(story).await;
    affiliations(story).await;
    processes(story).await;
    notices_and_templates(story).await;
}

async fn types_and_packages(story: &mut Story) {
    let card = json!({ "html_template": HTML });
    let card = story.make("idCardTemplates", "card", card).await;
    story.set("certificate_template", json!(HTML)).await;
    let person = json!({ "customer_type": "contact", "id_card_template_id": card });
    let staff = story.make("types", "Staff", person.clone()).await;
    let single = story.make("types", "Individual", person).await;
    let firm = json!({ "customer_type": "organization", "enable_flowdown": true,
        "flowdown_membership_type_id": staff });
    let firm = story.make("types", "Firm", firm).await;
    let seats = json!({ "maximum_number_of_contacts": 3 });
    let package = json!({ "business_unit_id": "dues", "membership_type_id": firm, "price": 2400,
        "member_price": 2150.50, "expiration_options": a_year(true),
        "organizational_membership_options": seats });
    story.make("packages", "Firm for a year", package).await;
    let package = json!({ "business_unit_id": "dues", "membership_type_id": single, "price": 120.50,
        "member_price": 99.95, "expiration_options": a_year(false) });
    story.make("packages", "Single for a year", package).await;
}

/// From day to day, with a month of grace and four in which one can come back.
fn a_year(cheap_return: bool) -> Value {
    json!({
        "expiration_type": "anniversary", "grace_period": 30, "allow_reinstatement": true,
        "anniversary_expiration_options": { "term_length": 1, "term_type": "years",
            "allow_mid_month_expirations": true },
        "reinstatement_options": { "reinstatement_period": 120,
            "give_renewal_pricing_during_reinstatement_period": cheap_return },
    })
}

async fn affiliations(story: &mut Story) {
    for (name, price, member_price) in [
        ("North", 20.0, json!(15.25)),
        ("South", 30.0, Value::Null),
        ("West", 12.40, Value::Null),
    ] {
        let chapter = story.make("chapters", name, json!({})).await;
        let dues = json!({ "business_unit_id": "dues", "chapter_id": chapter, "price": price,
            "member_price": member_price });
        let dues_name = format!("Dues of {name}");
        story.make("chapterDuesProducts", &dues_name, dues).await;
    }
    let journal = json!({ "allow_multiple": true });
    let journal = story.make("addOns", "Journal", journal).await;
    let product = json!({ "business_unit_id": "dues", "add_on_id": journal, "price": 7.10 });
    story
        .make("addOnProducts", "Journal for a year", product)
        .await;
    let fee = json!({ "business_unit_id": "dues", "price": 12.50 });
    story.make("changeFees", "Fee for a change", fee).await;
}

async fn processes(story: &mut Story) {
    let fee = json!({ "change_fee_id": story.id("Fee for a change") });
    for (name, kind, customer, approval) in [
        ("Join as a firm", "join", "organization", "always"),
        ("Join", "join", "contact", "always"),
        ("Change", "change affiliations", "contact", "never"),
        ("Firm returns", "reinstatement", "organization", "never"),
        ("Return", "reinstatement", "contact", "never"),
    ] {
        let process = json!({ "type": kind, "customer_type": customer,
            "memberships_require_approval": approval, "change_options": fee });
        story.make("applicationProcesses", name, process).await;
    }
}

async fn notices_and_templates(story: &mut Story) {
    for name in ["bill", "reminder", "dropped"] {
        let email = json!({ "from": "dues@example.org",
            "subject": format!("{name} for {{{{ membership.name }}}}"),
            "body": "<p>{{ order.total | money(order.currency) }}</p>" });
        story
            .make("billingNotices", name, json!({ "email": email }))
            .await;
    }
    let before = |edge: &str, number: i64| {
        json!({ "position": "before", "number": number, "unit_of_time": "months",
            "relative_to": format!("the {edge} of the month") })
    };
    let month = |number: i64, changes: Value| {
        let range = json!({ "expiration_date_range_start": before("beginning", number),
            "expiration_date_range_end": before("end", number) });
        tests::records::with(range, changes)
    };
    let reminder = json!({ "id": 1, "name": "First", "reminder_notice_id": story.id("reminder") });
    let reminders = json!({ "send_renewal_reminders": true,
        "renewal_reminder_options": { "reminders": [month(0, reminder)] } });
    story.make("billingTemplates", "Reminders", reminders).await;
    let notice = json!({ "drop_notice_id": story.id("dropped") });
    let drops = json!({ "perform_drops": true, "drop_options": month(1, notice) });
    story.make("billingTemplates", "Drops", drops).await;
}
