//! The mails of the association's billing runs.

use super::catalogue::record;
use super::people::{FINANCE_ROLE, MEMBERSHIP_ROLE};
use model::Record;
use serde_json::json;

/// Greets a person by name, an organization as such, and signs for the association.
const LETTER: &str = "\
<p>{% if contact is defined %}Dear {{ contact.first_name }} {{ contact.last_name }},\
{% else %}Dear members at {{ organization.name }},{% endif %}</p>
%
<p>With kind regards,<br>{{ tenant.name }}</p>
<p><small>Membership {{ membership.number }}, {{ type.name }} ({{ package.name }}), \
paid through {{ membership.expiration_date | date }}. <a href=\"{{ links.portal }}\">Your account</a></small></p>
";

const LINES: &str = "\
<table>
{% for line in order.lines %}<tr><td>{{ line.quantity }} &times; {{ line.name }}</td>\
<td align=\"right\">{{ line.total | money(order.currency) }}</td></tr>
{% endfor %}<tr><th>Total</th><th align=\"right\">{{ order.total | money(order.currency) }}</th></tr>
</table>";

const PAY: &str = "\
<p>Order {{ order.number }} for the term from {{ order.term_start | date }} to {{ order.term_expiration | date }}:</p>
{lines}
{% if order.balance_due > 0 %}<p><a href=\"{{ links.pay }}\">Pay {{ order.balance_due | money(order.currency) }}</a></p>\
{% else %}<p>There is nothing left to pay.</p>{% endif %}";

pub fn billing_notices() -> Vec<Record> {
    vec![
        notice(
            "notice-renewal",
            "Renewal notice",
            MEMBERSHIP_ROLE,
            "Your membership ends on {{ membership.expiration_date | date }}",
            "<p>your membership can be renewed now. In a few weeks we will send you the bill; \
             if you prefer to choose another package first, <a href=\"{{ links.renew }}\">renew in the portal</a>.</p>",
        ),
        notice(
            "notice-order",
            "Renewal order",
            FINANCE_ROLE,
            "Your renewal, order {{ order.number }}",
            PAY,
        ),
        notice(
            "notice-auto-success",
            "Automatic renewal done",
            FINANCE_ROLE,
            "Renewed: your receipt for order {{ order.number }}",
            "<p>your membership has been renewed through {{ membership.expiration_date | date }} and \
             {{ order.paid | money(order.currency) }} has been charged to your card. Thank you!</p>\n{lines}",
        ),
        notice(
            "notice-auto-failure",
            "Automatic renewal refused",
            FINANCE_ROLE,
            "We could not charge your card",
            "<p>your bank has refused the charge for your membership. Nothing has changed yet: please pay by \
             {{ membership.expiration_date | date }}, or give us another card.</p>\n<p>{pay}</p>",
        ),
        notice(
            "notice-reminder-1",
            "First reminder",
            FINANCE_ROLE,
            "Reminder: your renewal is open",
            "<p>this is reminder {{ reminder.number }}. Perhaps our bill has escaped you.</p>\n{open}",
        ),
        notice(
            "notice-reminder-2",
            "Second reminder",
            FINANCE_ROLE,
            "Second reminder: your membership has expired",
            "<p>your membership has expired on {{ membership.expiration_date | date }}. You keep its benefits for a while.</p>\n{open}",
        ),
        notice(
            "notice-reminder-3",
            "Last reminder",
            FINANCE_ROLE,
            "Last reminder before your membership ends",
            "<p>without a payment we will have to end your membership soon.</p>\n{open}",
        ),
        notice(
            "notice-auto-reminder",
            "Automatic renewal ahead",
            MEMBERSHIP_ROLE,
            "Your membership will be renewed automatically",
            "<p>on {{ membership.expiration_date | date }} your membership ends, and we will renew it with the card on file\
             {% if membership.renewal_payment_info.card_type is defined %} ({{ membership.renewal_payment_info.card_type }}){% endif %}. \
             You need not do anything.</p>",
        ),
        notice(
            "notice-card",
            "Card expires",
            MEMBERSHIP_ROLE,
            "Your card expires before your membership",
            "<p>the card we have on file is good until {{ membership.renewal_payment_card_expiration | date }}, \
             your membership until {{ membership.expiration_date | date }}. Please \
             <a href=\"{{ links.portal }}\">give us a newer one</a>.</p>",
        ),
        notice(
            "notice-drop",
            "Membership ended",
            MEMBERSHIP_ROLE,
            "Your membership has ended",
            "<p>we are sorry to see you go. You can come back at any time: <a href=\"{{ links.renew }}\">rejoin here</a>.</p>",
        ),
    ]
}

fn notice(id: &str, name: &str, role: &str, subject: &str, text: &str) -> Record {
    let pay = "{% if order is defined %}<a href=\"{{ links.pay }}\">Pay {{ order.balance_due | money(order.currency) }} now</a>{% endif %}";
    let open = format!("{{% if order is defined %}}{LINES}\n<p>{pay}</p>{{% endif %}}");
    let text = text
        .replace("{lines}", LINES)
        .replace("{pay}", pay)
        .replace("{open}", &open);
    record(json!({
        "id": id, "name": name, "is_active": true, "contact_role_ids": [role],
        "email": { "from_name": "{{ tenant.name }}", "subject": subject, "body": LETTER.replace("\n%\n", &format!("\n{text}\n")) },
    }))
}
