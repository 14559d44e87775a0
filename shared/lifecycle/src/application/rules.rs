//! What its process and its membership type say about an application (rule
//! APPL-4).

use super::activated::picked;
use super::catalogue::Catalogue;
use super::wanted::Wanted;
use model::field::Field;
use model::json::same_or_absent;
use model::resource::ID_FIELD;
use model::resources::application::{
    ApplicationStatus, GROUP_PROCESS_ID, PACKAGE_ID, PROCESS_ID, STATUS, TYPE, TYPE_ID,
};
use model::resources::application_setup::{CUSTOMER_TYPE, PROCESS_TYPE};
use model::resources::catalogue::{IS_ACTIVE, NAME, PACKAGE_TYPE_ID, is_active, most_contacts};
use model::resources::joining::{Before, Held, Place, Rules};
use model::resources::membership::Origin;
use model::resources::membership::affiliations::{CHAPTER, HELD_MAX, SECTION};
use model::resources::owner::{OWNER_TYPE, OwnerType};
use model::{Problem, Problems, Record};
use serde_json::Value;

/// A switch of the process, the ids it then allows, and the application's field
/// that must hold one of them.
const RESTRICTIONS: [(&str, &str, &str); 2] = [
    (
        "restrict_membership_types",
        "membership_type_ids",
        "membership_type_id",
    ),
    (
        "restrict_membership_packages",
        "membership_package_ids",
        "membership_package_id",
    ),
];

/// What an application is priced by, and its order made for.
pub const PRICED_BY: [&str; 14] = [
    "type",
    "process_id",
    "application_group_id",
    "group_application_process_id",
    "owner_type",
    "contact_id",
    "organization_id",
    "membership_type_id",
    "membership_package_id",
    "chapter_id",
    "additional_chapter_ids",
    "section_ids",
    "add_ons",
    "coupon_id",
];

/// Once it is approved, none of that changes.
pub fn check_kept(before: Option<&Record>, after: &Record, problems: &mut Problems) {
    let approved = |record: &&Record| record.get(STATUS) == Some(ApplicationStatus::Approved);
    let Some(before) = before.filter(approved) else {
        return;
    };
    for name in PRICED_BY {
        if !same_or_absent(before.raw(name), after.raw(name)) {
            let rule = "cannot change: the application is approved, and its order made";
            problems.extend_new([Problem::new(format!("/{name}"), rule)]);
        }
    }
}

/// Whether the process has to be asked again: a later change of the process
/// itself blocks no other change of the application.
pub fn is_chosen_anew(before: Option<&Record>, after: &Record) -> bool {
    let governed = [
        PROCESS_ID.name(),
        GROUP_PROCESS_ID.name(),
        TYPE.name(),
        OWNER_TYPE.name(),
    ];
    let restricted = RESTRICTIONS.map(|(_, _, field)| field);
    before.is_none_or(|before| {
        let mut fields = governed.into_iter().chain(restricted);
        fields.any(|field| before.raw(field) != after.raw(field))
    })
}

/// The people whom an organization picks, and the package that has seats for them.
const PICKS: [&str; 3] = [
    "assigned_contacts",
    "corporate_member_ids",
    PACKAGE_ID.name(),
];

/// Whether [`check_seats`] has to be asked.
pub fn picks_anew(before: Option<&Record>, after: &Record) -> bool {
    let named = PICKS[..2].iter().any(|name| after.raw(name).is_some());
    named
        && before.is_none_or(|before| PICKS.iter().any(|name| before.raw(name) != after.raw(name)))
}

/// No more people are picked than the package has seats (rule FLOW-9).
pub fn check_seats(application: &Record, package: Option<&Record>, problems: &mut Problems) {
    let count = picked(application).len();
    let most = package.and_then(most_contacts);
    if let (Some(package), Some(most)) = (package, most)
        && count > most
    {
        let named = PICKS[..2]
            .iter()
            .find(|name| application.raw(name).is_some());
        let id = package.text(ID_FIELD);
        let rule = format!("names {count} people: the package {id} has room for {most}");
        problems.add(format!("/{}", named.unwrap_or(&PICKS[0])), rule);
    }
}

