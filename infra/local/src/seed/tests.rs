use super::generate::Member;
use super::*;
use crate::engine::Engine;
use crate::tables;
use jiff::Timestamp;
use model::error::Problems;
use model::lookup::Lookup;
use model::resources::membership::{
    self as m, BILL_ORGANIZATION, DO_NOT_DROP, DO_NOT_RENEW, EMAIL_ADDRESS, EXPIRATION_DATE,
    OwnerType, RENEW_AUTOMATICALLY, Status,
};
use model::resources::people::{self, EMAIL_ADDRESS as ADDRESS};
use model::resources::{
    BillingNotices, Contacts, Memberships, Organizations, Settings, StatusReasons, Types,
};
use model::{Record, Resource, TenantId, WriteContext};
use std::sync::Arc;
use store::Database;
use terms::package::Packages;

fn association(seed: u64, members: u32) -> Association {
    Association {
        seed,
        members,
        day: "2026-11-21".parse().unwrap(),
    }
}

fn members(association: &Association) -> Vec<Member> {
    let packages = Packages::new(association.packages());
    (0..association.members)
        .map(|number| association.member(number, &packages).unwrap())
        .collect()
}

fn text(association: &Association) -> String {
    let catalogue = [
        vec![association.settings()],
        catalogue::types(),
        association.packages(),
        catalogue::status_reasons(),
        notices::billing_notices(),
    ];
    let mut text: String = catalogue.concat().iter().map(line).collect();
    for made in members(association) {
        let owners = made
            .staff
            .iter()
            .chain(&made.contact)
            .chain(&made.organization);
        text.extend(owners.chain([&made.membership]).map(line));
        text.push_str(&serde_json::to_string(&made.order).unwrap());
    }
    text
}

fn line(record: &Record) -> String {
    serde_json::to_string(record.fields()).unwrap() + "\n"
}

#[track_caller]
fn check<R: Resource>(record: &Record) {
    let context = WriteContext {
        user: "import".into(),
        via: "import".into(),
        now: Timestamp::UNIX_EPOCH,
    };
    let mut problems = Problems::default();
    store::check::<R>(&context, None, &mut record.clone(), &mut problems);
    if let Err(error) = problems.into_result() {
        panic!("{error}: {}", line(record));
    }
}

#[test]
fn a_seed_gives_the_same_to_the_letter_and_another_seed_something_else() {
    let one = text(&association(42, 250));
    assert!(one == text(&association(42, 250)));
    assert!(one != text(&association(43, 250)));
}

#[test]
fn more_members_change_none_of_the_first_but_where_they_work() {
    let (few, many) = (association(42, 100), association(42, 1_000));
    let packages = Packages::new(few.packages());
    for number in 0..100 {
        let (a, b) = (
            few.member(number, &packages).unwrap(),
            many.member(number, &packages).unwrap(),
        );
        assert_eq!(a.membership.text(m::ID), b.membership.text(m::ID));
        assert_eq!(a.membership.text(m::TYPE_ID), b.membership.text(m::TYPE_ID));
    }
}

#[test]
fn every_record_keeps_its_rules_on_any_day() {
    for day in ["2026-11-21", "2027-01-31", "2028-02-29", "2027-06-16"] {
        let association = Association {
            day: day.parse().unwrap(),
            ..association(7, 2_000)
        };
        check::<Settings>(&association.settings());
        catalogue::types().iter().for_each(check::<Types>);
        association
            .packages()
            .iter()
            .for_each(check::<model::resources::Packages>);
        catalogue::status_reasons()
            .iter()
            .for_each(check::<StatusReasons>);
        notices::billing_notices()
            .iter()
            .for_each(check::<BillingNotices>);
        for made in members(&association) {
            made.staff
                .iter()
                .chain(&made.contact)
                .for_each(check::<Contacts>);
            made.organization.iter().for_each(check::<Organizations>);
            check::<Memberships>(&made.membership);
            let owner = made
                .contact
                .as_ref()
                .or(made.organization.as_ref())
                .unwrap();
            assert_eq!(made.membership.text(m::NAME), owner.text(people::NAME));
            assert_eq!(made.order.is_some(), made.membership.is(m::BILLED));
        }
    }
}

