//! What one membership that derives from an organization's becomes (rules FLOW-5,
//! FLOW-6, FLOW-8, FLOW-9). Pure.

use jiff::civil::Date;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::catalogue::{CUSTOMER_TYPE, ENABLE_FLOWDOWN, FLOWDOWN_TYPE_ID, is_active};
use model::resources::membership::computed::principal_id;
use model::resources::membership::{self as m, Origin, Status};
use model::resources::owner::{OWNER_TYPE, OwnerType, owner_field};
use model::resources::people::{ORGANIZATION_ID, PARENT_ORGANIZATION_ID};
use model::sys;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Steps from the organization that bought to the last that derives.
pub const DEPTH_MAX: i64 = 10;

/// An organization's membership that others derive from.
pub struct Source {
    pub membership: Record,
    pub organization: String,
    /// What the organization's people receive; `None` where none flows down.
    of_people: Option<Granted>,
    /// What child organizations receive: the source's own type, so that it flows on.
    of_organizations: Option<Granted>,
    /// What those receive who are picked.
    of_assigned: Option<Granted>,
    /// Who is picked, with what.
    pub assigned: BTreeMap<String, Value>,
}

impl Source {
    /// The membership as a source, by its type.
    pub fn new(membership: Record, types: &BTreeMap<String, Record>) -> Source {
        let own = membership.text(m::TYPE_ID);
        let kind = types.get(own);
        let given = kind.and_then(|kind| kind.get(FLOWDOWN_TYPE_ID));
        let enabled = kind.is_some_and(|kind| kind.is(ENABLE_FLOWDOWN));
        let people = given.and_then(|given| Granted::new(&given, types, OwnerType::Contact));
        let parts = Granted::new(own, types, OwnerType::Organization);
        let assigned = membership.get(m::ASSIGNED).unwrap_or_default();
        let assigned = assigned.into_iter().filter_map(|entry| {
            let contact = entry["contact_id"].as_str()?.to_owned();
            Some((contact, entry))
        });
        Source {
            organization: membership.text(m::ORGANIZATION_ID).to_owned(),
            of_people: people.clone().filter(|_| enabled),
            of_organizations: parts.filter(|_| enabled),
            of_assigned: people,
            assigned: assigned.collect(),
            membership,
        }
    }

    /// The id of what an owner derives from it.
    pub fn derived_id(&self, owner_type: OwnerType, owner: &str) -> String {
        format!("{}:{}", principal_id(owner_type, owner), self.organization)
    }

    fn depth(&self) -> i64 {
        self.membership.get(m::FLOWDOWN_DEPTH).unwrap_or(0)
    }

    fn is_over(&self) -> bool {
        self.membership.get(m::STATUS) == Some(Status::Inactive)
    }

    /// The organization at the top of the cascade.
    fn top(&self) -> &str {
        match self.membership.text(m::MASTER_ORGANIZATION_ID) {
            "" => &self.organization,
            top => top,
        }
    }

    /// The membership at the top.
    fn master(&self) -> &str {
        match self.membership.text(m::MASTER_ID) {
            "" => self.membership.text(m::ID),
            master => master,
        }
    }
}

/// A type that some owners receive, and may hold.
#[derive(Clone)]
struct Granted {
    type_id: String,
    is_active: bool,
}

impl Granted {
    /// `None` where such owners may not hold the type, or it is not there.
    fn new(id: &str, types: &BTreeMap<String, Record>, owner: OwnerType) -> Option<Granted> {
        let kind = types.get(id)?;
        (kind.get(CUSTOMER_TYPE) == Some(owner)).then(|| Granted {
            type_id: id.to_owned(),
            is_active: is_active(kind),
        })
    }

    /// Of a type that is no longer active nobody becomes a member, and who is one stays
    /// what they are.
    fn for_one(&self, existing: Option<&Record>) -> Option<String> {
        match self.is_active {
            true => Some(self.type_id.clone()),
            false => existing?.get(m::TYPE_ID),
        }
    }
}

