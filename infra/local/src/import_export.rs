//! The commands `import`, `undo-import` and `export` over a data folder.

use crate::folder::Folder;
use crate::progress::Progress;
use crate::stack::Tables;
use model::TenantId;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;
use transfer::{ExportOptions, Group, ImportOptions, Outcome, Report, Undone};

/// Brings `file` into the folder at `data`. Problems go to standard output as
/// CSV, what became of the rows to standard error.
///
/// # Errors
/// One line: a row was refused, or nothing could be read or written.
pub async fn import(
    data: &Path,
    tenant: &TenantId,
    file: &Path,
    options: ImportOptions,
) -> Result<(), String> {
    let tables = open(data).await?;
    let store = tables.database.tenant(tenant);
    let mut report = Report::new(std::io::stdout());
    let progress = Progress::new("Importing", "rows", None);
    let told = |done| progress.at(done);
    let Outcome { id, counts } = transfer::import(&store, file, options, &mut report, told).await?;
    progress.end();
    match options.dry_run {
        true => eprintln!("Checked, nothing written: {counts}"),
        false => eprintln!("Import {id}: {counts}"),
    }
    match counts.refused {
        0 => Ok(()),
        refused => Err(format!("{refused} of {} rows were refused", counts.rows())),
    }
}

/// Takes the import `id` back.
///
/// # Errors
/// One line: something it wrote stays, or it is not known.
pub async fn undo(data: &Path, tenant: &TenantId, id: &str) -> Result<(), String> {
    let tables = open(data).await?;
    let store = tables.database.tenant(tenant);
    let mut report = Report::new(std::io::stdout());
    let Undone { deleted, kept } = transfer::undo(&store, id, &mut report).await?;
    eprintln!("Import {id}: {deleted} deleted, {kept} kept");
    match kept {
        0 => Ok(()),
        kept => Err(format!("{kept} records of the import stay")),
    }
}

/// Writes a group to `file`, whole or not at all; `-` is standard output.
///
/// # Errors
/// One line that says what is in the way.
pub async fn export(
    data: &Path,
    tenant: &TenantId,
    file: &Path,
    group: Option<Group>,
    options: ExportOptions<'_>,
) -> Result<(), String> {
    let group = Group::choose(group, file)?;
    let tables = open(data).await?;
    let store = tables.database.tenant(tenant);
    let count = match file == Path::new("-") {
        true => transfer::export(&store, group, options, std::io::stdout().lock()).await?,
        false => {
            let failed = |cause: String| format!("cannot write {}: {cause}", file.display());
            let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
            // In the same folder, because a file can be moved whole only within one file system.
            let made = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
            let mut made = made.map_err(|cause| failed(cause.to_string()))?;
            let count = transfer::export(&store, group, options, &mut made).await?;
            made.flush().map_err(|cause| failed(cause.to_string()))?;
            made.persist(file)
                .map_err(|cause| failed(cause.to_string()))?;
            count
        }
    };
    eprintln!("Exported: {count} {group}");
    Ok(())
}

async fn open(data: &Path) -> Result<Tables, String> {
    let folder = Folder::open(data)?;
    // Also for an export: the engine's file is one process's.
    let lock = folder.lock()?;
    Tables::of_folder(&folder, lock).await
}
