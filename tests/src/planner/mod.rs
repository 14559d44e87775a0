//! A second planner, written from the rules alone and sharing no code with the
//! one that it is compared with: from what the API shows of an association, and
//! a run's options, which actions the run is to have.

mod member;
pub mod terms;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use terms::{Term, coming_term};

/// What planning depends on, each record as the API answers it.
pub struct Association {
    /// In the tenant's time zone.
    pub today: Date,
    /// Days until a refused card is charged again, and how often in all.
    pub retry_days: i64,
    pub max_attempts: i64,
    pub packages: BTreeMap<String, Value>,
    pub members: Vec<Member>,
    /// The series of reminders that a run belongs to, by the run's id.
    pub series: BTreeMap<String, String>,
}

pub struct Member {
    pub record: Value,
    /// The contact belongs to an organization.
    pub has_organization: bool,
    /// The contact's e-mail address.
    pub address: String,
    pub orders: Vec<Value>,
    /// The member's actions in all runs so far, each with the package that the
    /// member had when it was executed, `package_then`.
    pub actions: Vec<Value>,
}

/// One action that a run is to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planned {
    pub member: String,
    pub kind: &'static str,
    /// The reminder's id, 0 for what is none.
    pub reminder: i64,
}

/// A run's switches, their options, and the type of action each makes.
pub const SWITCHES: [(&str, &str, &str); 7] = [
    (
        "generate_renewal_notices",
        "renewal_notice_options",
        "renewal notice",
    ),
    (
        "generate_renewal_orders",
        "renewal_order_options",
        "renewal order",
    ),
    (
        "perform_auto_renewals",
        "auto_renewal_options",
        "auto renewal order",
    ),
    (
        "send_renewal_reminders",
        "renewal_reminder_options",
        "renewal reminder",
    ),
    (
        "send_auto_renewal_reminders",
        "auto_renewal_reminder_options",
        "auto renewal reminder",
    ),
    (
        "send_expiring_credit_card_reminders",
        "expiring_credit_card_reminders_options",
        "expiring card reminder",
    ),
    ("perform_drops", "drop_options", "drop"),
];

pub fn plan(association: &Association, run: &Value) -> BTreeSet<Planned> {
    let mut planned = BTreeSet::new();
    for (flag, options, kind) in SWITCHES {
        if run[flag] != true {
            continue;
        }
        for member in &association.members {
            if let Ok(reminder) = judge(association, member, run, kind, &run[options]) {
                planned.insert(Planned {
                    member: member.id().to_owned(),
                    kind,
                    reminder,
                });
            }
        }
    }
    planned
}

/// The reminder's id, 0 for what is none; or the rule that keeps the member out.
pub fn judge(
    association: &Association,
    member: &Member,
    run: &Value,
    kind: &str,
    options: &Value,
) -> Result<i64, &'static str> {
    let expiration = member.expiration().ok_or("never expires")?;
    general(member, kind, options)?;
    let covered = member.is_covered(association);
    let automatic = member.record["renew_automatically"] == true;
    match kind {
        "renewal notice" | "renewal order" => {
            rule(!automatic, "renews automatically")?;
            rule(!covered, "is billed for the coming term")?;
            let forecast = kind == "renewal order" && options["pro_forma"] == true;
            rule(
                !(forecast && member.has_forecast(association)),
                "has a forecast for the coming term",
            )?;
            let noticed = kind == "renewal notice" && member.was_noticed(association);
            rule(!noticed, "has had the notice for the coming term")?;
        }
        "auto renewal order" => {
            rule(automatic, "does not renew automatically")?;
            let card = member.record["renewal_payment_info"].is_object();
            rule(card, "has no stored card")?;
            let open = member.coming_order(association).is_some_and(has_balance);
            rule(open || !covered, "has renewed for the coming term")?;
            let next = member.next_attempt(association);
            let now = next == Attempt::From(association.today);
            rule(now, "has a refused card that waits, or is not tried again")?;
        }
        "renewal reminder" => {
            let owes = member.owes_coming(association) || member.rest().is_some();
            rule(owes, "has nothing to pay")?;
        }
        "auto renewal reminder" => rule(automatic, "does not renew automatically")?,
        "expiring card reminder" => {
            rule(automatic, "does not renew automatically")?;
            let card = day(&member.record["renewal_payment_card_expiration"]);
            let expires = card.is_some_and(|card| card < expiration);
            rule(expires, "has a card that outlives the term")?;
        }
        "drop" => {
            rule(expiration < association.today, "has not expired")?;
            let paid = member.has_paid_coming(association);
            rule(!paid, "has paid or is paying")?;
            let waits = match member.next_attempt(association) {
                Attempt::From(day) => day > association.today,
                Attempt::Never => false,
            };
            let again = waits && member.would_be_charged_by(run);
            rule(!again, "has a refused card that is charged again")?;
            rule(
                !is_billed_by(association, member, run),
                "is billed by the same run",
            )?;
        }
        other => panic!("{other} is no type of action"),
    }
    if kind.ends_with("reminder") {
        let renewed = is_renewed_at_once_by(association, member, run);
        rule(!renewed, "is renewed by the same run before")?;
    }
    let number = match options["reminders"].as_array() {
        Some(reminders) => reminder(association, member, run, kind, reminders)?,
        None => rule(in_range(options, expiration), "is out of range").map(|()| 0)?,
    };
    rule(!fails(association, member, kind), FAILS)?;
    Ok(number)
}

