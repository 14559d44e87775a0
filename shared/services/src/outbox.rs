//! The embedded mailer: every mail becomes a file that any mail program opens.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use jiff::Timestamp;
use mail_builder::{MessageBuilder, headers::address::Address as Mailbox};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::mail::{Address, MailError, Mailer, Message, Sent, is_message_id};

/// A folder of sent mails, `<folder>/<tenant>/<file name>.eml`, RFC 5322.
#[derive(Debug, Clone)]
pub struct Outbox {
    dir: PathBuf,
}

/// Why the outbox could not be used.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error("the outbox folder {} cannot be used: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{0:?} is no tenant id")]
    Tenant(String),
    #[error("{0:?} is no file name of the outbox")]
    Name(String),
}

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file name, to be given to [`Outbox::read`].
    pub name: String,
    /// When the file was written, by the machine's clock.
    pub written: Timestamp,
    /// Its length in bytes.
    pub size: u64,
}

impl Outbox {
    /// Opens the outbox at `dir`, making the folder where it is missing.
    ///
    /// # Errors
    /// [`OutboxError::Folder`] when nothing can be written there.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, OutboxError> {
        let dir = dir.into();
        // A file is tried, because a folder's mode does not tell whether it is writable.
        let writable = fs::create_dir_all(&dir).and_then(|()| NamedTempFile::new_in(&dir));
        writable.map_err(|source| unusable(&dir, source))?;
        Ok(Self { dir })
    }

    /// The mails of `tenant`, newest first; none for a tenant that sent none.
    ///
    /// # Errors
    /// [`OutboxError::Tenant`] and [`OutboxError::Folder`].
    pub fn list(&self, tenant: &str) -> Result<Vec<Entry>, OutboxError> {
        let folder = self.folder(tenant)?;
        let mut entries = match fs::read_dir(&folder) {
            Ok(files) => files.filter_map(entry).collect::<io::Result<Vec<_>>>(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
        .map_err(|source| unusable(&folder, source))?;
        entries.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| a.name.cmp(&b.name)));
        Ok(entries)
    }

    /// The bytes of one mail; `None` where there is no such file.
    ///
    /// # Errors
    /// As [`Outbox::list`], and [`OutboxError::Name`].
    pub fn read(&self, tenant: &str, name: &str) -> Result<Option<Vec<u8>>, OutboxError> {
        // The name comes from a URL: nothing else keeps it within the folder.
        if !is_file_name(name) {
            return Err(OutboxError::Name(name.to_owned()));
        }
        let path = self.folder(tenant)?.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(unusable(&path, source)),
        }
    }

    fn folder(&self, tenant: &str) -> Result<PathBuf, OutboxError> {
        if is_tenant(tenant) {
            Ok(self.dir.join(tenant))
        } else {
            Err(OutboxError::Tenant(tenant.to_owned()))
        }
    }

    /// Writes the mail unless it is there: a second send finds the first one's file.
    fn keep(&self, tenant: &str, message: &Message) -> Result<String, OutboxError> {
        let folder = self.folder(tenant)?;
        let name = file_name(&message.message_id);
        write_once(&folder, &name, message).map_err(|source| unusable(&folder, source))?;
        Ok(name)
    }
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, tenant: &str, message: &Message) -> Result<Sent, MailError> {
        let refused = |reason: String| Err(MailError::Refused(reason));
        if !is_message_id(&message.message_id) {
            return refused(format!("{:?} is no message id", message.message_id));
        }
        if message.recipients().next().is_none() {
            return refused("no recipient".to_owned());
        }
        let (outbox, tenant, message) = (self.clone(), tenant.to_owned(), message.clone());
        // File calls block, and would hold up whatever else runs on this thread.
        let work = tokio::task::spawn_blocking(move || outbox.keep(&tenant, &message));
        match work.await {
            Ok(Ok(provider_id)) => Ok(Sent { provider_id }),
            Ok(Err(error)) => refused(error.to_string()),
            // The thread panicked, before or after the file was there.
            Err(error) => Err(MailError::Unknown(error.to_string())),
        }
    }

    async fn was_sent(&self, tenant: &str, message_id: &str) -> Option<bool> {
        let folder = self.folder(tenant).ok()?;
        Some(folder.join(file_name(message_id)).exists())
    }
}

/// The file of a message id, always the same and never another id's: what can
/// be read of the id, then a part of its SHA-256. It holds only characters
/// that every file system takes and that cannot leave the folder.
pub fn file_name(message_id: &str) -> String {
    let readable = message_id
        .chars()
        .take(60)
        .map(|character| match character {
            '0'..='9' | 'a'..='z' | 'A'..='Z' => character.to_ascii_lowercase(),
            _ => '-',
        });
    let digest = Sha256::digest(message_id);
    let hash = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    readable.collect::<String>() + "-" + &hash.collect::<String>() + ".eml"
}

fn write_once(folder: &Path, name: &str, message: &Message) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    if path.try_exists()? {
        return Ok(());
    }
    // Written under another name first: a kill leaves no half mail that counts as sent.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(&eml(message)?)?;
    match file.persist_noclobber(path) {
        // Without clobbering, because two sends of one id may both have seen no file.
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

fn eml(message: &Message) -> io::Result<Vec<u8>> {
    let sender = Mailbox::new_address(message.from_name.as_deref(), message.from.as_str());
    let mut builder = MessageBuilder::new()
        .message_id(message.message_id.as_str())
        .date(message.date.as_second())
        .from(sender)
        .subject(message.subject.as_str())
        .html_body(message.html.as_str());
    if let Some(address) = &message.reply_to {
        builder = builder.reply_to(address.as_str());
    }
    let lists = [
        ("To", &message.to),
        ("Cc", &message.cc),
        // Kept, unlike in a mail that leaves: the file is all that tells who would have got it.
        ("Bcc", &message.bcc),
        ("X-Original-To", &message.original_to),
    ];
    for (header, addresses) in lists
        .into_iter()
        .filter(|(_, addresses)| !addresses.is_empty())
    {
        builder = builder.header(header, mailboxes(addresses));
    }
    builder.write_to_vec()
}

fn mailboxes(addresses: &[Address]) -> Mailbox<'_> {
    Mailbox::new_list(
        addresses
            .iter()
            .map(|address| Mailbox::from(address.as_str()))
            .collect(),
    )
}

/// What is no mail, such as one that is just being written, is passed over.
fn entry(file: io::Result<fs::DirEntry>) -> Option<io::Result<Entry>> {
    let named = file.map(|file| (file.file_name().to_string_lossy().into_owned(), file));
    named.map_or_else(
        |error| Some(Err(error)),
        |(name, file)| is_file_name(&name).then(|| described(name, &file)),
    )
}

fn described(name: String, file: &fs::DirEntry) -> io::Result<Entry> {
    let metadata = file.metadata()?;
    let written = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
    Ok(Entry {
        name,
        written,
        size: metadata.len(),
    })
}

fn is_tenant(tenant: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&tenant.len()) && tenant.bytes().all(allowed) && !tenant.starts_with('-')
}

fn is_file_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.strip_suffix(".eml")
        .is_some_and(|stem| !stem.is_empty() && stem.bytes().all(allowed))
}

fn unusable(path: &Path, source: io::Error) -> OutboxError {
    OutboxError::Folder {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
