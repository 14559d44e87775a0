//! Something that happens between two requests of a walk over an index or a table.

use crate::intercept::{self, Fault, Interceptor};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use futures::future::BoxFuture;
use std::fmt::{self, Debug, Formatter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::Connection;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Items in each request of the walk, as if they filled its 1 MB.
const ITEMS: usize = 2;
const LIMIT: &str = r#""Limit":"#;

/// Cuts the walk into small requests, and acts ahead of one of them.
pub struct Between {
    /// A part of the body of the walk's requests.
    walk: &'static str,
    at: usize,
    act: Mutex<Option<BoxFuture<'static, ()>>>,
    requests: AtomicUsize,
}

impl Between {
    /// `connection`; ahead of the walk's request of the number `at`, counted from
    /// 1, `act` is carried out. Needs a test of several threads.
    pub fn over(
        connection: &Connection,
        walk: &'static str,
        at: usize,
        act: impl Future<Output = ()> + Send + 'static,
    ) -> (Connection, Arc<Between>) {
        let between = Arc::new(Between {
            walk,
            at,
            act: Mutex::new(Some(Box::pin(act))),
            requests: AtomicUsize::new(0),
        });
        (intercept::over(connection, between.clone()), between)
    }

    /// Requests that the walk has made.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn is_of_walk(&self, request: &HttpRequest) -> bool {
        let body = request.body().bytes().unwrap_or_default();
        String::from_utf8_lossy(body).contains(self.walk)
    }
}

impl Interceptor for Between {
    fn fault(&self, request: &HttpRequest) -> Fault {
        if self.is_of_walk(request) && self.requests.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            let act = self.act.lock().expect("no panic before").take();
            block_in_place(|| Handle::current().block_on(async { act.expect("once").await }));
        }
        Fault::None
    }

    fn rewrite(&self, request: &mut HttpRequest) {
        if !self.is_of_walk(request) {
            return;
        }
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let Some((before, rest)) = body.split_once(LIMIT) else {
            return;
        };
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let cut = format!("{before}{LIMIT}{ITEMS}{after}");
        let length = cut.len().to_string();
        request.headers_mut().insert("content-length", length);
        *request.body_mut() = cut.into();
    }
}

impl Debug for Between {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "ahead of request {} of {}", self.at, self.walk)
    }
}
