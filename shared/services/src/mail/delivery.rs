//! A tenant's delivery mode: whether its mails reach anyone.

use super::{Address, Message, parse_one};
use std::fmt;

/// Where the mails of a tenant go (the tenant setting `delivery`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Delivery {
    /// Nowhere: what a new deployment does, so that it can mail nobody by mistake.
    #[default]
    Off,
    /// All to one address, whomever they are meant for.
    Redirect(Address),
    /// To the people they are meant for.
    Live,
}

impl Delivery {
    /// Reads the mode `off`, `redirect` or `live`, and the address to redirect to.
    ///
    /// # Errors
    /// A message for an unknown mode, and for `redirect` without a good address.
    pub fn parse(mode: &str, redirect_to: Option<&str>) -> Result<Self, String> {
        match mode {
            "off" => Ok(Self::Off),
            "live" => Ok(Self::Live),
            "redirect" => parse_one(redirect_to.unwrap_or_default())?
                .map(Self::Redirect)
                .ok_or_else(|| "redirect needs the address to redirect to".to_owned()),
            other => Err(format!("{other:?} is none of off, redirect, live")),
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delivery::Off => f.write_str("off"),
            Delivery::Redirect(address) => write!(f, "redirect to {address}"),
            Delivery::Live => f.write_str("live"),
        }
    }
}

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
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: format!("[redirected] {}", message.subject),
        ..message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::parse_list;

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
        let delivery = Delivery::parse("redirect", Some("test@example.org")).unwrap();
        let sent = deliver_to(&delivery, message()).unwrap();
        assert_eq!(sent.to, parse_list("test@example.org").unwrap());
        assert_eq!(sent.recipients().count(), 1);
        let everyone = "a@example.org,b@example.org,c@example.org,d@example.org";
        assert_eq!(sent.original_to, parse_list(everyone).unwrap());
        assert_eq!(sent.subject, "[redirected] Renew");
        assert_eq!(sent.message_id, message().message_id);
        assert_eq!(sent.from, message().from);
    }

    #[test]
    fn modes_are_read_strictly() {
        assert_eq!(Delivery::parse("off", None), Ok(Delivery::Off));
        assert_eq!(Delivery::parse("live", None), Ok(Delivery::Live));
        let unknown = Delivery::parse("Live", None).unwrap_err();
        assert_eq!(unknown, "\"Live\" is none of off, redirect, live");
        let missing = Delivery::parse("redirect", None).unwrap_err();
        assert_eq!(missing, "redirect needs the address to redirect to");
        assert!(Delivery::parse("redirect", Some("nobody")).is_err());
        assert!(Delivery::parse("redirect", Some("a@x.org,b@x.org")).is_err());
    }
}
