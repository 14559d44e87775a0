//! What governs applications: processes, status reasons, groups of applications.

use super::application::{ApplicationStatus, ApplicationType};
use super::catalogue::NAME;
pub use super::catalogue::{IS_ACTIVE, PRIORITY};
use super::common::{
    CHECKOUT, CUSTOM_FIELDS, EMAIL, FILLED, flag, money, num, only_certain, open, reference, text,
    texts,
};
use super::joining::check_sections;
use super::membership::OwnerType;
use crate::error::Problems;
use crate::field::{Field, FieldDef, FieldType, Kind, OPENS, Pattern, TEXTS, Writer};
use crate::index::Table;
use crate::lookup::Lookup;
use crate::record::Record;
use crate::resource::{ID_FIELD, Layout, Resource, id_field};
use crate::schema::{Group, Schema};
use crate::search::{Criterion, Everything, Search, Searchable, lines};
use rust_decimal::Decimal;

pub const APPLIES_TO: Field<ApplicationStatus> = Field::with(
    FieldDef::new("applies_to", ApplicationStatus::KIND)
        .required()
        .guessed()
        .about("The application status it refines."),
);

pub enum ApplicationStatusReasons {}

impl Resource for ApplicationStatusReasons {
    const NAME: &'static str = "applicationStatusReasons";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "ApplicationStatusReason",
        groups: &[
            Group {
                title: "Application status reason",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    APPLIES_TO.def,
                    IS_ACTIVE.def,
                    PRIORITY.def,
                    CUSTOM_FIELDS,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}

pub const PROCESS_TYPE: Field<ApplicationType> = Field::with(
    FieldDef::new("type", ApplicationType::KIND)
        .required()
        .about("What its applications are for."),
);
pub const CUSTOMER_TYPE: Field<OwnerType> = Field::with(
    FieldDef::new("customer_type", OwnerType::KIND)
        .required()
        .about("Who can apply."),
);
pub const REQUIRE_APPROVAL: Field<String> = Field::with(text(
    "memberships_require_approval",
    "`never`: approved once submitted. Absent: so, but for approval_chapter_ids. Anything else: staff approve. The documents do not list the words.",
));
pub const APPROVAL_CHAPTER_IDS: Field<Vec<String>> = Field::with(
    texts(
        "approval_chapter_ids",
        "Chapters whose members need approval, where memberships_require_approval says nothing.",
    )
    .refers_to("chapters"),
);

pub enum ApplicationProcesses {}

impl Resource for ApplicationProcesses {
    const NAME: &'static str = "applicationProcesses";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "ApplicationProcess",
        groups: &[PROCESS, APPROVAL, STEPS, crate::sys::GROUP],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        check_sections(before, after, problems);
    }
}

const PROCESS: Group = Group {
    title: "Process",
    fields: &[
        ID_FIELD.def,
        NAME.def,
        text("description", "For staff."),
        PROCESS_TYPE.def,
        texts(
            "applicable_origins",
            "Origins of the memberships it is for; only principal ones when empty. Applications are of those.",
        ),
        num("display_order", "Place in lists."),
        flag("display_in_portal", "Whether members see it."),
        text("display_in_portal_as", "Its name for members."),
        IS_ACTIVE.def,
        CUSTOMER_TYPE.def,
        flag(
            "restrict_membership_types",
            "Restricts it to membership_type_ids.",
        ),
        only_certain(
            "membership_type_ids",
            "restrict_membership_types",
            "types",
            "The types that can be applied for.",
        )
        .kind(FILLED),
        flag(
            "restrict_membership_packages",
            "Restricts it to membership_package_ids.",
        ),
        only_certain(
            "membership_package_ids",
            "restrict_membership_packages",
            "packages",
            "The packages that can be applied for.",
        )
        .kind(FILLED),
        flag(
            "restrict_organization_types",
            "Restricts it to organization_type_ids.",
        ),
        texts(
            "organization_type_ids",
            "The types of organization that can apply. Not judged: an organization has no type here.",
        )
        .when_true("restrict_organization_types"),
        flag(
            "enable_eligibility_criteria",
            "Whether eligibility_criteria hold.",
        ),
        open(
            "eligibility_criteria",
            "Who can apply. Not judged: the documents do not say how they are read.",
        )
        .when_true("enable_eligibility_criteria"),
        flag(
            "enable_section_restrictions",
            "Whether section_restrictions hold.",
        ),
        open(
            "section_restrictions",
            "How many sections can be applied for.",
        ),
    ],
};

const APPROVAL: Group = Group {
    title: "Approval and mail",
    fields: &[
        REQUIRE_APPROVAL.def,
        APPROVAL_CHAPTER_IDS.def,
        text(
            "approval_lambda_function_id",
            "Code of the association's own that decides.",
        ),
        flag(
            "do_not_send_activation_email_until_membership_is_paid",
            "Whether the activation e-mail waits for the payment.",
        ),
        flag(
            "enable_application_confirmation_email",
            "Whether the receipt of an application is confirmed.",
        ),
        FieldDef::new("application_confirmation_email", EMAIL)
            .when_true("enable_application_confirmation_email")
            .about("That e-mail."),
        flag(
            "enable_membership_activation_email",
            "Whether a member is told of the activation.",
        ),
        FieldDef::new("membership_activation_email", EMAIL)
            .when_true("enable_membership_activation_email")
            .about("That e-mail."),
    ],
};

const STEPS: Group = Group {
    title: "Order and form",
    fields: &[
        flag(
            "do_not_set_default_renewal_package",
            "Whether a renewal begins without a package.",
        ),
        flag(
            "enable_order_generation_rules",
            "Whether order_generation_rules hold.",
        ),
        FieldDef::new("order_generation_rules", OPENS)
            .when_true("enable_order_generation_rules")
            .about("What is put into the order."),
        flag(
            "enable_custom_application_generation_logic",
            "Whether code of the association's own makes the application.",
        ),
        open("custom_application_generation_logic_options", "That code."),
        flag(
            "enable_custom_application_pre_processing",
            "Whether code of the association's own looks at an application first.",
        ),
        text(
            "custom_application_pre_processing_lambda_function_id",
            "That code.",
        ),
        open("change_options", "For changes of affiliations."),
        open("renewal_options", "For renewals."),
        open("reinstatement_options", "For reinstatements."),
        open(
            "organizational_membership_options",
            "How many people an organization may name.",
        ),
        flag(
            "override_checkout_settings",
            "Whether checkout_settings stand instead of the tenant's.",
        ),
        FieldDef::new("checkout_settings", CHECKOUT)
            .when_true("override_checkout_settings")
            .about("How it is paid."),
        flag(
            "show_contact_form",
            "Whether people are asked about themselves.",
        ),
        open("contact_form_options", "What they are asked."),
        flag(
            "show_organization_form",
            "Whether organizations are asked about themselves.",
        ),
        open("organization_form_options", "What they are asked."),
        text("form_id", "The application's own form."),
    ],
};

pub const GROUP_CONTACT_ID: Field<String> = Field::with(
    text("contact_id", "Who administers it.")
        .required()
        .refers_to("contacts"),
);
pub const GROUP_ORGANIZATION_ID: Field<String> = reference(
    "organization_id",
    "organizations",
    "The organization they act for.",
);
pub const GROUP_ORDER_ID: Field<String> = Field::with(
    text(
        "order_id",
        "The one order, made with the first application that is submitted.",
    )
    .writer(Writer::ServerAlone),
);
pub const GROUP_COUNT: Field<i64> = Field::with(
    FieldDef::new("number_of_applications", super::common::COUNT)
        .writer(Writer::ServerAlone)
        .about("How many the order bills: submitted, and neither rejected nor void."),
);
pub const GROUP_TOTAL: Field<Decimal> =
    Field::with(money("total", "What the order comes to.").writer(Writer::ServerAlone));

const GROUP_CRITERIA: [Criterion; 4] = [
    Criterion::any_of(ID_FIELD),
    Criterion::contains(NAME),
    Criterion::any_of(GROUP_CONTACT_ID),
    Criterion::any_of(GROUP_ORGANIZATION_ID),
];

impl Searchable for ApplicationGroups {
    const SEARCH: &'static Search = &Search {
        criteria: &GROUP_CRITERIA,
        body: &Schema {
            title: "ApplicationGroupSearch",
            groups: &[Group {
                title: "Criteria",
                fields: &lines(GROUP_CRITERIA),
            }],
        },
        indexes: &[],
        everything: Everything::Table(Lookup::all::<ApplicationGroups>),
        shown: None,
    };
}

