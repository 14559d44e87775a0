//! `GET …/idCard/{id}` and `POST …/previewIdCard/{id}` (rules FILE-1 and FILE-3).

use crate::make::{self, MEMBERSHIP_ID, Template, as_html, is_held};
use axum::Extension;
use axum::extract::{Path, Query};
use axum::response::Response;
use documents::Kind;
use ledger::context::Ports;
use model::error::Problems;
use model::field::{Field, FieldDef};
use model::resources::catalogue::{ID_CARD_TEMPLATE_ID, is_active};
use model::resources::common::BODY;
use model::resources::id_card_template::HTML_TEMPLATE;
use model::resources::membership::TYPE_ID;
use model::resources::{IdCardTemplates, Memberships, Types};
use model::schema::Group;
use model::{Error, Record, Result, Schema};
use std::collections::HashMap;
use store::Store;
use web::body::{Json, object};
use web::{Ctx, Failure};

const TEMPLATE: Field<String> = Field::with(
    FieldDef::new("id_card_template", BODY)
        .required()
        .about("HTML with merge fields, as `html_template` of an ID card template."),
);

/// The body of a preview.
pub const PREVIEW: Schema = Schema {
    title: "IdCardPreview",
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
    is_held(&member, Kind::Card)?;
    let template = template(&ctx.store, &member).await?;
    Ok(make::answer(&ctx, &billing, &template, &member, as_html).await?)
}

/// Of the membership's type.
async fn template(store: &Store, member: &Record) -> Result<Template> {
    let kind = member.text(TYPE_ID);
    let none = || Error::NotFound {
        what: "ID card template",
        id: format!("of type {kind}"),
    };
    let found = store.get::<Types>(kind).await?;
    let id = found.and_then(|found| found.get(ID_CARD_TEMPLATE_ID));
    let id = id.filter(|id| !id.is_empty()).ok_or_else(none)?;
    let found = store.require::<IdCardTemplates>(&id).await?;
    if !is_active(&found) {
        let rule = format!("of type {kind} is {id}, an ID card template that is not active");
        return Err(Error::invalid(
            format!("/{}", ID_CARD_TEMPLATE_ID.name()),
            rule,
        ));
    }
    Ok(Template {
        kind: Kind::Card,
        html: found.text(HTML_TEMPLATE).to_owned(),
        at: format!("/idCardTemplates/{id}/{}", HTML_TEMPLATE.name()),
    })
}

pub async fn preview(
    ctx: Ctx,
    Extension(billing): Extension<Ports>,
    Path((_, id)): Path<(String, String)>,
    Json(body): Json,
) -> std::result::Result<Response, Failure> {
    let asked = Record::new(object(body)?);
    let mut problems = Problems::default();
    PREVIEW.check(&asked, &mut problems);
    if asked.has(MEMBERSHIP_ID) && asked.text(MEMBERSHIP_ID) != id {
        problems.add(
            "/membership_id",
            format!("must be the id in the path, {id}"),
        );
    }
    problems.into_result()?;
    Ok(make::preview(&ctx, &billing, Kind::Card, &asked, TEMPLATE).await?)
}