/// Why a member who is concerned has an error planned.
pub const FAILS: &str = "would be worked in vain";

/// The type of a card that has no account; whether one has is not shown.
pub const NO_ACCOUNT: &str = "unknown";

/// The body of all notices: it fails for members of any city.
pub const NOTICE: &str = "<p>{{ membership.name }} {{ membership.city | date }}</p>";

/// Whether the one notice can't be written to the member.
fn is_unwritable(member: &Member) -> bool {
    let address = member.address.trim();
    let (name, domain) = address.split_once('@').unwrap_or_default();
    let sound = |part: &str| !part.is_empty() && !part.contains([' ', ':']);
    let mailable = sound(name) && sound(domain) && domain.contains('.');
    !mailable || member.record["city"].is_string()
}

/// Whether executing would end as an error, whatever card and mail do.
fn fails(association: &Association, member: &Member, kind: &str) -> bool {
    if member.record["sys_locked"] == true {
        return true;
    }
    let open = member.coming_order(association).is_some_and(has_balance);
    let makes = match kind {
        "renewal order" => true,
        "auto renewal order" => !open,
        "drop" => return false,
        _ => return is_unwritable(member),
    };
    let bought = member.bought(association);
    let unsold = bought["is_active"] == false || bought["price"].is_null();
    let nobody = member.record["bill_organization"] == true && !member.has_organization;
    let costs = open || bought["price"].as_f64() != Some(0.0);
    let account = member.record["renewal_payment_info"]["card_type"] != NO_ACCOUNT;
    let uncharged = kind == "auto renewal order" && costs && !account;
    (makes && (unsold || nobody)) || uncharged
}

/// A run that bills or charges a member, or was to, does not drop the member:
/// not even once a bill has failed. One that staff have excluded is none.
fn is_billed_by(association: &Association, member: &Member, run: &Value) -> bool {
    SWITCHES[1..3].iter().any(|(flag, options, kind)| {
        if run[*flag] != true || run[*options]["pro_forma"] == true {
            return false;
        }
        let mut actions = member.actions.iter();
        let own = actions.find(|own| own["billing_run_id"] == run["id"] && own["type"] == **kind);
        let status = own.and_then(|own| own["status"].as_str());
        match status.unwrap_or_default() {
            "excluded" => false,
            "processing" | "processing order" | "completed" | "payment failure" => true,
            _ => matches!(
                judge(association, member, run, kind, &run[*options]),
                Ok(_) | Err(FAILS)
            ),
        }
    })
}

/// A renewal that costs nothing moves the date, whatever a card says, and so does an
/// order of a package that moves dates at once.
fn is_renewed_at_once_by(association: &Association, member: &Member, run: &Value) -> bool {
    let open = member.coming_order(association).is_some_and(has_balance);
    let bought = member.bought(association);
    SWITCHES[1..3].iter().any(|(flag, options, kind)| {
        let mut actions = member.actions.iter();
        let own = actions.find(|own| own["billing_run_id"] == run["id"] && own["type"] == **kind);
        let waits = own.is_none_or(|own| own["status"] != "excluded");
        let at_once = *kind == "renewal order" && bought["update_dates_when"] == "immediately";
        run[*flag] == true
            && run[*options]["pro_forma"] != true
            && waits
            && !open
            && (at_once || bought["price"].as_f64() == Some(0.0))
            && judge(association, member, run, kind, &run[*options]) == Ok(0)
    })
}

fn rule(holds: bool, broken: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(broken) }
}

