//! The ledger under any sequence of what staff, members and runs do.

use super::*;
use crate::members::rewrite;
use crate::purchase::{Occasion, renewal_order};
use crate::testing::{package, record};
use jiff::civil::{Date, date};
use model::WriteContext;
use proptest::prelude::*;
use serde_json::json;
use terms::coverage::{coming_term, settle_billed};
use terms::{Term, next_term};

const MEMBERS: [&str; 2] = ["contact:a", "contact:b"];
const PACKAGES: [&str; 3] = ["full", "half", "at-once"];

/// What somebody does; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Bill {
        member: usize,
        pro_forma: bool,
    },
    Pay {
        order: usize,
        cents: i64,
    },
    /// One payment of all orders, both members': as of a group.
    PayTogether(i64),
    PayAgain(usize),
    UseCredit(usize),
    Move {
        receipt: usize,
        order: usize,
    },
    Reverse(usize),
    Refund {
        receipt: usize,
        cents: i64,
    },
    Void {
        order: usize,
        disposal: u8,
        to: usize,
    },
    Drop(usize),
    Return(usize),
    EditDate {
        member: usize,
        days: i16,
    },
    ChangePackage {
        member: usize,
        package: usize,
    },
    /// A row of a file says all of it at once.
    Import {
        member: usize,
        days: i16,
        active: bool,
        billed: Option<bool>,
    },
    Wait(i16),
}

fn any_step() -> impl Strategy<Value = Step> {
    let n = 0..8_usize;
    let member = 0..2_usize;
    prop_oneof![
        4 => member.clone().prop_map(|member| Step::Bill { member, pro_forma: false }),
        1 => member.clone().prop_map(|member| Step::Bill { member, pro_forma: true }),
        4 => (n.clone(), 1..15_000_i64).prop_map(|(order, cents)| Step::Pay { order, cents }),
        2 => n.clone().prop_map(|order| Step::Pay { order, cents: 10_000 }),
        1 => (1..25_000_i64).prop_map(Step::PayTogether),
        1 => n.clone().prop_map(Step::PayAgain),
        1 => n.clone().prop_map(Step::UseCredit),
        1 => (n.clone(), n.clone()).prop_map(|(receipt, order)| Step::Move { receipt, order }),
        1 => n.clone().prop_map(Step::Reverse),
        1 => (n.clone(), 1..6_000_i64).prop_map(|(receipt, cents)| Step::Refund { receipt, cents }),
        1 => (n.clone(), 0..4_u8, n).prop_map(|(order, disposal, to)| Step::Void { order, disposal, to }),
        1 => member.clone().prop_map(Step::Drop),
        1 => member.clone().prop_map(Step::Return),
        2 => (member.clone(), -400..400_i16).prop_map(|(member, days)| Step::EditDate { member, days }),
        1 => (member.clone(), 0..3_usize).prop_map(|(member, package)| Step::ChangePackage { member, package }),
        2 => (member, -400..400_i16, any::<bool>(), any::<Option<bool>>())
            .prop_map(|(member, days, active, billed)| Step::Import { member, days, active, billed }),
        2 => (1..200_i16).prop_map(Step::Wait),
    ]
}

struct World {
    books: Books,
    packages: Packages,
    today: Date,
    made: i64,
    received: BTreeMap<String, Decimal>,
}

fn cents(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}

impl World {
    fn new() -> World {
        let rule = |when: &str| json!({ "update_dates_when": when, "update_dates_value": 50, "member_price": 100, "price": 100 });
        let rules = ["invoice paid in full", "percentage paid", "immediately"];
        let packages = PACKAGES.iter().zip(rules).map(|(id, when)| {
            let mut package = package(rule(when));
            package.set_raw("id", json!(id));
            package
        });
        let accounts = MEMBERS.map(|id| {
            let member = record(json!({ "id": id, "status": "active", "package_id": "full", "type_id": "regular",
                "term_start_date": "2025-04-01", "expiration_date": "2026-03-31", "join_date": "2020-01-01" }));
            (id.to_owned(), Account::new(member, BillingHead::new(id)))
        });
        World {
            books: Books {
                accounts: accounts.into(),
                ..Books::default()
            },
            packages: Packages::new(packages),
            today: date(2026, 3, 10),
            made: 0,
            received: BTreeMap::new(),
        }
    }

