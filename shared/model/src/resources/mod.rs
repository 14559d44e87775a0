//! The resources: fields, enumerations and rules of each.

pub mod billing_notice;
pub mod billing_run;
pub mod billing_run_action;
pub mod billing_run_rules;
pub mod billing_run_search;
pub mod catalogue;
pub mod common;
pub mod membership;
pub mod membership_history;
pub mod membership_rules;
pub mod membership_search;
pub mod people;
pub mod settings;

pub use billing_notice::BillingNotices;
pub use billing_run::BillingRuns;
pub use billing_run_action::BillingRunActions;
pub use catalogue::{Packages, StatusReasons, Types};
pub use membership::Memberships;
pub use people::{Contacts, Organizations};
pub use settings::Settings;