/// An organization has one membership that others derive from: its own, unless that
/// is over and one that it has received is not.
pub fn source_of(memberships: &[Record]) -> Option<&Record> {
    let is_open = |one: &&Record| one.get(m::STATUS) != Some(Status::Inactive);
    let own = |one: &&Record| one.get(m::ORIGIN).unwrap_or(Origin::Principal) == Origin::Principal;
    let open = || memberships.iter().filter(is_open);
    open()
        .find(own)
        .or_else(|| open().next())
        .or_else(|| memberships.iter().find(own))
        .or_else(|| memberships.first())
}

/// Who may derive a membership, as read.
pub struct Target<'a> {
    /// The contact or organization.
    pub owner: &'a Record,
    pub owner_type: OwnerType,
    /// All that it owns.
    pub owned: &'a [Record],
    /// Whether a person's own membership leaves room for a derived one.
    pub beside_own: bool,
}

impl Target<'_> {
    fn id(&self) -> &str {
        self.owner.text(ID_FIELD)
    }

    /// The organization that its memberships derive from.
    pub fn belongs_to(owner: &Record, owner_type: OwnerType) -> Option<String> {
        match owner_type {
            OwnerType::Contact => owner.get(ORGANIZATION_ID),
            OwnerType::Organization => owner.get(PARENT_ORGANIZATION_ID),
        }
    }

    /// Whether it is a member by itself, and that wins.
    fn is_member(&self) -> bool {
        if self.beside_own && self.owner_type == OwnerType::Contact {
            return false;
        }
        let principal = principal_id(self.owner_type, self.id());
        let own = self.owned.iter().find(|one| one.text(m::ID) == principal);
        own.is_some_and(|own| own.get(m::STATUS) != Some(Status::Inactive))
    }
}

/// What a target receives from a source, if anything.
struct Share {
    origin: Origin,
    type_id: String,
    /// The entry by which it was picked.
    picked: Option<Value>,
}

fn share(source: &Source, target: &Target<'_>, existing: Option<&Record>) -> Option<Share> {
    if target.is_member() || source.depth() >= DEPTH_MAX {
        return None;
    }
    let picked = match target.owner_type {
        OwnerType::Contact => source.assigned.get(target.id()),
        OwnerType::Organization => None,
    };
    if let Some(picked) = picked {
        return Some(Share {
            origin: Origin::Assigned,
            type_id: source.of_assigned.as_ref()?.for_one(existing)?,
            picked: Some(picked.clone()),
        });
    }
    let belongs = Target::belongs_to(target.owner, target.owner_type);
    if belongs.as_deref() != Some(source.organization.as_str()) {
        return None;
    }
    let granted = match target.owner_type {
        OwnerType::Contact => source.of_people.as_ref()?,
        // A circle of organizations ends where it began.
        OwnerType::Organization if target.id() == source.top() => return None,
        OwnerType::Organization => source.of_organizations.as_ref()?,
    };
    Some(Share {
        origin: Origin::Flowdown,
        type_id: granted.for_one(existing)?,
        picked: None,
    })
}

/// What the target's membership of the source's organization becomes; `None` where it
/// is as it should be. A new one lacks what follows from its write.
pub fn plan(source: &Source, target: &Target<'_>, today: Date) -> Option<Record> {
    let id = source.derived_id(target.owner_type, target.id());
    let existing = target.owned.iter().find(|one| one.text(m::ID) == id);
    let after = match (existing, share(source, target, existing)) {
        (Some(existing), _) if existing.is(sys::LOCKED) => return None,
        (Some(existing), Some(share)) => inherit(existing.clone(), source, &share),
        (Some(existing), None) => ended(existing, today)?,
        // Nobody becomes a member by what is over.
        (None, Some(share)) if !source.is_over() => {
            let mut new = Record::default();
            new.set(m::ID, id);
            new.set(OWNER_TYPE, target.owner_type);
            new.set(owner_field(&new), target.id().to_owned());
            inherit(new, source, &share)
        }
        (None, _) => return None,
    };
    (existing != Some(&after)).then(|| reflecting(after, source))
}

