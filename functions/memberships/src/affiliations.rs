//! Memberships by chapter and by section (rule AFF-4).

use axum::extract::{Path, Query};
use axum::response::Response;
use model::choice::Choice;
use model::field::{FieldDef, FieldType};
use model::resources::Memberships;
use model::resources::membership::affiliations::{Affiliation, CHAPTER, SECTION, Standing};
use model::{Error, Result};
use std::collections::HashMap;
use web::lookup::{QueryParams, page_linked};
use web::operation::{FIELDS, START};
use web::{Ctx, HandlerResult};

const CHAPTER_STATUS: FieldDef = asked_for("chapterStatus");
const SECTION_STATUS: FieldDef = asked_for("sectionStatus");

/// The parameters of the two look-ups.
pub const BY_CHAPTER: &[FieldDef] = &[FIELDS, START, CHAPTER_STATUS];
pub const BY_SECTION: &[FieldDef] = &[FIELDS, START, SECTION_STATUS];

const fn asked_for(name: &'static str) -> FieldDef {
    FieldDef::new(name, Standing::KIND).about(
        "`current` (when left out): held by a membership that is not inactive; `not current`: left, or held by an inactive one.",
    )
}

/// `GET …/chapter/{chapter_id}`
pub async fn of_chapter(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<HashMap<String, String>>,
    params: QueryParams,
) -> HandlerResult {
    let standing = standing(&asked, CHAPTER_STATUS.name)?;
    Ok(of(&ctx, CHAPTER, &id, standing, &params).await?)
}

/// `GET …/section/{section_id}`
pub async fn of_section(
    ctx: Ctx,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<HashMap<String, String>>,
    params: QueryParams,
) -> HandlerResult {
    let standing = standing(&asked, SECTION_STATUS.name)?;
    Ok(of(&ctx, SECTION, &id, standing, &params).await?)
}

async fn of(
    ctx: &Ctx,
    kind: Affiliation,
    id: &str,
    standing: Standing,
    params: &QueryParams,
) -> Result<Response> {
    let links = kind.links_to(id, standing);
    page_linked::<Memberships>(ctx, &links, params).await
}

fn standing(asked: &HashMap<String, String>, name: &str) -> Result<Standing> {
    let refused = || {
        let names = Standing::NAMES.join(", ");
        Error::invalid(format!("/{name}"), format!("must be one of: {names}"))
    };
    match asked.get(name).map(String::as_str) {
        None | Some("") => Ok(Standing::Current),
        Some(text) => Standing::parse(text).ok_or_else(refused),
    }
}
