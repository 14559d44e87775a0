//! A connection whose every request is looked at: it can be kept from being
//! made, or its answer lost.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::fmt::Debug;
use std::sync::Arc;
use store::Connection;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is made and answered.
    None,
    /// It is not made, and whoever waits for it waits for ever.
    NotMade,
    /// It is made; whoever waits for its answer waits for ever.
    NotAnswered,
    /// It is made, and its answer is lost.
    Lost,
}

/// Decides about each request.
pub trait Judge: Debug + Send + Sync {
    fn judge(&self, request: &HttpRequest) -> Fault;
    /// A request has been made whose answer nobody will get.
    fn made_unanswered(&self) {}
}

/// `connection`, with `judge` asked about every request.
pub fn over(connection: &Connection, judge: Arc<dyn Judge>) -> Connection {
    let tap = Tap {
        inner: connection.http.clone(),
        judge,
    };
    Connection {
        http: SharedHttpClient::new(tap),
        ..connection.clone()
    }
}

#[derive(Clone, Debug)]
struct Tap {
    inner: SharedHttpClient,
    judge: Arc<dyn Judge>,
}

impl HttpClient for Tap {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, components),
            judge: self.judge.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    judge: Arc<dyn Judge>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = self.judge.judge(&request);
        if fault == Fault::NotMade {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let answer = self.inner.call(request);
        let judge = self.judge.clone();
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            match fault {
                Fault::NotAnswered => {
                    judge.made_unanswered();
                    std::future::pending().await
                }
                Fault::Lost => Err(ConnectorError::io("the answer was lost".into())),
                Fault::None | Fault::NotMade => Ok(answer),
            }
        })
    }
}
