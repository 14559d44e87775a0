//! `/orders`: what billing has made, so that it can be read, paid and voided.

mod body;
mod change;
mod payment;

use axum::extract::Path;
use axum::response::IntoResponse;
use axum::{Extension, Json, Router};
use change::By;
use ledger::context::{Ports, TenantBilling};
use ledger::group::Group;
use ledger::order::Order;
use ledger::payments::Named;
use ledger::{schema, shape};
use lifecycle::application::mail;
use model::resources::Memberships;
use model::{Result, Scope};
use serde_json::Value;
use store::Versioned;
use web::body::{Nothing, OptionalJson, object};
use web::lookup::QueryParams;
use web::operation::{ONE_PAGE, RequestBody, ResponseBody};
use web::{App, Ctx, Failure, HandlerResult, Operation, Routes, fields, response};

/// The operations of this function.
pub fn routes() -> Routes {
    const ORDER: ResponseBody = ResponseBody::Fields(&schema::ORDER);
    const RECEIPT: ResponseBody = ResponseBody::Fields(&schema::RECEIPT);
    Routes::new()
        .on(
            Operation::get("/orders/{tenantId}/membership/{membership_id}")
                .scope(Scope::Billing)
                .about(
                    "List a membership's orders",
                    "The newest first, on one page.",
                )
                .query(ONE_PAGE)
                .response(ResponseBody::FieldsPage(&schema::ORDER)),
            of_membership,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/payments", Scope::Billing)
                .about(
                    "Record a payment",
                    "Once by its id, however often it is sent; the dates it pays for are moved, \
                     and what the order does not need is credit of the membership.",
                )
                .body(RequestBody::Fields(&payment::PAYMENT))
                .response(ORDER),
            pay,
        )
        .on(
            Operation::get("/orders/{tenantId}/membership/{membership_id}/payments")
                .scope(Scope::Billing)
                .about(
"List a membership's payments",
"The newest first, each with the credit that is left of it.",
)
                .query(ONE_PAGE)
                .response(ResponseBody::FieldsPage(&schema::RECEIPT)),
            payments_of_membership,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/credit", Scope::Billing)
                .about("Record the use of credit", "The order is paid from credit of its membership, the oldest payment first.")
                .response(ORDER),
            use_credit,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/payments/{payment_id}/move", Scope::Billing)
                .about(
"Change a payment's order",
"It is moved to another order, also another member's; what that does not need is credit.",
)
                .body(RequestBody::Fields(&change::MOVE))
                .response(RECEIPT),
            move_payment,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/payments/{payment_id}/reverse", Scope::Billing)
                .about(
"Record a payment's reversal",
"Once: the balance is open again, dates that moved stay.",
)
                .body(RequestBody::Fields(&change::REVERSAL))
                .response(RECEIPT),
            reverse,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/payments/{payment_id}/refund", Scope::Billing)
                .about(
"Record a refund",
"Credit of a payment that was paid back, once by its id.",
)
                .body(RequestBody::Fields(&change::REFUND))
                .response(RECEIPT),
            refund,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/void", Scope::Billing)
                .about(
                    "Void an order",
                    "Its term can be billed again. With payments on it the body says what becomes of them.",
                )
                .body(RequestBody::Fields(&change::VOID))
                .response(ORDER),
            void,
        )
        .on(
            Operation::get("/orders/{tenantId}/{id}")
                .scope(Scope::Billing)
                .about("Read an order", "Whole, or the fields that are asked for.")
                .query(ONE_PAGE)
                .response(ORDER),
            read,
        )
}

/// The function over its tables and the services that billing needs.
pub fn router(billing: Ports) -> Router {
    let app = App {
        database: billing.database.clone(),
        deployment: billing.defaults.deployment,
    };
    routes().serve_with(app, billing)
}

async fn of_tenant(ctx: &Ctx, ports: &Ports) -> std::result::Result<TenantBilling, Failure> {
    Ok(ports
        .for_tenant(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?)
}

async fn read(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let shown = match of_tenant(&ctx, &ports).await?.named(&id).await? {
        Named::Order(order) => shape::order(&order.value),
        Named::Group(group) => shape::group(&group),
    };
    Ok(Json(fields::select(shown, params.fields())).into_response())
}

/// A membership's orders, the newest first: they are few, so one page holds them.
async fn of_membership(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let mut orders = orders_of(&ctx, &id).await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.value.number));
    let items = orders
        .iter()
        .map(|order| fields::select(shape::order(&order.value), params.fields()))
        .collect();
    Ok(response::page(items, None))
}

