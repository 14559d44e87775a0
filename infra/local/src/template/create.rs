//! Tables made, through DynamoDB's own protocol, in the local database.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::TimeToLiveSpecification;

use super::layout::Layout;
use super::table::TableDefinition;

/// Why a table could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The name of the table in the database.
    pub table: String,
    /// What went wrong.
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {}: {}", self.table, self.message)
    }
}

impl Error for TableError {}

impl TableDefinition {
    /// Makes the table under `name`, with its time-to-live attribute. A table
    /// that is there already is left as it is, so that a local database can be
    /// opened again, also after a start that was cut short.
    ///
    /// # Errors
    /// The database refuses or can't be reached, or holds a table of that name
    /// with other keys, indexes or projections.
    pub async fn create_table(&self, client: &Client, name: &str) -> Result<(), TableError> {
        let failed = |message: String| TableError {
            table: name.to_owned(),
            message,
        };
        let request = self
            .create_request(name)
            .map_err(|e| failed(e.to_string()))?;
        match request.send_with(client).await {
            Ok(_) => {}
            // A table of other keys would be used in silence, and its indexes answer wrongly or
            // not at all.
            Err(error) if exists(&error) => self.agrees(client, name).await.map_err(failed)?,
            Err(error) => return Err(failed(said(&error))),
        }
        self.enable_time_to_live(client, name).await.map_err(failed)
    }

    /// Compares the table in the database with this definition.
    async fn agrees(&self, client: &Client, name: &str) -> Result<(), String> {
        let answer = client.describe_table().table_name(name).send().await;
        let answer = answer.map_err(|error| said(&error))?;
        let found = answer.table.as_ref().map(Layout::found);
        let wanted = self
            .create_request(name)
            .map_err(|error| error.to_string())?;
        let wanted = wanted.build().map_err(|error| error.to_string())?;
        if found == Some(Layout::wanted(&wanted)) {
            return Ok(());
        }
        Err("its keys or indexes are not those of template.yaml; \
             start with a new data folder, or change it back"
            .to_owned())
    }

    async fn enable_time_to_live(&self, client: &Client, name: &str) -> Result<(), String> {
        let Some(attribute) = &self.time_to_live else {
            return Ok(());
        };
        let answer = client.describe_time_to_live().table_name(name).send().await;
        let answer = answer.map_err(|error| said(&error))?;
        let current = answer
            .time_to_live_description
            .and_then(|d| d.attribute_name);
        // Enabling it a second time is an error.
        if current.as_ref() == Some(attribute) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .attribute_name(attribute)
            .enabled(true)
            .build()
            .map_err(|error| error.to_string())?;
        let request = client.update_time_to_live().table_name(name);
        let answer = request
            .time_to_live_specification(specification)
            .send()
            .await;
        answer.map(|_| ()).map_err(|error| said(&error))
    }
}

fn exists(error: &SdkError<CreateTableError>) -> bool {
    error
        .as_service_error()
        .is_some_and(CreateTableError::is_resource_in_use_exception)
}

/// What the database answered, or why it could not be asked.
fn said<E: Error + ProvideErrorMetadata + 'static>(error: &SdkError<E>) -> String {
    if let (Some(code), Some(message)) = (error.code(), error.message()) {
        return format!("{code}: {message}");
    }
    let first: &dyn Error = error;
    // A failed connection says what is wrong only in its innermost cause.
    let causes = std::iter::successors(Some(first), |&error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
