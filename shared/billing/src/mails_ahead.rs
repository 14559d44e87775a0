//! The mails of a plan, written ahead for the members concerned, a page of them at a
//! time: what keeps one from being written (rule PLAN-19). Only what a notice names
//! is read for it.

mod foreseen;
mod read;

use crate::eligibility::{Facts, open_for_coming, rest_in_range};
use crate::execute::Mail;
use crate::member::DueMembership;
use crate::notice_mail::{Compiled, NoticeContext, Sources, Unwritten, people_of};
use crate::outlook::{SoFar, concerns, workable};
use crate::selection::{ActionSpec, RunSelection};
use crate::source::Source;
use foreseen::Foreseen;
use model::resources::billing_run_action::{self as action, ActionStatus, ActionType};
use model::resources::membership::rests::Rest;
use model::resources::membership::{self as m, OwnerType};
use model::resources::people;
use model::{Record, Result};
use read::Read;
use services::mail::parse_list;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Members whose mails are written together: as many as one request reads.
const PAGE: usize = 100;

/// What the due index has of a membership, and no mail changes.
const OF_MEMBER: [&str; 10] = [
    "id",
    "name",
    "email_address",
    "owner_type",
    "contact_id",
    "organization_id",
    "type_id",
    "package_id",
    "expiration_date",
    "renewal_payment_card_expiration",
];
/// What it has of the owner: the membership's copies (rule MEM-5).
const OF_OWNER: [&str; 3] = ["id", "name", "email_address"];
/// What links there are without an order.
const LINKS: [&str; 2] = ["portal", "renew"];

/// A mail that is to be written for an action.
struct Asked<'a> {
    action: String,
    member: &'a DueMembership,
    spec: &'a ActionSpec,
    /// What it reminds of, if that is no bill for the coming term.
    rest: Option<&'a Rest>,
    /// The order that it is about, if there is one already.
    open: Option<&'a str>,
    /// How the action ends that mails it.
    effect: ActionStatus,
    mail: Mail,
    notice: Arc<Compiled>,
}

/// How an action ends that mails: as it should, or with a card refused.
const EFFECTS: [ActionStatus; 2] = [ActionStatus::Completed, ActionStatus::PaymentFailure];

/// Why the mails of actions can't be written, by the actions' ids.
pub async fn unwritable(
    source: &Source<'_>,
    members: &[DueMembership],
    existing: &BTreeMap<String, Record>,
    facts: &Facts<'_>,
    so_far: &SoFar,
) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for page in members.chunks(PAGE) {
        let mut asked = Vec::new();
        for (member, spec) in concerned(source.selection, page, facts, so_far) {
            let action = source.selection.action_id(&member.id, spec);
            for effect in EFFECTS {
                let notice = notice_of(spec, existing.get(&action), effect);
                let Some(mail) = Mail::ahead(notice, &action, effect) else {
                    continue;
                };
                match source.notices.compiled(&mail.notice).await? {
                    Ok(notice) => asked.push(Asked {
                        action: action.clone(),
                        member,
                        spec,
                        rest: rest_in_range(member, spec, facts),
                        open: open_order(member, spec, facts),
                        effect,
                        mail,
                        notice,
                    }),
                    Err(why) => {
                        found.entry(action.clone()).or_insert(why);
                    }
                }
            }
        }
        let read = Read::of(source.billing, &asked).await?;
        for asked in asked {
            if let Err(unwritten) = asked.write(source, &read).await {
                found.entry(asked.action).or_insert(unwritten.why()?);
            }
        }
    }
    Ok(found)
}

/// The members whom something concerns.
fn concerned<'a>(
    selection: &'a RunSelection,
    members: &'a [DueMembership],
    facts: &Facts<'_>,
    so_far: &SoFar,
) -> Vec<(&'a DueMembership, &'a ActionSpec)> {
    let mut found = Vec::new();
    for member in members.iter().filter(|member| workable(member).is_ok()) {
        let specs = selection.specs.iter();
        let due = specs.filter(|spec| concerns(member, spec, facts, so_far).is_ok());
        found.extend(due.map(|spec| (member, spec)));
    }
    found
}

/// The notice that the action mails: the run's, unless staff have chosen another.
fn notice_of(spec: &ActionSpec, stored: Option<&Record>, effect: ActionStatus) -> Option<String> {
    let stored = stored.filter(|stored| stored.is(action::OWN_NOTICES));
    match (effect, stored) {
        (ActionStatus::PaymentFailure, Some(stored)) => stored.get(action::FAILURE_NOTICE),
        (ActionStatus::PaymentFailure, None) => spec.failure_notice.clone(),
        (_, Some(stored)) => stored.get(action::SUCCESS_NOTICE),
        (_, None) => spec.success_notice.clone(),
    }
}

