//! Mail to the tenant's staff, and what they are told of money (rule PAY-11).

use crate::context::TenantBilling;
use crate::group::Group;
use crate::order::Order;
use crate::receipt::Receipt;
use model::resource::ID_FIELD;
use model::{Record, sys};
use rust_decimal::Decimal;
use serde_json::json;
use services::mail::{deliver_to, message_id};
use services::notice::{Context, EmailTemplate, NoticeError, Rendered, render};

impl TenantBilling {
    /// Sends a mail to staff; the same key never goes out twice where the mailer
    /// can tell. One that cannot go is logged and stops nothing.
    pub async fn mail_staff(&self, to: &str, key: &str, mail: Result<Rendered, NoticeError>) {
        let tenant = self.store.tenant().as_str();
        let id = message_id(tenant, key);
        let mail = mail.map(|mail| Rendered {
            from: self.tenant.sender.clone(),
            from_name: self.tenant.name.clone(),
            ..mail
        });
        let to = [to.to_owned()];
        let message = match mail.and_then(|mail| mail.message(&to, &id, self.tenant.now())) {
            Ok(message) => deliver_to(&self.tenant.delivery, message),
            // What is wrong would quote addresses.
            Err(_) => {
                tracing::warn!(key, "the mail to staff lacks a sender or recipient");
                None
            }
        };
        let Some(message) = message else { return };
        let mailer = &self.ports.mailer;
        if mailer.was_sent(tenant, &id).await == Some(true) {
            return;
        }
        if let Err(error) = mailer.send(tenant, &message).await {
            tracing::warn!(key, %error, "staff could not be told");
        }
    }

    /// Tells staff of a payment that somebody has to look at: money that no
    /// order needed, or that moved nothing, and dates that were left.
    pub(crate) async fn tell_of_payment(&self, order: &Order, receipt: &Receipt) {
        let news = news_of_payment(order, receipt);
        let key = format!("payment|{}", receipt.id);
        let member = &order.membership_id;
        self.tell_of_money(&key, "A payment needs a look", member, &news)
            .await;
    }

    /// The same of a payment on the order of a group.
    pub(crate) async fn tell_of_group_payment(&self, group: &Group, receipt: &Receipt) {
        let orders = group.orders.iter().map(|order| &order.value);
        let news = news_of_credit(receipt, group.order.value.number)
            .into_iter()
            .chain(orders.flat_map(|order| news_of_part(order, receipt)));
        let news: Vec<String> = news.collect();
        let key = format!("payment|{}", receipt.id);
        let member = &receipt.membership_id;
        self.tell_of_money(&key, "A payment needs a look", member, &news)
            .await;
    }

    /// The same of a payment that a charge has made.
    pub async fn tell_of_charge(&self, order: &Order) {
        let paid = order.payments.iter().find(|paid| order.is_charge(&paid.id));
        if let Some(payment) = paid {
            let receipt = Receipt::of_order(order, payment).value;
            self.tell_of_payment(order, &receipt).await;
        }
    }

    /// Tells staff of a member who has come back: credit that no order has taken, and
    /// dates that were left. The membership is written, so what fails here is logged.
    pub async fn tell_of_return(&self, member: &Record, notes: &[String]) {
        let id = member.text(ID_FIELD);
        let credit = match self.credit_of(id).await {
            Ok(credit) => credit,
            Err(error) => {
                tracing::warn!(membership = id, %error, "staff could not be told");
                return;
            }
        };
        let credit = credit.iter().map(|found| &found.value).map(|receipt| {
            let (credit, currency) = (receipt.credit(), &receipt.currency);
            format!(
                "{credit} {currency} of payment {} is credit of the membership, which is active again.",
                receipt.id
            )
        });
        let news: Vec<String> = credit.chain(notes.iter().cloned()).collect();
        let version = member.get(sys::VERSION).unwrap_or(0);
        let key = format!("return|{id}|{version}");
        self.tell_of_money(&key, "A member who came back needs a look", id, &news)
            .await;
    }

    /// Tells staff that a payment was taken back.
    pub(crate) async fn tell_of_reversal(&self, order: &Order, receipt: &Receipt) {
        let Some(reversal) = &receipt.reversal else {
            return;
        };
        let mut news = vec![format!(
            "Payment {} of {} {} was reversed ({}): order {} has a balance of {}.",
            receipt.id,
            receipt.amount,
            receipt.currency,
            reversal.reason,
            order.number,
            order.balance()
        )];
        if order.renewal.dates_moved {
            news.push("The dates that it had moved were left.".into());
        }
        let key = format!("reversal|{}|{}", receipt.id, reversal.id);
        let member = &order.membership_id;
        self.tell_of_money(&key, "A payment was reversed", member, &news)
            .await;
    }

    async fn tell_of_money(&self, key: &str, title: &str, member: &str, news: &[String]) {
        if news.is_empty() || self.tenant.staff.is_empty() {
            return;
        }
        let mut fields = Record::default();
        let portal = self.tenant.portal_url.trim_end_matches('/');
        fields.set_raw("title", title.into());
        fields.set_raw("news", json!(news));
        fields.set_raw("membership", json!(member));
        fields.set_raw("link", format!("{portal}/memberships/{member}").into());
        let template = EmailTemplate {
            subject: Some("{{ title }}: {{ membership }}".to_owned()),
            body: Some(include_str!("staff_mail.html").to_owned()),
            ..EmailTemplate::default()
        };
        let mail = render(&template, &Context::new(fields.fields()));
        self.mail_staff(&self.tenant.staff, key, mail).await;
    }
}

/// What staff have to know of a payment, if anything.
fn news_of_payment(order: &Order, receipt: &Receipt) -> Vec<String> {
    let credit = news_of_credit(receipt, order.number).into_iter();
    credit.chain(news_of_part(order, receipt)).collect()
}

fn news_of_credit(receipt: &Receipt, number: i64) -> Option<String> {
    let (credit, currency) = (receipt.credit(), &receipt.currency);
    (credit > Decimal::ZERO).then(|| format!(
        "{credit} {currency} of payment {} was not applied to order {number}: it is credit of the membership.",
        receipt.id
    ))
}

/// The same of what one order has taken of it.
fn news_of_part(order: &Order, receipt: &Receipt) -> Vec<String> {
    let mut news = Vec::new();
    let mut own = order.payments.iter().filter(|p| p.id == receipt.id);
    if own.any(|payment| payment.unapplied) {
        news.push(format!(
            "Payment {} moved no dates: the member has been dropped.",
            receipt.id
        ));
    }
    if receipt.on(&order.id) > Decimal::ZERO {
        news.extend(notes_of(order, 0));
    }
    news
}

/// What an order has noted for staff, but for the first so many.
pub(crate) fn notes_of(order: &Order, known: usize) -> impl Iterator<Item = String> {
    let notes = order.notes.iter().skip(known);
    notes.map(|note| format!("Order {}: {note}.", order.number))
}
