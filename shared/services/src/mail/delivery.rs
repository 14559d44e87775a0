//! Sending under a tenant's delivery mode: whether its mails reach anyone.

use super::{Address, Message};
pub use model::resources::tenant_settings::Delivery;

/// The mail that is to be sent under `delivery`, if any. A redirected one
/// keeps its message id and says whom it was meant for.
pub fn deliver_to(delivery: &Delivery, message: Message) -> Option<Message> {
    match delivery {
        Delivery::Off => None,
        Delivery::Live => Some(message),
        Delivery::Redirect(address) => Some(redirected(address, message)),
    }
}

fn redirected(address: &Address, message: Message) -> Message {
    Message {
        original_to: message.recipients().cloned().collect(),
        to: vec![address.clone()],
        // Nobody but the one address, so that a test tenant mails no member.
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: format!("[redirected] {}", message.subject),
        ..message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{parse_list, parse_one};

    fn message() -> Message {
        Message {
            from: parse_one("dues@example.org").unwrap().unwrap(),
            from_name: Some("Dues".to_owned()),
            reply_to: parse_one("office@example.org").unwrap(),
            to: parse_list("a@example.org, b@example.org").unwrap(),
            cc: parse_list("c@example.org").unwrap(),
            bcc: parse_list("d@example.org").unwrap(),
            original_to: Vec::new(),
            subject: "Renew".to_owned(),
            html: "<p>Hi</p>".to_owned(),
            message_id: "k@acme".to_owned(),
            date: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn off_sends_nothing_and_live_changes_nothing() {
        assert_eq!(deliver_to(&Delivery::default(), message()), None);
        assert_eq!(deliver_to(&Delivery::Live, message()), Some(message()));
    }

    #[test]
    fn a_redirected_mail_reaches_one_address_and_nobody_else() {
        let delivery = Delivery::Redirect(parse_one("test@example.org").unwrap().unwrap());
        let sent = deliver_to(&delivery, message()).unwrap();
        assert_eq!(sent.to, parse_list("test@example.org").unwrap());
        assert_eq!(sent.recipients().count(), 1);
        let everyone = "a@example.org,b@example.org,c@example.org,d@example.org";
        assert_eq!(sent.original_to, parse_list(everyone).unwrap());
        assert_eq!(sent.subject, "[redirected] Renew");
        assert_eq!(sent.message_id, message().message_id);
        assert_eq!(sent.from, message().from);
    }
}
