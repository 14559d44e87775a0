//! The data folder: everything the local stack keeps, and who may use it.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A folder that exists. Paths into it:
///
/// | file | what |
/// |---|---|
/// | `dynamodb.sqlite` | all tables |
/// | `executions.db` | executions of the state machines |
/// | `signing-key.pem` | the key that signs tokens; private |
/// | `outbox/` | mail that was sent, as `.eml` files |
/// | `documents/` | large reports, cards and certificates; emptied at every start |
/// | `lock` | held by the process that serves the folder |
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Held while one process uses the folder; ends with the process, also when it
/// is killed.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Folder {
    /// Makes the folder unless it is there.
    ///
    /// # Errors
    /// One line that names the folder and says what is wrong.
    pub fn open(path: &Path) -> Result<Folder, String> {
        std::fs::create_dir_all(path)
            .map_err(|cause| format!("cannot make the data folder {}: {cause}", path.display()))?;
        Ok(Folder(path.to_owned()))
    }

    /// A folder that holds data already.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn existing(path: &Path) -> Result<Folder, String> {
        let folder = Folder(path.to_owned());
        match folder.database().is_file() {
            true => Ok(folder),
            false => Err(format!("there is no data in the folder {}", path.display())),
        }
    }

    /// Takes the folder for this process alone.
    ///
    /// # Errors
    /// One line: another process has it, or it cannot be written to.
    pub fn lock(&self) -> Result<Lock, String> {
        let shown = self.0.display();
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.0.join("lock"))
            .map_err(|cause| format!("cannot write to the data folder {shown}: {cause}"))?;
        // A lock of the system's, which ends with the process, and no file that a kill would
        // leave behind.
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(format!(
                "the data folder {shown} is in use by another process: stop it, or name another folder with --data"
            )),
            Err(TryLockError::Error(cause)) => {
                Err(format!("cannot lock the data folder {shown}: {cause}"))
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn database(&self) -> PathBuf {
        self.0.join("dynamodb.sqlite")
    }

    /// Bytes on disk of all tables: the engine's file and its log.
    ///
    /// # Errors
    /// One line that names the file that cannot be looked at.
    pub fn size_of_tables(&self) -> Result<u64, String> {
        let database = self.database();
        let log = database.with_extension("sqlite-wal");
        let size = |path: PathBuf| match std::fs::metadata(&path) {
            Ok(found) => Ok(found.len()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(0),
            Err(cause) => Err(format!("cannot look at {}: {cause}", path.display())),
        };
        Ok(size(database)? + size(log)?)
    }

    pub fn executions(&self) -> PathBuf {
        self.0.join("executions.db")
    }

    pub fn signing_key(&self) -> PathBuf {
        self.0.join("signing-key.pem")
    }

    pub fn documents(&self) -> PathBuf {
        self.0.join("documents")
    }

    /// Makes the folder for mail unless it is there.
    ///
    /// # Errors
    /// One line that names the folder and says what is wrong.
    pub fn outbox(&self) -> Result<PathBuf, String> {
        Folder::open(&self.0.join("outbox")).map(|folder| folder.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_and_used_by_one_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(&parent.path().join("a/b")).unwrap();
        let held = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err();
        assert!(refused.contains("in use by another process"), "{refused}");
        drop(held);
        folder.lock().unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let refused = Folder::open(&path).unwrap_err();
            assert!(refused.contains(&path.display().to_string()), "{refused}");
        }
    }
}
