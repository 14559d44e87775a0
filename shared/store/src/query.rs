//! Queries over one partition or, in order, over several.

use crate::Store;
use crate::change::{PK, SK, text};
use crate::errors::{Call, translate};
use crate::item::{self, Item, to_record};
use crate::page::{PAGE, PAGE_BYTES, Page, PageToken};
use aws_sdk_dynamodb::types::AttributeValue;
use model::index::{BY_PARENT, Index, Table};
use model::resource::{Layout, Resource, partition, run_partition};
use model::{Error, Record, Result};
use std::collections::{BTreeSet, HashMap};

/// Bytes of a partition key.
const PARTITION_MAX: usize = 2_048;

/// Records read at once by what points at them: a page may end among them.
const PART: usize = 25;

/// A restriction of the sort key, inclusive.
#[derive(Clone, Debug)]
pub enum Range {
    Between(String, String),
    BeginsWith(String),
}

/// A look-up: partitions in order, of a table or one of its indexes.
#[derive(Clone, Debug)]
pub struct Query {
    table: Table,
    index: Option<Index>,
    partitions: Vec<String>,
    range: Option<Range>,
    limit: i32,
    consistent: bool,
}

impl Query {
    fn new(table: Table, index: Option<Index>, partitions: Vec<String>) -> Self {
        Query {
            table,
            index,
            partitions,
            range: None,
            limit: PAGE,
            consistent: false,
        }
    }

    /// The records of an index under one key.
    pub fn index(index: Index, key: String) -> Self {
        Query::indexes(index, vec![key])
    }

    /// The records of an index under several keys, in their order.
    pub fn indexes(index: Index, keys: Vec<String>) -> Self {
        Query::new(index.table, Some(index), keys)
    }

    pub fn range(self, range: Range) -> Self {
        Query {
            range: Some(range),
            ..self
        }
    }

    pub fn limit(self, limit: i32) -> Self {
        Query { limit, ..self }
    }

    pub fn consistent(self) -> Self {
        Query {
            consistent: true,
            ..self
        }
    }

    fn hash(&self) -> &'static str {
        self.index.map_or(PK, |index| index.hash)
    }

    fn sort(&self) -> &'static str {
        self.index.map_or(SK, |index| index.range)
    }

    /// Where the query goes on once a request at `at` has ended with `last`.
    fn following(&self, at: &PageToken, last: Option<LastKey>) -> Option<PageToken> {
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
        ((next.partition as usize) < self.partitions.len()).then_some(next)
    }

    /// The position after `item` of a partition.
    fn after(&self, partition: u32, item: &Item) -> PageToken {
        let names = BTreeSet::from([self.hash(), self.sort(), PK, SK]);
        let after = names
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), plain(item, name)?)))
            .collect();
        PageToken { partition, after }
    }
}

/// The key of the last item read.
type LastKey = Vec<(String, String)>;

impl Store {
    /// Every record of a resource of this tenant.
    pub fn all<R: Resource>(&self) -> Query {
        let tenant = self.tenant();
        let partitions = match R::LAYOUT {
            Layout::Small => vec![partition::<R>(tenant, "")],
            _ => (0..model::ids::SHARDS)
                .map(|shard| format!("{tenant}#{}#{shard:02}", R::NAME))
                .collect(),
        };
        Query::new(R::TABLE, None, partitions)
    }

    /// What stands beside an owner's principal membership, itself included.
    pub fn of_owner<R: Resource>(&self, principal: &str) -> Query {
        Query::new(
            R::TABLE,
            None,
            vec![partition::<R>(self.tenant(), principal)],
        )
    }

    /// The records linked to any of these, see [`Resource::links`].
    pub fn linked<R: Resource>(&self, links: &[String]) -> Query {
        let tenant = self.tenant();
        let partitions = links.iter().map(|link| format!("{tenant}#{link}"));
        Query::new(R::TABLE, None, partitions.collect())
    }

    /// The memberships derived directly from another.
    pub fn of_parent(&self, parent: &str) -> Query {
        Query::index(BY_PARENT, format!("{}#{parent}", self.tenant()))
    }

    /// A run's actions in the given shards, a membership's together and in order.
    pub fn of_run(&self, run: &str, shards: impl Iterator<Item = u32>) -> Query {
        let partitions = shards
            .map(|shard| run_partition(self.tenant(), run, shard))
            .collect();
        Query::new(Table::BillingRunActions, None, partitions)
    }

    /// A page of records.
    pub async fn query(&self, query: &Query, from: Option<PageToken>) -> Result<Page<Record>> {
        let page = self.query_items(query, from).await?;
        Ok(Page {
            items: page.items.into_iter().map(to_record).collect(),
            next: page.next,
        })
    }

    /// A page of one packed text attribute with the id it belongs to.
    pub async fn query_packed(
        &self,
        query: &Query,
        name: &str,
        from: Option<PageToken>,
    ) -> Result<Page<(String, String)>> {
        let page = self.query_items(query, from).await?;
        let pick = |item: Item| Some((plain(&item, SK)?, plain(&item, name)?));
        Ok(Page {
            items: page.items.into_iter().filter_map(pick).collect(),
            next: page.next,
        })
    }

    /// The keys an index holds: partition (with its tenant) and sort key.
    pub async fn query_keys(
        &self,
        query: &Query,
        from: Option<PageToken>,
    ) -> Result<Page<(String, String)>> {
        let page = self.query_items(query, from).await?;
        let pick = |item: Item| Some((plain(&item, PK)?, plain(&item, SK)?));
        Ok(Page {
            items: page.items.into_iter().filter_map(pick).collect(),
            next: page.next,
        })
    }

