//! From what a notice rendered to a mail that can be sent.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{NoticeError, Problem, Rendered};
use crate::mail::{Address, MAX_RECIPIENTS, Message, is_message_id, parse_list, parse_one};

impl Rendered {
    /// The mail to `to` (each entry one address or a list), with the notice's
    /// own `cc` and `bcc`. Nobody gets it twice. `message_id` is made by
    /// [`message_id`](crate::mail::message_id), `date` is the tenant's now.
    ///
    /// # Errors
    /// Every field that holds no address where one must be, a missing sender,
    /// and no or too many recipients.
    pub fn message(
        &self,
        to: &[String],
        message_id: &str,
        date: Timestamp,
    ) -> Result<Message, NoticeError> {
        let mut problems = Vec::new();
        let from = sender(&self.from, &mut problems);
        let reply_to = read(parse_one(&self.reply_to), "/reply_to", &mut problems);
        let [to, cc, bcc] = recipients([&to.join(","), &self.cc, &self.bcc], &mut problems);
        if !is_message_id(message_id) {
            problems.push(Problem::new(
                "/message_id",
                format!("{message_id:?} is no message id"),
            ));
        }
        // `from` alone says nothing of the other fields, and all problems are told at once.
        let Some(from) = from.filter(|_| problems.is_empty()) else {
            return Err(NoticeError(problems));
        };
        Ok(Message {
            from,
            from_name: Some(self.from_name.trim().to_owned()).filter(|name| !name.is_empty()),
            reply_to,
            to,
            cc,
            bcc,
            original_to: Vec::new(),
            subject: self.subject.clone(),
            html: self.body.clone(),
            message_id: message_id.to_owned(),
            date,
        })
    }
}

fn read<T: Default>(parsed: Result<T, String>, path: &str, problems: &mut Vec<Problem>) -> T {
    parsed.unwrap_or_else(|message| {
        problems.push(Problem::new(path, message));
        T::default()
    })
}

fn sender(text: &str, problems: &mut Vec<Problem>) -> Option<Address> {
    let sender = parse_one(text)
        .and_then(|sender| sender.ok_or_else(|| "is missing: a mail needs a sender".to_owned()));
    read(sender.map(Some), "/from", problems)
}

/// Reads `to`, `cc` and `bcc`. Who stands in several is kept in the first.
fn recipients(texts: [&str; 3], problems: &mut Vec<Problem>) -> [Vec<Address>; 3] {
    let known = problems.len();
    let [to, cc, bcc] = texts;
    let mut lists = [("/to", to), ("/cc", cc), ("/bcc", bcc)]
        .map(|(path, text)| read(parse_list(text), path, problems));
    let mut seen = HashSet::new();
    for list in &mut lists {
        // By key, so that other capitals are no other recipient.
        list.retain(|address| seen.insert(address.key()));
    }
    // A list that could not be read counts as empty, and "no recipient" would be a second problem
    // of one cause.
    if problems.len() == known {
        problems.extend(count_problem(&lists[0], seen.len()));
    }
    lists
}

fn count_problem(to: &[Address], all: usize) -> Option<Problem> {
    if to.is_empty() {
        Some(Problem::new("/to", "no recipient"))
    } else if all > MAX_RECIPIENTS {
        Some(Problem::new(
            "/to",
            format!("{all} recipients with cc and bcc, {MAX_RECIPIENTS} are allowed"),
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::message_id;

    fn rendered() -> Rendered {
        Rendered {
            from: "dues@example.org".to_owned(),
            cc: "A@example.org, c@example.org".to_owned(),
            bcc: "C@example.org; d@example.org".to_owned(),
            subject: "Hi".to_owned(),
            ..Rendered::default()
        }
    }

    #[test]
    fn a_message_reaches_everyone_once() {
        let to = [
            "a@example.org; b@example.org".to_owned(),
            "B@EXAMPLE.ORG".to_owned(),
        ];
        let id = message_id("acme", "k");
        let message = rendered().message(&to, &id, Timestamp::UNIX_EPOCH).unwrap();
        let all: Vec<_> = message
            .recipients()
            .map(|address| address.as_str())
            .collect();
        assert_eq!(
            all,
            [
                "a@example.org",
                "b@example.org",
                "c@example.org",
                "d@example.org"
            ]
        );
        assert_eq!(
            (message.to.len(), message.cc.len(), message.bcc.len()),
            (2, 1, 1)
        );
        assert_eq!((message.from_name, message.reply_to), (None, None));
    }

    #[test]
    fn a_message_that_cannot_be_sent_says_why() {
        let send = |rendered: Rendered, to: &[&str], id: &str| {
            let to: Vec<_> = to.iter().map(|to| (*to).to_owned()).collect();
            rendered
                .message(&to, id, Timestamp::UNIX_EPOCH)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(send(rendered(), &[], "k@acme"), "/to: no recipient");
        let no_sender = Rendered {
            from: String::new(),
            ..rendered()
        };
        assert_eq!(
            send(no_sender, &["a@example.org"], "bad id"),
            "/from: is missing: a mail needs a sender; /message_id: \"bad id\" is no message id"
        );
        let bad = Rendered {
            cc: "c".to_owned(),
            ..rendered()
        };
        assert!(send(bad, &["a@example.org"], "k@acme").starts_with("/cc: \"c\" is not"));
        let crowd: Vec<_> = (0..MAX_RECIPIENTS)
            .map(|number| format!("m{number}@example.org"))
            .collect();
        let crowd: Vec<_> = crowd.iter().map(String::as_str).collect();
        assert_eq!(
            send(rendered(), &crowd, "k@acme"),
            "/to: 53 recipients with cc and bcc, 50 are allowed"
        );
    }
}
