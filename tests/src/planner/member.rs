//! What the second planner asks of a member.

use super::*;

impl Member {
    pub fn id(&self) -> &str {
        self.record["id"].as_str().expect("an id")
    }

    pub fn expiration(&self) -> Option<Date> {
        day(&self.record["expiration_date"])
    }

    /// The term that a renewal of the present package would buy.
    pub(super) fn coming_term(&self, association: &Association) -> Option<Term> {
        let package = self.record["package_id"].as_str()?;
        Some(association.term_after(package, self.expiration()?))
    }

    /// The package that a renewal of the present one would buy.
    pub(super) fn bought<'a>(&self, association: &'a Association) -> &'a Value {
        let own = self.record["package_id"].as_str().expect("a package");
        association.bought(own)
    }

    /// What the order comes to that an action of a type makes, if it makes one.
    pub fn price(&self, association: &Association, kind: &str) -> Option<f64> {
        let open = self.coming_order(association).is_some_and(has_balance);
        let makes = kind == "renewal order" || (kind == "auto renewal order" && !open);
        let price = self.bought(association)["price"].as_f64();
        price.filter(|_| makes)
    }

    /// Orders that hold a term: neither void nor a forecast.
    pub(crate) fn bills(&self) -> impl Iterator<Item = &Value> {
        let holds = |order: &&Value| order["status"] != "void" && order["pro_forma"] != true;
        self.orders.iter().filter(holds)
    }

    /// The newest of those that cover the coming term.
    pub(crate) fn coming_order(&self, association: &Association) -> Option<&Value> {
        self.covering(association).max_by_key(|order| ends(order))
    }

    /// Those that cover the coming term.
    pub(super) fn covering(&self, association: &Association) -> impl Iterator<Item = &Value> {
        let term = self.coming_term(association);
        self.bills()
            .filter(move |order| term.is_some_and(|term| term.is_billed_through(ends(order))))
    }

    /// An order for the coming term is paid or being paid; also one of before the
    /// newest, which may be for the term after.
    pub(super) fn has_paid_coming(&self, association: &Association) -> bool {
        let newest = self.bills().max_by_key(|order| order["number"].as_i64());
        let is_newest = |order: &Value| newest.is_some_and(|newest| newest["id"] == order["id"]);
        let mut covering = self.covering(association);
        covering.any(|order| !is_newest(order) || is_paid_for(order))
    }

    pub(super) fn is_covered(&self, association: &Association) -> bool {
        self.coming_order(association).is_some()
    }

    /// Today, unless the open order's last charge was refused. Nobody here changes
    /// a card.
    pub(super) fn next_attempt(&self, association: &Association) -> Attempt {
        let open = self.coming_order(association).filter(|o| has_balance(o));
        let charge = open.map_or(&Value::Null, |order| &order["charge"]);
        if charge["state"] != "declined" {
            return Attempt::From(association.today);
        }
        let attempts = charge["attempt"].as_i64().unwrap_or(0);
        if charge["hard_decline"] == true || attempts >= association.max_attempts {
            return Attempt::Never;
        }
        let again = day(&charge["declined_date"]).map(|day| day + association.retry_days.days());
        Attempt::From(again.unwrap_or(Date::MIN).max(association.today))
    }

    /// Whether a run's automatic renewals concern the member, cards apart.
    pub(super) fn would_be_charged_by(&self, run: &Value) -> bool {
        let options = &run["auto_renewal_options"];
        let in_range = |date| in_range(options, date);
        run["perform_auto_renewals"] == true
            && general(self, "auto renewal order", options).is_ok()
            && self.expiration().is_some_and(in_range)
            && self.record["renew_automatically"] == true
            && self.record["renewal_payment_info"].is_object()
    }

    pub(super) fn owes_coming(&self, association: &Association) -> bool {
        self.coming_order(association).is_some_and(has_balance)
    }

    /// The newest order that has moved the dates and is not paid.
    pub(super) fn rest(&self) -> Option<&Value> {
        let owed = |order: &&Value| {
            order["renewal"]["dates_updated"] == true
                && has_balance(order)
                && order["renewal"]["previous_expiration_date"].is_string()
        };
        self.bills()
            .filter(owed)
            .max_by_key(|order| term_of(order).start)
    }

    /// The term that a reminder would be about, if its range holds the member.
    pub(super) fn reminded_of(
        &self,
        association: &Association,
        kind: &str,
        reminder: &Value,
    ) -> Option<Term> {
        let held = self.expiration().is_some_and(|day| in_range(reminder, day));
        if held && (kind != "renewal reminder" || self.owes_coming(association)) {
            return self.coming_term(association);
        }
        let rest = self.rest().filter(|_| kind == "renewal reminder")?;
        let billed_for = day(&rest["renewal"]["previous_expiration_date"])?;
        in_range(reminder, billed_for).then(|| term_of(rest))
    }

    pub(super) fn has_forecast(&self, association: &Association) -> bool {
        let Some(term) = self.coming_term(association) else {
            return false;
        };
        let ends = |order: &Value| day(&order["renewal"]["expiration_date"]).unwrap_or(Date::MAX);
        let forecasts = self.orders.iter().filter(|o| o["pro_forma"] == true);
        let mut waiting = forecasts.filter(|order| order["status"] != "void");
        waiting.any(|order| term.is_billed_through(ends(order)))
    }

    /// The member's completed actions of a type, with the coming term of each.
    pub(super) fn done(
        &self,
        association: &Association,
        kind: &str,
    ) -> impl Iterator<Item = (&Value, Term)> {
        let done = move |action: &&Value| action["type"] == kind && action["status"] == "completed";
        self.actions.iter().filter(done).filter_map(move |action| {
            // A reminder that names an order was about that one's term.
            let named = self.orders.iter().find(|o| o["id"] == action["order_id"]);
            if let Some(order) = named.filter(|_| kind == "renewal reminder") {
                return Some((action, term_of(order)));
            }
            let before = day(&action["membership_expiration_date"])?;
            let package = action["package_then"].as_str()?;
            Some((action, association.term_after(package, before)))
        })
    }

    pub(super) fn was_noticed(&self, association: &Association) -> bool {
        self.done(association, "renewal notice").any(|(_, then)| {
            self.coming_term(association)
                .is_some_and(|now| is_as_early(now, then))
        })
    }

    pub(super) fn was_reminded(
        &self,
        association: &Association,
        run: &Value,
        kind: &str,
        id: i64,
        now: Term,
    ) -> bool {
        let series = |run: &Value| association.series.get(run.as_str().unwrap_or_default());
        self.done(association, kind).any(|(action, then)| {
            action["reminder_number"] == id
                && series(&action["billing_run_id"]) == series(&run["id"])
                && is_as_early(now, then)
        })
    }
}
