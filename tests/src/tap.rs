//! A connection whose every request is looked at: it can be kept from being
//! made, or its answer lost; it can be changed, and its answer read.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http_body_util::BodyExt;
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
    /// Changes a request before it is made.
    fn rewrite(&self, _request: &mut HttpRequest) {}
    /// A request has been made whose answer nobody will get.
    fn made_unanswered(&self) {}
    /// Whether [`Judge::hear`] is to be called.
    fn listens(&self) -> bool {
        false
    }
    /// A request of this operation has been answered.
    fn hear(&self, _operation: &str, _answer: &[u8]) {}
}

/// DynamoDB's name of what a request asks for.
pub fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
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
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).to_owned();
        self.judge.rewrite(&mut request);
        let fault = self.judge.judge(&request);
        if fault == Fault::NotMade {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let answer = self.inner.call(request);
        let judge = self.judge.clone();
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if judge.listens() {
                let body = answer.body_mut().collect().await;
                let body = body.map_err(ConnectorError::io)?.to_bytes();
                judge.hear(&operation, &body);
                *answer.body_mut() = body.to_vec().into();
            }
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
