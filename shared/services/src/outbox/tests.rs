use std::collections::HashSet;

use mail_parser::{HeaderName, MessageParser};

use super::*;
use crate::mail::{Delivery, deliver_to, message_id, parse_list, parse_one};

fn message(key: &str) -> Message {
    Message {
        from: parse_one("dues@example.org").unwrap().unwrap(),
        from_name: Some("Žofie \"Dues\", Verein".to_owned()),
        reply_to: parse_one("office@example.org").unwrap(),
        to: parse_list("a@example.org, b@example.org").unwrap(),
        cc: parse_list("c@example.org").unwrap(),
        bcc: parse_list("d@example.org").unwrap(),
        original_to: Vec::new(),
        subject: format!("Beitrag für 2026 — {}", "žluťoučký kůň ".repeat(10).trim()),
        html: "<p>Grüße, €120.50</p>\r\n.\r\n".to_owned() + &"x".repeat(2000),
        message_id: message_id("acme", key),
        date: "2026-02-03T04:05:06Z".parse().unwrap(),
    }
}

fn outbox() -> (tempfile::TempDir, Outbox) {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(dir.path().join("mail")).unwrap();
    (dir, outbox)
}

async fn send_and_read(message: &Message) -> Vec<u8> {
    let (_dir, outbox) = outbox();
    let sent = outbox.send("acme", message).await.unwrap();
    outbox.read("acme", &sent.provider_id).unwrap().unwrap()
}

