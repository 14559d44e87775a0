//! Applications of a group (rule APPL-16): who is billed for them, what the group's
//! process allows, and the order of the group, which changes in the write that
//! changes the order of an application.

use ledger::books::Entry;
use ledger::commit::Writes;
use ledger::context::TenantBilling;
use ledger::group::{Group, GroupLine, GroupOrder, STANDING_MAX};
use ledger::order::Order;
use model::resource::ID_FIELD;
use model::resources::application::{GROUP_ID, GROUP_PROCESS_ID, PACKAGE_ID, TYPE_ID};
use model::resources::application_setup::{
    ApplicationGroups, GROUP_CONTACT_ID, GROUP_ORDER_ID, GroupApplicationProcesses, payer,
};
use model::resources::catalogue::PACKAGE_TYPE_ID;
use model::resources::owner::{OwnerType, owner_field};
use model::resources::people::{Contacts, ROLE_IDS};
use model::{Error, Problem, Problems, Record, Result, sys};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Versioned;

/// What a group's process restricts: a switch, the ids it then allows, and the
/// application's field.
const RESTRICTIONS: [(&str, &str, &str); 2] = [
    (
        "restrict_to_specific_membership_types",
        "membership_type_ids",
        TYPE_ID.name(),
    ),
    (
        "restrict_to_specific_membership_packages",
        "membership_package_ids",
        PACKAGE_ID.name(),
    ),
];

/// What the group's process says of an application. `package` is the one that is
/// bought, if it is there.
pub fn check_process(
    process: &Record,
    application: &Record,
    package: Option<&Record>,
    problems: &mut Problems,
) {
    let granted = package.and_then(|package| package.get(PACKAGE_TYPE_ID));
    let bought = package.map(|package| package.text(ID_FIELD).to_owned());
    let asked = [
        granted.or(application.get(TYPE_ID)),
        bought.or(application.get(PACKAGE_ID)),
    ];
    for ((switch, allowed, field), asked) in RESTRICTIONS.into_iter().zip(asked) {
        if let Some(asked) = asked.filter(|asked| !allows(process, switch, allowed, asked)) {
            let of = process.text(ID_FIELD);
            let rule = format!("{asked} is not one that the group's process {of} allows");
            problems.extend_new([Problem::new(format!("/{field}"), rule)]);
        }
    }
}

fn allows(process: &Record, switch: &str, allowed: &str, id: &str) -> bool {
    let restricts = process.raw(switch) == Some(&Value::Bool(true));
    let allowed = process.raw(allowed).and_then(Value::as_array);
    let listed = allowed.is_some_and(|ids| ids.iter().any(|known| known.as_str() == Some(id)));
    !restricts || listed
}

/// Who is billed for an application of a group: `None` for one by itself.
///
/// # Errors
/// `Invalid` for a group that is not there.
pub async fn customer(
    billing: &TenantBilling,
    application: &Record,
) -> Result<Option<(OwnerType, String)>> {
    match application.get(GROUP_ID) {
        Some(id) => Ok(Some(payer(&record(billing, &id).await?))),
        None => Ok(None),
    }
}

async fn record(billing: &TenantBilling, id: &str) -> Result<Record> {
    let found = billing
        .store
        .get_consistent::<ApplicationGroups>(id)
        .await?;
    let group = found.ok_or_else(|| refused(GROUP_ID.name(), "is not there"))?;
    match group.is(sys::LOCKED) {
        true => Err(Error::Forbidden(
            "the group is locked (sys_locked): its order cannot be changed".into(),
        )),
        false => Ok(group),
    }
}

fn refused(field: &str, rule: impl Into<String>) -> Error {
    Error::invalid(format!("/{field}"), rule)
}

/// The groups whose orders change together with one application's.
#[derive(Default)]
pub struct Groups(BTreeMap<String, Changing>);

struct Changing {
    record: Record,
    order: Entry<GroupOrder>,
}

impl Groups {
    /// Makes sure that an application can be one of its group; answers the id of
    /// the group's order, which is made with the first.
    ///
    /// # Errors
    /// `Invalid` naming what is wrong.
    pub async fn admit(
        &mut self,
        billing: &TenantBilling,
        application: &Record,
        membership: &str,
    ) -> Result<Option<String>> {
        let Some(id) = application.get(GROUP_ID) else {
            return Ok(None);
        };
        let process = application.text(GROUP_PROCESS_ID);
        if !self.0.contains_key(&id) {
            let group = record(billing, &id).await?;
            check_administrator(billing, &group, process).await?;
            let order = match group.get(GROUP_ORDER_ID) {
                Some(order) => Group::find(&billing.store, &order).await?,
                None => None,
            };
            let order = match order {
                Some(order) => order.caught_up(),
                None => Entry::new(Versioned::new(begun(billing, &group, process).await?)),
            };
            let group = Changing {
                record: group,
                order,
            };
            self.0.insert(id.clone(), group);
        }
        let order = self.0.get(&id).map(|group| &group.order.now);
        let order = order.ok_or_else(|| Error::internal("a group that was read is not there"))?;
        check_order(
            order,
            application,
            membership,
            billing.tenant.currency.code(),
        )?;
        Ok(Some(order.id.clone()))
    }

