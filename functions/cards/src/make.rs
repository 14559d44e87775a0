//! From a template to a page that is kept, and its link.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use billing::preview;
use documents::{About, Document, Fonts, Kind};
use ledger::context::{Ports, TenantBilling};
use model::field::Field;
use model::resource::ID_FIELD;
use model::resources::Memberships;
use model::resources::common::text;
use model::resources::membership::NUMBER_FIELD;
use model::{Error, Record, Result};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;
use web::Ctx;

/// In the bodies of both previews.
pub const MEMBERSHIP_ID: Field<String> =
    Field::with(text("membership_id", "Whose fields it is filled in with.").required());

/// Those of the program, and of the folder that the variable `FONTS` names.
static FONTS: LazyLock<std::result::Result<Fonts, String>> =
    LazyLock::new(|| match std::env::var_os("FONTS") {
        Some(folder) if !folder.is_empty() => Fonts::with_folder(Path::new(&folder)),
        _ => Ok(Fonts::shipped()),
    });

/// # Errors
/// One line that names what is wrong with the folder of fonts.
pub fn fonts() -> std::result::Result<&'static Fonts, String> {
    FONTS.as_ref().map_err(Clone::clone)
}

/// A template, and where it was found.
pub struct Template {
    pub kind: Kind,
    pub html: String,
    /// What an error names: a place in the request, or the template's own.
    pub at: String,
}

/// The template with a member's fields, as a page.
///
/// # Errors
/// `Invalid` for what is wrong with the template, or does not fit.
async fn page(billing: &TenantBilling, template: &Template, member: &Record) -> Result<Document> {
    let html = preview::page(billing, &template.html, &template.at, member).await?;
    Document::read(&html, template.kind).map_err(|why| Error::invalid(&template.at, why.0))
}

/// Draws a page, keeps it, and answers a link to it.
///
/// # Errors
/// As [`page`].
async fn link(
    billing: &TenantBilling,
    template: &Template,
    member: &Record,
    page: Document,
) -> Result<String> {
    let pdf = drawn(billing, page).await?;
    let pdf = pdf.map_err(|why| Error::invalid(&template.at, why.0))?;
    // By its bytes, so that what is made twice is kept once, and its name is no one's to guess.
    let digest = Sha256::digest(&pdf);
    let folder: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let number = member.get(NUMBER_FIELD);
    let number = number.map_or(String::new(), |number| format!("-{number}"));
    let name = format!("{folder}/membership-{}{number}.pdf", template.kind.noun());
    let (documents, tenant) = (&billing.ports.documents, billing.store.tenant());
    documents
        .keep(tenant, &name, "application/pdf", pdf)
        .await?;
    documents.link(tenant, &name).await
}

/// Drawing takes the processor for a while, so other requests do not wait for it.
async fn drawn(
    billing: &TenantBilling,
    page: Document,
) -> Result<std::result::Result<Vec<u8>, documents::Unfit>> {
    let fonts = fonts().map_err(Error::internal)?;
    let language = billing.tenant.language.as_ref();
    let language = language.map_or_else(|| "en".to_owned(), |language| language.tag());
    let today = billing.tenant.today();
    let day = (
        u16::try_from(today.year()).unwrap_or_default(),
        u8::try_from(today.month()).unwrap_or_default(),
        u8::try_from(today.day()).unwrap_or_default(),
    );
    let draw = move || {
        let language = &language;
        page.pdf(fonts, &About { language, day })
    };
    tokio::task::spawn_blocking(draw)
        .await
        .map_err(Error::internal)
}

/// A link, or the page itself, as a JSON string.
///
/// # Errors
/// As [`link`].
pub async fn answer(
    ctx: &Ctx,
    billing: &Ports,
    template: &Template,
    member: &Record,
    as_html: bool,
) -> Result<Response> {
    let billing = of_tenant(ctx, billing).await?;
    let page = page(&billing, template, member).await?;
    Ok(match as_html {
        true => Json(page.html()).into_response(),
        false => Json(link(&billing, template, member, page).await?).into_response(),
    })
}

/// The template that a request brings, filled in for the membership that it names:
/// nothing, and where the page is.
///
/// # Errors
/// As [`link`].
pub async fn preview(
    ctx: &Ctx,
    billing: &Ports,
    kind: Kind,
    asked: &Record,
    field: Field<String>,
) -> Result<Response> {
    let id = asked.text(MEMBERSHIP_ID);
    let member = ctx.store.require::<Memberships>(id).await?;
    let template = Template {
        kind,
        html: asked.text(field).to_owned(),
        at: format!("/{}", field.name()),
    };
    let billing = of_tenant(ctx, billing).await?;
    let page = page(&billing, &template, &member).await?;
    let link = link(&billing, &template, &member, page).await?;
    let location = HeaderValue::from_str(&link).map_err(Error::internal)?;
    Ok([(header::LOCATION, location)].into_response())
}

async fn of_tenant(ctx: &Ctx, billing: &Ports) -> Result<TenantBilling> {
    let tenant = ctx.store.tenant();
    billing.for_tenant(tenant, &ctx.caller.user, "api").await
}

/// Whether HTML is asked for.
///
/// # Errors
/// A value that is no truth.
pub fn as_html(asked: &HashMap<String, String>) -> Result<bool> {
    match asked.get("downloadAsHtml").map(String::as_str) {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid("/downloadAsHtml", "must be true or false")),
    }
}

/// # Errors
/// `Invalid` for a membership that is no longer held.
pub fn is_held(member: &Record, kind: Kind) -> Result<()> {
    use model::resources::membership::{STATUS, Status};
    if member.get(STATUS) != Some(Status::Inactive) {
        return Ok(());
    }
    let id = member.text(ID_FIELD);
    Err(Error::invalid(
        format!("/{}", STATUS.name()),
        format!("membership {id} is inactive, and has no {}", kind.noun()),
    ))
}
