//! The catalogue groups, and the people and organizations that billing knows:
//! data with the shared handlers, nothing of their own.

mod received;
mod settings;
mod shown;
mod templates;

use axum::Router;
use model::resources::{
    AddOnProducts, AddOnTypes, AddOns, AppReferenceTypes, ApplicationGroups, ApplicationProcesses,
    ApplicationStatusReasons, Ballots, BillingTemplates, ChangeFees, ChapterDuesProducts,
    ChapterTypes, Chapters, Contacts, Coupons, Directories, Elections, GroupApplicationProcesses,
    IdCardTemplates, Organizations, Packages, QueryDefinitions, SectionDuesProducts, SectionTypes,
    Sections, Settings, StatusReasons, Types,
};
use model::search::Searchable;
use model::{Resource, Scope};
use shown::ShownHooks;
use templates::{CardHooks, TypeHooks};
use web::operation::{READ, RequestBody, ResponseBody};
use web::{Hooks, NoHooks, Operation, Routes};

/// A group's name and its operations.
type Group = (&'static str, fn() -> Routes);

const fn group<R: Resource>(routes: fn() -> Routes) -> Group {
    (R::NAME, routes)
}

const GROUPS: &[Group] = &[
    group::<Types>(checked::<Types, TypeHooks>),
    group::<Packages>(catalogue::<Packages>),
    group::<StatusReasons>(catalogue::<StatusReasons>),
    group::<BillingTemplates>(catalogue::<BillingTemplates>),
    group::<ApplicationProcesses>(catalogue::<ApplicationProcesses>),
    group::<ApplicationStatusReasons>(catalogue::<ApplicationStatusReasons>),
    group::<GroupApplicationProcesses>(catalogue::<GroupApplicationProcesses>),
    group::<ApplicationGroups>(application_groups),
    group::<IdCardTemplates>(checked::<IdCardTemplates, CardHooks>),
    group::<Chapters>(shown_by_name::<Chapters>),
    group::<ChapterTypes>(catalogue::<ChapterTypes>),
    group::<ChapterDuesProducts>(catalogue::<ChapterDuesProducts>),
    group::<Sections>(shown_by_name::<Sections>),
    group::<SectionTypes>(catalogue::<SectionTypes>),
    group::<SectionDuesProducts>(catalogue::<SectionDuesProducts>),
    group::<AddOns>(shown_by_name::<AddOns>),
    group::<AddOnTypes>(catalogue::<AddOnTypes>),
    group::<AddOnProducts>(catalogue::<AddOnProducts>),
    group::<ChangeFees>(catalogue::<ChangeFees>),
    group::<Coupons>(catalogue::<Coupons>),
    group::<Directories>(catalogue::<Directories>),
    group::<Elections>(catalogue::<Elections>),
    group::<Ballots>(unlisted::<Ballots>),
    group::<AppReferenceTypes>(catalogue::<AppReferenceTypes>),
    group::<QueryDefinitions>(catalogue::<QueryDefinitions>),
    group::<Contacts>(people::<Contacts>),
    group::<Organizations>(people::<Organizations>),
    group::<Settings>(settings),
];

/// The groups that this function owns, by the first segment of their paths.
pub fn groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name)
}

/// The operations of this function.
pub fn routes() -> Routes {
    let add = |all: Routes, (_, routes): &Group| all.merge(routes());
    GROUPS.iter().fold(Routes::new(), add)
}

/// The function over its tables.
pub fn router(app: web::App) -> Router {
    routes().serve(app)
}

/// A group that staff keep.
fn catalogue<R: Resource>() -> Routes {
    checked::<R, NoHooks>()
}

/// The same with checks of its own.
fn checked<R: Resource, H: Hooks<R>>() -> Routes {
    Routes::new().list::<R>().merge(kept::<R, H>())
}

/// The same of what memberships show the names of.
fn shown_by_name<R: Resource>() -> Routes {
    checked::<R, ShownHooks>()
}

/// The same without a list of everything: the documents have none.
fn unlisted<R: Resource>() -> Routes {
    kept::<R, NoHooks>()
}

fn kept<R: Resource, H: Hooks<R>>() -> Routes {
    Routes::new()
        .crud::<R, H>(Scope::Write)
        .batch::<R, H>(Scope::Write)
}

/// Found by a search, since nothing lists them.
fn application_groups() -> Routes {
    unlisted::<ApplicationGroups>().search::<ApplicationGroups>()
}

/// Who memberships belong to: what these show of their owner follows a change.
fn people<R: Searchable>() -> Routes {
    Routes::new()
        .list::<R>()
        .crud::<R, ShownHooks>(Scope::Write)
        .batch::<R, ShownHooks>(Scope::Write)
        .search::<R>()
}

/// One record for each tenant, so its paths name no id.
fn settings() -> Routes {
    const PATH: &str = "/settings/{tenantId}";
    const SETTINGS: ResponseBody = ResponseBody::Record(Settings::SCHEMA);
    Routes::new()
        .create::<Settings, settings::SettingsHooks>(Scope::Admin)
        .on(
            Operation::get(PATH)
                .about(
                    "Read the settings",
                    "The tenant's one record of settings, whole or the fields that are asked for.",
                )
                .query(READ)
                .response(SETTINGS),
            settings::read,
        )
        .on(
            Operation::put(PATH, Scope::Admin)
                .about(
                    "Replace the settings",
                    "Whole: a field that is left out is removed. Names the version it was made from, in `sys_version` or `If-Match`.",
                )
                .body(RequestBody::Record(Settings::SCHEMA))
                .response(SETTINGS),
            settings::replace,
        )
        .on(
            Operation::patch(PATH, Scope::Admin)
                .about(
                    "Change the settings",
                    "By a JSON Patch (RFC 6902), which is applied whole or not at all.",
                )
                .response(SETTINGS),
            settings::patch,
        )
        .on(
            Operation::delete(PATH, Scope::Admin)
                .about(
                    "Delete the settings",
                    "Everything is then as it is without them.",
                ),
            settings::delete,
        )
}