fn addresses(list: Option<&mail_parser::Address<'_>>) -> Vec<String> {
    list.unwrap()
        .iter()
        .map(|mailbox| mailbox.address().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_file_is_the_mail() {
    let sent = message("run|02|m1|0");
    let bytes = send_and_read(&sent).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some(sent.subject.as_str()));
    assert_eq!(mail.body_html(0).unwrap(), sent.html);
    assert_eq!(mail.message_id(), Some("run=7C02=7Cm1=7C0@acme"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-02-03T04:05:06Z");
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), sent.from_name.as_deref());
    assert_eq!(from.address(), Some("dues@example.org"));
    assert_eq!(addresses(mail.to()), ["a@example.org", "b@example.org"]);
    assert_eq!(addresses(mail.cc()), ["c@example.org"]);
    assert_eq!(addresses(mail.bcc()), ["d@example.org"]);
    assert_eq!(addresses(mail.reply_to()), ["office@example.org"]);
    assert!(mail.header_raw(HeaderName::from("X-Original-To")).is_none());
    assert!(bytes.is_ascii(), "a mail is 7-bit");
}

#[tokio::test]
async fn a_redirected_mail_names_whom_it_was_meant_for() {
    let delivery = Delivery::Redirect(parse_one("test@example.org").unwrap().unwrap());
    let bytes = send_and_read(&deliver_to(&delivery, message("k")).unwrap()).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(addresses(mail.to()), ["test@example.org"]);
    assert!(mail.cc().is_none() && mail.bcc().is_none());
    let original = mail.header_raw(HeaderName::from("X-Original-To")).unwrap();
    let names = original.split_whitespace().collect::<String>();
    assert_eq!(
        names,
        "<a@example.org>,<b@example.org>,<c@example.org>,<d@example.org>"
    );
    assert!(mail.subject().unwrap().starts_with("[redirected] Beitrag"));
}

#[tokio::test]
async fn sending_again_keeps_the_first_file() {
    let (_dir, outbox) = outbox();
    let first = outbox.send("acme", &message("k")).await.unwrap();
    let before = outbox.read("acme", &first.provider_id).unwrap();
    let changed = Message {
        subject: "Another".to_owned(),
        ..message("k")
    };
    assert_eq!(outbox.send("acme", &changed).await.unwrap(), first);
    assert_eq!(outbox.read("acme", &first.provider_id).unwrap(), before);
    assert_eq!(outbox.list("acme").unwrap().len(), 1);
    outbox.send("acme", &message("K")).await.unwrap();
    assert_eq!(outbox.list("acme").unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sending_at_the_same_time_makes_one_file() {
    let (_dir, outbox) = outbox();
    let (mail, other) = (message("k"), message("other"));
    let sends = (0..16).map(|number| {
        let (outbox, mail) = (
            outbox.clone(),
            if number % 2 == 0 { &mail } else { &other }.clone(),
        );
        tokio::spawn(async move { outbox.send("acme", &mail).await.unwrap() })
    });
    let mut names = HashSet::new();
    for send in sends.collect::<Vec<_>>() {
        names.insert(send.await.unwrap().provider_id);
    }
    let listed: HashSet<_> = outbox
        .list("acme")
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(listed, names);
    assert_eq!(names.len(), 2);
    let files = fs::read_dir(outbox.dir.join("acme")).unwrap().count();
    assert_eq!(files, 2, "no temporary file stays");
}

#[tokio::test]
async fn tenants_are_apart() {
    let (_dir, outbox) = outbox();
    outbox.send("acme", &message("k")).await.unwrap();
    assert_eq!(outbox.list("other").unwrap(), []);
    let entry = outbox.list("acme").unwrap().remove(0);
    assert_eq!(outbox.read("other", &entry.name).unwrap(), None);
    let bytes = outbox.read("acme", &entry.name).unwrap().unwrap();
    assert_eq!(entry.size, bytes.len() as u64);
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let (dir, outbox) = outbox();
    for tenant in [
        "",
        "..",
        "../x",
        "a/b",
        "/etc",
        "A",
        "a.b",
        "-a",
        &"a".repeat(64),
    ] {
        assert!(
            matches!(outbox.list(tenant), Err(OutboxError::Tenant(_))),
            "{tenant:?}"
        );
        let sent = outbox.send(tenant, &message("k")).await;
        assert_eq!(
            sent,
            Err(MailError::Refused(format!("{tenant:?} is no tenant id")))
        );
    }
    for name in [
        "",
        ".eml",
        "..",
        "../x.eml",
        "x",
        "/x.eml",
        "..\\x.eml",
        ".hidden.eml",
    ] {
        assert!(
            matches!(outbox.read("acme", name), Err(OutboxError::Name(_))),
            "{name:?}"
        );
    }
    let hostile = Message {
        message_id: "../../x@acme".to_owned(),
        ..message("k")
    };
    outbox.send("acme", &hostile).await.unwrap_err();
    let slashes = Message {
        message_id: "/x/x@acme".to_owned(),
        ..message("k")
    };
    outbox.send("acme", &slashes).await.unwrap();
    let outside: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(outside, ["mail"]);
    assert_eq!(outbox.list("acme").unwrap().len(), 1);
}

#[tokio::test]
async fn a_mail_that_is_none_is_refused() {
    let (_dir, outbox) = outbox();
    let nobody = Message {
        to: vec![],
        cc: vec![],
        bcc: vec![],
        ..message("k")
    };
    assert_eq!(
        outbox.send("acme", &nobody).await,
        Err(MailError::Refused("no recipient".to_owned()))
    );
    let broken = Message {
        message_id: "x>\r\nBcc: e@example.org".to_owned(),
        ..message("k")
    };
    assert!(matches!(
        outbox.send("acme", &broken).await,
        Err(MailError::Refused(_))
    ));
    assert_eq!(outbox.list("acme").unwrap(), []);
}

#[tokio::test]
async fn no_text_adds_a_header() {
    let text = "Hi\r\nBcc: evil@example.org\r\n\r\nbody";
    let hostile = Message {
        subject: text.to_owned(),
        from_name: Some(text.to_owned()),
        ..message("k")
    };
    let bytes = send_and_read(&hostile).await;
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(addresses(mail.bcc()), ["d@example.org"]);
    assert_eq!(mail.body_html(0).unwrap(), hostile.html);
}

#[test]
fn a_folder_that_cannot_be_written_is_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Outbox::open(&file).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "the outbox folder {} cannot be used: ",
            file.display()
        )),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_lost_while_running_refuses_the_mail() {
    let (_dir, outbox) = outbox();
    fs::write(outbox.dir.join("acme"), "not a folder").unwrap();
    let error = outbox.send("acme", &message("k")).await.unwrap_err();
    assert!(
        matches!(&error, MailError::Refused(reason) if reason.contains("cannot be used")),
        "{error}"
    );
}

#[test]
fn file_names_are_short_distinct_and_plain() {
    let long = file_name(&format!("{}@acme", "Ä|/".repeat(300)));
    assert!(long.len() <= 100 && is_file_name(&long), "{long}");
    assert_ne!(file_name("a@acme"), file_name("A@acme"));
    assert_ne!(file_name("a-b@acme"), file_name("a_b@acme"));
    assert_eq!(file_name("a@acme"), file_name("a@acme"));
}
