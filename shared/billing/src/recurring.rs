//! Recurring runs: when the next one is due, and making it (rules REC-4 to REC-7).

use crate::approve::SCHEDULER;
use crate::template::run_of;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use ledger::context::{Ports, TenantBilling};
use ledger::tenant::Tenant;
use model::resource::ID_FIELD;
use model::resources::BillingTemplates;
use model::resources::billing_run::{self as run, BillingRuns, RunStatus};
use model::resources::recurring_billing_run::{
    ERRORS, HUMAN_READABLE, LAST_ERROR, LAST_ERROR_DATE, LAST_RUN_DATE, LEAD_TIME, NEXT_PROCESSING,
    NEXT_RUN, RETRY_AT, RecurringBillingRuns, SCHEDULE, TEMPLATE_ID, due_at, is_active,
};
use model::schedule::Schedule;
use model::{Error, Problems, Record, Result, TenantId, sys};
use terms::minus_business_days;

/// Missed runs made in one look; the next look goes on.
const CATCH_UP: usize = 20;
/// Minutes until a failed attempt is repeated: doubled each time, at most a day.
const RETRY_MINUTES: i64 = 1;
const RETRY_MINUTES_MAX: i64 = 24 * 60;

/// Fills what the server owns when staff save a recurring run: the schedule in
/// words, and what comes next. What was due stays due unless the schedule
/// changes; what was missed while inactive is not made.
pub fn derive_next_run(
    tenant: &Tenant,
    before: Option<&Record>,
    after: &mut Record,
    problems: &mut Problems,
) {
    let Ok(schedule) = Schedule::parse(after.text(SCHEDULE)) else {
        return; // The resource's own rule tells why.
    };
    let same = before.filter(|before| before.text(SCHEDULE) == after.text(SCHEDULE));
    describe(before, &schedule, after);
    // What failed may be mended by this very change: it is tried again at once.
    after.clear(RETRY_AT);
    let pending = same
        .filter(|before| is_active(before))
        .and_then(|before| before.get(NEXT_RUN))
        .map(|at| at.to_zoned_datetime(tenant.zone.clone()));
    let next = pending
        .or_else(|| schedule.next_after(&tenant.now().to_zoned_datetime(tenant.zone.clone())));
    if next.is_none() && same.is_none() {
        problems.add("/schedule", "does not occur again");
    }
    plan(tenant, after, next.filter(|_| is_active(after)));
}

/// The words are generated anew with the schedule unless staff have their own.
fn describe(before: Option<&Record>, schedule: &Schedule, after: &mut Record) {
    let words = after.text(HUMAN_READABLE);
    let generated = before.is_some_and(|before| {
        let text = before.text(SCHEDULE);
        let ours = Schedule::parse(text).ok().map(|own| own.describe());
        let told = |by: Option<String>| by.as_deref() == Some(words);
        told(ours) || told(Schedule::described_by_croner(text))
    });
    if !after.has(HUMAN_READABLE) || generated {
        after.set(HUMAN_READABLE, schedule.describe());
    }
}

/// Notes the run that is made next, and when.
fn plan(tenant: &Tenant, recurring: &mut Record, next: Option<ZonedDateTime>) {
    let lead = recurring.get(LEAD_TIME).unwrap_or(1);
    let processing = next.as_ref().map(|next| processing(tenant, next, lead));
    recurring.put(NEXT_RUN, next.map(|next| next.timestamp()));
    recurring.put(NEXT_PROCESSING, processing);
}

/// The same clock time, `lead` business days before.
fn processing(tenant: &Tenant, run: &ZonedDateTime, lead: i64) -> Timestamp {
    let lead = u16::try_from(lead).unwrap_or(u16::MAX);
    let day = minus_business_days(run.date(), lead, &tenant.holidays);
    day.to_datetime(run.time())
        .to_zoned_datetime(tenant.zone.clone())
        .map_or(run.timestamp(), |at| at.timestamp())
}

