//! A made-up association to try things on: believable, and the same every time
//! from its seed. Each member is computed from the seed and a number alone, so
//! that a million of them need no more memory than one.

mod billed;
mod card;
mod catalogue;
mod dates;
mod dice;
mod fill;
mod member;
mod notices;
mod people;
mod places;
#[cfg(test)]
mod tests;

pub use catalogue::{CURRENCY, LAPSED, SENDER};
pub use fill::fill;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use ledger::order::Order;
use model::Record;
use std::fmt;
use terms::package::Packages;

/// An association, by what it is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Association {
    pub seed: u64,
    /// How many memberships.
    pub members: u32,
    /// The day on which it is as it is, in its own time zone.
    pub day: Date,
}

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

/// A block of this many holds three organizations.
const BLOCK: u32 = 25;
const ORGANIZATIONS: [u32; 3] = [4, 12, 20];

/// Whose membership a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Person,
    /// Counted from 0.
    Organization(u32),
}

impl Association {
    /// The association that a tenant's settings tell of, if they do.
    pub fn of(settings: &Record) -> Option<Association> {
        let marker = settings
            .text(model::sys::EXTERNAL_ID)
            .strip_prefix("demo ")?;
        let part = |name: &str| {
            let named = marker.split(' ').find_map(|part| part.strip_prefix(name));
            named?.strip_prefix('=')
        };
        Some(Association {
            seed: part("seed")?.parse().ok()?,
            members: part("members")?.parse().ok()?,
            day: part("day")?.parse().ok()?,
        })
    }

    /// Today in the association's time zone.
    pub fn today(now: Timestamp) -> Date {
        now.to_zoned_datetime(zone()).date()
    }

    pub fn settings(&self) -> Record {
        catalogue::settings(self)
    }

    pub fn types(&self) -> Vec<Record> {
        catalogue::types()
    }

    pub fn packages(&self) -> Vec<Record> {
        catalogue::packages(self.year_end())
    }

    pub fn status_reasons(&self) -> Vec<Record> {
        catalogue::status_reasons()
    }

    pub fn chapters(&self) -> Vec<Record> {
        catalogue::chapters()
    }

    pub fn section_types(&self) -> Vec<Record> {
        catalogue::section_types()
    }

    pub fn sections(&self) -> Vec<Record> {
        catalogue::sections()
    }

    pub fn add_ons(&self) -> Vec<Record> {
        catalogue::add_ons()
    }

    pub fn billing_notices(&self) -> Vec<Record> {
        notices::billing_notices()
    }

    /// The member of this number, counted from 0. `packages` are those of
    /// [`Association::packages`].
    ///
    /// # Errors
    /// Only where a package and a membership do not go together.
    pub fn member(&self, number: u32, packages: &Packages) -> Result<Member, String> {
        let mut dice = dice::Dice::new(self.seed, u64::from(number));
        let mut made = self.unbilled(&mut dice, number);
        if let Some(billed_on) = self.billed_on(&mut dice, &made.membership) {
            let order = billed::open_order(&mut made.membership, number, billed_on, packages)?;
            made.order = Some(order);
        }
        Ok(made)
    }

    fn unbilled(&self, dice: &mut dice::Dice, number: u32) -> Member {
        match owner(number) {
            Owner::Person => {
                let contact = self.person(dice, number);
                Member {
                    membership: member::of_person(self, dice, number, &contact),
                    contact: Some(contact),
                    staff: Vec::new(),
                    organization: None,
                    order: None,
                }
            }
            Owner::Organization(place) => {
                let offer = dice.weighted(catalogue::FOR_ORGANIZATIONS);
                let public = offer.kind == "type-institution";
                let id = organization_id(place);
                let (organization, staff) = people::organization(dice, id, place, public);
                Member {
                    membership: member::of_organization(self, dice, number, &organization, offer),
                    organization: Some(organization),
                    staff,
                    contact: None,
                    order: None,
                }
            }
        }
    }

    fn person(&self, dice: &mut dice::Dice, number: u32) -> Record {
        let organizations = self.organizations();
        let employed = dice.per_mille(450) && organizations > 0;
        let place = dice.below(organizations);
        let employer = employed.then(|| (organization_id(place), people::domain(place)));
        let mut contact = people::person(dice, format!("c-{number:06}"), number, employer);
        if dice.per_mille(22) {
            contact.clear(model::resources::people::EMAIL_ADDRESS);
        }
        contact
    }

    /// How many of the members are organizations.
    fn organizations(&self) -> u32 {
        let rest = self.members % BLOCK;
        let begun = ORGANIZATIONS.iter().filter(|place| **place < rest).count() as u32;
        self.members / BLOCK * ORGANIZATIONS.len() as u32 + begun
    }

    /// The last day of the association's year: 15 to 45 days ahead.
    fn year_end(&self) -> Date {
        let ahead = self.day.checked_add(15.days()).unwrap_or(self.day);
        ahead.last_of_month()
    }
}

impl fmt::Display for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Association { seed, members, day } = self;
        write!(f, "demo seed={seed} members={members} day={day}")
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

fn zone() -> TimeZone {
    TimeZone::get(catalogue::TIME_ZONE).unwrap_or(TimeZone::UTC)
}

/// Nine in the morning of a day, when the office works.
fn morning(day: Date) -> Timestamp {
    let zoned = day.at(9, 0, 0, 0).to_zoned_datetime(zone());
    zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}
