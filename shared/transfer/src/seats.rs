//! Whom rows pick: each takes a seat of the package of an organization's membership, as an
//! entry of `assigned_memberships` does (rule FLOW-9).

use crate::load::Load;
use crate::ready::Ready;
use model::resources::Memberships;
use model::resources::membership::indexes::of_parent;
use model::resources::membership::{
    ASSIGNED, CONTACT_ID, ORIGIN, Origin, PARENT_ID_FIELD, STATUS, Status,
};
use model::{Problem, Record, Result};
use std::collections::{BTreeSet, HashMap};

/// The seats of one membership.
struct Seats {
    most: usize,
    package: String,
    /// Who is picked.
    taken: BTreeSet<String>,
}

impl Seats {
    /// Somebody takes a seat of the membership `parent`, or leaves it.
    fn turn(&mut self, parent: &str, contact: String, takes: bool) -> Option<Problem> {
        if !takes {
            self.taken.remove(&contact);
            return None;
        }
        if self.taken.len() < self.most || self.taken.contains(&contact) {
            self.taken.insert(contact);
            return None;
        }
        let (package, most) = (&self.package, self.most);
        let rule = format!("{parent} has no seat left: its package {package} has {most}");
        Some(Problem::new(format!("/{}", PARENT_ID_FIELD.name()), rule))
    }
}

/// Those of the memberships that rows have named; `None` where there is no limit.
#[derive(Default)]
pub struct SeatsKnown(HashMap<String, Option<Seats>>);

/// The membership whose seat a record holds.
fn holds(record: &Record) -> Option<String> {
    let picked = record.get(ORIGIN) == Some(Origin::Assigned);
    let open = record.get(STATUS) != Some(Status::Inactive);
    record.get(PARENT_ID_FIELD).filter(|_| picked && open)
}

impl Load<'_> {
    /// Refuses rows for which there is no seat left: those before them have theirs, and who
    /// has left one before them makes room.
    pub async fn seat(&mut self, ready: &mut [Ready]) -> Result<()> {
        for place in 0..ready.len() {
            let draft = &ready[place].draft;
            let takes = holds(&draft.after);
            let leaves = draft.before.as_ref().and_then(holds);
            let Some(parent) = takes.clone().or(leaves) else {
                continue;
            };
            if !self.seats.0.contains_key(&parent) {
                let seats = self.seats_of(&parent, ready).await?;
                self.seats.0.insert(parent.clone(), seats);
            }
            let row = &mut ready[place];
            if let Some(Some(seats)) = self.seats.0.get_mut(&parent)
                && row.problems.is_empty()
            {
                let contact = row.draft.after.text(CONTACT_ID).to_owned();
                let refused = seats.turn(&parent, contact, takes.is_some());
                row.problems.extend(refused);
            }
        }
        Ok(())
    }

    /// As they are before the rows at hand; the membership itself may be one of these.
    async fn seats_of(&self, parent: &str, ready: &[Ready]) -> Result<Option<Seats>> {
        let brought = ready.iter().find(|row| row.draft.id == parent);
        let membership = match brought {
            Some(row) => Some(row.draft.after.clone()),
            None => self.store.get_consistent::<Memberships>(parent).await?,
        };
        let package = membership.as_ref().and_then(|membership| {
            let catalogue = self.catalogue.as_ref()?;
            catalogue.seats(membership)
        });
        let (Some(membership), Some((package, most))) = (membership, package) else {
            return Ok(None);
        };
        let derived = of_parent(parent);
        let derived = self.store.query_all::<Memberships>(&derived).await?;
        let picked = derived.iter().filter(|one| holds(one).is_some());
        let entries = membership.get(ASSIGNED).unwrap_or_default();
        let named = entries
            .iter()
            .filter_map(|entry| entry["contact_id"].as_str());
        let mut taken: BTreeSet<String> = named.map(str::to_owned).collect();
        taken.extend(picked.map(|one| one.text(CONTACT_ID).to_owned()));
        Ok(Some(Seats {
            most,
            package,
            taken,
        }))
    }
}
