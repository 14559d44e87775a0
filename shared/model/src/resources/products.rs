//! What is sold beside packages: products share one model, which the documents
//! show for packages and add-on products only.

use super::common::{CUSTOM_FIELDS, NAME, all_guessed, flag, list, money, open, text, texts};
use crate::field::{Field, FieldDef, FieldType, Kind};
use crate::index::Table;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};
use rust_decimal::Decimal;

pub const PRICE: Field<Decimal> =
    Field::with(FieldDef::new("price", Decimal::KIND).about("Dues of a new member for one term."));
pub const MEMBER_PRICE: Field<Decimal> = Field::with(
    FieldDef::new("member_price", Decimal::KIND)
        .about("Dues of a renewing member; the price when absent."),
);

/// What every product has beside its name.
pub(super) const PRODUCT: [FieldDef; 27] = [
    text("business_unit_id", "The business unit that sells it.").required(),
    PRICE.def,
    MEMBER_PRICE.def,
    flag(
        "allow_customer_to_choose_installment_plan",
        "Whether the customer may pay in instalments.",
    ),
    flag("enable_bulk_pricing", "Whether bulk_pricing_rules hold."),
    list("bulk_pricing_rules", &Kind::Open, "Prices by quantity."),
    flag(
        "enable_bundled_products",
        "Whether bundled_products come with it.",
    ),
    list("bundled_products", &Kind::Open, "What comes with it."),
    text(
        "bundled_products_inventory_handling",
        "How their stock is counted.",
    ),
    flag(
        "enable_cancellation_fees",
        "Whether cancelling costs cancellation_fee.",
    ),
    money("cancellation_fee", "What cancelling costs."),
    flag(
        "enable_commerce_entitlement_creation",
        "Whether a purchase grants commerce_entitlements_to_create.",
    ),
    list(
        "commerce_entitlements_to_create",
        &Kind::Open,
        "What a buyer may then buy.",
    ),
    flag(
        "enable_coupon_code_generation",
        "Whether a purchase makes coupon_codes.",
    ),
    list("coupon_codes", &Kind::Open, "The codes a buyer gets."),
    flag(
        "enable_custom_pricing",
        "Whether custom_pricing_options hold.",
    ),
    open(
        "custom_pricing_options",
        "Prices from code of the association's own.",
    ),
    flag(
        "enable_document_entitlement_creation",
        "Whether a purchase grants document_entitlements_to_create.",
    ),
    list(
        "document_entitlements_to_create",
        &Kind::Open,
        "What a buyer may then read.",
    ),
    flag(
        "enable_product_confirmation_email",
        "Whether a purchase is confirmed by an e-mail of its own.",
    ),
    open("product_confirmation_email_options", "That e-mail."),
    flag(
        "enable_purchase_limits",
        "Whether a customer may buy only so many.",
    ),
    flag(
        "enable_purchasing_eligibility",
        "Whether only certain customers may buy it.",
    ),
    flag(
        "enable_special_prices",
        "Whether certain customers pay other prices.",
    ),
    flag(
        "enable_task_generation",
        "Whether a purchase makes tasks for staff.",
    ),
    list(
        "foreign_currency_prices",
        &Kind::Open,
        "Prices in other currencies.",
    ),
    CUSTOM_FIELDS,
];

const KIND_OF_PRODUCT: FieldDef = text("type", "The kind of product, in the vendor's words.");

pub enum AddOnProducts {}

impl Resource for AddOnProducts {
    const NAME: &'static str = "addOnProducts";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "AddOnProduct",
        groups: &[
            Group {
                title: "Add-on product",
                fields: &[
                    ID_FIELD.def,
                    text("add_on_id", "The add-on it sells.")
                        .required()
                        .refers_to("addOns"),
                    KIND_OF_PRODUCT,
                    NAME.def,
                ],
            },
            Group {
                title: "Product",
                fields: &PRODUCT,
            },
            crate::sys::GROUP,
        ],
    };
}

pub enum ChapterDuesProducts {}

impl Resource for ChapterDuesProducts {
    const NAME: &'static str = "chapterDuesProducts";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "ChapterDuesProduct",
        groups: &[
            Group {
                title: "Chapter dues",
                fields: &[
                    ID_FIELD.def,
                    text("chapter_id", "The chapter whose dues it is.")
                        .required()
                        .guessed()
                        .refers_to("chapters"),
                    KIND_OF_PRODUCT.guessed(),
                    NAME.def.guessed(),
                ],
            },
            Group {
                title: "Product",
                fields: &all_guessed(PRODUCT),
            },
            crate::sys::GROUP,
        ],
    };
}

pub enum SectionDuesProducts {}

impl Resource for SectionDuesProducts {
    const NAME: &'static str = "sectionDuesProducts";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "SectionDuesProduct",
        groups: &[
            Group {
                title: "Section dues",
                fields: &[
                    ID_FIELD.def,
                    text("section_id", "The section whose dues it is.")
                        .required()
                        .guessed()
                        .refers_to("sections"),
                    KIND_OF_PRODUCT.guessed(),
                    NAME.def.guessed(),
                ],
            },
            Group {
                title: "Product",
                fields: &all_guessed(PRODUCT),
            },
            crate::sys::GROUP,
        ],
    };
}

pub enum ChangeFees {}

impl Resource for ChangeFees {
    const NAME: &'static str = "changeFees";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "ChangeFee",
        groups: &[
            Group {
                title: "Change fee",
                fields: &[ID_FIELD.def, KIND_OF_PRODUCT, NAME.def],
            },
            Group {
                title: "Product",
                fields: &PRODUCT,
            },
            crate::sys::GROUP,
        ],
    };
}

const AT_MOST: Kind = super::common::COUNT;

/// The documents describe what a coupon does and name no field of it.
pub enum Coupons {}

impl Resource for Coupons {
    const NAME: &'static str = "coupons";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "Coupon",
        groups: &[
            Group {
                title: "Coupon",
                fields: &[
                    ID_FIELD.def,
                    NAME.def,
                    flag("applies_to_add_ons", "Whether it takes off from add-ons.").guessed(),
                    flag("applies_to_packages", "Whether it takes off from packages.").guessed(),
                    texts("package_ids", "Only from these packages.")
                        .refers_to("packages")
                        .guessed(),
                    FieldDef::new("maximum_number_of_chapters", AT_MOST)
                        .guessed()
                        .about("Chapters whose dues it takes off from, at most."),
                    FieldDef::new("maximum_number_of_sections", AT_MOST)
                        .guessed()
                        .about("Sections whose dues it takes off from, at most."),
                    MAXIMUM_DISCOUNT.def,
                ],
            },
            crate::sys::GROUP,
        ],
    };
}

const MAXIMUM_DISCOUNT: Field<Decimal> = Field::with(
    FieldDef::new("maximum_discount", Decimal::KIND)
        .guessed()
        .about("What it takes off at most."),
);
