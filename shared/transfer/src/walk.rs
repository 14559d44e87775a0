//! Everything a group holds, a page at a time.

use crate::group::Group;
use crate::seen::Seen;
use model::lookup::Lookup;
use model::{Record, Resource, Result};
use store::{PageToken, Store};

/// Records of a page.
const PAGE: i32 = 500;
/// Records of a page that are read by keys: as many as one request reads.
const BY_KEYS: i32 = 100;

/// Walks through a group in the order of its keys.
pub struct Walk<'a> {
    store: &'a Store,
    lookup: Lookup,
    /// Where it goes on; `None` at its end.
    next: Option<PageToken>,
    met: Option<Met>,
}

/// What a walk over an index has met. A number that is changed moves its record,
/// to where the walk has yet to come or where it has been; so a second reading
/// follows, and each record is given out once.
#[derive(Default)]
struct Met {
    ids: Seen,
    again: bool,
}

impl<'a> Walk<'a> {
    pub fn new(store: &'a Store, group: Group) -> Walk<'a> {
        let every = group.every();
        // A record's place in its own table never changes.
        let met = every.index.map(|_| Met::default());
        Walk {
            store,
            lookup: every.limit(if met.is_some() { BY_KEYS } else { PAGE }),
            next: Some(PageToken::default()),
            met,
        }
    }

    /// The next records; `None` behind the last.
    pub async fn next<R: Resource>(&mut self) -> Result<Option<Vec<Record>>> {
        let Some(from) = self.next.take().or_else(|| self.again()) else {
            return Ok(None);
        };
        let Some(met) = &mut self.met else {
            let page = self.store.query::<R>(&self.lookup, Some(from)).await?;
            self.next = page.next;
            return Ok(Some(page.items));
        };
        let page = self.store.query_keys(&self.lookup, Some(from)).await?;
        self.next = page.next;
        let ids = page.items.into_iter().map(|(_, id)| id);
        let new: Vec<String> = ids.filter(|id| met.ids.first(id, 0).is_none()).collect();
        let found = self.store.get_many::<R>(&new).await?;
        Ok(Some(found.into_iter().flatten().collect()))
    }

    /// The beginning, once more.
    fn again(&mut self) -> Option<PageToken> {
        let met = self.met.as_mut()?;
        let first = !std::mem::replace(&mut met.again, true);
        first.then(PageToken::default)
    }
}
