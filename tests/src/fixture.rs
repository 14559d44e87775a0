//! The files of a stack that is filled once and used many times.

use crate::TestApp;
use std::path::Path;
use tempfile::TempDir;

/// A data folder with `each` members of every scenario.
pub struct Fixture {
    folder: TempDir,
    pub each: usize,
}

impl Fixture {
    pub async fn create(each: usize) -> Fixture {
        let folder = tempfile::tempdir().expect("a folder");
        let app = TestApp::open_folder(folder.path()).await;
        app.seed_scenarios(each).await;
        app.stop().await;
        Fixture { folder, each }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A copy for one attempt.
    pub fn copy(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in std::fs::read_dir(self.folder.path()).expect("the folder") {
            let file = file.expect("a file");
            // The outbox is a folder, and made when it is not there.
            if file.file_type().expect("its type").is_file() {
                let copy = folder.path().join(file.file_name());
                std::fs::copy(file.path(), copy).expect("a copy");
            }
        }
        folder
    }
}
