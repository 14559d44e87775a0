//! What an application is judged and priced by, read for one application.

use super::wanted::Wanted;
use crate::affiliated;
use model::lookup::Lookup;
use model::resource::{ID_FIELD, Resource};
use model::resources::application as a;
use model::resources::application_setup::{ApplicationProcesses, GroupApplicationProcesses};
use model::resources::catalogue::PACKAGE_TYPE_ID;
use model::resources::membership::derive::Affiliated;
use model::resources::settings::{SETTINGS_ID, Settings};
use model::resources::{
    AddOnProducts, AddOns, ChangeFees, ChapterDuesProducts, Chapters, Coupons, Packages,
    SectionDuesProducts, Sections, Types,
};
use model::{Record, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Store;

/// Records by id, each with the product that says what it costs.
pub type Sold = BTreeMap<String, (Record, Option<Record>)>;

#[derive(Default)]
pub struct Catalogue {
    pub process: Option<Record>,
    /// The process of the group that the application is one of.
    pub group_process: Option<Record>,
    /// The membership type that the package grants, or that is asked for.
    pub kind: Option<Record>,
    pub package: Option<Record>,
    pub chapters: Sold,
    pub sections: Sold,
    pub add_ons: Sold,
    pub coupon: Option<Record>,
    pub change_fee: Option<Record>,
    /// The tenant's.
    pub chapter_configuration: Option<Value>,
    /// The types of the sections and add-ons.
    pub types: Affiliated,
}

impl Catalogue {
    /// For an application of somebody who will have `wanted`, and buys `package`.
    pub async fn load(
        store: &Store,
        application: &Record,
        package: &str,
        wanted: &Wanted,
    ) -> Result<Catalogue> {
        let process = one::<ApplicationProcesses>(store, application.text(a::PROCESS_ID)).await?;
        let package = one::<Packages>(store, package).await?;
        let granted = package.as_ref().and_then(|p| p.get(PACKAGE_TYPE_ID));
        let kind = granted.unwrap_or_else(|| application.text(a::TYPE_ID).to_owned());
        let add_ons = wanted.add_ons.iter().flatten().map(|(id, _)| id.clone());
        let add_ons: Vec<String> = add_ons.collect();
        let chapters = wanted.chapters.clone().unwrap_or_default();
        let sections = wanted.sections.clone().unwrap_or_default();
        let fee = process.as_ref().and_then(change_fee_id);
        let settings = one::<Settings>(store, SETTINGS_ID).await?;
        let mut catalogue = Catalogue {
            types: Affiliated::new(),
            kind: one::<Types>(store, &kind).await?,
            chapters: sold::<Chapters, ChapterDuesProducts>(store, &chapters, "chapter_id").await?,
            sections: sold::<Sections, SectionDuesProducts>(store, &sections, "section_id").await?,
            add_ons: sold::<AddOns, AddOnProducts>(store, &add_ons, "add_on_id").await?,
            coupon: one::<Coupons>(store, application.text(a::COUPON_ID)).await?,
            change_fee: one::<ChangeFees>(store, &fee.unwrap_or_default()).await?,
            chapter_configuration: settings
                .and_then(|settings| settings.raw("chapter_configuration").cloned()),
            group_process: one::<GroupApplicationProcesses>(
                store,
                application.text(a::GROUP_PROCESS_ID),
            )
            .await?,
            process,
            package,
        };
        catalogue.types = affiliated::read_types(store, &catalogue.affiliated()).await?;
        Ok(catalogue)
    }
}

impl Catalogue {
    /// What is held or wanted, without its prices, and the types of it.
    pub fn affiliated(&self) -> Affiliated {
        let of = |resource, sold: &Sold| -> Vec<_> {
            let records = sold
                .iter()
                .map(|(id, (record, _))| (id.clone(), record.clone()));
            records
                .map(|(id, record)| ((resource, id), record))
                .collect()
        };
        let chapters = of(Chapters::NAME, &self.chapters).into_iter();
        let sections = of(Sections::NAME, &self.sections).into_iter();
        let add_ons = of(AddOns::NAME, &self.add_ons).into_iter();
        let types = self.types.clone().into_iter();
        chapters
            .chain(sections)
            .chain(add_ons)
            .chain(types)
            .collect()
    }
}

/// The fee of a process for changes within a term.
pub fn change_fee_id(process: &Record) -> Option<String> {
    let options = process.raw("change_options")?;
    options.get("change_fee_id")?.as_str().map(str::to_owned)
}

async fn one<R: Resource>(store: &Store, id: &str) -> Result<Option<Record>> {
    match id {
        "" => Ok(None),
        id => store.get::<R>(id).await,
    }
}

/// The records of these ids with their products, of which the first by id counts.
async fn sold<R: Resource, P: Resource>(store: &Store, ids: &[String], key: &str) -> Result<Sold> {
    if ids.is_empty() {
        return Ok(Sold::new());
    }
    let found = store.get_many::<R>(ids).await?;
    let products = store.query_all::<P>(&Lookup::all::<P>()).await?;
    let product = |id: &str| {
        let own = |product: &&Record| product.raw(key).and_then(Value::as_str) == Some(id);
        let mut own: Vec<&Record> = products.iter().filter(own).collect();
        own.sort_by(|a, b| a.text(ID_FIELD).cmp(b.text(ID_FIELD)));
        own.first().map(|product| (*product).clone())
    };
    let found = found.into_iter().flatten().map(|record| {
        let id = record.text(ID_FIELD).to_owned();
        let product = product(&id);
        (id, (record, product))
    });
    Ok(found.collect())
}
