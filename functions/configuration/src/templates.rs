//! Templates of cards and certificates that can't be rendered are never stored
//! (rule FILE-6).

use crate::received;
use model::resources::catalogue::{CERTIFICATE_SETTINGS, OVERRIDE_CERTIFICATE_SETTINGS};
use model::resources::id_card_template::HTML_TEMPLATE;
use model::resources::settings::{CERTIFICATE_MODE, CERTIFICATE_TEMPLATE};
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
        // Options of a switch that is off are stored as they come.
        if after.is(OVERRIDE_CERTIFICATE_SETTINGS) {
            for name in [CERTIFICATE_MODE.name(), CERTIFICATE_TEMPLATE.name()] {
                if !own[name].is_null() && !own[name].is_string() {
                    let at = format!("/{}/{name}", CERTIFICATE_SETTINGS.name());
                    problems.add(at, "must be a text, as in the settings");
                }
            }
        }
        let name = CERTIFICATE_TEMPLATE.name();
        let at = format!("/{}/{name}", CERTIFICATE_SETTINGS.name());
        check(own[name].as_str().unwrap_or_default(), &at, problems);
        received::check(ctx, before, after, problems).await
    }
}
