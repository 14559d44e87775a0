//! Import and export, with the data on disk, one process.
//!
//! `cargo bench -p tests --bench import -- [MEMBERS]` prints wall time, requests
//! to the database and the most memory ever held, after each phase: reading a
//! file, checking it (a dry run reads it too), importing it (which does both),
//! importing it again, exporting it. Figures of different machines do not
//! compare; those of one call do.

use local::stack::{Core, Files, embedded};
use model::TenantId;
use model::resources::csv_style::CsvChoices;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::{Database, Store};
use tests::meter::Meter;
use transfer::{Encoding, ExportOptions, Group, ImportOptions, Report, Source, export, import};

const CATALOGUE: [(&str, &str); 2] = [
    (
        "types.csv",
        "id,name,customer_type\nregular,Regular,contact\n",
    ),
    (
        "packages.csv",
        "id,name,business_unit_id,membership_type_id,price\nyear,One year,main,regular,120.50\n",
    ),
];

fn main() {
    let members = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(run(members));
}

async fn run(members: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let (database, executions, outbox) = (
        path("dynamodb.sqlite"),
        path("executions.db"),
        path("outbox"),
    );
    let files = Files {
        database: Some(&database),
        executions: Some(&executions),
        outbox: &outbox,
        documents: &path("documents"),
    };
    let core = Core::start(&files, embedded)
        .await
        .expect("the stack starts");
    let meter = Meter::default();
    let names = local::tables::make(&core.connection).await.expect("tables");
    let tapped = Arc::new(Database::new(&meter.over(&core.connection), names));
    let store = tapped.tenant(&TenantId::parse("bench").expect("a tenant"));
    for (name, content) in CATALOGUE {
        std::fs::write(path(name), content).expect("a file");
        bring(&store, &path(name), false).await;
    }
    let contacts = write(
        path("contacts.csv"),
        members,
        "id,name,first_name,last_name,email_address,address.city,address.country",
        |n| format!("c-{n},Ada Byron {n},Ada,Byron {n},ada{n}@example.org,London,GB"),
    );
    let memberships = write(
        path("memberships.csv"),
        members,
        "owner_type,contact_id,type_id,package_id,join_date,term_start_date,expiration_date,number,billed",
        |n| format!("contact,c-{n},regular,year,2019-05-01,2026-01-01,2026-12-31,{n},false"),
    );
    for (group, file) in [
        (Group::Contacts, contacts),
        (Group::Memberships, memberships),
    ] {
        let clock = Clock::start(&meter);
        read(&file);
        clock.lap(group, "read", members);
        for (phase, dry_run) in [("check", true), ("import", false), ("again", false)] {
            let clock = Clock::start(&meter);
            bring(&store, &file, dry_run).await;
            clock.lap(group, phase, members);
        }
        let clock = Clock::start(&meter);
        let out = File::create(path("export.csv")).expect("a file");
        let count = export(&store, group, ExportOptions::default(), BufWriter::new(out)).await;
        assert_eq!(count, Ok(members));
        clock.lap(group, "export", members);
    }
    drop(store);
    core.stop().await;
}

fn write(path: PathBuf, rows: u64, header: &str, row: impl Fn(u64) -> String) -> PathBuf {
    let mut file = BufWriter::new(File::create(&path).expect("a file"));
    writeln!(file, "{header}").expect("a header");
    for n in 1..=rows {
        writeln!(file, "{}", row(n)).expect("a row");
    }
    file.flush().expect("a file");
    path
}

fn read(file: &Path) {
    let source = Source::open(file, Encoding::Utf8).expect("a file");
    let mut rows = source.rows().expect("rows");
    while rows.read().expect("a row").is_some() {}
}

async fn bring(store: &Store, file: &Path, dry_run: bool) {
    let options = ImportOptions {
        group: None,
        encoding: Encoding::Utf8,
        dry_run,
        style: CsvChoices::default(),
    };
    let mut report = Report::new(std::io::stdout());
    let outcome = import(store, file, options, &mut report, |_| ()).await;
    assert_eq!(outcome.expect("an import").counts.refused, 0);
}

struct Clock<'a> {
    begun: Instant,
    meter: &'a Meter,
}

impl Clock<'_> {
    fn start(meter: &Meter) -> Clock<'_> {
        meter.take();
        Clock {
            begun: Instant::now(),
            meter,
        }
    }

    fn lap(self, group: Group, phase: &str, rows: u64) {
        let seconds = self.begun.elapsed().as_secs_f64();
        let requests = self.meter.take().requests();
        println!(
            "{:<12} {phase:<7} {rows:>8} rows in {seconds:>7.2} s, {:>7.0} rows a second; {requests:>7} requests; peak {} MB",
            group.to_string(),
            rows as f64 / seconds,
            peak_megabytes(),
        );
    }
}

/// The most memory the process has ever held.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
