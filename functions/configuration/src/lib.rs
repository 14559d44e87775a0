//! The small catalogue groups, and the people and organizations that billing
//! knows: data with the shared handlers, nothing of their own.

mod settings;

use axum::Router;
use model::resources::{Contacts, Organizations, Packages, Settings, StatusReasons, Types};
use model::{Resource, Scope};
use web::operation::{Answer, Body, READ};
use web::{Operation, Plain, Routes};

/// The operations of this function.
pub fn routes() -> Routes {
    Routes::new()
        .merge(catalogue::<Types>())
        .merge(catalogue::<Packages>())
        .merge(catalogue::<StatusReasons>())
        .merge(copied::<Contacts>())
        .merge(copied::<Organizations>())
        .merge(settings())
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}

/// A group that staff keep.
fn catalogue<R: Resource>() -> Routes {
    Routes::new()
        .list::<R>()
        .crud::<R, Plain>(Scope::Write)
        .batch::<R, Plain>(Scope::Write)
}

/// No POST: the id is the outside system's and comes by import.
fn copied<R: Resource>() -> Routes {
    Routes::new()
        .list::<R>()
        .read::<R>()
        .replace::<R, Plain>(Scope::Write)
        .patch::<R, Plain>(Scope::Write)
        .delete::<R, Plain>(Scope::Write)
        .batch_changes::<R, Plain>(Scope::Write)
}

/// One record for each tenant, so its paths name no id.
fn settings() -> Routes {
    const PATH: &str = "/settings/{tenantId}";
    const SETTINGS: Answer = Answer::Record(Settings::SCHEMA);
    Routes::new()
        .create::<Settings, settings::Rules>(Scope::Admin)
        .on(
            Operation::get(PATH)
                .summary("Read the tenant's settings.")
                .query(READ)
                .answer(SETTINGS),
            settings::read,
        )
        .on(
            Operation::put(PATH, Scope::Admin)
                .summary("Replace the tenant's settings whole.")
                .body(Body::Record(Settings::SCHEMA))
                .answer(SETTINGS),
            settings::replace,
        )
        .on(
            Operation::patch(PATH, Scope::Admin)
                .summary("Change the tenant's settings by a JSON Patch.")
                .answer(SETTINGS),
            settings::patch,
        )
        .on(
            Operation::delete(PATH, Scope::Admin)
                .summary("Remove the tenant's settings: everything is as it is without them."),
            settings::delete,
        )
}
