//! Writes by clients: who may write which field, and the hooks by which a
//! resource's writes differ from the plain ones.

use crate::context::Ctx;
use model::error::Problems;
use model::field::{FieldDef, Kind, Writer};
use model::json::same;
use model::resource::{ID_FIELD, Resource};
use model::{Error, Problem, Record, Result, WriteContext, amounts, sys};
use serde_json::{Map, Value};
use std::future::Future;

/// Where a resource's writes differ from the plain ones.
pub trait Hooks<R: Resource>: Send + Sync + 'static {
    /// Whether changing a record is more than writing it, so that a batch has
    /// to [`Hooks::save`] one record after another.
    const SAVES_ONE_BY_ONE: bool = false;

    /// The server's fields that change without a new version. A PUT made from an
    /// earlier read may hold old values of them: they are ignored there.
    const UNVERSIONED: &'static [&'static str] = &[];

    /// Whether one change of a record is more than writing it, so that a batch
    /// has to [`Hooks::save`] it by itself.
    fn saves_alone(_before: &Record, _after: &Record) -> bool {
        false
    }

    /// Fills what the server owns and adds what is violated beyond the schema.
    fn prepare(
        _ctx: &Ctx,
        _before: Option<&Record>,
        _after: &mut Record,
        _problems: &mut Problems,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Writes what was prepared and checked.
    fn save(
        ctx: &Ctx,
        context: &WriteContext,
        before: Option<&Record>,
        after: Record,
    ) -> impl Future<Output = Result<Record>> + Send {
        ctx.store.save::<R>(context, before, after)
    }

    /// Whether the record may be deleted, beyond what refers to it.
    fn before_delete(_ctx: &Ctx, _record: &Record) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Deletes a record that may be deleted.
    fn delete(ctx: &Ctx, record: &Record) -> impl Future<Output = Result<()>> + Send {
        ctx.store.delete::<R>(record)
    }
}

/// A resource whose writes are the plain ones.
pub enum NoHooks {}
impl<R: Resource> Hooks<R> for NoHooks {}

/// Writes a new record from a client's body, with the id that was generated for
/// it. A retry finds the record that the first attempt created.
pub async fn create<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    id: String,
    body: Map<String, Value>,
) -> Result<Record> {
    let mut problems = Problems::default();
    if body.get("id").is_some_and(|id| !id.is_null()) {
        problems.add("/id", "is generated: leave it out");
    }
    let mut after = merge_body::<R>(ctx, None, Update::Replaced(body), &mut problems);
    after.set(ID_FIELD, id.clone());
    let after = complete::<R, H>(ctx, None, after, problems).await?;
    match H::save(ctx, &ctx.write_context(), None, after).await {
        Err(Error::Exists { .. }) if ctx.may_be_a_retry() => ctx.store.require::<R>(&id).await,
        saved => saved,
    }
}

/// Replaces `before` whole. The body names the version it was made from.
pub async fn replace<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    before: &Record,
    body: Map<String, Value>,
    if_match: Option<i64>,
) -> Result<Record> {
    let update = replacement::<R, H>(before, body, if_match)?;
    rewrite::<R, H>(ctx, before, update).await
}

/// What is to become of a record.
pub enum Update {
    /// Its fields as a client has sent them.
    Replaced(Map<String, Value>),
    /// Its fields as a patch has left them. Those it took away were there, so
    /// that is no omission.
    Patched(Map<String, Value>),
}

/// The update that a body asks for.
///
/// # Errors
/// Unless the version it was made from is the one that is stored.
pub fn replacement<R: Resource, H: Hooks<R>>(
    before: &Record,
    mut body: Map<String, Value>,
    if_match: Option<i64>,
) -> Result<Update> {
    let version = if_match.or_else(|| body.get(sys::VERSION.name()).and_then(model::field::whole));
    let Some(version) = version else {
        return Err(Error::invalid(
            "/sys_version",
            "is required to replace a record (or send If-Match)",
        ));
    };
    // The save would find it out as well, but after hooks and checks against another record than
    // the body was made from.
    if Some(version) != before.get(sys::VERSION) {
        return Err(Error::stale(R::SCHEMA.title, before.text(ID_FIELD)));
    }
    body.retain(|name, _| !H::UNVERSIONED.contains(&name.as_str()));
    Ok(Update::Replaced(body))
}

