//! Documents that are no answer by themselves: reports that are too large, cards and
//! certificates. Written in parts, so that no more than one part is ever held, and
//! fetched by a link that expires.

pub mod folder;
#[cfg(feature = "deployed")]
mod s3;

use crate::absent::NoDocuments;
use async_trait::async_trait;
use model::{Error, Result, TenantId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use store::Connection;

/// The fewest bytes of a part that is not the last: the limit of Amazon S3.
pub const PART_MIN: usize = 5 * 1024 * 1024;

/// How long a link is good for.
pub const LINK_FOR: Duration = Duration::from_secs(15 * 60);

/// A document that is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// `<folder>/<file name>`, unique in the tenant.
    pub name: String,
    /// What the store calls the writing of it.
    pub id: String,
}

/// What keeps documents.
#[async_trait]
pub trait Documents: Send + Sync {
    /// Begins a document. Until it is finished nobody can fetch it; one that never
    /// is, is removed after a day.
    async fn begin(&self, tenant: &TenantId, name: &str, content_type: &str) -> Result<Upload>;

    /// Adds a part, numbered from 1; the same number again replaces it.
    ///
    /// # Errors
    /// `NotFound` for an upload that is finished or was never begun.
    async fn add(
        &self,
        tenant: &TenantId,
        upload: &Upload,
        number: i32,
        part: Vec<u8>,
    ) -> Result<()>;

    /// Makes the document of its parts, in the order of their numbers.
    ///
    /// # Errors
    /// As [`Documents::add`].
    async fn finish(&self, tenant: &TenantId, upload: &Upload) -> Result<()>;

    /// Keeps a document that is at hand whole. The same name again replaces it.
    async fn keep(
        &self,
        tenant: &TenantId,
        name: &str,
        content_type: &str,
        whole: Vec<u8>,
    ) -> Result<()> {
        let upload = self.begin(tenant, name, content_type).await?;
        self.add(tenant, &upload, 1, whole).await?;
        self.finish(tenant, &upload).await
    }

    /// Where a finished document can be fetched, without a token, for [`LINK_FOR`].
    async fn link(&self, tenant: &TenantId, name: &str) -> Result<String>;
}

/// The deployment's: the bucket that the template names, where the function is
/// built for it.
pub fn from_environment(_connection: &Connection) -> Arc<dyn Documents> {
    #[cfg(feature = "deployed")]
    if let Ok(bucket) = std::env::var("DOCUMENTS_BUCKET") {
        return Arc::new(s3::Bucket::new(_connection, bucket));
    }
    Arc::new(NoDocuments)
}

/// A name comes back from outside with the key that goes on with an upload, so it
/// is checked each time: two segments that cannot leave the tenant's folder.
fn checked(name: &str) -> Result<&str> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '|' | '.');
    let segment = |text: &str| text.chars().all(allowed) && text.starts_with(char::is_alphanumeric);
    match name.split_once('/') {
        Some((folder, file)) if segment(folder) && segment(file) => Ok(name),
        _ => Err(Error::invalid("", "is no name of a document")),
    }
}

/// The file name that a browser saves a document by.
pub fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn unknown(upload: &Upload) -> Error {
    Error::NotFound {
        what: "document",
        id: upload.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for name in ["0a-1/billing-run-r1.csv", "a/b|02.csv", "a/ä.csv"] {
            assert_eq!(checked(name).unwrap(), name);
        }
        for name in [
            "", "a", "/a", "a/", "../a", "a/..", "a/../b", "a/b/c", "a/b c", "a\\b/c", "./a",
        ] {
            checked(name).unwrap_err();
        }
    }
}
