//! The embedded documents: files of a folder, fetched by signed links.

use super::{Documents, LINK_FOR, Upload, checked, unknown};
use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use model::{Error, Result, TenantId};
use sha2::Sha256;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// Documents at `<folder>/<tenant>/<name>`, served below [`PATH`].
#[derive(Clone, Debug)]
pub struct Folder {
    dir: PathBuf,
    /// Made at every start: links end with the process.
    key: [u8; 64],
}

/// What the paths of links begin with.
pub const PATH: &str = "/documents";
/// Where the parts of what is being written are, beside the tenants: no tenant id
/// begins with a dot.
const PARTS: &str = ".parts";

impl Folder {
    /// Opens the folder at `dir`, making it where it is missing. What an earlier
    /// process has left is removed: no link leads to it any more.
    ///
    /// # Errors
    /// One line that names the folder and says what is wrong.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Folder, String> {
        let dir = dir.into();
        let emptied = match fs::remove_dir_all(&dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(dir.join(PARTS)),
        };
        emptied.map_err(|cause| format!("cannot use the folder {}: {cause}", dir.display()))?;
        Ok(Folder {
            dir,
            key: rand::random(),
        })
    }

    /// The file that a link leads to; `None` for a link that was not made here,
    /// was changed, or has expired.
    pub fn find(&self, tenant: &str, name: &str, expires: i64, signature: &str) -> Option<PathBuf> {
        let tenant = TenantId::parse(tenant).ok()?;
        let path = self.path(&tenant, name).ok()?;
        let signature: Vec<u8> = hex(signature)?;
        self.mac(&tenant, name, expires)
            .verify_slice(&signature)
            .ok()?;
        (expires > Timestamp::now().as_second() && path.is_file()).then_some(path)
    }

    fn mac(&self, tenant: &TenantId, name: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        // Neither a tenant's id nor a name holds a line break.
        mac.update(format!("{tenant}\n{name}\n{expires}").as_bytes());
        mac
    }

    fn path(&self, tenant: &TenantId, name: &str) -> Result<PathBuf> {
        Ok(self.dir.join(tenant.as_str()).join(checked(name)?))
    }

    /// The folder of an upload's parts, if it is one of this tenant's.
    fn parts(&self, tenant: &TenantId, upload: &Upload) -> Result<PathBuf> {
        let parts = self.dir.join(PARTS).join(checked(&upload.id)?);
        let own = upload.id.starts_with(&format!("{tenant}/"));
        match own && parts.is_dir() {
            true => Ok(parts),
            false => Err(unknown(upload)),
        }
    }
}

#[async_trait]
impl Documents for Folder {
    async fn begin(&self, tenant: &TenantId, name: &str, _content_type: &str) -> Result<Upload> {
        let (of_tenant, name) = (self.dir.join(PARTS).join(tenant.as_str()), checked(name)?);
        let made = fs::create_dir_all(&of_tenant)
            .and_then(|()| tempfile::Builder::new().prefix("u").tempdir_in(of_tenant))
            .map(TempDir::keep);
        let parts = made.map_err(Error::internal)?;
        let id = parts.file_name().unwrap_or_default().to_string_lossy();
        Ok(Upload {
            name: name.to_owned(),
            id: format!("{tenant}/{id}"),
        })
    }

    async fn add(
        &self,
        tenant: &TenantId,
        upload: &Upload,
        number: i32,
        part: Vec<u8>,
    ) -> Result<()> {
        let file = self.parts(tenant, upload)?.join(part_name(number));
        blocking(move || fs::write(file, part)).await
    }

    async fn finish(&self, tenant: &TenantId, upload: &Upload) -> Result<()> {
        let parts = self.parts(tenant, upload)?;
        let path = self.path(tenant, &upload.name)?;
        blocking(move || join(&parts, &path)).await
    }

    async fn link(&self, tenant: &TenantId, name: &str) -> Result<String> {
        let expires = Timestamp::now().as_second() + LINK_FOR.as_secs() as i64;
        let signature = self.mac(tenant, checked(name)?, expires).finalize();
        let signature: String = signature
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // The characters of a name that a URL does not take as they are.
        let name = name.replace('|', "%7C");
        Ok(format!(
            "{PATH}/{tenant}/{name}?expires={expires}&signature={signature}"
        ))
    }
}

/// Sorts as its number does.
fn part_name(number: i32) -> String {
    format!("{number:010}")
}

/// The document appears whole: it is put together beside its place.
fn join(parts: &Path, path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(parts);
    fs::create_dir_all(folder)?;
    let mut whole = NamedTempFile::new_in(folder)?;
    let mut names = fs::read_dir(parts)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort();
    for name in names {
        io::copy(&mut File::open(name)?, &mut whole)?;
    }
    whole.persist(path).map_err(|error| error.error)?;
    fs::remove_dir_all(parts)
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(Error::internal)?.map_err(Error::internal)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let pairs = digits?;
    let pairs = pairs.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests;
