//! What holds for a record of any group: what was read can be put back, who may
//! set a field may remove it, and a deletion can be guarded (rules API-4, API-15,
//! API-25).

use crate::world::{Made, World, fields, groups};
use model::field::{FieldDef, Kind, Presence, Writer};
use model::json::same;
use serde_json::{Value, json};
use tests::Call;
use tests::records::with;

async fn every() -> (World, Vec<Made>) {
    let mut world = World::start().await;
    let every = world.every().await;
    let named: Vec<&str> = every.iter().map(|made| made.home.name).collect();
    for home in model::resources::ALL {
        assert!(named.contains(&home.name), "no {} are here", home.name);
    }
    (world, every)
}

#[tokio::test]
async fn what_a_get_gives_a_put_takes() {
    let (world, every) = every().await;
    for made in every {
        let put = Call::put(&made.url, made.record.clone()).scopes("admin");
        let after = world.app.send(put).await;
        assert_eq!(after.status, 200, "{}: {}", made.url, after.body);
        let stamps = json!({ "sys_version": null, "sys_last_modified_at": null,
            "sys_last_modified_by_id": null, "sys_last_security_context": null });
        let (before, after) = (with(made.record, stamps.clone()), with(after.body, stamps));
        assert!(same(&before, &after), "{}: {before:#}\n{after:#}", made.url);
    }
}

/// A value of the field that the record does not have.
fn another(field: &FieldDef, held: &Value) -> Value {
    let sample = field.sample();
    match field.kind {
        Kind::Choice(names) => {
            let other = names.iter().find(|name| held != **name);
            other.map_or(Value::Null, |name| json!(name))
        }
        _ if !same(&sample, held) => sample,
        Kind::Text { .. } => json!("organization:other"),
        Kind::Number { .. } | Kind::Money => json!(7),
        Kind::Bool => json!(false),
        _ => Value::Null,
    }
}

/// A field is stored as it was sent, or the request is refused.
#[tokio::test]
async fn what_an_admin_sets_or_removes_is_done_or_refused() {
    let (world, every) = every().await;
    let mut wrong = Vec::new();
    for made in every {
        let owned = made.home.schema.fields().filter(|field| {
            matches!(field.writer, Writer::Server | Writer::ServerAlone) && field.name != "id"
        });
        for field in owned {
            let read = world.app.get(&made.url).await.ok();
            let wanted = another(field, &read[field.name]);
            let path = format!("/{}", field.name);
            for (op, wanted) in [("add", wanted), ("remove", Value::Null)] {
                let held = world.app.get(&made.url).await.ok();
                if op == "remove" && held.get(field.name).is_none() {
                    continue;
                }
                let patch = json!([{ "op": op, "path": path, "value": wanted }]);
                let call = Call::patch(&made.url, patch).scopes("admin");
                let answer = world.app.send(call).await;
                let heard = same(&answer.body[field.name], &wanted);
                match answer.status {
                    200 if heard => {}
                    400 | 403 | 409 => {}
                    status => wrong.push(format!(
                        "{op} {} {path}: {status} {}",
                        made.url, answer.body
                    )),
                }
            }
        }
    }
    let short = |line: &String| line.chars().take(300).collect::<String>();
    assert!(
        wrong.is_empty(),
        "{:#?}",
        wrong.iter().map(short).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_deletion_of_an_older_version_is_refused() {
    let (world, every) = every().await;
    for made in every.iter().rev() {
        if made.home.name == "billingRunActions" {
            continue;
        }
        let stale = Call::delete(&made.url).header("if-match", "\"77\"");
        let answer = world.app.send(stale.scopes("admin")).await;
        assert_eq!(answer.status, 409, "{}: {}", made.url, answer.body);
        assert_eq!(answer.refused_fields(), ["/sys_version"], "{}", made.url);
        let kept = world.app.get(&made.url).await.ok();
        assert!(same(&kept, &made.record), "{}", made.url);
    }
}

#[tokio::test]
async fn a_replay_of_what_was_deleted_since_says_so() {
    let world = World::start().await;
    for home in groups() {
        let base = format!("/{}/acme", home.name);
        let body = world.body(fields(home));
        let create = || Call::post(&base, body.clone()).header("idempotency-key", home.name);
        let made = world.app.send(create()).await.ok();
        let again = world.app.send(create()).await.ok();
        assert_eq!(again["id"], made["id"], "{base}");
        let id = made["id"].as_str().expect("an id");
        world.app.delete(&format!("{base}/{id}")).await.ok();
        let told = world.app.send(create()).await.refused_for(409);
        assert!(told.contains("which has been deleted since"), "{told}");
    }
}

/// The fields that only a switch makes a record need, with the change that turns
/// it off.
fn switched(of: &[FieldDef]) -> Vec<(&FieldDef, Value)> {
    let off = |field: &FieldDef| match field.presence {
        Presence::WhenTrue(switch) => Some(json!({ switch: false })),
        Presence::WhenIs(choice, _) => Some(json!({ choice: null })),
        _ => None,
    };
    let nested = of
        .iter()
        .filter(|field| matches!(field.kind, Kind::Object(_) | Kind::List { .. }));
    nested
        .filter_map(|field| Some((field, off(field)?)))
        .collect()
}

/// Nothing of it, and nothing of what would have to be in it.
fn incomplete(field: &FieldDef) -> Value {
    match field.kind {
        Kind::List {
            of: Kind::Object(_),
            ..
        } => json!([{}]),
        Kind::List { .. } => json!([]),
        _ => json!({}),
    }
}

#[tokio::test]
async fn options_of_a_switch_that_is_off_are_stored_as_they_come() {
    let (world, every) = every().await;
    let mut stored = 0;
    for made in every {
        let all: Vec<FieldDef> = made.home.schema.fields().copied().collect();
        for (field, off) in switched(&all) {
            if field.writer != Writer::Client {
                continue;
            }
            let options = incomplete(field);
            let read = world.app.get(&made.url).await.ok();
            let version = json!({ "sys_version": read["sys_version"] });
            let changes = with(off, json!({ field.name: options }));
            let body = with(with(made.record.clone(), version), changes);
            let put = Call::put(&made.url, body).scopes("admin");
            let answer = world.app.send(put).await;
            let place = format!("{} {}", made.url, field.name);
            assert_eq!(answer.status, 200, "{place}: {}", answer.body);
            assert_eq!(answer.body[field.name], options, "{place}");
            stored += 1;
        }
    }
    assert!(stored > 20, "{stored}");
}
