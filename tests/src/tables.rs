//! The tables, made from the template that is deployed.

use local::template::Template;
use model::index::Table;
use store::{Connection, TableNames};

const TEMPLATE: &str = include_str!("../../template.yaml");

/// What the deployed stack is made from.
pub fn template() -> Template {
    Template::parse(TEMPLATE).expect("template.yaml can be read")
}

/// Creates every table of the template, named after its environment variable.
pub async fn create_tables(connection: &Connection) {
    let client = store::client(connection);
    for table in template().tables() {
        let created = table
            .create_table(&client, &table.environment_variable())
            .await;
        created.expect("a table");
    }
}

/// The names that [`create_tables`] gives.
pub fn table_names() -> TableNames {
    TableNames::new(|table: Table| table.variable().to_owned())
}