    /// A page of an index that holds only keys: the records are read by them.
    pub async fn query_by_keys<R: Resource>(
        &self,
        query: &Query,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        self.query_pointed::<R>(query, from, |_: &Record, _: &str| true)
            .await
    }

    /// A page of the records linked to what the partitions of `query` are for.
    /// A link that its record does not have is left out: links beyond one
    /// transaction are deleted after their record.
    pub async fn query_linked<R: Resource>(
        &self,
        query: &Query,
        from: Option<PageToken>,
    ) -> Result<Page<Record>> {
        let start = self.tenant().as_str().len() + 1;
        let holds = |record: &Record, partition: &str| {
            let link = partition.get(start..);
            link.is_some_and(|link| R::links(record).contains(link))
        };
        self.query_pointed::<R>(query, from, holds).await
    }

    /// Reads what the items of a page point at. The page ends early where its
    /// records become too large for one answer.
    async fn query_pointed<R: Resource>(
        &self,
        query: &Query,
        from: Option<PageToken>,
        keep: impl Fn(&Record, &str) -> bool,
    ) -> Result<Page<Record>> {
        let pointers = self.query_items(query, from).await?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        let last = pointers.items.last();
        for some in pointers.items.chunks(PART) {
            let ids = some.iter().filter_map(|item| plain(item, SK));
            let found = self.get_many::<R>(&ids.collect::<Vec<_>>()).await?;
            for (pointer, record) in some.iter().zip(found) {
                let partition = plain(pointer, query.hash()).unwrap_or_default();
                let Some(record) = record.filter(|record| keep(record, &partition)) else {
                    continue;
                };
                let values = record.fields().values();
                bytes += values.map(model::patch::size_of).sum::<usize>();
                items.push(record);
                if bytes >= PAGE_BYTES && Some(pointer) != last {
                    let at = query.partitions.iter().position(|own| *own == partition);
                    let next = Some(query.after(at.unwrap_or(0) as u32, pointer));
                    return Ok(Page { items, next });
                }
            }
        }
        let next = pointers.next;
        Ok(Page { items, next })
    }

    /// Everything a query holds: for collections known to be small.
    pub async fn query_all(&self, query: &Query) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut next = None;
        loop {
            let page = self.query(query, next).await?;
            records.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(records);
            }
        }
    }

    async fn query_items(&self, query: &Query, from: Option<PageToken>) -> Result<Page<Item>> {
        let mut next = Some(from.unwrap_or_default());
        let mut items = Vec::new();
        let mut bytes = 0;
        while let Some(at) = &next {
            let full = items.len() as i32 >= query.limit || bytes >= PAGE_BYTES;
            if full {
                break;
            }
            let room = query.limit - items.len() as i32;
            let (found, following) = self.query_once(query, at, room).await?;
            bytes += found.iter().map(item::size).sum::<usize>();
            items.extend(found);
            next = following;
        }
        Ok(Page { items, next })
    }

    /// One request of a query: what it read, and where to go on.
    async fn query_once(
        &self,
        query: &Query,
        at: &PageToken,
        limit: i32,
    ) -> Result<(Vec<Item>, Option<PageToken>)> {
        let Some(partition) = query.partitions.get(at.partition as usize) else {
            return Ok((Vec::new(), None));
        };
        let (items, last) = self
            .query_partition(query, partition, &at.after, limit)
            .await?;
        Ok((items, query.following(at, last)))
    }

    /// The same, each item with the position after it.
    pub(crate) async fn query_positions(
        &self,
        query: &Query,
        at: &PageToken,
        limit: i32,
    ) -> Result<Page<(Item, PageToken)>> {
        let (items, next) = self.query_once(query, at, limit).await?;
        let position = |item: Item| {
            let after = query.after(at.partition, &item);
            (item, after)
        };
        Ok(Page {
            items: items.into_iter().map(position).collect(),
            next,
        })
    }

    async fn query_partition(
        &self,
        query: &Query,
        partition: &str,
        after: &[(String, String)],
        limit: i32,
    ) -> Result<(Vec<Item>, Option<LastKey>)> {
        // The database refuses a longer key, so nothing can stand under it.
        if partition.len() > PARTITION_MAX {
            return Ok((Vec::new(), None));
        }
        let mut names = HashMap::from([("#h".to_owned(), query.hash().to_owned())]);
        let mut values = HashMap::from([(":h".to_owned(), text(partition))]);
        let mut condition = "#h = :h".to_owned();
        if let Some(range) = &query.range {
            names.insert("#r".into(), query.sort().into());
            condition.push_str(restrict(range, &mut values));
        }
        let start =
            (!after.is_empty()).then(|| after.iter().map(|(n, v)| (n.clone(), text(v))).collect());
        let answer = self
            .database
            .client
            .query()
            .table_name(self.database.table(query.table)?)
            .set_index_name(query.index.map(|index| index.name.to_owned()))
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(start)
            .consistent_read(query.consistent && query.index.is_none())
            .limit(limit)
            .send()
            .await
            .map_err(|error| {
                if after.is_empty() {
                    translate(Call::Read, &error)
                } else {
                    misplaced(translate(Call::Read, &error))
                }
            })?;
        let last = answer.last_evaluated_key.map(|key| {
            key.into_iter()
                .filter_map(|(name, value)| Some((name, value.as_s().ok()?.clone())))
                .collect()
        });
        Ok((answer.items.unwrap_or_default(), last))
    }
}

/// A start key that does not belong to the partition can only be a forged token.
fn misplaced(error: Error) -> Error {
    match error {
        Error::Internal(text) if text.starts_with("ValidationException") => Error::invalid(
            "/exclusiveStartKey",
            "is not a key that this query has answered with",
        ),
        other => other,
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
