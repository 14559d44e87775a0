//! Members whose outcome is known in advance: every type of action, every script of
//! the gateway, and what each must have come to when the run has ended.

use crate::TestApp;
use crate::import;
use futures::StreamExt;
use model::Record;
use model::resources::billing_run_action::{ActionStatus, ActionType};
use model::resources::{Chapters, Memberships};
use serde_json::{Value, json};

use ActionStatus::{Completed, PaymentFailure};
use ActionType::{
    AutoRenewalOrder, AutoRenewalReminder, Drop, ExpiringCardReminder, RenewalNotice, RenewalOrder,
    RenewalReminder,
};

/// How a member's one renewal order stands in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    None,
    Open,
    Paid,
    Void,
}

/// A kind of member.
#[derive(Debug)]
pub struct Scenario {
    /// What the ids of such members begin with.
    pub name: &'static str,
    pub expiration: &'static str,
    pub package: &'static str,
    /// The stored card of those who renew automatically.
    pub card: Option<&'static str>,
    /// Whether an earlier run has made the order.
    pub billed_before: bool,
    /// The run's actions for such a member, and how each ends.
    pub actions: &'static [(ActionType, ActionStatus)],
    pub order: Order,
    /// Whether the dates move, once.
    pub moved: bool,
}

const PLAIN: Scenario = Scenario {
    name: "",
    expiration: "2026-04-15",
    package: "anniversary",
    card: None,
    billed_before: false,
    actions: &[(RenewalOrder, Completed)],
    order: Order::Open,
    moved: false,
};

const fn charged(name: &'static str, card: &'static str) -> Scenario {
    Scenario {
        name,
        card: Some(card),
        actions: &[(AutoRenewalOrder, Completed)],
        order: Order::Paid,
        moved: true,
        ..PLAIN
    }
}

/// Every kind, for a run of [`body`] on the tests' day.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "noticed",
        expiration: "2026-06-15",
        actions: &[(RenewalNotice, Completed)],
        order: Order::None,
        ..PLAIN
    },
    Scenario {
        name: "ordered",
        ..PLAIN
    },
    Scenario {
        name: "both",
        expiration: "2026-05-15",
        actions: &[(RenewalNotice, Completed), (RenewalOrder, Completed)],
        ..PLAIN
    },
    Scenario {
        name: "immediate",
        package: "immediate",
        moved: true,
        ..PLAIN
    },
    Scenario {
        name: "free",
        package: "free",
        order: Order::Paid,
        moved: true,
        ..PLAIN
    },
    charged("good", "tok_good"),
    charged("before", "tok_timeout_before"),
    charged("after", "tok_timeout_after"),
    charged("limited", "tok_rate_limited"),
    Scenario {
        name: "declined",
        actions: &[(AutoRenewalOrder, PaymentFailure)],
        order: Order::Open,
        moved: false,
        ..charged("declined", "tok_declined")
    },
    Scenario {
        name: "adopted",
        billed_before: true,
        ..charged("adopted", "tok_good")
    },
    Scenario {
        name: "reminded",
        expiration: "2026-03-20",
        billed_before: true,
        actions: &[(RenewalReminder, Completed)],
        ..PLAIN
    },
    Scenario {
        name: "warned",
        expiration: "2026-07-15",
        card: Some("tok_good"),
        actions: &[
            (AutoRenewalReminder, Completed),
            (ExpiringCardReminder, Completed),
        ],
        order: Order::None,
        ..PLAIN
    },
    Scenario {
        name: "gone",
        expiration: "2026-02-15",
        actions: &[(Drop, Completed)],
        order: Order::None,
        ..PLAIN
    },
    Scenario {
        name: "lapsed",
        expiration: "2026-02-15",
        billed_before: true,
        actions: &[(Drop, Completed)],
        order: Order::Void,
        ..PLAIN
    },
];

/// The chapter that those who are dropped belong to.
pub const CHAPTER_LEFT: &str = "north";

/// `each` members of every kind: their membership ids and scenarios.
pub fn members(each: usize) -> Vec<(String, &'static Scenario)> {
    let of_kind = |scenario: &'static Scenario| {
        (0..each).map(move |number| (format!("contact:{}-{number:03}", scenario.name), scenario))
    };
    SCENARIOS.iter().flat_map(of_kind).collect()
}