/// What all seven types have in common, but for the range.
fn general(member: &Member, kind: &str, options: &Value) -> Result<(), &'static str> {
    let record = &member.record;
    rule(record["origin"] == "principal", "follows a principal")?;
    let status = record["status"].as_str().unwrap_or_default();
    let concerned = match status {
        "active" | "active without benefits" => true,
        "suspended" => kind == "drop",
        _ => false,
    };
    rule(concerned, "has a status that no run concerns")?;
    let opted_out = match kind {
        "drop" => "do_not_drop",
        _ => "do_not_renew",
    };
    rule(record[opted_out] != true, "is marked to be left alone")?;
    for (flag, list, field) in [
        (
            "include_only_certain_membership_types",
            "membership_type_ids",
            "type_id",
        ),
        (
            "include_only_certain_membership_packages",
            "membership_package_ids",
            "package_id",
        ),
        (
            "include_only_certain_status_reasons",
            "status_reason_ids",
            "status_reason_id",
        ),
    ] {
        let listed = options[list].as_array().into_iter().flatten();
        let listed = listed.filter(|id| **id == record[field]).count() > 0;
        rule(options[flag] != true || listed, "is not among the chosen")?;
    }
    Ok(())
}

/// Of the reminders whose range holds the member and that have not been sent,
/// the latest; none once it or a later one has been sent for the term that it would
/// be about.
fn reminder(
    association: &Association,
    member: &Member,
    run: &Value,
    kind: &str,
    reminders: &[Value],
) -> Result<i64, &'static str> {
    let id = |reminder: &Value| reminder["id"].as_i64().expect("an id");
    let about = |reminder: &Value| member.reminded_of(association, kind, reminder);
    let holding = reminders.iter().filter_map(|r| Some((r, about(r)?)));
    let holding: Vec<(&Value, Term)> = holding.collect();
    rule(!holding.is_empty(), "is out of the range of each reminder")?;
    let goes = |(reminder, term): &&(&Value, Term)| {
        let mut same_or_later = reminders
            .iter()
            .filter(|other| lateness(other) >= lateness(reminder));
        !same_or_later.any(|r| member.was_reminded(association, run, kind, id(r), *term))
    };
    let due = holding.iter().filter(goes);
    let latest = due.max_by_key(|(reminder, _)| lateness(reminder));
    let (latest, _) = latest.ok_or("has had this reminder or a later one")?;
    Ok(id(latest))
}

/// The later reminder is the one for those who expired earlier.
fn lateness(reminder: &Value) -> impl Ord + use<> {
    let of = |name: &str| day(&reminder[name]).expect("a date");
    let (from, to) = (
        of("expiration_date_range_start"),
        of("expiration_date_range_end"),
    );
    let id = reminder["id"].as_i64();
    (std::cmp::Reverse(to), std::cmp::Reverse(from), id)
}

fn in_range(options: &Value, expiration: Date) -> bool {
    let from = day(&options["expiration_date_range_start"]);
    let to = day(&options["expiration_date_range_end"]);
    from.is_some_and(|from| from <= expiration) && to.is_some_and(|to| expiration <= to)
}

pub(crate) fn day(value: &Value) -> Option<Date> {
    value.as_str().map(|text| text.parse().expect("a date"))
}

pub(crate) fn has_balance(order: &Value) -> bool {
    order["balance_due"].as_f64().expect("a balance") > 0.0
}

/// When the card may be charged for an order that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    From(Date),
    /// Not before the card has changed, or not at all.
    Never,
}

fn ends(order: &Value) -> Date {
    day(&order["renewal"]["expiration_date"]).unwrap_or(Date::MAX)
}

/// The term that an order is for.
fn term_of(order: &Value) -> Term {
    Term {
        start: day(&order["renewal"]["term_start_date"]).expect("a start"),
        end: day(&order["renewal"]["expiration_date"]),
    }
}

/// Whether what was done for `then` was done for `now`: for this term or a later one.
fn is_as_early(now: Term, then: Term) -> bool {
    let within = |one: Term, other: Term| one.is_billed_through(other.end.unwrap_or(Date::MAX));
    now.start <= then.start || (within(now, then) && within(then, now))
}

/// Nothing is due on it, or a payment is on it or may be on its way.
fn is_paid_for(order: &Value) -> bool {
    let state = order["charge"]["state"].as_str().unwrap_or_default();
    !has_balance(order)
        || order["amount_paid"].as_f64().unwrap_or(0.0) > 0.0
        || ["sent", "unknown", "succeeded"].contains(&state)
}

impl Association {
    /// The term that who holds a package renews for after `expiration`.
    fn term_after(&self, package: &str, expiration: Date) -> Term {
        coming_term(&self.bought(package)["expiration_options"], expiration)
    }

    /// The package that a renewal of one buys.
    fn bought(&self, package: &str) -> &Value {
        let own = &self.packages[package];
        let bought = own["renews_with_id"].as_str();
        bought.map_or(own, |id| &self.packages[id])
    }
}