/// Writes `before` with the fields that a body or a patch has.
pub async fn rewrite<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    before: &Record,
    update: Update,
) -> Result<Record> {
    let after = prepare::<R, H>(ctx, before, update).await?;
    H::save(ctx, &ctx.write_context(), Some(before), after).await
}

/// `before` with the fields that a body or a patch has, completed and checked,
/// ready to be written.
pub async fn prepare<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    before: &Record,
    update: Update,
) -> Result<Record> {
    let mut problems = Problems::default();
    // A PUT may leave the id out. A patch is laid over the stored record: without an id it has
    // removed it.
    let (id, stored) = match &update {
        Update::Replaced(body) => (body.get("id"), true),
        Update::Patched(body) => (body.get("id"), false),
    };
    let same = |id: &Value| id.as_str() == Some(before.text(ID_FIELD));
    if !id.map_or(stored, same) {
        problems.add("/id", "must be the id in the path");
    }
    let after = merge_body::<R>(ctx, Some(before), update, &mut problems);
    // After the merge, because it depends on whether this very write unlocks.
    check_lock(ctx, before, &after)?;
    complete::<R, H>(ctx, Some(before), after, problems).await
}

/// Fills what the server owns, then checks everything at once.
async fn complete<R: Resource, H: Hooks<R>>(
    ctx: &Ctx,
    before: Option<&Record>,
    mut after: Record,
    mut problems: Problems,
) -> Result<Record> {
    let asked = after.clone();
    // Before what follows is filled in: it could overwrite a value of another kind.
    let misread = of_another_kind::<R>(before, &asked);
    H::prepare(ctx, before, &mut after, &mut problems).await?;
    problems.extend_new(unheard::<R>(before, &asked, &after));
    // Only then, because the currency costs a read of the settings.
    if amounts::changed::<R>(before, &after) {
        let refused = amounts::refused::<R>(&after, ctx.currency().await?);
        problems.extend_new(refused);
    }
    // The check normalises what it is given; the save does that itself, later.
    let mut checked = after.clone();
    store::check::<R>(&ctx.write_context(), before, &mut checked, &mut problems);
    problems.extend_new(misread);
    problems.into_result()?;
    Ok(after)
}

/// What is wrong with the values that a body brings, by themselves.
fn of_another_kind<R: Resource>(before: Option<&Record>, asked: &Record) -> Vec<Problem> {
    let is_new = |name: &str| before.and_then(|before| before.raw(name)) != asked.raw(name);
    let brought = asked.fields().iter().filter(|(name, _)| is_new(name));
    let brought = brought.map(|(name, value)| (name.clone(), value.clone()));
    let mut problems = Problems::default();
    R::SCHEMA.check_kinds(&Record::new(brought.collect()), &mut problems);
    problems.into_iter().collect()
}

/// The server's fields that an admin asks for something else in than what follows
/// from the rest of the record: a success that does nothing would hide it.
fn unheard<R: Resource>(before: Option<&Record>, asked: &Record, after: &Record) -> Vec<Problem> {
    let servers = R::SCHEMA.fields().filter(|field| {
        matches!(field.writer, Writer::Server | Writer::ServerAlone)
            && field.name != ID_FIELD.name()
    });
    let told = servers.filter_map(|field| {
        let of = |record: &Record| record.raw(field.name).cloned().unwrap_or(Value::Null);
        let (was, asked, is) = (before.map(of).unwrap_or_default(), of(asked), of(after));
        let heard = same(&asked, &was) || same(&asked, &is);
        let would = match is {
            Value::Null => "absent".to_owned(),
            is => is.to_string(),
        };
        let rule = format!("follows from other fields, and would be {would}");
        (!heard).then(|| Problem::new(format!("/{}", field.name), rule))
    });
    told.collect()
}

/// Deletes `record` unless it is locked, used, or the resource forbids it: then
/// it says who has tried to (rule API-18).
pub async fn delete<R: Resource, H: Hooks<R>>(ctx: &Ctx, record: &Record) -> Result<()> {
    let deleted = delete_if_allowed::<R, H>(ctx, record).await;
    if let Err(Error::Forbidden(_) | Error::Conflict(_) | Error::Invalid(_)) = deleted {
        note_attempt::<R>(ctx, record).await;
    }
    deleted
}

