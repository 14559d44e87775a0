//! Histories, grown past the API and read by it.

use crate::TestApp;
use model::resources::Memberships;
use model::resources::membership::history::{Event, record_event};
use model::resources::membership::{DO_NOT_RENEW, HISTORY};
use model::{Record, WriteContext};
use serde_json::Value;

/// Who makes the event of this number.
pub fn by(number: usize) -> String {
    // Names of one length, so that entries are too.
    format!("u-{number:05}")
}

impl TestApp {
    /// Adds events to a membership, so many with each of these writes; who made
    /// them follow on each other from the number `first`, see [`by`].
    pub async fn add_events(&self, id: &str, first: usize, writes: usize, each: usize) -> Record {
        let member = self.store.require::<Memberships>(id).await;
        let mut member = member.expect("a membership");
        for write in 0..writes {
            let mut after = member.clone();
            let mut rows = after.get(HISTORY).unwrap_or_default();
            for event in 0..each {
                after.clear(HISTORY);
                let before = after.clone();
                after.set(DO_NOT_RENEW, !before.is(DO_NOT_RENEW));
                let by = WriteContext {
                    user: by(first + write * each + event),
                    via: "test".into(),
                    now: jiff::Timestamp::now(),
                };
                record_event(&by, Event::ManualChange, Some(&before), &mut after);
                rows.extend(after.get(HISTORY).unwrap_or_default());
            }
            after.set(HISTORY, rows);
            member = self.change::<Memberships>(&member, after).await;
        }
        member
    }

    /// Every entry of a membership's history, the newest first.
    pub async fn history(&self, id: &str) -> Vec<Value> {
        let url = format!("/memberships/acme/{id}/history");
        let (mut entries, mut from) = (Vec::new(), url.clone());
        loop {
            let page = self.get(&from).await.ok();
            let items = page["Items"].as_array().expect("items");
            assert_eq!(page["Count"], items.len());
            entries.extend(items.iter().cloned());
            let Some(key) = page["LastEvaluatedKey"].as_str() else {
                return entries;
            };
            assert_eq!(items.len(), 100, "a page that is not the last is full");
            from = format!("{url}?exclusiveStartKey={key}");
        }
    }
}