/// The orders of a membership, also of one that an application is still to make:
/// who applies can pay before there is a membership. Without either it is a 404.
async fn orders_of(ctx: &Ctx, membership: &str) -> Result<Vec<Versioned<Order>>> {
    let orders = ctx
        .store
        .documents_of(membership, ledger::order::PARTITION)
        .await?;
    if orders.is_empty() {
        ctx.store.require::<Memberships>(membership).await?;
    }
    Ok(orders)
}

async fn pay(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    web::body::Json(body): web::body::Json,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let now = billing.tenant.now();
    let (mut shown, receipt) = match billing.named(&id).await? {
        Named::Order(order) => {
            let received = payment::read(body, &order.value.currency, now)?;
            let (order, receipt) = billing.pay(&id, &received).await?;
            mail::paid(&billing, &order).await?;
            (shape::order(&order), receipt)
        }
        Named::Group(group) => {
            let received = payment::read(body, &group.order.value.currency, now)?;
            let (group, receipt) = billing.pay_group(&id, &received).await?;
            tell_paid(&billing, &group).await?;
            (shape::group(&group), receipt)
        }
    };
    shown.insert("recorded_payment".into(), shape::receipt(&receipt));
    Ok(Json(shown).into_response())
}

/// What was held until an order of the group is paid can go.
async fn tell_paid(billing: &TenantBilling, group: &Group) -> Result<()> {
    for order in group.standing() {
        mail::paid(billing, &order.value).await?;
    }
    Ok(())
}

/// A membership's payments, the newest first, on one page like its orders.
async fn payments_of_membership(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    let receipts = of_tenant(&ctx, &ports).await?.receipts_of(&id).await?;
    // Who has paid for others may have credit, and neither an order nor a membership.
    if receipts.is_empty() {
        orders_of(&ctx, &id).await?;
    }
    let shown = receipts
        .iter()
        .map(|receipt| match shape::receipt(receipt) {
            Value::Object(fields) => fields::select(fields, params.fields()),
            other => other,
        });
    Ok(response::page(shown.collect(), None))
}

async fn use_credit(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    _: Nothing,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let shown = match billing.named(&id).await? {
        Named::Order(_) => {
            let order = billing.use_credit(&id).await?;
            mail::paid(&billing, &order).await?;
            shape::order(&order)
        }
        Named::Group(_) => {
            let group = billing.use_credit_of_group(&id).await?;
            tell_paid(&billing, &group).await?;
            shape::group(&group)
        }
    };
    Ok(Json(shown).into_response())
}

/// The order in the path is one that has taken of the payment, the one that it was
/// recorded with, or that of a group.
type OfPayment = Path<(String, String, String)>;

async fn move_payment(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id, payment)): OfPayment,
    web::body::Json(body): web::body::Json,
) -> HandlerResult {
    let to = change::target(object(body)?)?;
    let billing = of_tenant(&ctx, &ports).await?;
    let id = billing.order_of_payment(&id, &payment).await?;
    let (order, receipt) = billing.move_payment(&id, &payment, &to).await?;
    mail::paid(&billing, &order).await?;
    Ok(Json(shape::receipt(&receipt)).into_response())
}

async fn reverse(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id, payment)): OfPayment,
    web::body::Json(body): web::body::Json,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let reversal = change::reversal(object(body)?, &by(&billing))?;
    let id = billing.order_of_payment(&id, &payment).await?;
    let (_, receipt) = billing.reverse(&id, &payment, &reversal).await?;
    Ok(Json(shape::receipt(&receipt)).into_response())
}

async fn refund(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id, payment)): OfPayment,
    web::body::Json(body): web::body::Json,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let id = billing.order_of_payment(&id, &payment).await?;
    let order = billing.order(&id).await?.value;
    let refund = change::refund(object(body)?, &order.currency)?;
    let (_, receipt) = billing.pay_back(&id, &payment, &refund).await?;
    Ok(Json(shape::receipt(&receipt)).into_response())
}

fn by(billing: &TenantBilling) -> By {
    By {
        user: billing.user.clone(),
        now: billing.tenant.now(),
        today: billing.tenant.today(),
    }
}

async fn void(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    OptionalJson(body): OptionalJson,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let (disposal, reason) = change::void(body, &by(&billing))?;
    let voided = billing.void(&id, disposal.as_ref(), reason.as_deref());
    let (order, kept) = voided.await?;
    let mut shown = shape::order(&order);
    if !kept.is_empty() {
        shown.insert("kept_fields".into(), kept.into());
    }
    Ok(Json(shown).into_response())
}