/// Several people's applications on one order. Nothing lists them all, and there
/// are as many as there are such orders.
pub enum ApplicationGroups {}

impl Resource for ApplicationGroups {
    const NAME: &'static str = "applicationGroups";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const SCHEMA: &'static Schema = &Schema {
        title: "ApplicationGroup",
        groups: &[
            Group {
                title: "Application group",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    GROUP_CONTACT_ID.def,
                    GROUP_ORGANIZATION_ID.def,
                    GROUP_ORDER_ID.def,
                    GROUP_COUNT.def,
                    GROUP_TOTAL.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };

    fn check(before: Option<&Record>, after: &Record, problems: &mut Problems) {
        let Some(before) = before.filter(|before| before.has(GROUP_ORDER_ID)) else {
            return;
        };
        for payer in [GROUP_CONTACT_ID, GROUP_ORGANIZATION_ID] {
            if before.get(payer) != after.get(payer) {
                let rule = "cannot change: the group has an order, which they are billed by";
                problems.add(format!("/{}", payer.name()), rule);
            }
        }
    }
}

/// Who is billed for a group: the organization that its administrator acts for, or
/// the administrator.
pub fn payer(group: &Record) -> (OwnerType, String) {
    match group.get(GROUP_ORGANIZATION_ID) {
        Some(organization) => (OwnerType::Organization, organization),
        None => (OwnerType::Contact, group.text(GROUP_CONTACT_ID).to_owned()),
    }
}

static PROCESS_ID: Pattern = Pattern::new(r"^[\w:|-]+$");
static CONTACT_FORM: Pattern =
    Pattern::with_example(r"^rolodex-contacts__.*", "rolodex-contacts__1");

pub enum GroupApplicationProcesses {}

impl Resource for GroupApplicationProcesses {
    const NAME: &'static str = "groupApplicationProcesses";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "GroupApplicationProcess",
        groups: &[
            Group {
                title: "Group application process",
                fields: &[
                    id_field(&PROCESS_ID),
                    NAME.def,
                    text("description", "For staff."),
                    flag(
                        "restrict_to_specific_contact_roles",
                        "Restricts it to contact_role_ids.",
                    ),
                    FieldDef::new("contact_role_ids", TEXTS)
                        .when_true("restrict_to_specific_contact_roles")
                        .about("The roles that may administer a group."),
                    flag(
                        "restrict_to_specific_membership_types",
                        "Restricts it to membership_type_ids.",
                    ),
                    only_certain(
                        "membership_type_ids",
                        "restrict_to_specific_membership_types",
                        "types",
                        "The types that can be applied for.",
                    ),
                    flag(
                        "restrict_to_specific_membership_packages",
                        "Restricts it to membership_package_ids.",
                    ),
                    only_certain(
                        "membership_package_ids",
                        "restrict_to_specific_membership_packages",
                        "packages",
                        "The packages that can be applied for.",
                    ),
                    FieldDef::new(
                        "contact_form_id",
                        Kind::Text {
                            max: 300,
                            pattern: Some(&CONTACT_FORM),
                        },
                    )
                    .required()
                    .about("What each person is asked."),
                    flag(
                        "send_confirmation_email_to_group_administrator",
                        "Whether the administrator gets a confirmation.",
                    ),
                    FieldDef::new("group_administrator_confirmation_email", EMAIL)
                        .when_true("send_confirmation_email_to_group_administrator")
                        .guessed()
                        .about("That e-mail."),
                    text(
                        "account_delegation_process_id",
                        "How the people are handed their accounts.",
                    ),
                    FieldDef::new("checkout_settings", CHECKOUT)
                        .required()
                        .about("How it is paid."),
                ],
            },
            crate::sys::GROUP,
        ],
    };
}