/// Makes the runs of a recurring one that are due, oldest first.
pub async fn make_due(ports: &Ports, tenant: &TenantId, id: &str) -> Result<()> {
    let via = format!("recurring billing run {id}");
    let billing = ports.for_tenant(tenant, SCHEDULER, &via).await?;
    for _ in 0..CATCH_UP {
        let found = billing
            .store
            .get_consistent::<RecurringBillingRuns>(id)
            .await?;
        let now = billing.tenant.now();
        // A locked one is left as it is: what it misses is made when it is unlocked.
        let free = found.filter(|recurring| !recurring.is(sys::LOCKED));
        let due = free.filter(|recurring| due_at(recurring).is_some_and(|at| at <= now));
        let Some((recurring, date)) = due.and_then(|r| r.get(NEXT_RUN).map(|date| (r, date)))
        else {
            return Ok(());
        };
        match make(&billing, &recurring, date).await {
            Ok(()) => made(&billing, id, date).await?,
            Err(error) => return failed(&billing, id, date, &error).await,
        }
    }
    Ok(())
}

/// Makes the run of one date, scheduled for planning. Its id tells whose and of
/// which date it is, so that it is made once.
async fn make(billing: &TenantBilling, recurring: &Record, date: Timestamp) -> Result<()> {
    // One from before a rule on schedules was known is told to staff.
    Schedule::parse(recurring.text(SCHEDULE)).map_err(|why| Error::invalid("/schedule", why))?;
    let template = recurring.text(TEMPLATE_ID);
    let template = billing.store.require::<BillingTemplates>(template).await?;
    let reference = date.to_zoned_datetime(billing.tenant.zone.clone()).date();
    let mut made = run_of(&billing.context(), &template, reference)?;
    let recurring_id = recurring.text(ID_FIELD);
    made.set(ID_FIELD, run_id(recurring_id, date));
    made.set(run::RECURRING_ID, recurring_id.to_owned());
    made.set(run::STATUS, RunStatus::Scheduled);
    made.set(run::SCHEDULED_RUN, date);
    made.put(run::SCHEDULED_PREPROCESSING, recurring.get(NEXT_PROCESSING));
    let saved = billing
        .store
        .save::<BillingRuns>(&billing.context(), None, made)
        .await;
    match saved {
        // Made by a look that ended before it was noted.
        Err(Error::Exists { .. }) => Ok(()),
        settled => settled.map(|_| ()),
    }
}

fn run_id(recurring: &str, date: Timestamp) -> String {
    format!("{recurring}-{}", date.strftime("%Y%m%dT%H%M%SZ"))
}

async fn made(billing: &TenantBilling, id: &str, date: Timestamp) -> Result<()> {
    billing
        .update::<RecurringBillingRuns>(id, |before| {
            if before.get(NEXT_RUN) != Some(date) {
                return Ok(None);
            }
            // From the date that was made, not from now: missed ones are made one by one.
            let mut after = before.clone();
            after.set(LAST_RUN_DATE, date);
            after.set(ERRORS, 0);
            after.clear(RETRY_AT);
            let schedule = Schedule::parse(after.text(SCHEDULE)).map_err(Error::internal)?;
            let next = schedule.next_after(&date.to_zoned_datetime(billing.tenant.zone.clone()));
            plan(&billing.tenant, &mut after, next);
            Ok(Some(after))
        })
        .await
        .map(|_| ())
}

/// What staff can mend is told them; the rest is for operators. Either way it is
/// tried again, later each time.
async fn failed(billing: &TenantBilling, id: &str, date: Timestamp, error: &Error) -> Result<()> {
    tracing::warn!(recurring = id, %error, "a recurring run could not be made");
    let why = if error.is_transient() {
        "the run could not be made now".to_owned()
    } else {
        error.to_string()
    };
    let now = billing.tenant.now();
    billing
        .update::<RecurringBillingRuns>(id, |before| {
            if before.get(NEXT_RUN) != Some(date) {
                return Ok(None);
            }
            let mut after = before.clone();
            let failures = before.get(ERRORS).unwrap_or(0);
            // 2^11 minutes are more than the day that bounds them; more would overflow.
            let minutes = RETRY_MINUTES << failures.clamp(0, 11);
            after.set(ERRORS, failures + 1);
            after.set(LAST_ERROR, why.clone());
            after.set(LAST_ERROR_DATE, now);
            let wait = SignedDuration::from_mins(minutes.min(RETRY_MINUTES_MAX));
            after.put(RETRY_AT, now.checked_add(wait).ok());
            Ok(Some(after))
        })
        .await
        .map(|_| ())
}
