//! Whether staff decide about an application (rule APPL-3).

use super::parties::Parties;
use super::wanted::Wanted;
use model::resources::application_setup::{APPROVAL_CHAPTER_IDS, REQUIRE_APPROVAL};
use model::{Error, Record, Result};
use store::Store;

/// As its process says: of everybody, of nobody, or of those of certain chapters,
/// who ask for one or hold it and name none.
pub async fn is_needed(store: &Store, process: &Record, application: &Record) -> Result<bool> {
    let listed = process.get(APPROVAL_CHAPTER_IDS).unwrap_or_default();
    match process.text(REQUIRE_APPROVAL) {
        "never" => return Ok(false),
        "" if listed.is_empty() => return Ok(false),
        "" => {}
        _ => return Ok(true),
    }
    let member = match Parties::of(store, application).await {
        Ok(parties) => parties.member,
        // An owner who is not there is told by the save, as every reference is.
        Err(Error::Invalid(_)) => None,
        Err(other) => return Err(other),
    };
    let wanted = Wanted::of(application).with(member.as_ref());
    let mut chapters = wanted.chapters.iter().flatten();
    Ok(chapters.any(|id| listed.contains(id)))
}
