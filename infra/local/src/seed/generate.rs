//! What an association consists of: its catalogue, and each of its members.

use super::association::{Association, BLOCK, ORGANIZATIONS};
use super::random::Random;
use super::{billed, catalogue, member, people};
use ledger::order::Order;
use model::Record;
use terms::package::Packages;

/// A membership and the records it needs.
#[derive(Clone, Debug)]
pub struct Member {
    /// People who are no members themselves but stand for an organization.
    pub staff: Vec<Record>,
    /// The owner, if a person.
    pub contact: Option<Record>,
    /// The owner, if an organization.
    pub organization: Option<Record>,
    pub membership: Record,
    /// The renewal order that is open, for those billed before.
    pub order: Option<Order>,
}

/// Whose membership a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Person,
    /// Counted from 0.
    Organization(u32),
}

impl Association {
    pub fn settings(&self) -> Record {
        catalogue::settings(&self.to_string())
    }

    pub fn packages(&self) -> Vec<Record> {
        catalogue::packages(self.year_end())
    }

    /// The member of this number, counted from 0. `packages` are those of
    /// [`Association::packages`].
    ///
    /// # Errors
    /// Only where a package and a membership do not go together.
    pub fn member(&self, number: u32, packages: &Packages) -> Result<Member, String> {
        let mut random = Random::new(self.seed, u64::from(number));
        let mut made = self.unbilled(&mut random, number);
        if let Some(billed_on) = self.billed_on(&mut random, &made.membership) {
            let order = billed::open_order(&mut made.membership, number, billed_on, packages)?;
            made.order = Some(order);
        }
        Ok(made)
    }

    fn unbilled(&self, random: &mut Random, number: u32) -> Member {
        match owner(number) {
            Owner::Person => {
                let contact = self.person(random, number);
                Member {
                    membership: member::of_person(self, random, number, &contact),
                    contact: Some(contact),
                    staff: Vec::new(),
                    organization: None,
                    order: None,
                }
            }
            Owner::Organization(place) => {
                let offer = random.weighted(catalogue::FOR_ORGANIZATIONS);
                let public = offer.kind == "type-institution";
                let id = organization_id(place);
                let (organization, staff) = people::organization(random, id, place, public);
                Member {
                    membership: member::of_organization(self, random, number, &organization, offer),
                    organization: Some(organization),
                    staff,
                    contact: None,
                    order: None,
                }
            }
        }
    }

    fn person(&self, random: &mut Random, number: u32) -> Record {
        let organizations = self.organizations();
        let employed = random.per_mille(450) && organizations > 0;
        // Drawn for the unemployed too, so that what is drawn after it stays the same.
        let place = random.below(organizations);
        let employer = employed.then(|| (organization_id(place), people::domain(place)));
        let mut contact = people::person(random, format!("c-{number:06}"), number, employer);
        if random.per_mille(22) {
            contact.clear(model::resources::people::EMAIL_ADDRESS);
        }
        contact
    }
}

fn owner(number: u32) -> Owner {
    let (block, place) = (number / BLOCK, number % BLOCK);
    let organization = ORGANIZATIONS.iter().position(|at| *at == place);
    organization.map_or(Owner::Person, |at| {
        Owner::Organization(block * ORGANIZATIONS.len() as u32 + at as u32)
    })
}

fn organization_id(place: u32) -> String {
    format!("o-{place:05}")
}
