//! The tables of `template.yaml`, made in the embedded database.

use crate::template::Template;
use model::index::Table;
use std::collections::HashMap;
use store::{Connection, TableNames};

/// The deployed template, as this program was built from it.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Makes every table that is not there yet and names them all.
///
/// # Errors
/// One line: the template lacks a table, the database does not answer, or a
/// table in it is not the template's.
pub async fn make(connection: &Connection) -> Result<TableNames, String> {
    let template = Template::parse(TEMPLATE).map_err(|cause| format!("template.yaml: {cause}"))?;
    let client = store::client(connection);
    let mut made = HashMap::new();
    for table in template.tables() {
        let outcome = table.create_table(&client, &table.name).await;
        outcome.map_err(|cause| cause.to_string())?;
        made.insert(table.environment_variable(), table.name.clone());
    }
    // Found at the start, not at the first request that needs the table.
    let missing = |table: &&Table| !made.contains_key(table.variable());
    if let Some(table) = Table::ALL.iter().find(missing) {
        let variable = table.variable();
        return Err(format!("template.yaml has no table for {variable}"));
    }
    Ok(TableNames::new(|table| {
        made.get(table.variable()).cloned().unwrap_or_default()
    }))
}
