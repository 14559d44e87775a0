use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn record(fields: Value) -> Record {
    Record::new(fields.as_object().unwrap().clone())
}

const TODAY: Date = date(2026, 3, 10);

fn organization(changes: Value) -> Record {
    let mut parent = record(json!({
        "id": "organization:o", "owner_type": "organization", "organization_id": "o",
        "status": "active", "status_reason_id": "paid", "type_id": "firm", "package_id": "gold",
        "join_date": "2020-01-01", "expiration_date": "2026-12-31", "sys_version": 4,
    }));
    for (name, value) in changes.as_object().unwrap() {
        match value.is_null() {
            true => drop(parent.remove_raw(name)),
            false => parent.set_raw(name, value.clone()),
        }
    }
    parent
}

/// What an organization's people and parts receive, if anything.
fn types(flows: bool) -> BTreeMap<String, Record> {
    let firm = json!({ "customer_type": "organization", "enable_flowdown": flows,
        "flowdown_membership_type_id": "person" });
    let person = json!({ "customer_type": "contact" });
    let both = [("firm", firm), ("person", person)];
    BTreeMap::from(both.map(|(id, kind)| (id.to_owned(), record(kind))))
}

fn source(changes: Value) -> Source {
    Source::new(organization(changes), &types(true))
}

fn person(organization: &str) -> Record {
    record(json!({ "id": "c", "organization_id": organization }))
}

fn planned(source: &Source, owner: &Record, owned: &[Record]) -> Option<Record> {
    let target = Target {
        owner,
        owner_type: OwnerType::Contact,
        owned,
        beside_own: false,
    };
    plan(source, &target, TODAY)
}

/// What somebody of the organization has once it is written.
fn member(source: &Source) -> Record {
    planned(source, &person("o"), &[]).expect("a membership")
}

fn with(mut record: Record, name: &str, value: Value) -> Record {
    record.set_raw(name, value);
    record
}

#[test]
fn somebody_of_the_organization_takes_what_is_inherited() {
    let made = member(&source(json!({})));
    assert_eq!(
        Value::Object(made.fields().clone()),
        json!({
            "id": "contact:c:o", "owner_type": "contact", "contact_id": "c", "origin": "flowdown",
            "parent_membership_id": "organization:o", "master_membership_id": "organization:o",
            "master_membership_organization_id": "o", "flowdown_depth": 1,
            "status": "active", "status_reason_id": "paid", "type_id": "person", "package_id": "gold",
            "join_date": "2020-01-01", "expiration_date": "2026-12-31", "parent_membership_version": 4,
        })
    );
}

#[test]
fn nothing_comes_of_what_flows_nowhere_or_is_over_or_is_somebody_elses() {
    let plain = Source::new(organization(json!({})), &types(false));
    assert_eq!(planned(&plain, &person("o"), &[]), None);
    let over = source(json!({ "status": "inactive" }));
    assert_eq!(planned(&over, &person("o"), &[]), None);
    assert_eq!(planned(&source(json!({})), &person("other"), &[]), None);
}

