//! The tenant's packages as billing sees them: few, so all are read at once.

use crate::{ExpirationOptions, UpdateDatesWhen};
use model::Record;
use model::resource::ID_FIELD;
use model::resources::catalogue;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Package {
    pub record: Record,
    pub id: String,
    pub name: String,
    pub is_active: bool,
    pub renews_with: Option<String>,
    pub expiration: ExpirationOptions,
    pub update_dates_when: UpdateDatesWhen,
    pub bill_organization: bool,
}

impl Package {
    /// Whether who holds it is active without benefits.
    pub fn gives_no_benefits(&self) -> bool {
        self.record.raw(catalogue::NO_BENEFITS) == Some(&Value::Bool(true))
    }

    fn of(record: Record) -> Result<Package, String> {
        let id = record.text(ID_FIELD).to_owned();
        let name = record.text(catalogue::NAME).to_owned();
        let unusable = |problems: Vec<crate::Problem>| {
            let found: Vec<String> = problems
                .iter()
                .map(|p| format!("{} {}", p.path, p.message))
                .collect();
            format!("package {name} ({id}) is unusable: {}", found.join("; "))
        };
        let options = record
            .get(catalogue::EXPIRATION_OPTIONS)
            .unwrap_or(Value::Null);
        let expiration = ExpirationOptions::parse(&options).map_err(unusable)?;
        let fields = Value::Object(record.fields().clone());
        let update_dates_when = UpdateDatesWhen::parse(&fields).map_err(unusable)?;
        Ok(Package {
            is_active: record.get(catalogue::IS_ACTIVE) != Some(false),
            renews_with: record.get(catalogue::RENEWS_WITH),
            bill_organization: record.is(catalogue::BILL_ORGANIZATION),
            expiration,
            update_dates_when,
            id,
            name,
            record,
        })
    }
}

/// By id; one that cannot be used keeps the reason why.
#[derive(Clone, Debug, Default)]
pub struct Packages(BTreeMap<String, Result<Package, String>>);

impl Packages {
    pub fn new(records: impl IntoIterator<Item = Record>) -> Packages {
        Packages(
            records
                .into_iter()
                .map(|record| (record.text(ID_FIELD).to_owned(), Package::of(record)))
                .collect(),
        )
    }

    /// The package that a renewal of `id` buys: the one it renews with, or itself.
    ///
    /// # Errors
    /// One line for staff.
    pub fn renewal_of(&self, id: &str) -> Result<&Package, String> {
        let held = self.get(id)?;
        match &held.renews_with {
            Some(next) if next != id => self.get(next),
            _ => Ok(held),
        }
    }

    pub fn get(&self, id: &str) -> Result<&Package, String> {
        match self.0.get(id) {
            Some(Ok(package)) => Ok(package),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!("package {id} does not exist")),
        }
    }
}