    fn when(&self) -> When {
        When {
            by: WriteContext {
                user: "staff".into(),
                via: "test".into(),
                now: "2026-03-10T12:00:00Z".parse().unwrap(),
            },
            today: self.today,
        }
    }

    fn order(&self, n: usize) -> Option<String> {
        let ids: Vec<&String> = self.books.orders.keys().collect();
        (!ids.is_empty()).then(|| ids[n % ids.len()].clone())
    }

    fn receipt(&self, n: usize) -> Option<String> {
        let left = |entry: &&Entry<Receipt>| entry.now.reversal.is_none();
        let receipts: Vec<&Entry<Receipt>> = self.books.receipts.values().filter(left).collect();
        (!receipts.is_empty()).then(|| receipts[n % receipts.len()].now.id.clone())
    }

    fn reversal(&self) -> Reversal {
        Reversal {
            id: "r".into(),
            date: self.today,
            reason: "bounced".into(),
            at: "2026-03-10T12:00:00Z".parse().unwrap(),
            by: "staff".into(),
            amount: Decimal::ZERO,
        }
    }

    /// As staff and imports write a membership.
    fn edit(&mut self, member: usize, change: impl FnOnce(&mut Record)) {
        let before = &self.books.accounts[MEMBERS[member]].member;
        let mut after = before.clone();
        change(&mut after);
        settle_billed(Some(before), &mut after, &self.packages);
        let when = self.when();
        rewrite(&mut self.books, after, &self.packages, &when);
    }

    /// What is paid on the order of the coming term, if there is one.
    fn has_paid(&self, member: &str) -> bool {
        let coming = coming_term(&self.books.accounts[member].member, &self.packages).unwrap();
        let own = self.books.orders.values().map(|entry| &entry.now);
        own.filter(|o| o.membership_id == member && !o.is_void() && !o.pro_forma)
            .filter(|order| coming.is_covered(order.renewal.term_expiration.unwrap()))
            .any(|order| order.has_payments() && !order.renewal.dates_moved || order.is_paid())
    }

