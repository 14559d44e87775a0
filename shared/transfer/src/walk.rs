//! Everything a group holds, a page at a time.

use crate::group::Group;
use model::ids::SHARDS;
use model::index::BY_NUMBER;
use model::resources::membership::indexes::number_shard;
use model::{Record, Resource, Result};
use store::{PageToken, Query, Store};

/// Records of a page.
const PAGE: i32 = 500;

/// Walks through a group in the order of its keys.
pub struct Walk<'a> {
    store: &'a Store,
    queries: Vec<Query>,
    at: usize,
    from: Option<PageToken>,
    by_keys: bool,
}

impl<'a> Walk<'a> {
    pub fn new<R: Resource>(store: &'a Store, group: Group) -> Walk<'a> {
        let by_keys = group == Group::Memberships;
        let queries = match by_keys {
            true => (0..i64::from(SHARDS))
                .map(|part| Query::index(BY_NUMBER, number_shard(store.tenant(), part)))
                .collect(),
            false => vec![store.all::<R>().consistent()],
        };
        Walk {
            store,
            queries: queries.into_iter().map(|q| q.limit(PAGE)).collect(),
            at: 0,
            from: None,
            by_keys,
        }
    }

    /// The next records; `None` behind the last.
    pub async fn next<R: Resource>(&mut self) -> Result<Option<Vec<Record>>> {
        let Some(query) = self.queries.get(self.at) else {
            return Ok(None);
        };
        let from = self.from.take();
        let page = match self.by_keys {
            true => self.store.query_by_keys::<R>(query, from).await?,
            false => self.store.query(query, from).await?,
        };
        self.from = page.next;
        if self.from.is_none() {
            self.at += 1;
        }
        Ok(Some(page.items))
    }
}
