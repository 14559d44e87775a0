//! The small catalogue groups, and the people and organizations that billing
//! knows: data with the shared handlers, nothing of their own.

mod settings;

use axum::Router;
use axum::routing::{get, post, put};
use model::Scope;
use model::resources::{Contacts, Organizations, Packages, Settings, StatusReasons, Types};
use web::{Plain, at, batch, crud};

/// The routes of this function.
pub fn router(app: web::App) -> Router {
    let router = Router::new()
        .merge(types())
        .merge(packages())
        .merge(status_reasons())
        .merge(contacts())
        .merge(organizations())
        .route(
            "/settings/{tenantId}",
            at(Scope::Read, get(settings::read)).merge(at(
                Scope::Admin,
                post(crud::create::<Settings, settings::Rules>)
                    .put(settings::replace)
                    .patch(settings::patch)
                    .delete(settings::delete),
            )),
        );
    web::finish(router.with_state(app))
}

fn types() -> Router<web::App> {
    Router::new()
        .route(
            "/types/{tenantId}",
            at(Scope::Read, get(crud::list::<Types>))
                .merge(at(Scope::Write, post(crud::create::<Types, Plain>))),
        )
        .route(
            "/types/{tenantId}/batch",
            at(Scope::Write, post(batch::run::<Types, Plain>)),
        )
        .route(
            "/types/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Types>)).merge(at(
                Scope::Write,
                put(crud::replace::<Types, Plain>)
                    .patch(crud::patch::<Types, Plain>)
                    .delete(crud::delete::<Types, Plain>),
            )),
        )
}

fn packages() -> Router<web::App> {
    Router::new()
        .route(
            "/packages/{tenantId}",
            at(Scope::Read, get(crud::list::<Packages>))
                .merge(at(Scope::Write, post(crud::create::<Packages, Plain>))),
        )
        .route(
            "/packages/{tenantId}/batch",
            at(Scope::Write, post(batch::run::<Packages, Plain>)),
        )
        .route(
            "/packages/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Packages>)).merge(at(
                Scope::Write,
                put(crud::replace::<Packages, Plain>)
                    .patch(crud::patch::<Packages, Plain>)
                    .delete(crud::delete::<Packages, Plain>),
            )),
        )
}

fn status_reasons() -> Router<web::App> {
    Router::new()
        .route(
            "/statusReasons/{tenantId}",
            at(Scope::Read, get(crud::list::<StatusReasons>))
                .merge(at(Scope::Write, post(crud::create::<StatusReasons, Plain>))),
        )
        .route(
            "/statusReasons/{tenantId}/batch",
            at(Scope::Write, post(batch::run::<StatusReasons, Plain>)),
        )
        .route(
            "/statusReasons/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<StatusReasons>)).merge(at(
                Scope::Write,
                put(crud::replace::<StatusReasons, Plain>)
                    .patch(crud::patch::<StatusReasons, Plain>)
                    .delete(crud::delete::<StatusReasons, Plain>),
            )),
        )
}

/// No POST: a contact's id is the outside system's and comes by import.
fn contacts() -> Router<web::App> {
    Router::new()
        .route(
            "/contacts/{tenantId}",
            at(Scope::Read, get(crud::list::<Contacts>)),
        )
        .route(
            "/contacts/{tenantId}/batch",
            at(Scope::Write, post(batch::run_changes::<Contacts, Plain>)),
        )
        .route(
            "/contacts/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Contacts>)).merge(at(
                Scope::Write,
                put(crud::replace::<Contacts, Plain>)
                    .patch(crud::patch::<Contacts, Plain>)
                    .delete(crud::delete::<Contacts, Plain>),
            )),
        )
}

/// No POST, as for contacts.
fn organizations() -> Router<web::App> {
    Router::new()
        .route(
            "/organizations/{tenantId}",
            at(Scope::Read, get(crud::list::<Organizations>)),
        )
        .route(
            "/organizations/{tenantId}/batch",
            at(
                Scope::Write,
                post(batch::run_changes::<Organizations, Plain>),
            ),
        )
        .route(
            "/organizations/{tenantId}/{id}",
            at(Scope::Read, get(crud::read::<Organizations>)).merge(at(
                Scope::Write,
                put(crud::replace::<Organizations, Plain>)
                    .patch(crud::patch::<Organizations, Plain>)
                    .delete(crud::delete::<Organizations, Plain>),
            )),
        )
}
