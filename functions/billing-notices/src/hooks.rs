//! Where a notice's writes differ from the plain ones: a template that cannot
//! be rendered is never stored (rule MAIL-6).

use model::resources::BillingNotices;
use model::resources::billing_notice::EMAIL_TEMPLATE;
use model::{Problems, Record, Result};
use services::notice::{EmailTemplate, check};
use web::{Ctx, Hooks};

pub enum NoticeHooks {}

impl Hooks<BillingNotices> for NoticeHooks {
    async fn prepare(
        _ctx: &Ctx,
        _before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        if let Some(Err(found)) = email(after).as_ref().map(check) {
            for problem in found {
                problems.add(
                    format!("/{}{}", EMAIL_TEMPLATE.name(), problem.path),
                    problem.message,
                );
            }
        }
        Ok(())
    }
}

/// The notice's e-mail, unless its parts are of the wrong kind: the schema
/// says so.
fn email(notice: &Record) -> Option<EmailTemplate> {
    serde_json::from_value(notice.get(EMAIL_TEMPLATE)?).ok()
}