/// The body of the run that brings every scenario about: all seven types at once.
pub fn body() -> Value {
    let options = |from: &str, to: &str, notices: Value| {
        let range = json!({ "expiration_date_range_start": from, "expiration_date_range_end": to });
        crate::records::with(range, notices)
    };
    let reminders = |from: &str, to: &str, notice: &str| {
        let reminder = json!({ "id": 1, "name": "First", "reminder_notice_id": notice });
        json!({ "reminders": [options(from, to, reminder)] })
    };
    let auto = json!({ "auto_renewal_success_notice_id": "paid", "auto_renewal_failure_notice_id": "refused" });
    json!({
        "name": "Every type at once",
        "generate_renewal_notices": true,
        "renewal_notice_options": options("2026-05-01", "2026-06-30", json!({ "renewal_notice_id": "notice" })),
        "generate_renewal_orders": true,
        "renewal_order_options": options("2026-04-01", "2026-05-31", json!({ "renewal_order_notice_id": "bill" })),
        "perform_auto_renewals": true,
        "auto_renewal_options": options("2026-04-01", "2026-05-31", auto),
        "send_renewal_reminders": true,
        "renewal_reminder_options": reminders("2026-03-11", "2026-03-31", "reminder"),
        "send_auto_renewal_reminders": true,
        "auto_renewal_reminder_options": reminders("2026-07-01", "2026-07-31", "reminder"),
        "send_expiring_credit_card_reminders": true,
        "expiring_credit_card_reminders_options": reminders("2026-07-01", "2026-07-31", "card"),
        "perform_drops": true,
        "drop_options": options("2026-01-01", "2026-03-09", json!({ "drop_notice_id": "dropped" })),
    })
}

impl TestApp {
    /// Fills an empty stack with `each` members of every kind, on the day
    /// before the run.
    pub async fn seed_scenarios(&self, each: usize) {
        self.catalogue().await;
        let chapter = json!({ "id": CHAPTER_LEFT, "name": CHAPTER_LEFT });
        self.seed::<Chapters>(chapter).await;
        let (billed, others): (Vec<_>, Vec<_>) = members(each)
            .into_iter()
            .partition(|(_, scenario)| scenario.billed_before);
        self.seed_members(&billed).await;
        let run = json!({ "name": "Earlier", "generate_renewal_orders": true, "renewal_order_options":
            { "expiration_date_range_start": "2026-01-01", "expiration_date_range_end": "2026-12-31" } });
        let run = self.post("/billingRuns/acme", run).await.ok();
        let run = run["id"].as_str().expect("an id").to_owned();
        self.refresh(&run).await;
        let run = self.execute(&run).await;
        let made = &run["statistics"]["renewal_orders"]["successful"];
        assert_eq!(*made, billed.len(), "{run}");
        self.opt_in(&billed).await;
        self.seed_members(&others).await;
    }

    async fn seed_members(&self, members: &[(String, &'static Scenario)]) {
        let seed = async |(id, scenario): (String, &'static Scenario)| {
            let contact = id.trim_start_matches("contact:");
            let mut changes = json!({ "package_id": scenario.package });
            if scenario.actions.iter().any(|(kind, _)| *kind == Drop) {
                changes["chapters"] = json!([{ "chapter_id": CHAPTER_LEFT }]);
            }
            if !scenario.billed_before {
                changes = crate::records::with(changes, card(scenario));
            }
            self.member(contact, scenario.expiration, changes).await
        };
        let seeded = futures::stream::iter(members.iter().cloned().map(seed));
        let seeded: Vec<String> = seeded.buffer_unordered(8).collect().await;
        assert_eq!(seeded.len(), members.len());
    }

    /// Those who were billed and have then stored a card.
    async fn opt_in(&self, members: &[(String, &'static Scenario)]) {
        for (id, scenario) in members
            .iter()
            .filter(|(_, scenario)| scenario.card.is_some())
        {
            let before = self.store.require::<Memberships>(id).await;
            let before = before.expect("a membership");
            let mut after = before.clone();
            for (name, value) in card(scenario).as_object().into_iter().flatten() {
                after.set_raw(name, value.clone());
            }
            let context = import();
            let saved = self
                .store
                .save::<Memberships>(&context, Some(&before), after);
            saved.await.expect("a sound membership");
        }
    }
}

/// What a stored card adds to a membership.
fn card(scenario: &Scenario) -> Value {
    scenario.card.map_or_else(
        || json!({}),
        |token| {
            json!({
                "renew_automatically": true,
                "renewal_payment_info": { "payment_account": token },
                "renewal_payment_card_expiration": "2026-06-30",
            })
        },
    )
}

/// The end of a term that a renewal moves on by a year.
pub fn a_year_later(expiration: &str) -> String {
    let day: jiff::civil::Date = expiration.parse().expect("a date");
    day.saturating_add(jiff::Span::new().years(1)).to_string()
}

/// A record's field as text; empty where it has none.
pub fn shown(record: &Record, name: &str) -> String {
    match record.raw(name) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