    /// Puts the order of an application that was admitted into its group's.
    pub fn put(&mut self, application: &Record, order: &Order) {
        if let Some(group) = self.0.get_mut(application.text(GROUP_ID)) {
            group.order.now.put(GroupLine {
                application_id: application.text(ID_FIELD).to_owned(),
                membership_id: order.membership_id.clone(),
                order_id: order.id.clone(),
                total: order.total,
                is_void: false,
            });
        }
    }

    /// An order is void: the order of its group, if it has one, bills it no more.
    pub async fn void(&mut self, billing: &TenantBilling, order: &Order) -> Result<()> {
        let of = order.application.as_ref();
        let Some(id) = of.and_then(|of| of.group_order.as_ref()) else {
            return Ok(());
        };
        let Some(known) = Group::find(&billing.store, id).await? else {
            return Ok(());
        };
        let known = known.caught_up();
        let group = known.now.application_group_id.clone();
        let mut changing = Changing {
            record: record(billing, &group).await?,
            order: known,
        };
        changing.order.now.void(&order.id);
        self.0.insert(group, changing);
        Ok(())
    }

    /// Adds what has changed to other writes.
    pub fn add_to<'a>(self, mut writes: Writes<'a>, billing: &TenantBilling) -> Result<Writes<'a>> {
        let by = billing.context();
        for group in self.0.into_values() {
            if let Some(order) = group.order.changed() {
                let after = order.value.shown_on(&group.record);
                let change =
                    billing
                        .store
                        .change::<ApplicationGroups>(&by, Some(&group.record), after)?;
                writes = writes.record(change)?.document(&order)?;
            }
        }
        Ok(writes)
    }
}

/// The order of a group that has none yet.
async fn begun(billing: &TenantBilling, group: &Record, process: &str) -> Result<GroupOrder> {
    let (customer_type, customer_id) = payer(group);
    Ok(GroupOrder {
        id: model::ids::generate(),
        number: billing.store.number("order").await?,
        application_group_id: group.text(ID_FIELD).to_owned(),
        process_id: process.to_owned(),
        customer_type,
        customer_id,
        currency: billing.tenant.currency.code().to_owned(),
        lines: Vec::new(),
        created_at: billing.tenant.now(),
        created_by: billing.user.clone(),
    })
}

/// Who administers the group has a role that its process asks for.
async fn check_administrator(billing: &TenantBilling, group: &Record, process: &str) -> Result<()> {
    let found = billing.store.get::<GroupApplicationProcesses>(process);
    let Some(process) = found.await? else {
        return Err(refused(GROUP_PROCESS_ID.name(), "is not there"));
    };
    let contact = group.text(GROUP_CONTACT_ID);
    let roles = billing.store.get::<Contacts>(contact).await?;
    let roles = roles
        .and_then(|contact| contact.get(ROLE_IDS))
        .unwrap_or_default();
    let (switch, allowed) = ("restrict_to_specific_contact_roles", "contact_role_ids");
    // Nobody has the role without a name: it is allowed where nothing is restricted.
    let mut roles = roles.iter().map(String::as_str).chain([""]);
    match roles.any(|role| allows(&process, switch, allowed, role)) {
        true => Ok(()),
        false => Err(refused(
            GROUP_PROCESS_ID.name(),
            format!("asks for a role that {contact}, who administers the group, does not have"),
        )),
    }
}

fn check_order(
    order: &GroupOrder,
    application: &Record,
    membership: &str,
    currency: &str,
) -> Result<()> {
    let process = application.text(GROUP_PROCESS_ID);
    if order.process_id != process {
        let rule = format!(
            "must be {}, as of the group's other applications",
            order.process_id
        );
        return Err(refused(GROUP_PROCESS_ID.name(), rule));
    }
    if order.currency != currency {
        let rule = format!(
            "has an order in {}, and this would be in {currency}",
            order.currency
        );
        return Err(refused(GROUP_ID.name(), rule));
    }
    let id = application.text(ID_FIELD);
    let others = || order.standing().filter(|line| line.application_id != id);
    if let Some(other) = others().find(|line| line.membership_id == membership) {
        let field = owner_field(application);
        let rule = format!(
            "{} is in the group already, by the application {}",
            application.text(field),
            other.application_id
        );
        return Err(refused(field.name(), rule));
    }
    if others().count() >= STANDING_MAX {
        let rule = format!("has {STANDING_MAX} applications, and no group's order bills more");
        return Err(refused(GROUP_ID.name(), rule));
    }
    Ok(())
}