/// The caller is told why nothing was deleted, whether or not this succeeds.
async fn note_attempt<R: Resource>(ctx: &Ctx, record: &Record) {
    let context = ctx.write_context();
    if record.text(sys::DELETED_BY) == context.user {
        return;
    }
    let mut after = record.clone();
    after.set(sys::DELETED_BY, context.user.clone());
    if let Err(error) = ctx.store.save::<R>(&context, Some(record), after).await {
        tracing::warn!(%error, "who tried to delete a record is not noted");
    }
}

async fn delete_if_allowed<R: Resource, H: Hooks<R>>(ctx: &Ctx, record: &Record) -> Result<()> {
    // A deletion unlocks nothing, so a locked record has to be unlocked before.
    check_lock(ctx, record, record)?;
    H::before_delete(ctx, record).await?;
    H::delete(ctx, record).await
}

/// A locked record changes only when an admin unlocks it.
fn check_lock(ctx: &Ctx, before: &Record, after: &Record) -> Result<()> {
    let unlocks = ctx.caller.is_admin() && !after.is(sys::LOCKED);
    if before.is(sys::LOCKED) && !unlocks {
        return Err(Error::Forbidden(
            "the record is locked (sys_locked); only the admin scope may unlock it".into(),
        ));
    }
    Ok(())
}

/// The record a body asks for, by who may write each field.
fn merge_body<R: Resource>(
    ctx: &Ctx,
    before: Option<&Record>,
    update: Update,
    problems: &mut Problems,
) -> Record {
    let (mut body, is_patch) = match update {
        Update::Replaced(body) => (body, false),
        Update::Patched(body) => (body, true),
    };
    let may_set = |field: &FieldDef| field.writer == Writer::Server && ctx.caller.is_admin();
    let mut after = Record::default();
    for field in R::SCHEMA.fields() {
        let sent = body.remove(field.name);
        let is_null = sent.as_ref().is_some_and(Value::is_null);
        let sent = sent.filter(|_| !is_null);
        let kept = before.and_then(|record| record.raw(field.name)).cloned();
        let value = match field.writer {
            // Whether a sent id is the right one is the caller's check: it differs between POST,
            // PUT and PATCH.
            _ if field.name == ID_FIELD.name() => kept,
            Writer::Client | Writer::Secret => {
                sent.map(|value| with_stored_secrets(field, value, kept.as_ref()))
            }
            // Left out of a body, the server's value stands. A patch leaves
            // nothing out: what is not there has been taken away.
            // So does it where null is sent, but for an admin, who means that it is removed.
            Writer::Server | Writer::ServerAlone
                if sent.is_none() && !is_patch && !(ctx.caller.is_admin() && is_null) =>
            {
                kept
            }
            Writer::Server if may_set(field) => sent,
            Writer::Server | Writer::ServerAlone => {
                let value = |of: &Option<Value>| of.clone().unwrap_or(Value::Null);
                if !same(&value(&sent), &value(&kept)) {
                    problems.add(format!("/{}", field.name), "is set by the server");
                }
                kept
            }
            // Ignored rather than refused, so that what was read can be sent back as it is.
            Writer::System => kept,
            // Taken away before anything is stored.
            Writer::Directive => sent,
        };
        if let Some(value) = value {
            after.set_raw(field.name, value);
        }
    }
    for name in body.keys() {
        problems.add(
            format!("/{}", model::schema::escape(name)),
            format!("is not a field of {}", R::SCHEMA.title),
        );
    }
    copy_internal(before, &mut after);
    after
}

fn copy_internal(before: Option<&Record>, after: &mut Record) {
    let internal = before
        .into_iter()
        .flat_map(|record| record.fields())
        .filter(|(name, _)| Record::is_internal(name));
    for (name, value) in internal {
        after.set_raw(name, value.clone());
    }
}

/// A secret is never answered, so its absence in what a client sends back does
/// not remove it.
fn with_stored_secrets(field: &FieldDef, mut sent: Value, kept: Option<&Value>) -> Value {
    let (Kind::Object(inner), Value::Object(object), Some(Value::Object(old))) =
        (field.kind, &mut sent, kept)
    else {
        return sent;
    };
    for secret in inner.iter().filter(|field| field.writer == Writer::Secret) {
        if let (None, Some(value)) = (object.get(secret.name), old.get(secret.name)) {
            object.insert(secret.name.to_owned(), value.clone());
        }
    }
    sent
}
