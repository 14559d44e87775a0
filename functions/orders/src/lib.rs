//! `/orders`: what billing has made, so that it can be read, paid and voided.

mod payment;
mod shape;

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use billing::engine::{Billing, Desk};
use billing::order::Order;
use model::Scope;
use model::resources::Memberships;
use web::lookup::Params;
use web::{App, Ctx, Failure, at, fields, reply};

/// The routes of this function.
pub fn router(billing: Billing) -> Router {
    let app = App {
        database: billing.database.clone(),
        test_clock: billing.defaults.test_clock,
    };
    let router = Router::new()
        .route(
            "/orders/{tenantId}/membership/{membership_id}",
            at(Scope::Billing, get(of_membership)),
        )
        .route(
            "/orders/{tenantId}/{id}/payments",
            at(Scope::Billing, post(pay)),
        )
        .route(
            "/orders/{tenantId}/{id}/void",
            at(Scope::Billing, post(void)),
        )
        .route("/orders/{tenantId}/{id}", at(Scope::Billing, get(read)));
    web::finish(router.with_state(app).layer(Extension(billing)))
}

type Answer = Result<Response, Failure>;

fn answer(order: &Order, params: &Params) -> Response {
    Json(fields::select(shape::order(order), params.fields())).into_response()
}

async fn desk(ctx: &Ctx, billing: &Billing) -> Result<Desk, Failure> {
    Ok(billing
        .desk(ctx.store.tenant(), &ctx.caller.user, "api")
        .await?)
}

async fn read(
    ctx: Ctx,
    Extension(billing): Extension<Billing>,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> Answer {
    let order = desk(&ctx, &billing).await?.order(&id).await?;
    Ok(answer(&order.value, &params))
}

/// A membership's orders, the newest first: they are few, so one page holds them.
async fn of_membership(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    Query(params): Query<Params>,
) -> Answer {
    ctx.store.require::<Memberships>(&id).await?;
    let mut orders = ctx.store.documents_of::<Order>(&id, "order#").await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.value.number));
    let items = orders
        .iter()
        .map(|order| fields::select(shape::order(&order.value), params.fields()))
        .collect();
    Ok(reply::page(items, None))
}

async fn pay(
    ctx: Ctx,
    Extension(billing): Extension<Billing>,
    Path((_, id)): Path<(String, String)>,
    web::body::Json(body): web::body::Json,
) -> Answer {
    let desk = desk(&ctx, &billing).await?;
    let order = desk.order(&id).await?.value;
    let received = payment::read(body, &order, desk.tenant.now())?;
    Ok(answer(&desk.pay(&id, &received).await?, &Params::default()))
}

async fn void(
    ctx: Ctx,
    Extension(billing): Extension<Billing>,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    let order = desk(&ctx, &billing).await?.void(&id).await?;
    Ok(answer(&order, &Params::default()))
}
