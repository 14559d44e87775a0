//! The settings as a record of a tenant's configuration.

use super::common::{BODY, flag, open, text};
use super::csv_style::{BYTE_ORDER_MARK, DATE_STYLE, DECIMAL_MARK, SEPARATOR};
use super::joining::check_chapters;
use super::people::{DUE_COPIES, FLOWDOWN_DUE, due_key};
use super::settings::{
    AUTO_APPROVE, CERTIFICATE_MODE, CERTIFICATE_TEMPLATE, CHARGE_RETRY_DAYS, CHARGES, CLOCK,
    CURRENCY, DELIVERY, DELIVERY_ADDRESS, HOLIDAYS, LANGUAGE, MAX_AMOUNT, MAX_CHARGE_ATTEMPTS,
    MAX_FAILURE_SHARE, MAX_FAILURES, NAME, PORTAL_URL, PREFERENCE, SECOND_APPROVER, SENDER, STAFF,
    Settings, TAKE_CREDIT, TIME_ZONE, prefers_derived,
};
use super::tenant_settings::TenantSettings;
use crate::error::Problems;
use crate::field::FieldDef;
use crate::index::{Index, IndexKey, Table};
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use jiff::Timestamp;

impl Resource for Settings {
    const NAME: &'static str = "settings";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const INDEXES: &'static [Index] = &[DUE_COPIES];
    const SCHEMA: &'static Schema = &Schema {
        title: "Settings",
        groups: &[
            Group {
                title: "Billing",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    TIME_ZONE.def,
                    LANGUAGE.def,
                    CURRENCY.def,
                    HOLIDAYS.def,
                    AUTO_APPROVE.def,
                    SECOND_APPROVER.def,
                    MAX_FAILURES.def,
                    MAX_FAILURE_SHARE.def,
                    MAX_AMOUNT.def,
                    CHARGE_RETRY_DAYS.def,
                    MAX_CHARGE_ATTEMPTS.def,
                    DELIVERY.def,
                    DELIVERY_ADDRESS.def,
                    CHARGES.def,
                    SENDER.def,
                    STAFF.def,
                    TAKE_CREDIT.def,
                    PORTAL_URL.def,
                    SEPARATOR.def,
                    DECIMAL_MARK.def,
                    DATE_STYLE.def,
                    BYTE_ORDER_MARK.def,
                    CLOCK.def,
                ],
            },
            Group {
                title: "Membership module",
                fields: &[
                    open("add_on_configuration", "Add-ons in the portal."),
                    flag("allow_committee_members_to_manage_documents", "As named."),
                    flag("allow_customer_to_choose_installment_plan", "As named."),
                    flag("allow_members_to_update_auto_renewal_settings", "As named."),
                    text(
                        "allow_members_to_update_directory_options_in_portal",
                        "As in `disabled`.",
                    ),
                    text("bank_account_id", "Where payments go."),
                    open(
                        "bill_my_organization_options",
                        "Billing of a member's organization.",
                    ),
                    open(
                        "bill_my_parent_organization_options",
                        "Billing of a parent organization.",
                    ),
                    text("business_unit_id", "The business unit."),
                    text("cancellation_fee_product_id", "The fee's product."),
                    CERTIFICATE_MODE.def,
                    CERTIFICATE_TEMPLATE.def,
                    open(
                        "chapter_administration_settings",
                        "What chapter administrators may do.",
                    ),
                    FieldDef::new("chapter_center_html_template", BODY)
                        .about("HTML of the chapter page."),
                    open("chapter_configuration", "How chapters are joined."),
                    PREFERENCE.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_chapters(before, after, None, problems);
        match TenantSettings::parse(after) {
            // What was billed in a currency that has ended since is still shown
            // and paid: the setting may stay.
            Ok(settings)
                if before.and_then(|before| before.get(CURRENCY)) != after.get(CURRENCY) =>
            {
                if let Err(why) = settings
                    .currency
                    .check_in_use(settings.today(Timestamp::now()))
                {
                    problems.add("/currency", why.to_string());
                }
            }
            Ok(_) => {}
            Err(found) => problems.extend_new(found),
        }
    }

    fn mark(before: Option<&Record>, after: &mut Record, at: Timestamp) {
        if prefers_derived(before) != prefers_derived(Some(after)) {
            after.set(FLOWDOWN_DUE, at);
        }
    }

    fn index_keys(after: &Record) -> Vec<IndexKey> {
        due_key(after)
    }
}
