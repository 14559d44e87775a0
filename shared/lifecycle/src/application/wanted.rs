//! The chapters, sections and add-ons that an application asks for, and how they
//! differ from what a membership holds.

use model::Record;
use model::field::whole;
use model::resources::application as a;
use model::resources::membership as m;
use serde_json::Value;

/// What is asked for, each list `None` where the application does not speak of
/// it: then it stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The primary one first.
    pub chapters: Option<Vec<String>>,
    pub sections: Option<Vec<String>>,
    /// With how many of each.
    pub add_ons: Option<Vec<(String, u32)>>,
}

impl Wanted {
    pub fn of(application: &Record) -> Wanted {
        let primary = application.get(a::CHAPTER_ID);
        let further = application.get(a::ADDITIONAL_CHAPTER_IDS);
        let spoken = primary.is_some() || further.is_some();
        let mut chapters: Vec<String> = Vec::new();
        for id in primary.into_iter().chain(further.unwrap_or_default()) {
            if !chapters.contains(&id) {
                chapters.push(id);
            }
        }
        let add_ons = application.get(a::ADD_ONS);
        Wanted {
            chapters: spoken.then_some(chapters),
            sections: application.get(a::SECTION_IDS),
            add_ons: add_ons.map(|entries| entries.iter().filter_map(add_on).collect()),
        }
    }

    /// What a member who holds `member` will have: lists that are not spoken of
    /// are the member's.
    pub fn with(&self, member: Option<&Record>) -> Wanted {
        let held = Wanted::held(member);
        Wanted {
            chapters: self.chapters.clone().or(held.chapters),
            sections: self.sections.clone().or(held.sections),
            add_ons: self.add_ons.clone().or(held.add_ons),
        }
    }

    /// What a membership holds; everything is spoken of.
    pub fn held(member: Option<&Record>) -> Wanted {
        let entries = |list| member.and_then(|m| m.get(list)).unwrap_or_default();
        let ids = |list, key: &str| {
            let entries: Vec<Value> = entries(list);
            entries.iter().filter_map(|e| id(e, key)).collect()
        };
        let add_ons = entries(m::ADD_ONS);
        Wanted {
            chapters: Some(ids(m::CHAPTERS, "chapter_id")),
            sections: Some(ids(m::SECTIONS, "section_id")),
            add_ons: Some(add_ons.iter().filter_map(add_on).collect()),
        }
    }
}

/// The entry of a membership's list for an id.
pub fn entry_of(member: Option<&Record>, list: &str, key: &str, wanted: &str) -> Option<Value> {
    let entries = member?.raw(list)?.as_array()?;
    let mut same = entries.iter().filter(|e| e[key].as_str() == Some(wanted));
    same.next().cloned()
}

fn id(entry: &Value, key: &str) -> Option<String> {
    entry.get(key)?.as_str().map(str::to_owned)
}

fn add_on(entry: &Value) -> Option<(String, u32)> {
    let quantity = entry.get("quantity").and_then(whole);
    let quantity = quantity.and_then(|n| u32::try_from(n).ok());
    Some((id(entry, "add_on_id")?, quantity.unwrap_or(1)))
}
