//! `GET /billingRuns/{tenantId}/{id}/explain/{membershipId}`: for everything a
//! run does, whether it concerns a member now, and by which rule not.

use axum::extract::Path;
use axum::{Extension, Json};
use billing::eligibility::{Facts, judge};
use billing::member::DueMembership;
use billing::selection::{ActionSpec, RunSelection};
use ledger::context::Ports;
use ledger::tenant::Modes;
use model::choice::Choice;
use model::field::{FieldDef, Kind, TEXT};
use model::resources::billing_run_action::{self as action, ActionType, BillingRunActions};
use model::resources::{BillingRuns, Memberships};
use model::{Record, Schema, schema::Group};
use serde_json::{Value, json};
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
        FieldDef::new("reason", TEXT).about("The rule that keeps the member out."),
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
    let ids: Vec<String> = selection
        .specs
        .iter()
        .map(|spec| selection.action_id(&member.id, spec))
        .collect();
    let actions = ctx.store.get_many::<BillingRunActions>(&ids).await?;
    let facts = Facts::of(&billing, &selection);
    let modes = Modes::of(&run, &billing.tenant);
    let specs = selection.specs.iter().zip(&actions);
    let answers: Vec<Value> = specs
        .map(|(spec, action)| answer(spec, &member, &facts, action.as_ref()))
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

fn answer(
    spec: &ActionSpec,
    member: &DueMembership,
    facts: &Facts<'_>,
    stored: Option<&Record>,
) -> Value {
    let judged = judge(member, spec, facts);
    let mut answer = json!({
        "type": spec.kind,
        "eligible": judged.is_ok(),
        "reason": judged.err().map(|why| format!("the member {why}")),
        "action": stored.map(|record| json!({
            "id": record.text(model::resource::ID_FIELD),
            "status": record.get(action::STATUS),
            "error_message": record.get(action::ERROR_MESSAGE),
            "order_id": record.get(action::ORDER_ID),
        })),
    });
    if spec.reminder > 0 {
        answer["reminder_number"] = spec.reminder.into();
    }
    answer
}
