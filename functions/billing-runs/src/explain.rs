//! `GET /billingRuns/{tenantId}/{id}/explain/{membershipId}`: for everything a
//! run does, whether it concerns a member now, and why not: the same judgement as
//! planning's.

use axum::extract::Path;
use axum::{Extension, Json};
use billing::eligibility::Facts;
use billing::known::{Known, Source};
use billing::member::DueMembership;
use billing::notice_mail::NoticeCache;
use billing::outlook::Hindrance;
use billing::plan::{Comes, outlooks};
use billing::selection::{ActionSpec, RunSelection};
use ledger::context::Ports;
use ledger::tenant::Modes;
use model::choice::Choice;
use model::field::{FieldDef, Kind, TEXT};
use model::resources::billing_run_action::{self as action, ActionType, BillingRunActions};
use model::resources::{BillingRuns, Memberships};
use model::{Record, Schema, schema::Group};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use web::{Ctx, Failure};

/// What is answered: an entry for each of the run's switches that is on, and
/// for each of its reminders.
pub const EXPLANATION: Schema = Schema {
    title: "BillingRunExplanation",
    groups: &[Group {
        title: "Explanation",
        fields: &[
            FieldDef::new("billing_run_id", TEXT).required(),
            FieldDef::new("membership_id", TEXT).required(),
            FieldDef::new("today", Kind::Date)
                .required()
                .about("The tenant's day that was judged by."),
            FieldDef::new("delivery", TEXT)
                .required()
                .about("Whom mail reaches: off, live, or redirect to an address."),
            FieldDef::new("charges", TEXT)
                .required()
                .about("Whether cards are charged: off, test or live."),
            FieldDef::new("actions", ENTRIES).required(),
        ],
    }],
};

const ENTRIES: Kind = Kind::List {
    of: &Kind::Object(&[
        FieldDef::new("type", Kind::Choice(<ActionType as Choice>::NAMES)).required(),
        FieldDef::new("eligible", Kind::Bool).required(),
        FieldDef::new("reason", TEXT)
            .about("The rule that keeps the member out, or why the action would fail."),
        FieldDef::new("amount", Kind::Money).about("What it would bill or charge."),
        FieldDef::new("currency", TEXT).about("ISO 4217."),
        FieldDef::new("reminder_number", model::field::NUMBER),
        FieldDef::new("action", STORED).about("What was planned, if anything."),
    ]),
    min: 0,
    max: 1_000,
};

const STORED: Kind = Kind::Object(&[
    FieldDef::new("id", TEXT).required(),
    action::STATUS.def,
    action::ERROR_MESSAGE.def,
    action::ORDER_ID.def,
]);

pub async fn explain(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id, membership)): Path<(String, String, String)>,
) -> Result<Json<Value>, Failure> {
    let run = ctx.store.require::<BillingRuns>(&id).await?;
    let member = ctx.store.require::<Memberships>(&membership).await?;
    let billing = billing
        .for_tenant(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?;
    let (selection, member) = (RunSelection::of(&run)?, DueMembership::of(&member)?);
    let specs = selection.specs.iter();
    let ids: Vec<String> = specs
        .map(|spec| selection.action_id(&member.id, spec))
        .collect();
    let actions = ctx.store.get_many::<BillingRunActions>(&ids).await?;
    let actions = ids.into_iter().zip(actions);
    let actions = actions.filter_map(|(id, action)| Some((id, action?)));
    let actions: BTreeMap<String, Record> = actions.collect();
    let facts = Facts::of(&billing, &selection);
    let alone = std::slice::from_ref(&member);
    let source = Source {
        billing: &billing,
        selection: &selection,
        notices: &NoticeCache::new(&billing, &run),
    };
    let known = Known::read(&source, alone, &actions, &facts).await?;
    let modes = Modes::of(&run, &billing.tenant);
    let answers: Vec<Value> = outlooks(&selection, &member, &actions, &facts, &known)
        .into_iter()
        .map(|(spec, comes)| {
            let stored = actions.get(&selection.action_id(&member.id, spec));
            answer(spec, comes, stored)
        })
        .collect();
    Ok(Json(json!({
        "billing_run_id": id,
        "membership_id": membership,
        "today": facts.today.to_string(),
        "delivery": modes.delivery,
        "charges": modes.charges,
        "actions": answers,
    })))
}

fn answer(spec: &ActionSpec, comes: Comes, stored: Option<&Record>) -> Value {
    let (eligible, amount, reason) = match comes {
        Ok(amount) => (true, amount, None),
        Err(Hindrance::Out(why) | Hindrance::HeldBack(why)) => (false, None, Some(why)),
        Err(Hindrance::Fails(why)) => (false, None, Some(format!("it would fail: {why}"))),
    };
    let mut answer = json!({
        "type": spec.kind,
        "eligible": eligible,
        "reason": reason,
        "action": stored.map(|record| json!({
            "id": record.text(model::resource::ID_FIELD),
            "status": record.get(action::STATUS),
            "error_message": record.get(action::ERROR_MESSAGE),
            "order_id": record.get(action::ORDER_ID),
        })),
    });
    if let Some(amount) = amount {
        answer["amount"] = model::field::number(&amount.value.to_string());
        answer["currency"] = amount.currency.into();
    }
    if spec.reminder > 0 {
        answer["reminder_number"] = spec.reminder.into();
    }
    answer
}
