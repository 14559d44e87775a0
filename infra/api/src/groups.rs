//! The groups of operations in the order in which a newcomer needs them: what an
//! association is and sells, its people, their memberships, a billing run, what
//! repeats it; then applications, and the catalogue of the rest.

/// Each first segment of a path, and what stands under it.
pub const GROUPS: &[web::openapi::Group] = &[
    (
        "settings",
        "How a tenant is billed: time zone, currency, and whether mail and charges are real.",
    ),
    ("types", "What kinds of membership there are."),
    (
        "packages",
        "What is sold: price, term, and when it is renewed.",
    ),
    ("statusReasons", "Why a membership is active, or no longer."),
    ("contacts", "People: who memberships belong to."),
    (
        "organizations",
        "Organizations that are members, or bring members.",
    ),
    ("memberships", "Who is a member, until when, of what."),
    (
        "statistics",
        "How many members there were when months ended, and who came and went.",
    ),
    ("billingNotices", "The e-mails that billing runs send."),
    (
        "billingRuns",
        "Bulk jobs: planned, looked through, approved and executed.",
    ),
    (
        "billingRunActions",
        "What a run is going to do, or has done, to each member.",
    ),
    (
        "orders",
        "What runs have billed, to be read, paid and voided.",
    ),
    (
        "billingTemplates",
        "What a run is made from, with dates relative to its day.",
    ),
    (
        "recurringBillingRuns",
        "Schedules that make runs from a template.",
    ),
    (
        "applicationProcesses",
        "How an application is decided, and what it may ask for.",
    ),
    (
        "applicationStatusReasons",
        "Why an application is approved, or not.",
    ),
    (
        "applications",
        "What people and organizations apply for, up to the decision.",
    ),
    (
        "groupApplicationProcesses",
        "How an application for many people at once is decided.",
    ),
    ("applicationGroups", "The people of one such application."),
    ("chapterTypes", "What kinds of chapter there are."),
    ("chapters", "Where members belong by place."),
    ("chapterDuesProducts", "What being in a chapter costs."),
    ("sectionTypes", "What kinds of section there are."),
    ("sections", "Where members belong by interest."),
    ("sectionDuesProducts", "What being in a section costs."),
    ("addOnTypes", "What kinds of add-on there are."),
    ("addOns", "What members may take beside their package."),
    ("addOnProducts", "What an add-on costs."),
    ("changeFees", "What changing a membership costs."),
    ("coupons", "What lowers a price."),
    ("idCardTemplates", "What a member's card looks like."),
    ("directories", "Lists of members for others to see."),
    ("elections", "Votes that members are called to."),
    ("ballots", "What is voted on in an election."),
    ("queryDefinitions", "Queries that staff have saved."),
    ("appReferenceTypes", "What outside records may be linked."),
];