#[test]
fn notices_compile_and_packages_can_be_sold() {
    let association = association(42, 1);
    for notice in notices::billing_notices() {
        let email = notice
            .get(model::resources::billing_notice::EMAIL_TEMPLATE)
            .unwrap();
        let email = serde_json::from_value(email).unwrap();
        if let Err(problems) = services::notice::check(&email) {
            panic!("{}: {problems:?}", notice.text(model::resource::ID_FIELD));
        }
    }
    let packages = Packages::new(association.packages());
    for record in association.packages() {
        packages
            .renewal_of(record.text(model::resource::ID_FIELD))
            .unwrap();
    }
}

/// Of a thousand memberships, those for which `holds`.
fn share(all: &[Member], holds: impl Fn(&Record) -> bool) -> usize {
    let found = all.iter().filter(|made| holds(&made.membership)).count();
    found * 1_000 / all.len()
}

#[track_caller]
fn about(found: usize, range: std::ops::RangeInclusive<usize>) {
    assert!(range.contains(&found), "{found} of 1000");
}

#[test]
fn shares_are_believable() {
    let association = association(42, 10_000);
    let all = members(&association);
    let status = |status| share(&all, |r| r.get(m::STATUS) == Some(status));
    about(
        share(&all, |r| {
            r.get(m::OWNER_TYPE) == Some(OwnerType::Organization)
        }),
        120..=120,
    );
    about(share(&all, |r| r.is(RENEW_AUTOMATICALLY)), 270..=330);
    about(status(Status::Inactive), 24..=36);
    about(status(Status::Suspended), 15..=25);
    about(share(&all, |r| r.is(DO_NOT_RENEW)), 15..=25);
    about(share(&all, |r| r.is(DO_NOT_DROP)), 15..=25);
    about(share(&all, |r| !r.has(EMAIL_ADDRESS)), 15..=25);
    about(share(&all, |r| r.is(BILL_ORGANIZATION)), 20..=40);
    about(share(&all, |r| r.is(m::BILLED)), 20..=70);
    about(share(&all, |r| r.has(m::CHAPTERS)), 190..=260);
    let token = |start: &str| {
        let account = |r: &Record| {
            Some(
                r.get(m::PAYMENT_INFO)?["payment_account"]
                    .as_str()?
                    .to_owned(),
            )
        };
        share(&all, |r| {
            account(r).is_some_and(|token| token.starts_with(start))
        })
    };
    about(token("tok_declined"), 8..=30);
    for rare in [
        "tok_timeout_before",
        "tok_timeout_after",
        "tok_rate_limited",
    ] {
        about(token(rare), 1..=6);
    }
}

#[test]
fn a_third_expires_within_45_days_whatever_the_day() {
    for day in ["2026-11-21", "2027-01-31", "2027-04-16", "2027-08-02"] {
        let association = Association {
            day: day.parse().unwrap(),
            ..association(42, 4_000)
        };
        let all = members(&association);
        let (from, to) = (
            dates::plus(association.day, -60),
            dates::plus(association.day, 45),
        );
        let near = |r: &Record| {
            r.get(m::STATUS) != Some(Status::Inactive)
                && r.get(EXPIRATION_DATE)
                    .is_some_and(|date| (from..=to).contains(&date))
        };
        about(share(&all, near), 270..=420);
    }
}

#[test]
fn some_whose_organization_is_billed_have_none() {
    let all = members(&association(42, 10_000));
    let unknown = all.iter().filter(|made| {
        let contact = made.contact.as_ref();
        made.membership.is(BILL_ORGANIZATION)
            && contact.is_some_and(|c| !c.has(people::ORGANIZATION_ID))
    });
    assert!((5..=100).contains(&unknown.count()));
}

