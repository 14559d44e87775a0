//! `GET …/certificate/{id}` and `POST …/previewCertificate` (rules FILE-2 and FILE-3).

use crate::make::{self, MEMBERSHIP_ID, Template, as_html, is_held};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as JsonResponse};
use documents::Kind;
use ledger::context::Ports;
use model::error::Problems;
use model::field::{Field, FieldDef};
use model::resources::catalogue::{CERTIFICATE_SETTINGS, OVERRIDE_CERTIFICATE_SETTINGS};
use model::resources::common::BODY;
use model::resources::membership::{CERTIFICATE_URI, TYPE_ID};
use model::resources::settings::{CERTIFICATE_MODE, CERTIFICATE_TEMPLATE, SETTINGS_ID};
use model::resources::{Memberships, Settings, Types};
use model::schema::Group;
use model::{Error, Record, Result, Schema};
use std::collections::HashMap;
use store::Store;
use web::body::{Json, object};
use web::{Ctx, Failure};

const TEMPLATE: Field<String> = Field::with(
    FieldDef::new("certificate_template", BODY)
        .required()
        .about("HTML with merge fields, as `certificate_template` of the settings."),
);

/// The body of a preview.
pub const PREVIEW: Schema = Schema {
    title: "CertificatePreview",
    groups: &[Group {
        title: "Preview",
        fields: &[MEMBERSHIP_ID.def, TEMPLATE.def],
    }],
};

pub async fn make(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<HashMap<String, String>>,
) -> std::result::Result<Response, Failure> {
    let as_html = as_html(&asked)?;
    let member = ctx.store.require::<Memberships>(&id).await?;
    is_held(&member, Kind::Certificate)?;
    if let Some(link) = member.get(CERTIFICATE_URI).filter(|link| !link.is_empty()) {
        return Ok(elsewhere(link, as_html)?);
    }
    let template = template(&ctx.store, &member).await?;
    Ok(make::answer(&ctx, &billing, &template, &member, as_html).await?)
}

/// A certificate that was made elsewhere is a link, and no page to show.
fn elsewhere(link: String, as_html: bool) -> Result<Response> {
    match as_html {
        true => Err(Error::invalid(
            "/downloadAsHtml",
            format!("must be false: the certificate was made elsewhere, and is at {link}"),
        )),
        false => Ok(JsonResponse(link).into_response()),
    }
}

/// What makes certificates without being asked for each.
const GENERATE: &str = "automatically generate";

/// Of the type where it says that its own stand, else of the tenant.
async fn template(store: &Store, member: &Record) -> Result<Template> {
    let kind = member.text(TYPE_ID);
    let found = store.get::<Types>(kind).await?.unwrap_or_default();
    let (said, by) = match found.get(OVERRIDE_CERTIFICATE_SETTINGS) {
        Some(true) => {
            let own = found.get(CERTIFICATE_SETTINGS);
            let own = own.and_then(|own| own.as_object().cloned());
            let at = format!("types/{kind}/{}", CERTIFICATE_SETTINGS.name());
            (Record::new(own.unwrap_or_default()), at)
        }
        _ => {
            let settings = store.get::<Settings>(SETTINGS_ID).await?;
            (settings.unwrap_or_default(), "settings".to_owned())
        }
    };
    let none = |what: &str| Error::NotFound {
        what: "certificate template",
        id: format!("of {by}: {what}"),
    };
    match said.get(CERTIFICATE_MODE).as_deref() {
        None | Some("" | GENERATE) => {}
        Some(mode) => return Err(none(&format!("{} is {mode}", CERTIFICATE_MODE.name()))),
    }
    let html = said
        .get(CERTIFICATE_TEMPLATE)
        .filter(|html| !html.is_empty());
    let at = CERTIFICATE_TEMPLATE.name();
    Ok(Template {
        kind: Kind::Certificate,
        html: html.ok_or_else(|| none(&format!("{at} is empty")))?,
        at: format!("/{by}/{at}"),
    })
}

pub async fn preview(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Json(body): Json,
) -> std::result::Result<Response, Failure> {
    let asked = Record::new(object(body)?);
    let mut problems = Problems::default();
    PREVIEW.check(&asked, &mut problems);
    problems.into_result()?;
    Ok(make::preview(&ctx, &billing, Kind::Certificate, &asked, TEMPLATE).await?)
}
