//! The chapters, sections and add-ons around memberships, read for their writes.

use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::resources::membership::derive::Affiliated;
use model::resources::{AddOnTypes, AddOns, Chapters, SectionTypes, Sections};
use model::{Record, Result};
use std::collections::BTreeSet;
use store::Store;

/// Those of `wanted` that are there, with the types of the sections and add-ons.
pub async fn read_with_types(
    store: &Store,
    wanted: &BTreeSet<(&'static str, String)>,
) -> Result<Affiliated> {
    let mut found = read(store, wanted).await?;
    let types = read_types(store, &found).await?;
    found.extend(types);
    Ok(found)
}

/// The types of sections and add-ons.
pub async fn read_types(store: &Store, of: &Affiliated) -> Result<Affiliated> {
    let types = of.iter().filter_map(|((resource, _), record)| {
        let types = match *resource {
            Sections::NAME => SectionTypes::NAME,
            AddOns::NAME => AddOnTypes::NAME,
            _ => return None,
        };
        Some((types, record.raw("type_id")?.as_str()?.to_owned()))
    });
    let wanted: BTreeSet<_> = types.collect();
    let (sections, add_ons) = futures::try_join!(
        some::<SectionTypes>(store, &wanted),
        some::<AddOnTypes>(store, &wanted),
    )?;
    Ok(sections.chain(add_ons).collect())
}

/// Those of `wanted` that are there.
pub async fn read(store: &Store, wanted: &BTreeSet<(&'static str, String)>) -> Result<Affiliated> {
    let (chapters, sections, add_ons) = futures::try_join!(
        some::<Chapters>(store, wanted),
        some::<Sections>(store, wanted),
        some::<AddOns>(store, wanted),
    )?;
    Ok(chapters.chain(sections).chain(add_ons).collect())
}

type Named = ((&'static str, String), Record);

async fn some<R: Resource>(
    store: &Store,
    wanted: &BTreeSet<(&'static str, String)>,
) -> Result<impl Iterator<Item = Named>> {
    let ids = wanted.iter().filter(|(resource, _)| *resource == R::NAME);
    let ids: Vec<String> = ids.map(|(_, id)| id.clone()).collect();
    let found = match ids.is_empty() {
        true => Vec::new(),
        false => store.get_many::<R>(&ids).await?,
    };
    Ok(found.into_iter().flatten().map(named::<R>))
}

/// Every one there is, with every type, for an import.
pub async fn read_all(store: &Store) -> Result<Affiliated> {
    let (chapters, sections, add_ons, of_sections, of_add_ons) = futures::try_join!(
        every::<Chapters>(store),
        every::<Sections>(store),
        every::<AddOns>(store),
        every::<SectionTypes>(store),
        every::<AddOnTypes>(store),
    )?;
    let held = chapters.chain(sections).chain(add_ons);
    Ok(held.chain(of_sections).chain(of_add_ons).collect())
}

async fn every<R: Resource>(store: &Store) -> Result<impl Iterator<Item = Named>> {
    // Each is a small group, in one partition.
    let all = Lookup::all::<R>().consistent();
    Ok(store
        .query_all::<R>(&all)
        .await?
        .into_iter()
        .map(named::<R>))
}

fn named<R: Resource>(record: Record) -> Named {
    ((R::NAME, record.text(ID_FIELD).to_owned()), record)
}
