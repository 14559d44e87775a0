//! The HTTP interface, a file for each group of operations.

mod applications;
mod batch;
mod billing_notices;
mod billing_run_actions;
mod bodies;
mod callers;
mod catalogue;
mod contract;
mod coverage;
mod events;
mod failures;
mod fields;
mod groups;
mod idempotency;
mod memberships;
mod paging;
mod patch_suite;
mod patches;
mod paths;
mod people;
mod query_parameters;
mod references;
mod server_fields;
mod settings;
mod successes;
mod versions;
