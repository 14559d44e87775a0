//! What all actions of a pass are worked with.

use super::rules::Rules;
use crate::notice_mail::NoticeCache;
use crate::selection::RunSelection;
use jiff::Timestamp;
use ledger::context::TenantBilling;
use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::StatusReasons;
use model::resources::billing_run::{RunStatus, STATUS};
use model::resources::catalogue;
use model::resources::membership::Status;
use model::{Error, Record, Result};
use rust_decimal::Decimal;
use std::ops::Range;
use store::Store;
use tokio::sync::Mutex;

pub struct RunContext<'a> {
    pub billing: &'a TenantBilling,
    pub run: Record,
    pub selection: RunSelection,
    pub generation: i64,
    pub lease_until: Timestamp,
    pub notices: NoticeCache<'a>,
    pub numbers: OrderNumbers,
    drop_reason: Option<String>,
}

impl<'a> RunContext<'a> {
    pub async fn read(
        billing: &'a TenantBilling,
        run: Record,
        generation: i64,
        lease_until: Timestamp,
    ) -> Result<RunContext<'a>> {
        // Once for the pass: a drop of a run that names no reason takes the first.
        let all = Lookup::all::<StatusReasons>();
        let reasons = billing.store.query_all::<StatusReasons>(&all).await?;
        Ok(RunContext {
            billing,
            selection: RunSelection::of(&run)?,
            notices: NoticeCache::new(billing, &run),
            run,
            generation,
            lease_until,
            numbers: OrderNumbers::default(),
            drop_reason: first_reason(&reasons, Status::Inactive),
        })
    }

    /// Whether the run was cancelled: then nothing is begun, only settled.
    pub fn settles(&self) -> bool {
        self.run.get(STATUS) == Some(RunStatus::Cancelled)
    }

    /// What is decided by, as of now.
    pub fn rules(&self) -> Rules<'_> {
        Rules {
            packages: &self.billing.packages,
            currency: self.billing.tenant.currency,
            when: self.billing.when(),
            retries: self.billing.tenant.retries,
            selection: &self.selection,
            generation: self.generation,
            machine_now: Timestamp::now(),
            lease_until: self.lease_until,
            drop_reason: self.drop_reason.as_deref(),
        }
    }
}

/// The active reason of a status that comes first by priority.
fn first_reason(reasons: &[Record], status: Status) -> Option<String> {
    let fits = |reason: &&Record| {
        reason.get(catalogue::APPLIES_TO) == Some(status)
            && reason.get(catalogue::IS_ACTIVE) != Some(false)
    };
    let priority = |reason: &&Record| {
        let number = reason.get(catalogue::PRIORITY);
        number
            .and_then(|number| model::field::decimal(&number))
            .unwrap_or(Decimal::MAX)
    };
    let first = reasons.iter().filter(fits).min_by_key(priority);
    first.map(|reason| reason.text(ID_FIELD).to_owned())
}

/// Order numbers in the worker's hands, taken from the tenant's counter a block
/// at a time; those not used are a gap.
#[derive(Default)]
pub struct OrderNumbers(Mutex<Range<i64>>);

const BLOCK: u32 = 100;

impl OrderNumbers {
    pub async fn next(&self, store: &Store) -> Result<i64> {
        let mut block = self.0.lock().await;
        if block.is_empty() {
            *block = store.numbers("order", BLOCK).await?;
        }
        block
            .next()
            .ok_or_else(|| Error::internal("an empty block of order numbers"))
    }
}