/// A package and a membership type that are newly asked for can be chosen, and the
/// type is for such owners.
pub fn check_sold(
    before: Option<&Record>,
    application: &Record,
    [package, kind]: [Option<&Record>; 2],
    problems: &mut Problems,
) {
    let anew = |field: Field<String>| {
        before.is_none_or(|before| before.get(field) != application.get(field))
    };
    for (field, what, named) in [(PACKAGE_ID, "package", package), (TYPE_ID, "type", kind)] {
        if let Some(named) = named.filter(|named| anew(field) && !is_active(named)) {
            let (name, id) = (named.text(NAME), named.text(ID_FIELD));
            let rule = format!("{what} {name} ({id}) is not active");
            problems.extend_new([Problem::new(format!("/{}", field.name()), rule)]);
        }
    }
    if let Some(kind) = kind.filter(|_| anew(TYPE_ID)) {
        check_owner_type(application, kind, problems);
    }
}

fn check_owner_type(application: &Record, kind: &Record, problems: &mut Problems) {
    let owner = application.get(OWNER_TYPE);
    let only = kind.get(CUSTOMER_TYPE);
    if let Some((only, owner)) = only.zip(owner)
        && only != owner
    {
        let rule = format!(
            "must be {only}: the membership type {} is for no other owners",
            kind.text(ID_FIELD)
        );
        problems.extend_new([Problem::new("/owner_type", rule)]);
    }
}

/// What the process says. `package` is the one that is asked for, if it is there.
pub fn check_process(
    process: &Record,
    application: &Record,
    package: Option<&Record>,
    problems: &mut Problems,
) {
    if process.get(IS_ACTIVE) == Some(false) {
        let rule = format!("{} is not active", process.text(ID_FIELD));
        problems.extend_new([Problem::new("/process_id", rule)]);
    }
    if let Some(rule) = other_origins(process) {
        problems.extend_new([Problem::new("/process_id", rule)]);
    }
    if let Some((wanted, given)) = process.get(PROCESS_TYPE).zip(application.get(TYPE))
        && wanted != given
    {
        problems.add("/type", format!("must be {wanted}, as the process is"));
    }
    let owners = process.get(CUSTOMER_TYPE).zip(application.get(OWNER_TYPE));
    if let Some((wanted, given)) = owners
        && wanted != given
    {
        let rule = format!("must be {wanted}: the process is for no other owners");
        problems.add("/owner_type", rule);
    }
    for (switch, allowed, field) in RESTRICTIONS {
        if let Some(given) = application.raw(field)
            && !is_allowed(process, switch, allowed, given)
        {
            problems.add(format!("/{field}"), "is not one that the process allows");
        }
    }
    check_granted(process, application, package, problems);
}

/// Why nobody applies by a process that is for other memberships than principal
/// ones: an application is of its owner's own.
pub fn other_origins(process: &Record) -> Option<String> {
    let origins = process
        .raw("applicable_origins")
        .and_then(Value::as_array)?;
    let listed: Vec<&str> = origins.iter().filter_map(Value::as_str).collect();
    let principal = Origin::Principal.to_string();
    let other = !listed.is_empty() && !listed.contains(&principal.as_str());
    other.then(|| {
        format!(
            "{} is for memberships of the origin {}, and an application is of a {principal} one",
            process.text(ID_FIELD),
            listed.join(", ")
        )
    })
}

