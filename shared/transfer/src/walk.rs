//! Everything a group holds, a page at a time.

use crate::group::Group;
use model::lookup::Lookup;
use model::{Record, Resource, Result};
use store::{PageToken, Store};

/// Records of a page.
const PAGE: i32 = 500;

/// Walks through a group in the order of its keys.
pub struct Walk<'a> {
    store: &'a Store,
    lookup: Lookup,
    /// Where it goes on; `None` at its end.
    next: Option<PageToken>,
}

impl<'a> Walk<'a> {
    pub fn new(store: &'a Store, group: Group) -> Walk<'a> {
        Walk {
            store,
            lookup: group.every().limit(PAGE),
            next: Some(PageToken::default()),
        }
    }

    /// The next records; `None` behind the last.
    pub async fn next<R: Resource>(&mut self) -> Result<Option<Vec<Record>>> {
        let Some(from) = self.next.take() else {
            return Ok(None);
        };
        let page = self.store.query::<R>(&self.lookup, Some(from)).await?;
        self.next = page.next;
        Ok(Some(page.items))
    }
}
