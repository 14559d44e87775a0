//! Queries over one partition or, in order, over several.

use crate::Store;
use crate::errors::{Call, translate};
use crate::item::{self, Item, to_record};
use crate::key::{Key, PK, SK, text};
use crate::page::{PAGE, PAGE_BYTES, Page, PageToken};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use model::index::Projection;
use model::lookup::{Lookup, Range};
use model::resource::Resource;
use model::{Error, Record, Result};
use std::collections::{BTreeSet, HashMap};

/// Bytes of a partition key.
const PARTITION_MAX: usize = 2_048;

/// Records read at once by what points at them: a page may end among them.
const PART: usize = 25;

/// The key of the last item read.
type LastKey = Vec<(String, String)>;

fn hash(lookup: &Lookup) -> &'static str {
    lookup.index.map_or(PK, |index| index.hash)
}

fn sort(lookup: &Lookup) -> &'static str {
    lookup.index.map_or(SK, |index| index.range)
}

/// Where a look-up goes on once a request at `at` has ended with `last`.
fn following(lookup: &Lookup, at: &PageToken, last: Option<LastKey>) -> Option<PageToken> {
    let next = match last {
        Some(after) => PageToken {
            partition: at.partition,
            after,
        },
        None => PageToken {
            partition: at.partition + 1,
            after: Vec::new(),
        },
    };
    ((next.partition as usize) < lookup.partitions.len()).then_some(next)
}

/// The position after `item` of a partition.
fn after(lookup: &Lookup, partition: u32, item: &Item) -> PageToken {
    // A start key of an index is its own two attributes and the table's; of a table the two are
    // the same.
    let names = BTreeSet::from([hash(lookup), sort(lookup), PK, SK]);
    let after = names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), plain(item, name)?)))
        .collect();
    PageToken { partition, after }
}

impl Store {
    /// The key of a look-up's partition, with the tenant where it is one's.
    fn partition_key(&self, lookup: &Lookup, partition: &str) -> String {
        match lookup.index {
            Some(index) if index.across_tenants => partition.to_owned(),
            _ => format!("{}#{partition}", self.tenant()),
        }
    }

    /// The position after the record of `id` in the first partition of a look-up
    /// of a table.
    pub fn after(&self, lookup: &Lookup, id: &str) -> PageToken {
        let first = lookup.partitions.first().map_or("", String::as_str);
        let key = Key {
            pk: self.partition_key(lookup, first),
            sk: id.to_owned(),
        };
        PageToken {
            partition: 0,
            after: vec![(PK.into(), key.pk), (SK.into(), key.sk)],
        }
    }

    /// A page of records. An index that holds only keys points at them.
    pub async fn query<R: Resource>(
        &self,
        lookup: &Lookup,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        match lookup.index.map(|index| index.projection) {
            None | Some(Projection::All) => self.query_held(lookup, from).await,
            Some(_) => self.query_by_keys::<R>(lookup, from).await,
        }
    }

    /// A page of the records that the items themselves are.
    async fn query_held(&self, lookup: &Lookup, from: Option<PageToken>) -> Result<Page<Record>> {
        let page = self.query_items(lookup, from).await?;
        Ok(Page {
            items: page.items.into_iter().map(to_record).collect(),
            next: page.next,
        })
    }

    /// One packed text attribute with the id it belongs to, as far as one request
    /// reads: what lies between two requests may have moved meanwhile.
    pub async fn query_packed(
        &self,
        lookup: &Lookup,
        name: &str,
        from: Option<PageToken>,
    ) -> Result<Page<(String, String)>> {
        let (at, limit) = (from.unwrap_or_default(), lookup.limit.unwrap_or(PAGE));
        let (items, next) = self.query_once(lookup, &at, limit).await?;
        let pick = |item: Item| Some((plain(&item, SK)?, plain(&item, name)?));
        Ok(Page {
            items: items.into_iter().filter_map(pick).collect(),
            next,
        })
    }

    /// The keys an index holds: partition (with its tenant) and sort key.
    pub async fn query_keys(
        &self,
        lookup: &Lookup,
        from: Option<PageToken>,
    ) -> Result<Page<(String, String)>> {
        let page = self.query_items(lookup, from).await?;
        let pick = |item: Item| Some((plain(&item, PK)?, plain(&item, SK)?));
        Ok(Page {
            items: page.items.into_iter().filter_map(pick).collect(),
            next: page.next,
        })
    }

    /// A page of an index that holds only keys: the records are read by them.
    pub async fn query_by_keys<R: Resource>(
        &self,
        lookup: &Lookup,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        self.query_pointed::<R>(lookup, from, |_: &Record, _: &str| true)
            .await
    }

    /// A page of the records linked to what the partitions of a look-up are for.
    /// A link that its record does not have is left out: links beyond one
    /// transaction are deleted after their record.
    pub async fn query_linked<R: Resource>(
        &self,
        lookup: &Lookup,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        // A link's partition is `<tenant>#<link>`.
        let start = self.tenant().as_str().len() + 1;
        let holds = |record: &Record, partition: &str| {
            let link = partition.get(start..);
            link.is_some_and(|link| R::links(record).contains(link))
        };
        self.query_pointed::<R>(lookup, from, holds).await
    }

