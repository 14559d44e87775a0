//! The demo: a made-up association, and one billing run over it from planning
//! to the last mail. Killed at any moment and begun again, it goes on where it
//! stands: what has been done is read from the data itself.

mod api;
mod follow;
mod instructions;
mod plan;
mod recount;
mod table;
mod tenant;
#[cfg(test)]
mod tests;

pub use instructions::instructions;
pub use table::statistics;
pub use tenant::store;

use crate::progress::Progress;
use crate::seed::{self, Association};
use crate::site::Site;
use api::Api;
use jiff::Timestamp;
use model::Record;
use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::billing_run::{RunStatus, STATISTICS, STATUS};
use model::resources::settings::{SETTINGS_ID, Settings};
use std::fmt::Write;
use store::Store;
use tenant::{TENANT, find_run};

/// How many memberships a demo has unless told otherwise.
pub const DEFAULT_MEMBERS: u32 = 10_000;
/// What it is computed from unless told otherwise.
pub const DEFAULT_SEED: u64 = 42;

/// What the command line asks for; what it leaves out is taken from the demo
/// that is there, or has its default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub members: Option<u32>,
    pub seed: Option<u64>,
}

/// How far the demo in a folder has come.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The tenant has no data.
    Absent,
    /// The tenant has data of somebody's own.
    Foreign,
    Begun(Association),
    /// Its run is over.
    Done(Association, Box<Record>),
}

/// Brings the demo to its end and answers what is to be shown of it.
///
/// # Errors
/// One line: another demo is there, or a step failed, or what is stored does
/// not add up.
pub async fn run(site: &Site, options: Options) -> Result<String, String> {
    let store = store(site)?;
    let association = match state(&store).await? {
        State::Foreign => return Err(foreign(site)),
        State::Absent => options.association(),
        State::Begun(association) => options.match_existing(site, association)?,
        // Shown, not recounted: members may have been changed by hand since.
        State::Done(association, run) => {
            options.match_existing(site, association)?;
            return Ok(table(&run));
        }
    };
    fill(&store, &association).await?;
    let api = Api::new(site)?;
    let id = plan::find_or_make(&api, &store, &association).await?;
    let run = follow::to_completion(&api, &store, &id).await?;
    let recounted = recount::report(&store, &site.stack.folder, &run).await?;
    Ok(format!("{}\n{recounted}", table(&run)))
}

/// How far the demo in the store has come.
///
/// # Errors
/// What the store says.
pub async fn state(store: &Store) -> Result<State, String> {
    let failed = |error: model::Error| error.to_string();
    let settings = store
        .get_consistent::<Settings>(SETTINGS_ID)
        .await
        .map_err(failed)?;
    // The settings are written first, so a tenant without them that has types was not filled by a
    // demo.
    let Some(settings) = settings else {
        let types = store
            .query_all::<model::resources::Types>(&Lookup::all::<model::resources::Types>())
            .await
            .map_err(failed)?;
        return Ok(if types.is_empty() {
            State::Absent
        } else {
            State::Foreign
        });
    };
    let Some(association) = Association::of(&settings) else {
        return Ok(State::Foreign);
    };
    let run = find_run(store).await?;
    let over = |run: &Record| {
        matches!(
            run.get(STATUS),
            Some(RunStatus::Completed | RunStatus::Cancelled)
        )
    };
    Ok(match run.filter(over) {
        Some(run) => State::Done(association, Box::new(run)),
        None => State::Begun(association),
    })
}

async fn fill(store: &Store, association: &Association) -> Result<(), String> {
    let total = u64::from(association.members);
    let progress = Progress::new("Filling the tenant demo", "memberships", Some(total));
    let filled = seed::fill(store, association, |done| progress.at(u64::from(done))).await;
    filled.map_err(|error| format!("the demo could not be filled: {error}"))?;
    progress.end();
    Ok(())
}

fn table(run: &Record) -> String {
    let statistics = run.get(STATISTICS).unwrap_or_default();
    let mut text = String::new();
    let status = run
        .get(STATUS)
        .map(|status| status.to_string())
        .unwrap_or_default();
    let name = run.text(model::resources::billing_run::NAME);
    let _ = writeln!(text, "{name} ({}): {status}\n", run.text(ID_FIELD));
    text + &table::statistics(&statistics)
}

fn foreign(site: &Site) -> String {
    format!(
        "the tenant {TENANT} in {} has data that is no demo: name another folder with --data",
        site.stack.folder.path().display()
    )
}

impl Options {
    fn association(self) -> Association {
        Association {
            seed: self.seed.unwrap_or(DEFAULT_SEED),
            members: self.members.unwrap_or(DEFAULT_MEMBERS),
            day: Association::today(Timestamp::now()),
        }
    }

    /// Refuses a demo of another size or seed: a folder has one demo.
    fn match_existing(self, site: &Site, found: Association) -> Result<Association, String> {
        let same = self.seed.is_none_or(|seed| seed == found.seed)
            && self.members.is_none_or(|members| members == found.members);
        same.then_some(found).ok_or_else(|| {
            format!(
                "{} holds a demo of {} members from seed {}: name another folder with --data, or remove this one",
                site.stack.folder.path().display(),
                found.members,
                found.seed
            )
        })
    }
}
