//! The chapter that who joins is given by their address (rule AFF-6).

use super::wanted::Wanted;
use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::Chapters;
use model::resources::application as a;
use model::resources::joining::{Assignment, ChapterNumbers, nearest};
use model::resources::people::ADDRESS_FIELD;
use model::resources::settings::{SETTINGS_ID, Settings};
use model::{Record, Result};
use store::Store;

/// Names the chapter of the owner's address in an application that names none, if
/// the configuration of the package, or the tenant's, is one of `when`.
pub async fn fill(
    store: &Store,
    application: &mut Record,
    package: Option<&Record>,
    owner: &Record,
    when: &[Assignment],
) -> Result<()> {
    let Some(address) = owner.get(ADDRESS_FIELD) else {
        return Ok(());
    };
    if Wanted::of(application).chapters.is_some() {
        return Ok(());
    }
    let settings = store.get::<Settings>(SETTINGS_ID).await?;
    let tenant = settings
        .as_ref()
        .and_then(|settings| settings.raw("chapter_configuration"));
    let assignment = ChapterNumbers::of(package, tenant).assignment;
    if !assignment.is_some_and(|assignment| when.contains(&assignment)) {
        return Ok(());
    }
    let chapters = store
        .query_all::<Chapters>(&Lookup::all::<Chapters>())
        .await?;
    let found = nearest(&address, &chapters);
    application.put(
        a::CHAPTER_ID,
        found.map(|chapter| chapter.text(ID_FIELD).to_owned()),
    );
    Ok(())
}