/// A membership whose owner no longer has a share. What never was computed here, and
/// what staff have set by hand, stays.
fn ended(existing: &Record, today: Date) -> Option<Record> {
    let over = existing.get(m::STATUS) == Some(Status::Inactive);
    if over || !existing.has(m::PARENT_VERSION) || is_kept(existing) {
        return None;
    }
    let mut after = existing.clone();
    after.set(m::STATUS, Status::Inactive);
    after.clear(m::STATUS_REASON_ID);
    for date in [m::TERMINATION_DATE, m::LAPSE_DATE] {
        if !overrides(existing, date.name()) {
            after.set(date, today);
        }
    }
    Some(after)
}

/// Whether its status stands whatever becomes of its parent's (rule MEM-15).
fn is_kept(existing: &Record) -> bool {
    existing.is(m::DO_NOT_DROP) || overrides(existing, m::STATUS.name())
}

fn overrides(record: &Record, name: &str) -> bool {
    let overridden = record.get(m::OVERRIDDEN_FIELDS).unwrap_or_default();
    overridden.iter().any(|one| one == name)
}

fn inherit(mut after: Record, source: &Source, share: &Share) -> Record {
    let parent = &source.membership;
    after.set(m::ORIGIN, share.origin);
    after.set(m::PARENT_ID_FIELD, parent.text(m::ID).to_owned());
    after.set(m::MASTER_ID, source.master().to_owned());
    after.set(m::MASTER_ORGANIZATION_ID, source.top().to_owned());
    after.set(m::FLOWDOWN_DEPTH, source.depth() + 1);
    for name in m::INHERITED_AS_THEY_ARE {
        if !overrides(&after, name) {
            copy(&mut after, parent, name);
        }
    }
    if !overrides(&after, m::TYPE_ID.name()) {
        after.set(m::TYPE_ID, share.type_id.clone());
    }
    inherit_status(&mut after, source);
    // Who is dropped with the organization has left what they held.
    if let Some(picked) = share.picked.as_ref().filter(|_| !source.is_over()) {
        hold(&mut after, picked);
    }
    after
}

/// Status, reason and the dates of leaving go together.
fn inherit_status(after: &mut Record, source: &Source) {
    let parent = &source.membership;
    if overrides(after, m::STATUS.name()) || (source.is_over() && after.is(m::DO_NOT_DROP)) {
        return;
    }
    let changes = after.get(m::STATUS) != parent.get(m::STATUS);
    copy(after, parent, m::STATUS.name());
    // One that is kept by hand is of the status that it was kept with.
    if changes || !overrides(after, m::STATUS_REASON_ID.name()) {
        match parent.has(m::STATUS_REASON_ID) {
            true => copy(after, parent, m::STATUS_REASON_ID.name()),
            // The first that applies is filled in.
            false if changes => after.clear(m::STATUS_REASON_ID),
            false => {}
        }
    }
    let names = [m::TERMINATION_DATE.name(), m::LAPSE_DATE.name()];
    for name in names {
        // The day of the lapse is never cleared, and who leaves without a date has left
        // today.
        let stays = name == m::LAPSE_DATE.name() || source.is_over();
        if !overrides(after, name) && (parent.raw(name).is_some() || !stays) {
            copy(after, parent, name);
        }
    }
}

fn copy(after: &mut Record, parent: &Record, name: &str) {
    match parent.raw(name) {
        Some(value) => after.set_raw(name, value.clone()),
        None => drop(after.remove_raw(name)),
    }
}

/// Chapters, sections and add-ons of somebody who was picked; what is held stays as
/// it is held.
fn hold(after: &mut Record, picked: &Value) {
    for (ids, list, key) in m::ASSIGNED_LISTS {
        if overrides(after, list.name()) {
            continue;
        }
        let wanted = picked[ids].as_array().cloned().unwrap_or_default();
        let held = after.get(list).unwrap_or_default();
        let entry = |id: Value| {
            let found = held.iter().find(|entry| entry[key] == id).cloned();
            found.unwrap_or_else(|| json!({ key: id }))
        };
        let entries: Vec<Value> = wanted.into_iter().map(entry).collect();
        match entries.is_empty() {
            true => after.clear(list),
            false => after.set(list, entries),
        }
    }
}

/// With the version of the parent that it reflects.
fn reflecting(mut after: Record, source: &Source) -> Record {
    after.put(m::PARENT_VERSION, source.membership.get(sys::VERSION));
    after
}

#[cfg(test)]
mod tests;
