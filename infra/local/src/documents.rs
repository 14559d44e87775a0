//! What only a laptop has beside the API: documents, fetched by the links that
//! the document store has signed, as a bucket's presigned links are.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream;
use serde::Deserialize;
use services::documents::file_name;
use services::documents::folder::{Folder, PATH};
use std::fs::File;
use std::io::{self, Read};

/// Bytes sent at once: a document is never held whole.
const CHUNK: u64 = 256 * 1024;

#[derive(Deserialize)]
struct Signed {
    expires: i64,
    signature: String,
}

pub fn router(documents: Folder) -> Router {
    Router::new()
        .route(&format!("{PATH}/{{tenant}}/{{*name}}"), get(fetch))
        .with_state(documents)
}

async fn fetch(
    State(documents): State<Folder>,
    Path((tenant, name)): Path<(String, String)>,
    Query(Signed { expires, signature }): Query<Signed>,
) -> Response {
    let Some(path) = documents.find(&tenant, &name, expires, &signature) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let Ok(file) = File::open(path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, content_type(&name).to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", file_name(&name)),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    let chunks = stream::try_unfold(file, |file| async move {
        let read = tokio::task::spawn_blocking(move || chunk(file)).await;
        read.map_err(io::Error::other)?
    });
    (headers, Body::from_stream(chunks)).into_response()
}

/// A bucket keeps what a document was begun with; a folder has its name.
fn content_type(name: &str) -> &'static str {
    match name.ends_with(".pdf") {
        true => "application/pdf",
        false => "text/csv; charset=utf-8",
    }
}

/// The next bytes of a file, if there are any.
fn chunk(mut file: File) -> io::Result<Option<(Bytes, File)>> {
    let mut bytes = Vec::new();
    let read = file.by_ref().take(CHUNK).read_to_end(&mut bytes)?;
    Ok((read > 0).then(|| (bytes.into(), file)))
}