    /// Whether the step is one that a payment may move dates by.
    fn take(&mut self, step: Step) -> bool {
        let when = self.when();
        match step {
            Step::Bill { member, pro_forma } => self.bill(MEMBERS[member], pro_forma),
            Step::Pay {
                order,
                cents: amount,
            } => {
                let Some(order) = self.order(order) else {
                    return false;
                };
                self.made += 1;
                let id = format!("p-{}", self.made);
                let receipt = self.received_with(&order, &id, cents(amount));
                self.received.insert(id, cents(amount));
                self.books.receive(receipt, &when);
                return true;
            }
            Step::PayTogether(amount) => {
                let orders: Vec<String> = self.books.orders.keys().cloned().collect();
                let Some(first) = orders.first() else {
                    return false;
                };
                self.made += 1;
                let id = format!("p-{}", self.made);
                let receipt = self.received_with(first, &id, cents(amount));
                self.received.insert(id, cents(amount));
                self.books.receive_on(receipt, &orders, &when);
                return true;
            }
            // Told again, with another amount even: nothing is recorded.
            Step::PayAgain(receipt) => {
                let (Some(id), Some(order)) = (self.receipt(receipt), self.order(receipt)) else {
                    return false;
                };
                let again = self.received_with(&order, &id, cents(1));
                self.books.receive(again, &when);
                return true;
            }
            Step::UseCredit(order) => {
                let Some(order) = self.order(order) else {
                    return false;
                };
                let member = self.books.orders[&order].now.membership_id.clone();
                let own = |entry: &&Entry<Receipt>| entry.now.membership_id == member;
                let own: Vec<String> = self
                    .books
                    .receipts
                    .values()
                    .filter(own)
                    .map(|e| e.now.id.clone())
                    .collect();
                for receipt in own {
                    let credit = self.books.receipts[&receipt].now.credit();
                    self.books.apply(&receipt, &order, credit, &when);
                }
                return true;
            }
            Step::Move { receipt, order } => {
                if let (Some(receipt), Some(order)) = (self.receipt(receipt), self.order(order))
                    && !self.books.orders[&order].now.is_void()
                {
                    self.books.move_to(&receipt, &order, &when);
                }
                return true;
            }
            Step::Reverse(receipt) => {
                if let Some(receipt) = self.receipt(receipt) {
                    self.books.reverse(&receipt, self.reversal(), &when);
                }
                return true;
            }
            Step::Refund {
                receipt,
                cents: amount,
            } => {
                if let Some(receipt) = self.receipt(receipt) {
                    self.made += 1;
                    let refund = crate::receipt::Refund {
                        id: format!("f-{}", self.made),
                        amount: cents(amount),
                        reason: "asked for".into(),
                        at: when.by.now,
                        by: "staff".into(),
                    };
                    let receipt = &mut self.books.receipts.get_mut(&receipt).unwrap().now;
                    let credit = receipt.credit();
                    assert_eq!(receipt.refund(refund).is_ok(), cents(amount) <= credit);
                }
            }
            Step::Void {
                order,
                disposal,
                to,
            } => self.void(order, disposal, to),
            Step::Drop(member) => {
                let account = &self.books.accounts[MEMBERS[member]];
                if account.member.get(m::STATUS) == Some(Status::Active) {
                    let (member, paid) = (MEMBERS[member], self.has_paid(MEMBERS[member]));
                    let dropped = self.books.drop_member(member, &self.packages, &when);
                    assert!(!(paid && dropped.is_ok()), "dropped after paying");
                }
            }
            Step::Return(member) => {
                self.edit(member, |record| record.set(m::STATUS, Status::Active));
                return true;
            }
            Step::EditDate { member, days } => self.edit(member, |record| {
                let date = record.get(m::EXPIRATION_DATE).unwrap();
                record.set(m::EXPIRATION_DATE, date + jiff::Span::new().days(days));
            }),
            Step::ChangePackage { member, package } => self.edit(member, |record| {
                record.set(m::PACKAGE_ID, PACKAGES[package].into());
            }),
            Step::Import {
                member,
                days,
                active,
                billed,
            } => self.edit(member, |record| {
                let status = if active {
                    Status::Active
                } else {
                    Status::Inactive
                };
                record.set(m::STATUS, status);
                let date = record.get(m::EXPIRATION_DATE).unwrap();
                record.set(m::EXPIRATION_DATE, date + jiff::Span::new().days(days));
                if let Some(billed) = billed {
                    record.set(m::BILLED, billed);
                }
            }),
            Step::Wait(days) => self.today += jiff::Span::new().days(days),
        }
        false
    }

    fn bill(&mut self, member: &str, pro_forma: bool) {
        let account = &self.books.accounts[member];
        if account.member.get(m::STATUS) != Some(Status::Active) || account.member.is(m::BILLED) {
            return;
        }
        self.made += 1;
        let occasion = Occasion {
            id: format!("o-{}", self.made),
            number: self.made,
            run: None,
            action: None,
            batch_id: None,
            by: "staff".into(),
            pro_forma,
            new_reason: None,
            customer: ("contact".into(), "a".into()),
        };
        let usd = "USD".parse().unwrap();
        let head = &account.head.now;
        let made = renewal_order(
            &account.member,
            head,
            &self.packages,
            usd,
            &self.when(),
            occasion,
        );
        let made = made.expect("a sound package");
        let term = made.renewal.term();
        let taken = self.covering(member, &term);
        let billed = self
            .books
            .bill(made, BillMethod::RenewalOrder, &self.when());
        assert_eq!(billed.is_err(), taken, "one order for a term: {billed:?}");
    }

    fn received_with(&self, order: &str, id: &str, amount: Decimal) -> Receipt {
        let order = &self.books.orders[order].now;
        Receipt {
            id: id.into(),
            order_id: order.id.clone(),
            membership_id: order.membership_id.clone(),
            kind: "check".into(),
            amount,
            currency: order.currency.clone(),
            received_at: self.when().by.now,
            recorded_by: "staff".into(),
            reference: None,
            applied: Vec::new(),
            refunds: Vec::new(),
            reversal: None,
        }
    }

