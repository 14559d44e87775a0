//! Random associations: settings, packages, members, and runs over them.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tests::planner::{NO_ACCOUNT, SWITCHES};
use tests::records::with;

pub const MEMBERS: usize = 40;
pub const PACKAGES: [&str; 8] = [
    "calendar", "fiscal", "years", "months", "days", "fixed", "free", "prompt",
];
const TYPES: [&str; 2] = ["regular", "student"];
const REASONS: [&str; 2] = ["paid", "hardship"];
const CARDS: [&str; 4] = ["tok_good", "tok_good", "tok_declined", "tok_lost"];

pub struct Dice(pub StdRng);

impl Dice {
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.random_range(0..100) < percent
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        *list.choose(&mut self.0).expect("a choice")
    }

    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        self.0.random_range(from..=to)
    }

    /// A day near `day`; month ends and leap days more often than by chance.
    pub fn near(&mut self, day: Date, days: i64) -> Date {
        let near = day + self.within(-days, days).days();
        match self.within(0, 5) {
            0 => near.last_of_month(),
            1 => near.first_of_month(),
            2 => day,
            _ => near,
        }
    }

    /// Where and when an association is; often close to midnight.
    pub fn settings(&mut self) -> Value {
        let zone = self.of(&[
            "UTC",
            "America/New_York",
            "Europe/Zurich",
            "Asia/Kolkata",
            "Pacific/Kiritimati",
            "Pacific/Auckland",
            "America/Los_Angeles",
        ]);
        let day = self.of(&[
            date(2024, 2, 28),
            date(2024, 2, 29),
            date(2026, 3, 10),
            date(2026, 12, 31),
            date(2027, 1, 1),
            date(2027, 2, 28),
            date(2027, 10, 31),
            date(2028, 2, 29),
        ]);
        let hour = self.of(&["00:30", "05:00", "11:59", "12:30", "23:30"]);
        let mut settings = json!({ "id": "settings", "clock": format!("{day}T{hour}:00Z"), "time_zone": zone, "currency": "USD" });
        if self.chance(60) {
            settings["charge_retry_days"] = self.of(&[0, 1, 10]).into();
            settings["max_charge_attempts"] = self.of(&[1, 2]).into();
        }
        match self.within(0, 5) {
            0 => settings["max_failures"] = self.within(0, 2).into(),
            1 => settings["max_failure_share"] = 0.1.into(),
            2 => settings["max_amount"] = 500.into(),
            _ => {}
        }
        if self.chance(20) {
            settings["delivery"] = "redirect".into();
            settings["delivery_address"] = "office@example.org".into();
        }
        settings
    }

    pub fn packages(&mut self) -> Vec<Value> {
        let mid = self.chance(50);
        let anniversary = |length: i64, unit: &str, more: Value| {
            let base = json!({ "term_length": length, "term_type": unit, "allow_mid_month_expirations": true });
            json!({ "expiration_type": "anniversary", "grace_period": 400, "anniversary_expiration_options": with(base, more) })
        };
        let calendar = |month: i64, years: i64, cut_off: Value| {
            let base = json!({ "start_of_calendar_year": month, "number_of_years": years });
            json!({ "expiration_type": "calendar", "grace_period": 400,
                "calendar_expiration_options": with(base, json!({ "sell_for_next_year_after": cut_off })) })
        };
        let whole = json!({ "allow_mid_month_expirations": mid, "sell_for_next_month_after": self.within(1, 28) });
        let fixed = json!({ "enable_fixed_expiration_dates": true, "fixed_expiration_dates": [
            { "range_start": "10-01", "range_end": "03-31", "expiration_date": "06-30" },
            { "range_start": "04-01", "range_end": "06-30", "expiration_date": "12-31" } ] });
        let options = [
            calendar(1, 1, Value::Null),
            calendar(self.within(2, 12), self.within(1, 2), json!("10-15")),
            anniversary(self.within(1, 2), "years", json!({})),
            anniversary(self.within(3, 18), "months", whole),
            anniversary(self.within(30, 400), "days", json!({})),
            anniversary(1, "years", fixed),
            anniversary(1, "years", json!({})),
            anniversary(1, "years", json!({})),
        ];
        let packages = PACKAGES.iter().zip(options).map(|(id, options)| {
            let price = if *id == "free" { 0.0 } else { 120.0 };
            let when = match *id {
                "prompt" => json!({ "update_dates_when": "immediately" }),
                "years" => json!({ "update_dates_when": "percentage paid", "update_dates_value": 50 }),
                "months" => json!({ "update_dates_when": "amount paid", "update_dates_value": 100 }),
                _ => json!({}),
            };
            let base = json!({ "id": id, "name": id, "business_unit_id": "b-1", "price": price, "expiration_options": options });
            with(base, when)
        });
        let mut packages: Vec<Value> = packages.collect();
        if self.chance(50) {
            packages[0]["renews_with_id"] = "years".into();
        }
        // What nothing can be billed by.
        if self.chance(25) {
            packages[1]
                .as_object_mut()
                .expect("a package")
                .remove("price");
        }
        if self.chance(25) {
            packages[4]["is_active"] = false.into();
        }
        packages
    }

    /// A contact and its membership.
    pub fn member(&mut self, number: usize, today: Date) -> (Value, Value) {
        let contact = format!("m{number}");
        let status = self.of(&[
            "active",
            "active",
            "active",
            "active without benefits",
            "suspended",
            "inactive",
        ]);
        let mut member = json!({
            "id": format!("contact:{contact}"), "number": number + 1, "owner_type": "contact",
            "contact_id": contact, "name": format!("Member {number}"), "status": status,
            "origin": "principal",
            "type_id": self.of(&TYPES), "package_id": self.of(&PACKAGES), "join_date": "2020-01-01",
            "expiration_date": self.near(today, 70).to_string(),
        });
        if status == "active" && self.chance(60) {
            member["status_reason_id"] = self.of(&REASONS).into();
        }
        if self.chance(35) {
            member["renew_automatically"] = true.into();
            member["renewal_payment_info"] = match self.chance(10) {
                true => json!({ "card_type": NO_ACCOUNT }),
                false => json!({ "payment_account": self.of(&CARDS) }),
            };
            if self.chance(70) {
                member["renewal_payment_card_expiration"] = self.near(today, 70).to_string().into();
            }
        }
        for flag in ["do_not_renew", "do_not_drop", "sys_locked"] {
            if self.chance(6) {
                member[flag] = true.into();
            }
        }
        if self.chance(10) {
            member["bill_organization"] = true.into();
        }
        // Some live together and share an address; some can't be mailed.
        let own = format!("{contact}@example.org");
        let bad = [
            "",
            "n/a",
            "m@localhost",
            "mailto:m@example.org",
            "m @example.org",
        ];
        let address = match self.within(0, 19) {
            0..4 => "family@example.org",
            4 => self.of(&bad),
            _ => &own,
        };
        member["email_address"] = address.into();
        let mut contact =
            json!({ "id": contact, "name": format!("Member {number}"), "email_address": address });
        // For whom the notice's template fails.
        if self.chance(8) {
            member["city"] = "Bern".into();
            contact["address"] = json!({ "city": "Bern" });
        }
        if self.chance(60) {
            contact["organization_id"] = "works".into();
        }
        (contact, member)
    }

    /// What staff might do to a member.
    pub fn edit(&mut self, today: Date) -> Value {
        match self.within(0, 7) {
            0 => json!({ "expiration_date": self.near(today, 70).to_string() }),
            1 => json!({ "package_id": self.of(&PACKAGES) }),
            2 => json!({ "do_not_renew": true }),
            3 => json!({ "do_not_drop": true }),
            4 => json!({ "type_id": self.of(&TYPES) }),
            5 => json!({ "renew_automatically": false }),
            6 => json!({ "status": "suspended" }),
            _ => json!({ "sys_locked": true }),
        }
    }

    fn range(&mut self, today: Date) -> Value {
        let from = self.near(today, 60) - 30.days();
        let to = from + self.within(30, 150).days();
        json!({ "expiration_date_range_start": from.to_string(), "expiration_date_range_end": to.to_string() })
    }

    fn restrictions(&mut self, options: &mut Value) {
        if self.chance(20) {
            options["include_only_certain_membership_types"] = true.into();
            options["membership_type_ids"] = json!([self.of(&TYPES)]);
        }
        if self.chance(20) {
            options["include_only_certain_membership_packages"] = true.into();
            options["membership_package_ids"] = json!([self.of(&PACKAGES), self.of(&PACKAGES)]);
        }
        if self.chance(10) {
            options["include_only_certain_status_reasons"] = true.into();
            options["status_reason_ids"] = json!([self.of(&REASONS)]);
        }
    }

    /// Reminders with ranges one after the other; the ids in some order.
    fn reminders(&mut self, today: Date) -> Value {
        let count = self.within(1, 3);
        let mut ids: Vec<i64> = (1..=count).collect();
        if self.chance(15) {
            ids.reverse();
        }
        let mut to = today + self.within(0, 70).days();
        let list = ids.into_iter().map(|id| {
            let from = to - self.within(0, 45).days();
            let reminder = json!({ "id": id, "name": format!("Reminder {id}"), "reminder_notice_id": "mail",
                "expiration_date_range_start": from.to_string(), "expiration_date_range_end": to.to_string() });
            to = from - self.within(1, 3).days();
            reminder
        });
        json!({ "reminders": list.collect::<Vec<_>>() })
    }

    /// The body of a run with some of the switches.
    pub fn run(&mut self, today: Date) -> Value {
        let mut body = json!({ "name": "Run" });
        if self.chance(60) {
            body["template_id"] = "series".into();
        }
        let one = self.of(&SWITCHES).0;
        for (flag, options, kind) in SWITCHES {
            if flag != one && !self.chance(70) {
                continue;
            }
            body[flag] = true.into();
            let mut own = match kind.ends_with("reminder") {
                true => self.reminders(today),
                false => self.range(today),
            };
            self.restrictions(&mut own);
            match kind {
                "renewal notice" => own["renewal_notice_id"] = "mail".into(),
                "renewal order" if self.chance(20) => own["pro_forma"] = true.into(),
                "renewal order" if self.chance(70) => {
                    own["renewal_order_notice_id"] = "mail".into()
                }
                "auto renewal order" if self.chance(50) => {
                    own["auto_renewal_success_notice_id"] = "mail".into();
                    own["auto_renewal_failure_notice_id"] = "mail".into();
                }
                "drop" if self.chance(50) => own["drop_notice_id"] = "mail".into(),
                _ => {}
            }
            body[options] = own;
        }
        body
    }
}
