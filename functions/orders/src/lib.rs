//! `/orders`: what billing has made, so that it can be read, paid and voided.

mod payment;
mod schema;
mod shape;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use ledger::context::{Ports, TenantBilling};
use ledger::order::Order;
use model::Scope;
use model::resources::Memberships;
use web::lookup::QueryParams;
use web::operation::{ONE_PAGE, RequestBody, ResponseBody};
use web::{App, Ctx, Failure, HandlerResult, Operation, Routes, fields, response};

/// The operations of this function.
pub fn routes() -> Routes {
    const ORDER: ResponseBody = ResponseBody::Fields(&schema::ORDER);
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
                    "Once by its id, however often it is sent; the dates it pays for are moved.",
                )
                .body(RequestBody::Fields(&payment::PAYMENT))
                .response(ORDER),
            pay,
        )
        .on(
            Operation::post("/orders/{tenantId}/{id}/void", Scope::Billing)
                .about(
                    "Void an order",
                    "One on which nothing is paid or under way: its term can be billed again.",
                )
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
        test_clock: billing.defaults.test_clock,
    };
    routes().serve_with(app, billing)
}

fn order_response(order: &Order, params: &QueryParams) -> Response {
    Json(fields::select(shape::order(order), params.fields())).into_response()
}

async fn of_tenant(ctx: &Ctx, ports: &Ports) -> Result<TenantBilling, Failure> {
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
    let order = of_tenant(&ctx, &ports).await?.order(&id).await?;
    Ok(order_response(&order.value, &params))
}

/// A membership's orders, the newest first: they are few, so one page holds them.
async fn of_membership(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    params: QueryParams,
) -> HandlerResult {
    ctx.store.require::<Memberships>(&id).await?;
    let mut orders = ctx.store.documents_of::<Order>(&id, "order#").await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.value.number));
    let items = orders
        .iter()
        .map(|order| fields::select(shape::order(&order.value), params.fields()))
        .collect();
    Ok(response::page(items, None))
}

async fn pay(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    web::body::Json(body): web::body::Json,
) -> HandlerResult {
    let billing = of_tenant(&ctx, &ports).await?;
    let order = billing.order(&id).await?.value;
    let received = payment::read(body, &order, billing.tenant.now())?;
    Ok(order_response(
        &billing.pay(&id, &received).await?,
        &QueryParams::default(),
    ))
}

async fn void(
    ctx: Ctx,
    Extension(ports): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
) -> HandlerResult {
    let order = of_tenant(&ctx, &ports).await?.void(&id).await?;
    Ok(order_response(&order, &QueryParams::default()))
}