/// A package grants its type: that one has to be asked for and allowed. One that
/// is not there grants none, so it passes no restriction of types.
fn check_granted(
    process: &Record,
    application: &Record,
    package: Option<&Record>,
    problems: &mut Problems,
) {
    let Some(id) = application.raw("membership_package_id") else {
        return;
    };
    let granted = package.and_then(|package| package.raw(PACKAGE_TYPE_ID.name()));
    let asked = application.raw("membership_type_id");
    let restricts = process.raw("restrict_membership_types") == Some(&Value::Bool(true));
    match (package, granted, asked) {
        (None, _, _) if restricts => {
            let rule = format!("packages {} does not exist", text(id));
            problems.extend_new([Problem::new("/membership_package_id", rule)]);
        }
        (_, Some(granted), Some(asked)) if granted != asked => {
            let rule = format!("must be {}, which the package grants", text(granted));
            problems.extend_new([Problem::new("/membership_type_id", rule)]);
        }
        (_, Some(granted), None)
            if !is_allowed(
                process,
                "restrict_membership_types",
                "membership_type_ids",
                granted,
            ) =>
        {
            let rule = format!(
                "grants the type {}, which is not one that the process allows",
                text(granted)
            );
            problems.extend_new([Problem::new("/membership_package_id", rule)]);
        }
        _ => {}
    }
}

fn is_allowed(process: &Record, switch: &str, allowed: &str, given: &Value) -> bool {
    let restricts = process.raw(switch) == Some(&Value::Bool(true));
    let allowed = process.raw(allowed).and_then(Value::as_array);
    !restricts || allowed.is_some_and(|allowed| allowed.contains(given))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether who holds `held` can have `wanted`, and whether the membership type is
/// for such owners.
pub fn check_wanted(
    application: &Record,
    wanted: &Wanted,
    held: &Wanted,
    known: &Catalogue,
    problems: &mut Problems,
) {
    if let Some(kind) = &known.kind {
        check_owner_type(application, kind, problems);
    }
    let rules = Rules {
        kind: known.kind.as_ref(),
        package: known.package.as_ref(),
        process: known.process.as_ref(),
        chapters: known.chapter_configuration.as_ref(),
        known: &known.affiliated(),
        asks_least: true,
    };
    let lists = |wanted: &Wanted| {
        let ids = |ids: &Option<Vec<String>>| ids.clone().unwrap_or_default();
        let add_ons = wanted.add_ons.clone().unwrap_or_default();
        Held::new(ids(&wanted.chapters), ids(&wanted.sections), add_ons)
    };
    let field = match application.raw("additional_chapter_ids") {
        Some(_) => "/additional_chapter_ids",
        None => "/chapter_id",
    };
    let before = Before {
        held: &lists(held),
        // What is held is bought anew, of the type that there is then.
        same_type: false,
        same_numbers: false,
    };
    let at = |place: Place| match place {
        Place::Quantity(index) => format!("/add_ons/{index}/quantity"),
        Place::List(kind) if kind.name == CHAPTER.name => field.to_owned(),
        Place::Entry(kind, _) if kind.name == CHAPTER.name => "/chapter_id".to_owned(),
        Place::List(kind) | Place::Entry(kind, _) if kind.name == SECTION.name => {
            "/section_ids".to_owned()
        }
        Place::List(_) | Place::Entry(..) => "/add_ons".to_owned(),
    };
    rules.check(&lists(wanted), before, at, problems);
    let chapters = wanted.chapters.as_ref().map_or(0, Vec::len);
    let sections = wanted.sections.as_ref().map_or(0, Vec::len);
    // What the membership could not hold is not sold (rule AFF-5).
    if chapters + sections > HELD_MAX {
        let rule = format!(
            "makes {chapters} chapters and {sections} sections: {HELD_MAX} in all may be held"
        );
        let longer = if sections > chapters {
            "/section_ids"
        } else {
            field
        };
        problems.extend_new([Problem::new(longer, rule)]);
    }
}

/// The kind of owner that a process is for.
pub fn owners_only(process: &Record) -> Option<OwnerType> {
    process.get(CUSTOMER_TYPE)
}
