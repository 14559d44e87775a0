//! A connection that carries a request out and loses its answer.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::Connection;

/// Loses the answers of the next so many requests of one operation.
#[derive(Clone, Debug)]
pub struct Lossy {
    inner: SharedHttpClient,
    operation: &'static str,
    left: Arc<AtomicUsize>,
}

impl Lossy {
    /// `connection`, losing the first `count` answers to `operation`.
    pub fn over(
        connection: &Connection,
        operation: &'static str,
        count: usize,
    ) -> (Connection, Lossy) {
        let lossy = Lossy {
            inner: connection.http.clone(),
            operation,
            left: Arc::new(AtomicUsize::new(count)),
        };
        let connection = Connection {
            http: SharedHttpClient::new(lossy.clone()),
            ..connection.clone()
        };
        (connection, lossy)
    }

    /// Answers that are still to be lost.
    pub fn left(&self) -> usize {
        self.left.load(Ordering::SeqCst)
    }

    fn loses(&self, request: &HttpRequest) -> bool {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let next = |left: usize| left.checked_sub(1);
        target.ends_with(self.operation)
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next)
                .is_ok()
    }
}

impl HttpClient for Lossy {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, components),
            lossy: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    lossy: Lossy,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lost = self.lossy.loses(&request);
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            if lost {
                return Err(ConnectorError::io("the answer was lost".into()));
            }
            Ok(answer)
        })
    }
}
