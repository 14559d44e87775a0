//! One mail, ready to be sent, and the port that sends it.

mod delivery;

pub use delivery::{Delivery, deliver_to};
use model::address::is_atom;
pub use model::address::{Address, parse_list, parse_one};

use async_trait::async_trait;
use jiff::Timestamp;

/// The most recipients one mail may have, `to`, `cc` and `bcc` together:
/// the limit of Amazon SES.
pub const MAX_RECIPIENTS: usize = 50;

/// A rendered mail with its recipients. Built by
/// [`Rendered::message`](crate::notice::Rendered::message), which checks every part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub from: Address,
    /// The sender's display name; any text without line breaks.
    pub from_name: Option<String>,
    pub reply_to: Option<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    /// Whom a redirected mail was meant for; empty unless redirected.
    pub original_to: Vec<Address>,
    pub subject: String,
    pub html: String,
    /// RFC 5322 message id without its angle brackets, see [`message_id`].
    pub message_id: String,
    /// The tenant's time at which the mail was made.
    pub date: Timestamp,
}

impl Message {
    /// Everyone who gets the mail.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// The message id of what `key` names, so that the same work always makes the
/// same mail: `<key>@<tenant>`, with `=XX` for each byte of the key that a
/// message id may not hold (RFC 5322, section 3.6.4). Distinct keys give
/// distinct ids.
pub fn message_id(tenant: &str, key: &str) -> String {
    let mut id = String::with_capacity(key.len() + tenant.len() + 1);
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            id.push(char::from(byte));
        } else {
            // `=` itself is escaped too, or two keys could make one id.
            id.push_str(&format!("={byte:02X}"));
        }
    }
    id + "@" + tenant
}

/// Whether `text` can stand between the angle brackets of a `Message-ID`.
pub fn is_message_id(text: &str) -> bool {
    let part = |part: &str| part.split('.').all(is_atom);
    // A header line has at most 998 bytes (RFC 5322, section 2.1.1), `Message-ID` included.
    text.len() <= 900
        && text
            .split_once('@')
            .is_some_and(|(l, r)| part(l) && part(r))
}

/// The mail was accepted; `provider_id` is what the provider calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub provider_id: String,
}

/// Why a mail is not known to be sent. The difference decides what may be
/// done next: only a mail that was certainly not sent may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Certainly not sent, and sending it again as it is would not help.
    #[error("mail refused: {0}")]
    Refused(String),
    /// Certainly not sent; may be sent after the pause.
    #[error("mail rate limit reached, try again in {retry_after_seconds} s")]
    RateLimited { retry_after_seconds: u64 },
    /// Perhaps sent: never repeat it unasked.
    #[error("mail perhaps sent: {0}")]
    Unknown(String),
}

/// What sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends `message` in the name of `tenant`.
    async fn send(&self, tenant: &str, message: &Message) -> Result<Sent, MailError>;

    /// Whether the mail with this id was sent; `None` where nobody can tell.
    async fn was_sent(&self, _tenant: &str, _message_id: &str) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_valid_and_tells_keys_apart() {
        let id = message_id("acme", "run-1|02-order|m:7#ä|0");
        assert_eq!(id, "run-1=7C02-order=7Cm=3A7=23=C3=A4=7C0@acme");
        assert!(is_message_id(&id));
        assert_ne!(message_id("acme", "a|b"), message_id("acme", "a=7Cb"));
    }

    #[test]
    fn what_would_break_the_header_is_no_message_id() {
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b\r\nBcc: x@y",
            "a b@c",
            "a>@c",
            "a..b@c",
            "ä@c",
            "a@b@c",
        ] {
            assert!(!is_message_id(bad), "{bad:?}");
        }
        assert!(!is_message_id(&format!("{}@c", "a".repeat(900))));
    }
}