    fn void(&mut self, order: usize, disposal: u8, to: usize) {
        let (Some(order), Some(to)) = (self.order(order), self.order(to)) else {
            return;
        };
        let held = &self.books.orders[&order].now;
        let disposal = match disposal {
            0 => None,
            1 => Some(Disposal::Credit),
            2 => Some(Disposal::Reverse(self.reversal())),
            _ if to == order || self.books.orders[&to].now.is_void() => None,
            _ => Some(Disposal::Move(to)),
        };
        if held.is_void() || held.has_payments() && disposal.is_none() {
            return;
        }
        self.books.void(&order, disposal.as_ref(), &self.when());
    }

    /// Whether an order that is not void covers a term, by the orders alone.
    fn covering(&self, member: &str, term: &Term) -> bool {
        let own = self.books.orders.values().map(|entry| &entry.now);
        own.filter(|o| o.membership_id == member && !o.is_void() && !o.pro_forma)
            .any(|order| term.is_covered(order.renewal.term_expiration.unwrap()))
    }

    /// At most one order for each term, and one forecast, which ends with its
    /// member.
    fn check_orders(&self, member: &str) {
        let own = self.books.orders.values().map(|entry| &entry.now);
        let own = own.filter(|order| order.membership_id == member && !order.is_void());
        let (forecasts, mut orders): (Vec<&Order>, Vec<&Order>) =
            own.partition(|order| order.pro_forma);
        let record = &self.books.accounts[member].member;
        let may_wait = record.get(m::STATUS) != Some(Status::Inactive);
        assert!(forecasts.len() <= usize::from(may_wait), "{forecasts:?}");
        orders.sort_by_key(|order| order.renewal.term_expiration);
        for pair in orders.windows(2) {
            let through = pair[0].renewal.term_expiration.unwrap();
            assert!(!pair[1].renewal.term().is_covered(through), "{pair:?}");
        }
    }

    fn check(&self) {
        for (id, entry) in &self.books.receipts {
            let receipt = &entry.now;
            let whole =
                receipt.applied() + receipt.credit() + receipt.refunded() + receipt.reversed();
            assert_eq!(whole, self.received[id]);
            assert!(receipt.credit() >= Decimal::ZERO, "{receipt:?}");
        }
        assert_eq!(self.books.receipts.len(), self.received.len());
        for (id, entry) in &self.books.orders {
            let order = &entry.now;
            let taken: Decimal = self.books.receipts.values().map(|r| r.now.on(id)).sum();
            let shown: Decimal = order.payments.iter().map(|p| p.amount).sum();
            assert_eq!((order.paid, shown), (taken, taken), "{order:?}");
            assert!(order.paid <= order.total);
            assert!(!order.is_void() || order.paid.is_zero());
        }
        for (id, account) in &self.books.accounts {
            self.check_orders(id);
            let member = &account.member;
            let coming = coming_term(member, &self.packages).unwrap();
            let elsewhere = member.get(m::BILLED_ELSEWHERE);
            let marked = elsewhere.is_some_and(|through| coming.is_covered(through));
            assert_eq!(
                member.is(m::BILLED),
                self.covering(id, &coming) || marked,
                "{member:?}"
            );
        }
    }

    fn dates(&self) -> Vec<Option<Date>> {
        let accounts = self.books.accounts.values();
        accounts.map(|a| a.member.get(m::EXPIRATION_DATE)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn money_terms_and_dates_add_up(steps in prop::collection::vec(any_step(), 1..24)) {
        let mut world = World::new();
        for step in steps {
            let before = world.dates();
            let payment = world.take(step);
            world.books.derive_billed(&world.packages);
            if payment {
                let after = world.dates();
                prop_assert!(before.iter().zip(&after).all(|(b, a)| b <= a), "{before:?} {after:?}");
            }
            world.check();
        }
    }
}

#[test]
fn a_year_ahead_is_the_next_term() {
    let world = World::new();
    let member = &world.books.accounts[MEMBERS[0]].member;
    let package = world.packages.get("full").unwrap();
    assert_eq!(
        coming_term(member, &world.packages),
        Some(next_term(&package.expiration, date(2026, 3, 31)))
    );
}