#[test]
fn a_persons_own_membership_wins_while_it_stands() {
    let source = source(json!({}));
    let own = |status: &str| record(json!({ "id": "contact:c", "status": status }));
    assert_eq!(planned(&source, &person("o"), &[own("suspended")]), None);
    assert!(planned(&source, &person("o"), &[own("inactive")]).is_some());
    let both = [own("active"), member(&source)];
    let ended = planned(&source, &person("o"), &both).unwrap();
    assert_eq!(ended.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(ended.text(m::ID), "contact:c:o");
}

#[test]
fn where_the_derived_one_counts_a_persons_own_leaves_room_for_it() {
    let source = source(json!({}));
    let own = [record(json!({ "id": "contact:c", "status": "active" }))];
    let target = |owner, owner_type, owned| Target {
        owner,
        owner_type,
        owned,
        beside_own: true,
    };
    let person = person("o");
    let made = plan(&source, &target(&person, OwnerType::Contact, &own), TODAY);
    assert_eq!(made.unwrap().text(m::ID), "contact:c:o");
    let part = record(json!({ "id": "k", "parent_organization_id": "o" }));
    let own = [record(
        json!({ "id": "organization:k", "status": "active" }),
    )];
    let target = target(&part, OwnerType::Organization, &own);
    assert_eq!(plan(&source, &target, TODAY), None);
}

#[test]
fn whoever_leaves_has_left_that_day_and_is_revived_on_return() {
    let source = source(json!({}));
    let made = member(&source);
    let left = planned(&source, &person("other"), &[made]).unwrap();
    assert_eq!(left.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(left.get(m::TERMINATION_DATE), Some(TODAY));
    assert_eq!(left.get(m::LAPSE_DATE), Some(TODAY));
    assert!(!left.has(m::STATUS_REASON_ID));
    let back = planned(&source, &person("o"), &[left]).unwrap();
    assert_eq!(back.get(m::STATUS), Some(Status::Active));
    assert!(!back.has(m::TERMINATION_DATE));
    assert_eq!(back.get(m::LAPSE_DATE), Some(TODAY), "never cleared");
}

#[test]
fn what_flowdown_has_never_computed_is_not_ended_by_it() {
    let mut brought = member(&source(json!({})));
    brought.clear(m::PARENT_VERSION);
    let plain = Source::new(organization(json!({})), &types(false));
    assert_eq!(planned(&plain, &person("o"), &[brought.clone()]), None);
    let gone = planned(&source(json!({})), &person("other"), &[brought.clone()]);
    assert_eq!(gone, None);
    brought.set(m::PACKAGE_ID, "old".into());
    let taken = planned(&source(json!({})), &person("o"), &[brought]).unwrap();
    assert_eq!(taken.text(m::PACKAGE_ID), "gold");
}

#[test]
fn what_was_changed_by_hand_stays_until_its_name_is_taken_out() {
    let source = source(json!({}));
    let mut own = with(member(&source), "package_id", json!("silver"));
    own.set(m::OVERRIDDEN_FIELDS, vec!["package_id".into()]);
    assert_eq!(planned(&source, &person("o"), &[own.clone()]), None);
    own.set(m::OVERRIDDEN_FIELDS, vec![]);
    let again = planned(&source, &person("o"), &[own]).unwrap();
    assert_eq!(again.text(m::PACKAGE_ID), "gold");
}

#[test]
fn a_status_set_by_hand_or_a_mark_against_drops_keeps_who_would_end() {
    let made = member(&source(json!({})));
    let over =
        source(json!({ "status": "inactive", "termination_date": "2026-02-01", "sys_version": 5 }));
    let mut by_hand = made.clone();
    by_hand.set(m::OVERRIDDEN_FIELDS, vec!["status".into()]);
    let kept = with(made.clone(), "do_not_drop", json!(true));
    for held in [by_hand, kept] {
        assert_eq!(
            planned(&over, &person("o"), std::slice::from_ref(&held)),
            None
        );
        assert_eq!(planned(&source(json!({})), &person("x"), &[held]), None);
    }
    let ended = planned(&over, &person("o"), &[made]).unwrap();
    assert_eq!(ended.get(m::STATUS), Some(Status::Inactive));
    assert_eq!(ended.get(m::TERMINATION_DATE), Some(date(2026, 2, 1)));
}

#[test]
fn a_locked_one_is_left() {
    let locked = with(member(&source(json!({}))), "sys_locked", json!(true));
    let other = source(json!({ "package_id": "silver" }));
    assert_eq!(planned(&other, &person("o"), &[locked]), None);
}

#[test]
fn depth_and_circles_end_the_cascade() {
    let part = record(json!({ "id": "k", "parent_organization_id": "o" }));
    let of = |source: &Source| {
        let target = Target {
            owner: &part,
            owner_type: OwnerType::Organization,
            owned: &[],
            beside_own: false,
        };
        plan(source, &target, TODAY)
    };
    let made = of(&source(json!({}))).unwrap();
    assert_eq!(made.text(m::ID), "organization:k:o");
    assert_eq!(made.text(m::TYPE_ID), "firm");
    let ninth = json!({ "flowdown_depth": 9, "master_membership_id": "organization:top",
        "master_membership_organization_id": "top" });
    let last = of(&source(ninth)).unwrap();
    assert_eq!(last.get(m::FLOWDOWN_DEPTH), Some(10));
    assert_eq!(last.text(m::MASTER_ORGANIZATION_ID), "top");
    assert_eq!(of(&source(json!({ "flowdown_depth": 10 }))), None);
    assert_eq!(
        of(&source(json!({ "master_membership_organization_id": "k" }))),
        None
    );
}

#[test]
fn who_is_picked_has_what_the_entry_says_and_keeps_how_it_is_held() {
    let picked = json!({ "assigned_memberships": [
        { "contact_id": "c", "chapter_ids": ["north", "south"], "add_on_ids": ["badge"] }] });
    let source_with = |changes| Source::new(organization(changes), &types(false));
    let mut made = planned(&source_with(picked.clone()), &person("elsewhere"), &[]).unwrap();
    assert_eq!(made.get(m::ORIGIN), Some(Origin::Assigned));
    assert_eq!(
        made.raw("chapters"),
        Some(&json!([{ "chapter_id": "north" }, { "chapter_id": "south" }]))
    );
    assert_eq!(
        made.raw("add_ons"),
        Some(&json!([{ "add_on_id": "badge" }]))
    );
    made.set_raw(
        "chapters",
        json!([{ "chapter_id": "south", "dues": 5 }, { "chapter_id": "north" }]),
    );
    let less = json!({ "assigned_memberships": [{ "contact_id": "c", "chapter_ids": ["south"] }] });
    let fewer = planned(&source_with(less), &person("elsewhere"), &[made.clone()]).unwrap();
    assert_eq!(
        fewer.raw("chapters"),
        Some(&json!([{ "chapter_id": "south", "dues": 5 }]))
    );
    assert_eq!(fewer.raw("add_ons"), None);
    let gone = planned(&source_with(json!({})), &person("elsewhere"), &[made]).unwrap();
    assert_eq!(gone.get(m::STATUS), Some(Status::Inactive));
}

#[test]
fn an_organizations_own_membership_is_the_source_unless_it_is_over() {
    let one = |id: &str, origin: &str, status: &str| {
        record(json!({ "id": id, "origin": origin, "status": status }))
    };
    let own = |status| one("organization:k", "principal", status);
    let received = |status| one("organization:k:o", "flowdown", status);
    let of = |all: &[Record]| source_of(all).map(|one| one.text(m::ID).to_owned());
    assert_eq!(
        of(&[own("active"), received("active")]).as_deref(),
        Some("organization:k")
    );
    assert_eq!(
        of(&[own("inactive"), received("active")]).as_deref(),
        Some("organization:k:o")
    );
    assert_eq!(
        of(&[own("inactive"), received("inactive")]).as_deref(),
        Some("organization:k")
    );
    assert_eq!(of(&[]), None);
}

#[test]
fn nobody_receives_a_type_that_they_may_not_hold() {
    let picked = json!({ "assigned_memberships": [{ "contact_id": "c" }] });
    for wrong in [json!({ "customer_type": "organization" }), json!(null)] {
        let mut types = types(true);
        types.remove("person");
        if !wrong.is_null() {
            types.insert("person".into(), record(wrong));
        }
        let source = |changes| Source::new(organization(changes), &types);
        assert_eq!(planned(&source(json!({})), &person("o"), &[]), None);
        assert_eq!(planned(&source(picked.clone()), &person("x"), &[]), None);
        let made = member(&self::source(json!({})));
        let ended = planned(&source(json!({})), &person("o"), &[made]).unwrap();
        assert_eq!(ended.get(m::STATUS), Some(Status::Inactive));
    }
}

#[test]
fn a_type_that_is_no_longer_active_is_kept_and_given_to_nobody_else() {
    let mut types = types(true);
    for kind in types.values_mut() {
        kind.set_raw("is_active", json!(false));
    }
    let later = json!({ "expiration_date": "2027-12-31" });
    let source = Source::new(organization(later), &types);
    assert_eq!(planned(&source, &person("o"), &[]), None);
    let held = with(member(&self::source(json!({}))), "type_id", json!("older"));
    let kept = planned(&source, &person("o"), &[held]).unwrap();
    assert_eq!(kept.get(m::EXPIRATION_DATE), Some(date(2027, 12, 31)));
    assert_eq!(kept.text(m::TYPE_ID), "older");
}

const STATUSES: [&str; 4] = ["active", "inactive", "suspended", "active without benefits"];
const NAMES: [&str; 6] = [
    "status",
    "status_reason_id",
    "termination_date",
    "package_id",
    "type_id",
    "chapters",
];

fn fields() -> impl Strategy<Value = Value> {
    let dates = prop::option::of(prop::sample::select(vec!["2026-01-01", "2026-05-05"]));
    let words = prop::option::of(prop::sample::select(vec!["a", "b"]));
    let status = prop::sample::select(STATUSES.to_vec());
    (status, words.clone(), words, dates.clone(), dates, any::<bool>()).prop_map(
        |(status, reason, package, left, renewed, no)| {
            json!({ "status": status, "status_reason_id": reason, "package_id": package,
                "termination_date": left, "lapse_date": left, "renewal_date": renewed, "do_not_renew": no })
        },
    )
}

proptest! {
    /// Whatever was there: what is planned once needs no second change, what is
    /// overridden stays, and no membership of the person's own is touched.
    #[test]
    fn a_second_look_changes_nothing(
        parent in fields(), held in fields(), depth in 0_i64..11, there: bool, computed: bool,
        belongs: bool, picked: bool, flows: bool, active: bool, own in prop::option::of(0_usize..4),
        overridden in prop::sample::subsequence(NAMES.to_vec(), 0..3), kept: bool,
    ) {
        let mut parent = organization(parent);
        if depth > 0 {
            parent.set(m::FLOWDOWN_DEPTH, depth);
        }
        if picked {
            parent.set_raw("assigned_memberships", json!([{ "contact_id": "c", "chapter_ids": ["n"] }]));
        }
        let mut types = types(flows);
        if let Some(person) = types.get_mut("person") {
            person.set_raw("is_active", json!(active));
        }
        let source = Source::new(parent, &types);
        let mut owned = Vec::new();
        if let Some(status) = own {
            owned.push(record(json!({ "id": "contact:c", "status": STATUSES[status] })));
        }
        if there {
            let mut existing = organization(held);
            existing.set_raw("id", json!("contact:c:o"));
            existing.set_raw("type_id", json!("held"));
            existing.set_raw("overridden_fields", json!(overridden));
            existing.set_raw("do_not_drop", json!(kept));
            if computed {
                existing.set(m::PARENT_VERSION, 1);
            }
            owned.push(existing);
        }
        let owner = person(if belongs { "o" } else { "other" });
        let before = owned.iter().find(|one| one.text(m::ID) == "contact:c:o").cloned();
        let Some(after) = planned(&source, &owner, &owned) else { return Ok(()) };
        prop_assert_eq!(after.text(m::ID), "contact:c:o");
        prop_assert_eq!(after.get(m::PARENT_VERSION), Some(4));
        if let Some(before) = before {
            let moved = before.raw("status") != after.raw("status");
            // A reason is of the status that it was set with.
            for name in overridden.into_iter().filter(|name| !moved || *name != "status_reason_id") {
                prop_assert_eq!(before.raw(name), after.raw(name), "{}", name);
            }
        }
        owned.retain(|one| one.text(m::ID) != "contact:c:o");
        owned.push(after);
        prop_assert_eq!(planned(&source, &owner, &owned), None);
    }
}