    /// Reads what the items of a page point at. The page ends early where its
    /// records become too large for one answer.
    async fn query_pointed<R: Resource>(
        &self,
        lookup: &Lookup,
        from: Option<PageToken>,
        keep: impl Fn(&Record, &str) -> bool,
    ) -> Result<Page<Record>> {
        let pointers = self.query_items(lookup, from).await?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        let last = pointers.items.last();
        // In parts, so that at most a part is read in vain when a page ends early.
        for some in pointers.items.chunks(PART) {
            let ids = some.iter().filter_map(|item| plain(item, SK));
            let found = self.get_many::<R>(&ids.collect::<Vec<_>>()).await?;
            for (pointer, record) in some.iter().zip(found) {
                let partition = plain(pointer, hash(lookup)).unwrap_or_default();
                let Some(record) = record.filter(|record| keep(record, &partition)) else {
                    continue;
                };
                let values = record.fields().values();
                bytes += values.map(model::patch::size_of).sum::<usize>();
                items.push(record);
                // After the last pointer the page's own `next` is right: there may be none.
                if bytes >= PAGE_BYTES && Some(pointer) != last {
                    let at = lookup
                        .partitions
                        .iter()
                        .position(|own| self.partition_key(lookup, own) == partition);
                    let next = Some(after(lookup, at.unwrap_or(0) as u32, pointer));
                    return Ok(Page { items, next });
                }
            }
        }
        let next = pointers.next;
        Ok(Page { items, next })
    }

    /// Everything a look-up finds: for collections known to be small.
    pub async fn query_all<R: Resource>(&self, lookup: &Lookup) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut next = None;
        loop {
            let page = self.query::<R>(lookup, next).await?;
            records.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(records);
            }
        }
    }

    async fn query_items(&self, lookup: &Lookup, from: Option<PageToken>) -> Result<Page<Item>> {
        let mut next = Some(from.unwrap_or_default());
        let mut items = Vec::new();
        let mut bytes = 0;
        let limit = lookup.limit.unwrap_or(PAGE);
        while let Some(at) = &next {
            // A request ends at 1 MB or at the end of its partition, so a page may take several.
            let full = items.len() as i32 >= limit || bytes >= PAGE_BYTES;
            if full {
                break;
            }
            let room = limit - items.len() as i32;
            let (found, following) = self.query_once(lookup, at, room).await?;
            bytes += found.iter().map(item::size).sum::<usize>();
            items.extend(found);
            next = following;
        }
        Ok(Page { items, next })
    }

    /// One request of a query: what it read, and where to go on.
    async fn query_once(
        &self,
        lookup: &Lookup,
        at: &PageToken,
        limit: i32,
    ) -> Result<(Vec<Item>, Option<PageToken>)> {
        let Some(partition) = lookup.partitions.get(at.partition as usize) else {
            return Ok((Vec::new(), None));
        };
        let partition = self.partition_key(lookup, partition);
        let (items, last) = self
            .query_partition(lookup, &partition, &at.after, limit)
            .await?;
        Ok((items, following(lookup, at, last)))
    }

    /// The same, each item with the position after it.
    pub(crate) async fn query_positions(
        &self,
        lookup: &Lookup,
        at: &PageToken,
        limit: i32,
    ) -> Result<Page<(Item, PageToken)>> {
        let (items, next) = self.query_once(lookup, at, limit).await?;
        let position = |item: Item| {
            let after = after(lookup, at.partition, &item);
            (item, after)
        };
        Ok(Page {
            items: items.into_iter().map(position).collect(),
            next,
        })
    }

    async fn query_partition(
        &self,
        lookup: &Lookup,
        partition: &str,
        after: &[(String, String)],
        limit: i32,
    ) -> Result<(Vec<Item>, Option<LastKey>)> {
        // The database refuses a longer key, so nothing can stand under it.
        if partition.len() > PARTITION_MAX {
            return Ok((Vec::new(), None));
        }
        let mut names = HashMap::from([("#h".to_owned(), hash(lookup).to_owned())]);
        let mut values = HashMap::from([(":h".to_owned(), text(partition))]);
        let mut condition = "#h = :h".to_owned();
        if let Some(range) = &lookup.range {
            names.insert("#r".into(), sort(lookup).into());
            condition.push_str(restrict(range, &mut values));
        }
        let start =
            (!after.is_empty()).then(|| after.iter().map(|(n, v)| (n.clone(), text(v))).collect());
        let answer = self
            .database
            .client
            .query()
            .table_name(self.database.table(lookup.table)?)
            .set_index_name(lookup.index.map(|index| index.name.to_owned()))
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(start)
            // DynamoDB refuses a consistent read of a global index.
            .consistent_read(lookup.consistent && lookup.index.is_none())
            .scan_index_forward(!lookup.backwards)
            .limit(limit)
            .send()
            .await
            .map_err(|error| match error.code() {
                // A start key outside the partition can only come from a forged
                // token: the store's own tokens name it.
                Some("ValidationException") if !after.is_empty() => Error::invalid(
                    "/exclusiveStartKey",
                    "is not a key that this query has answered with",
                ),
                _ => translate(Call::Read, &error),
            })?;
        let last = answer.last_evaluated_key.map(|key| {
            key.into_iter()
                .filter_map(|(name, value)| Some((name, value.as_s().ok()?.clone())))
                .collect()
        });
        Ok((answer.items.unwrap_or_default(), last))
    }
}

fn restrict(range: &Range, values: &mut HashMap<String, AttributeValue>) -> &'static str {
    match range {
        Range::Between(from, to) => {
            values.insert(":from".into(), text(from));
            values.insert(":to".into(), text(to));
            " AND #r BETWEEN :from AND :to"
        }
        Range::BeginsWith(start) => {
            values.insert(":from".into(), text(start));
            " AND begins_with(#r, :from)"
        }
    }
}

pub(crate) fn plain(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}