/// The order that a reminder is of, or a charge.
fn open_order<'a>(
    member: &'a DueMembership,
    spec: &ActionSpec,
    facts: &Facts<'_>,
) -> Option<&'a str> {
    match spec.kind {
        ActionType::AutoRenewalOrder => open_for_coming(member, facts.packages),
        _ if spec.reminder > 0 => {
            let rest = rest_in_range(member, spec, facts).map(|rest| rest.order.as_str());
            rest.or(member.open_order.as_deref())
        }
        _ => None,
    }
}

impl Asked<'_> {
    fn needs_member(&self) -> bool {
        self.notice.names.has_beyond("membership", &OF_MEMBER)
    }

    /// A copy of an address that can be mailed is trusted; whose copy can't is
    /// looked at.
    fn needs_owner(&self) -> bool {
        let owner = self.member.owner_type;
        let with_roles = owner == OwnerType::Organization && !self.notice.roles.is_empty();
        let copy = parse_list(&self.member.email_address);
        let named = self.notice.names.has_beyond(&owner.to_string(), &OF_OWNER);
        with_roles || named || !copy.is_ok_and(|addresses| !addresses.is_empty())
    }

    fn needs_arrears(&self) -> bool {
        self.notice.names.has("arrears")
    }

    /// The order that is there already, if the mail tells of it.
    fn open_order(&self) -> Option<&str> {
        let names = &self.notice.names;
        let roots = ["order", "invoice", "arrears"];
        let told = roots.iter().any(|root| names.has(root)) || names.has_beyond("links", &LINKS);
        self.open.filter(|_| told)
    }

    async fn write(&self, source: &Source<'_>, read: &Read) -> Result<(), Unwritten> {
        let member = match (self.needs_member(), read.member(self.member)) {
            (true, Some(record)) => record.clone(),
            // Deleted a moment ago: the next planning sees it.
            (true, None) => return Ok(()),
            (false, _) => shown(self.member),
        };
        let owner = match self.needs_owner() {
            true => read.owner(self.member),
            false => copies(self.member),
        };
        let people = people_of(self.member.owner_type, &owner, &self.notice.roles);
        let sources = Sources {
            people: read.people(&people),
            orders: read.orders_of(self.member),
            owner,
        };
        let open = self.open_order().and_then(|id| read.order(id));
        let Some(Foreseen { member, order }) = self.foreseen(source, member, open) else {
            return Ok(());
        };
        let about = NoticeContext {
            member: &member,
            order: order.as_ref(),
            reminder: (self.spec.reminder > 0).then_some(self.spec.reminder),
            key: &self.mail.key,
        };
        let mail = source.notices.compose(&self.notice, &about, &sources);
        mail.await.map(drop)
    }
}

/// The fields of [`OF_MEMBER`].
fn shown(member: &DueMembership) -> Record {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut record = Record::default();
    record.set(m::ID, member.id.clone());
    record.put(m::NAME, text(&member.name));
    record.put(m::EMAIL_ADDRESS, text(&member.email_address));
    record.set(m::OWNER_TYPE, member.owner_type);
    record.put(m::CONTACT_ID, text(&member.contact_id));
    record.put(m::ORGANIZATION_ID, text(&member.organization_id));
    record.put(m::TYPE_ID, text(&member.type_id));
    record.put(m::PACKAGE_ID, text(&member.package_id));
    record.put(m::EXPIRATION_DATE, member.expiration_date);
    record.put(m::CARD_EXPIRATION, member.card_expiration);
    record
}

/// The fields of [`OF_OWNER`].
fn copies(member: &DueMembership) -> Record {
    let mut record = Record::default();
    record.set(m::ID, read::owner_id(member).to_owned());
    record.set(m::NAME, member.name.clone());
    record.set(people::EMAIL_ADDRESS, member.email_address.clone());
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_not_read_is_shown_as_it_stands() {
        let member = testing::member();
        let whole = shown(&member);
        for name in OF_MEMBER {
            let absent = ["organization_id", "renewal_payment_card_expiration"].contains(&name);
            assert_eq!(whole.raw(name).is_none(), absent, "{name}");
        }
        let owner = copies(&member);
        assert!(OF_OWNER.iter().all(|name| owner.raw(name).is_some()));
    }
}
