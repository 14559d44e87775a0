//! Templates of cards and certificates that can't be rendered are never stored
//! (rule FILE-6).

use crate::received;
use model::resources::catalogue::CERTIFICATE_SETTINGS;
use model::resources::id_card_template::HTML_TEMPLATE;
use model::resources::settings::CERTIFICATE_TEMPLATE;
use model::resources::{IdCardTemplates, Types};
use model::{Problems, Record, Result};
use services::notice::{self, EmailTemplate, NoticeError};
use web::{Ctx, Hooks};

/// Adds what is wrong with the language of a template; what it draws is known only
/// once it is filled in.
pub fn check(html: &str, at: &str, problems: &mut Problems) {
    if let Err(found) = notice::check(&EmailTemplate::page(html)) {
        problems.extend(NoticeError(found).of_page(at));
    }
}

pub enum CardHooks {}

impl Hooks<IdCardTemplates> for CardHooks {
    async fn prepare(
        _ctx: &Ctx,
        _before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let at = format!("/{}", HTML_TEMPLATE.name());
        check(after.text(HTML_TEMPLATE), &at, problems);
        Ok(())
    }
}

pub enum TypeHooks {}

impl Hooks<Types> for TypeHooks {
    async fn prepare(
        ctx: &Ctx,
        before: Option<&Record>,
        after: &mut Record,
        problems: &mut Problems,
    ) -> Result<()> {
        let own = after.get(CERTIFICATE_SETTINGS).unwrap_or_default();
        let name = CERTIFICATE_TEMPLATE.name();
        let at = format!("/{}/{name}", CERTIFICATE_SETTINGS.name());
        check(own[name].as_str().unwrap_or_default(), &at, problems);
        received::check(ctx, before, after, problems).await
    }
}
