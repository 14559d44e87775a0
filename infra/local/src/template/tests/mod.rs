mod deployed;
mod events;
mod features;
mod in_database;
mod refusals;

use super::{TableDefinition, Template};

const DEPLOYED: &str = include_str!("../../../../../template.yaml");

fn deployed() -> Template {
    Template::parse(DEPLOYED).unwrap()
}

fn table(logical_id: &str) -> TableDefinition {
    let template = deployed();
    let found = template
        .tables()
        .iter()
        .find(|t| t.logical_id == logical_id);
    found.unwrap_or_else(|| panic!("no {logical_id}")).clone()
}