#[test]
fn everybody_who_is_named_exists_and_nobody_twice() {
    let association = association(42, 1_010);
    let all = members(&association);
    let organizations: Vec<&str> = all
        .iter()
        .filter_map(|made| Some(made.organization.as_ref()?.text(model::resource::ID_FIELD)))
        .collect();
    assert_eq!(organizations.len() as u32, association.organizations());
    let people: Vec<&Record> = all
        .iter()
        .flat_map(|made| made.staff.iter().chain(&made.contact))
        .collect();
    let ids: std::collections::BTreeSet<&str> = people
        .iter()
        .map(|p| p.text(model::resource::ID_FIELD))
        .collect();
    assert_eq!(ids.len(), people.len());
    for person in &people {
        if let Some(id) = person.get(people::ORGANIZATION_ID) {
            assert!(organizations.contains(&id.as_str()), "{id}");
        }
        let addresses = person.get(ADDRESS).map_or(Ok(Vec::new()), |address| {
            services::mail::parse_list(&address)
        });
        addresses.unwrap();
    }
}

#[test]
fn the_settings_tell_which_association_it_is() {
    let one = association(u64::MAX, 12);
    assert_eq!(Association::of(&one.settings()), Some(one));
    assert_eq!(Association::of(&Record::default()), None);
}

async fn store_in_memory() -> (Engine, store::Store) {
    let engine = Engine::start(None).unwrap();
    let connection = store::Connection::local(engine.endpoint.clone());
    let names = tables::make(&connection).await.unwrap();
    let database = Arc::new(Database::new(&connection, names));
    let store = database.tenant(&TenantId::parse("demo").unwrap());
    (engine, store)
}

#[tokio::test]
async fn filling_again_changes_nothing_and_what_is_referred_to_is_kept() {
    let (_engine, store) = store_in_memory().await;
    let association = association(42, 260);
    fill(&store, &association, |_| {}).await.unwrap();
    let before = store
        .query_all::<Contacts>(&Lookup::all::<Contacts>())
        .await
        .unwrap();
    let first = store
        .require::<Memberships>("contact:c-000000")
        .await
        .unwrap();
    assert_eq!(first.get(m::NUMBER_FIELD), Some(1));
    fill(&store, &association, |_| {}).await.unwrap();
    assert_eq!(
        store
            .query_all::<Contacts>(&Lookup::all::<Contacts>())
            .await
            .unwrap(),
        before
    );
    assert_eq!(
        store
            .require::<Memberships>("contact:c-000000")
            .await
            .unwrap(),
        first
    );
    for refused in [
        store
            .delete::<Contacts>(&store.require::<Contacts>("c-000000").await.unwrap())
            .await,
        store
            .delete::<Types>(&store.require::<Types>("type-regular").await.unwrap())
            .await,
    ] {
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("is or was used by other records")
        );
    }
    // Nobody has ever held it, so it is free to go.
    let unused = store
        .require::<StatusReasons>("reason-moved-away")
        .await
        .unwrap();
    store.delete::<StatusReasons>(&unused).await.unwrap();
}

#[tokio::test]
async fn what_an_interrupted_filling_has_left_out_is_added() {
    let (_engine, store) = store_in_memory().await;
    let association = association(42, 530);
    fill(&store, &association, |_| {}).await.unwrap();
    let last = association
        .member(529, &Packages::new(association.packages()))
        .unwrap();
    let stored = store
        .require::<Memberships>(last.membership.text(m::ID))
        .await
        .unwrap();
    store.delete::<Memberships>(&stored).await.unwrap();
    fill(&store, &association, |_| {}).await.unwrap();
    let again = store
        .require::<Memberships>(last.membership.text(m::ID))
        .await
        .unwrap();
    assert_ne!(
        again.get(m::NUMBER_FIELD),
        stored.get(m::NUMBER_FIELD),
        "numbers are never reused"
    );
    assert_eq!(again.get(EXPIRATION_DATE), stored.get(EXPIRATION_DATE));
}
