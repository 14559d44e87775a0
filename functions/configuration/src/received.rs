//! The type that people receive by an organization's is one that people may hold
//! (rule FLOW-5).

use model::lookup::Lookup;
use model::resource::ID_FIELD;
use model::resources::Types;
use model::resources::catalogue::{CUSTOMER_TYPE, FLOWDOWN_TYPE_ID, NAME, is_active};
use model::resources::owner::OwnerType;
use model::{Problems, Record, Result};
use web::Ctx;

/// Adds what is wrong with what a type gives, and with what becomes of one that is given.
pub async fn check(
    ctx: &Ctx,
    before: Option<&Record>,
    after: &Record,
    problems: &mut Problems,
) -> Result<()> {
    let given = after.get(FLOWDOWN_TYPE_ID);
    let is_new = before.and_then(|before| before.get(FLOWDOWN_TYPE_ID)) != given;
    if let Some(given) = given.filter(|_| is_new) {
        // One that is not there is told by the check of references.
        let found = ctx.store.get_consistent::<Types>(&given).await?;
        let found = found.as_ref().and_then(unfit);
        if let Some(rule) = found {
            problems.add(format!("/{}", FLOWDOWN_TYPE_ID.name()), rule);
        }
    }
    let was_for_people = before.is_some_and(is_for_people);
    if was_for_people && !is_for_people(after) {
        check_given(ctx, after, problems).await?;
    }
    Ok(())
}

fn is_for_people(kind: &Record) -> bool {
    kind.get(CUSTOMER_TYPE) == Some(OwnerType::Contact)
}

fn unfit(kind: &Record) -> Option<String> {
    let named = format!("is {} ({})", kind.text(NAME), kind.text(ID_FIELD));
    if !is_for_people(kind) {
        let rule = "which only organizations may hold (customer_type): name a type for people";
        return Some(format!("{named}, {rule}"));
    }
    (!is_active(kind)).then(|| format!("{named}, which is not active"))
}

/// One that is no longer for people is received by none.
async fn check_given(ctx: &Ctx, after: &Record, problems: &mut Problems) -> Result<()> {
    let types = Lookup::all::<Types>().consistent();
    let types = ctx.store.query_all::<Types>(&types).await?;
    let id = after.text(ID_FIELD);
    if let Some(giver) = types.iter().find(|kind| kind.text(FLOWDOWN_TYPE_ID) == id) {
        let (name, giver) = (giver.text(NAME), giver.text(ID_FIELD));
        let rule = format!("must stay contact: people receive it by the type {name} ({giver})");
        problems.add(format!("/{}", CUSTOMER_TYPE.name()), rule);
    }
    Ok(())
}
