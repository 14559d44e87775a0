//! Where a notice's writes differ from the plain ones.

use model::resources::BillingNotices;
use web::Hooks;

pub enum Rules {}

impl Hooks<BillingNotices> for Rules {}
