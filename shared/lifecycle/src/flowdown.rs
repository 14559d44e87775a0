//! Memberships that derive from an organization's (rules FLOW-5 to FLOW-9).

pub mod reprocess;
