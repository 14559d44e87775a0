//! Pages of a shard's actions.

use ledger::context::TenantBilling;
use model::resource::ID_FIELD;
use model::resources::billing_run_action::{self as action, BillingRunActions};
use model::{Record, Result};

/// Actions in one page: what is claimed together, and what a crash may leave
/// claimed.
const PAGE: i32 = 100;

/// A page of whole memberships, and the action to go on after. The last
/// membership is left to the next page where its actions may not end with this
/// one.
pub async fn read_page(
    billing: &TenantBilling,
    run: &str,
    shard: u32,
    after: Option<String>,
) -> Result<(Vec<Record>, Option<String>)> {
    let actions = action::of_run(run, std::iter::once(shard))
        .limit(PAGE)
        .consistent();
    let from = after.map(|id| billing.store.after(&actions, &id));
    let page = billing
        .store
        .query::<BillingRunActions>(&actions, from)
        .await?;
    let mut records = page.items;
    if page.next.is_none() {
        return Ok((records, None));
    }
    let membership = |record: &Record| record.text(action::MEMBERSHIP_ID).to_owned();
    let last = records.last().map(membership);
    let whole = records.partition_point(|record| Some(membership(record)) != last);
    // A page of one membership alone is worked as far as it goes.
    if whole > 0 {
        records.truncate(whole);
    }
    let after = records
        .last()
        .map(|record| record.text(ID_FIELD).to_owned());
    Ok((records, after))
}
