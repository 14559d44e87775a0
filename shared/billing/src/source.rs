//! What a plan is asked of.

use crate::notice_mail::NoticeCache;
use crate::selection::RunSelection;
use ledger::context::TenantBilling;

/// The run that is asked about.
pub struct Source<'a> {
    pub billing: &'a TenantBilling,
    pub selection: &'a RunSelection,
    pub notices: &'a NoticeCache<'a>,
}
