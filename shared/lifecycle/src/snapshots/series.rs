//! Counts by month. A dimension holds a list for each of its values, so that all of
//! a tenant's fit into one item.

use super::months::MONTHS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number for each month, the oldest first.
pub type Monthly = Vec<u32>;

/// Counts of memberships; those of several parts are added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Members when the month ended.
    pub members: Monthly,
    /// The same by membership type.
    pub types: BTreeMap<String, Monthly>,
    /// All memberships that had begun when the month ended, by status.
    pub statuses: BTreeMap<String, Monthly>,
    /// Members by chapter; one of several chapters is in each.
    pub chapters: BTreeMap<String, Monthly>,
    /// Members who were none when the month before ended and joined in it.
    pub joins: Monthly,
    /// The others who were none when the month before ended.
    pub reinstatements: Monthly,
    /// Who was a member when the month before ended, and is none.
    pub lapses: Monthly,
    /// Renewals in the month.
    pub renewals: Monthly,
    /// Members who were members a year before, too.
    pub retained: Monthly,
}

impl Series {
    pub fn add(&mut self, other: &Series) {
        for (own, more) in [
            (&mut self.members, &other.members),
            (&mut self.joins, &other.joins),
            (&mut self.reinstatements, &other.reinstatements),
            (&mut self.lapses, &other.lapses),
            (&mut self.renewals, &other.renewals),
            (&mut self.retained, &other.retained),
        ] {
            add(own, more);
        }
        for (own, more) in [
            (&mut self.types, &other.types),
            (&mut self.statuses, &other.statuses),
            (&mut self.chapters, &other.chapters),
        ] {
            for (value, counts) in more {
                add(own.entry(value.clone()).or_default(), counts);
            }
        }
    }
}

/// One more in a month.
pub fn one_more(counts: &mut Monthly, at: usize) {
    counts.resize(MONTHS, 0);
    counts[at] += 1;
}

fn add(own: &mut Monthly, more: &Monthly) {
    if more.is_empty() {
        return;
    }
    own.resize(MONTHS, 0);
    for (own, more) in own.iter_mut().zip(more) {
        *own += more;
    }
}
