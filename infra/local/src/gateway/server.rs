//! The gateway behind a socket.

use super::{BODY_MAX, Gateway, answer};
use axum::Router;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use futures::StreamExt;
use std::sync::Arc;

/// How much of a body that is too large is read, in bytes. A client that is
/// still sending when its connection is closed would not see the answer.
const DRAINED_MAX: usize = 10 * BODY_MAX;

impl Gateway {
    /// Serves the API behind `extra`, which holds what only a laptop has.
    pub fn router(self: Arc<Self>, extra: Router) -> Router {
        extra.fallback(move |request: Request| {
            let gateway = self.clone();
            async move { gateway.serve(request).await }
        })
    }

    async fn serve(&self, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let response = match read(body.into_data_stream()).await {
            Some(body) => self.call(Request::from_parts(parts, body)).await,
            None => answer::message(StatusCode::BAD_REQUEST, "Bad Request"),
        };
        tracing::info!("{method} {path} {}", response.status().as_u16());
        response.map(Body::from)
    }
}

/// The body, or as much of it as shows that it is too large; `None` when the
/// connection breaks.
async fn read(mut sent: BodyDataStream) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut total = 0;
    while let Some(part) = sent.next().await {
        let part: Bytes = part.ok()?;
        total += part.len();
        // One part beyond the limit is kept, by which `call` sees that it is too large.
        if body.len() <= BODY_MAX {
            body.extend_from_slice(&part);
        }
        if total > DRAINED_MAX {
            break;
        }
    }
    Some(body)
}
