//! The command line.

use crate::compact::compact;
use crate::demo::{self, DEFAULT_MEMBERS, DEFAULT_SEED};
use crate::folder::Folder;
use crate::import_export;
use crate::serve::{make_demo, serve, serve_demo};
use crate::tokens::{Grant, SigningKey};
use api::OpenApi;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use model::choice::Choice;
use model::resources::csv_style::{CsvChoices, DateStyle, DecimalMark, Separator};
use model::{Scope, TenantId};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;
use transfer::{Encoding, ExportOptions, Group, ImportOptions};

/// The program's own, and the release of the zone data that it carries.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let zones = model::zone::RELEASE;
    format!("{} (zones {zones})", env!("CARGO_PKG_VERSION"))
});

const FOLDER: &str = ".local";
const PORT: u16 = 3000;

const GROUP_HELP: &str = "What it holds: contacts, organizations, types, packages or memberships [default: the file's name]";

const AFTER_HELP: &str = "\
Without a command it makes a demo in the folder .local, unless there is data
for it already, and serves it on port 3000: an association of 10,000 members
and one billing run, planned, approved and executed. It prints a token and
lines to paste. A demo that was interrupted goes on where it stopped.

Without a demo, from the project's folder:
  cargo run -- serve
and in a second terminal:
  TOKEN=$(cargo run -q -- token --tenant acme)
  curl -i -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:3000/types/acme

A demo of another size, in a folder of its own:
  cargo run -- demo --data /tmp/small --members 300 --seed 7
  cargo run -- serve --data /tmp/small

Members come in by files, what they refer to first:
  cargo run -- import types.csv --tenant acme
  cargo run -- import packages.csv --tenant acme
  cargo run -- import contacts.csv --tenant acme
  cargo run -- import memberships.csv --tenant acme
  cargo run -- export memberships.csv --tenant acme

The data folder holds
  dynamodb.sqlite   all tables
  executions.db     executions of the state machines
  signing-key.pem   the key that signs tokens; keep it to yourself
  outbox/           mail that was sent, as .eml files
One process serves a folder at a time. Remove the folder to begin anew.

Nobody is mailed and no card is charged: mail becomes files, and what happens
to a charge is written in the card's token (tok_declined is declined).

Logs go to standard error; RUST_LOG=debug shows more of them.";

/// The membership API on this machine: the deployed functions, tables and
/// state machines in one process, with no account and no network.
#[derive(Debug, Parser)]
#[command(name = "membership-api", version = VERSION.as_str(), after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API until ctrl-c, and print its address when it answers
    Serve(Serve),
    /// Make the demo: fill the tenant demo, run one billing run, print what came of it
    Demo(Demo),
    /// Bring a file of rows (CSV) into a tenant's data; what is refused is told by line
    Import(Import),
    /// Take an import back: delete what it made and nobody has changed or used since
    UndoImport(UndoImport),
    /// Write all of a tenant's contacts, organizations, types, packages or memberships to a file
    Export(Export),
    /// Give back to the disk what deleted and expired records have taken up
    Compact(Compact),
    /// Print a token for a tenant, good for 24 hours, while the API is served or not
    Token(Token),
    /// Print the API's description, as infra/openapi.json holds it
    Openapi(Described),
}

#[derive(Args, Debug)]
struct Data {
    /// The data folder; made if it is not there
    #[arg(long = "data", value_name = "DIR", default_value = FOLDER)]
    path: PathBuf,
}

#[derive(Args, Debug)]
struct Serve {
    /// The port on loopback; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = PORT)]
    port: u16,
    #[command(flatten)]
    data: Data,
}

#[derive(Args, Debug)]
struct Demo {
    #[command(flatten)]
    data: Data,
    #[arg(long, value_name = "N", help = format!("How many memberships [default: {DEFAULT_MEMBERS}]"),
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    members: Option<u32>,
    #[arg(long, value_name = "S", help = format!("What the association is computed from: the same seed makes the same one [default: {DEFAULT_SEED}]"))]
    seed: Option<u64>,
}

#[derive(Args, Debug)]
struct Import {
    /// The file; its first row names the columns
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Whose data it becomes
    #[arg(long, value_name = "T", value_parser = tenant)]
    tenant: TenantId,
    #[command(flatten)]
    data: Data,
    #[arg(long, value_name = "G", value_parser = chosen::<Group>, help = GROUP_HELP)]
    group: Option<Group>,
    /// Check every row and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How its bytes are text: utf-8, windows-1252, macintosh, cp437 or cp850
    #[arg(long, value_name = "E", value_parser = chosen::<Encoding>, default_value = "utf-8")]
    encoding: Encoding,
    #[command(flatten)]
    values: Values,
}

/// How values stand in a file's cells; the tenant's settings say it otherwise.
#[derive(Args, Clone, Copy, Debug)]
struct Values {
    /// What stands before decimals: point or comma [default: as in the settings]
    #[arg(long, value_name = "M", value_parser = chosen::<DecimalMark>)]
    decimal_mark: Option<DecimalMark>,
    /// How days are written: year-month-day, day.month.year, day/month/year or month/day/year [default: as in the settings]
    #[arg(long, value_name = "D", value_parser = chosen::<DateStyle>)]
    date_style: Option<DateStyle>,
}

impl Values {
    fn choices(self) -> CsvChoices {
        CsvChoices {
            decimal_mark: self.decimal_mark,
            date_style: self.date_style,
            ..CsvChoices::default()
        }
    }
}

#[derive(Args, Debug)]
struct UndoImport {
    /// The import, as it was printed
    #[arg(value_name = "ID")]
    id: String,
    /// Whose data it became
    #[arg(long, value_name = "T", value_parser = tenant)]
    tenant: TenantId,
    #[command(flatten)]
    data: Data,
}

#[derive(Args, Debug)]
struct Export {
    /// The file, replaced if it is there; - is standard output
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Whose data
    #[arg(long, value_name = "T", value_parser = tenant)]
    tenant: TenantId,
    #[command(flatten)]
    data: Data,
    #[arg(long, value_name = "G", value_parser = chosen::<Group>, help = GROUP_HELP)]
    group: Option<Group>,
    /// The column of text by which rows are sorted, in the tenant's language [default: by keys]
    #[arg(long, value_name = "COLUMN")]
    sort: Option<String>,
    /// What separates cells: comma, semicolon or tab [default: as in the settings]
    #[arg(long, value_name = "S", value_parser = chosen::<Separator>)]
    separator: Option<Separator>,
    /// Whether it begins with a byte order mark [default: as in the settings]
    #[arg(long, value_name = "true|false")]
    byte_order_mark: Option<bool>,
    #[command(flatten)]
    values: Values,
}

#[derive(Args, Debug)]
struct Compact {
    /// The data folder; for a moment it takes up to three times what it holds
    #[arg(long = "data", value_name = "DIR", default_value = FOLDER)]
    path: PathBuf,
}

#[derive(Args, Debug)]
struct Described {
    /// Of OpenAPI: 3.1, or 3.0 for tools that read no later one
    #[arg(long, value_name = "V", value_parser = chosen::<OpenApi>, default_value = "3.1")]
    version: OpenApi,
}

#[derive(Args, Debug)]
struct Token {
    /// Whose data the token is for
    #[arg(long, value_name = "T", value_parser = tenant)]
    tenant: TenantId,
    /// Who is recorded as the author of changes
    #[arg(long, value_name = "U", default_value = "developer", value_parser = NonEmptyStringValueParser::new())]
    user: String,
    /// Makes it a member's token, good only for the portal look-up of this contact
    #[arg(long, value_name = "C", value_parser = NonEmptyStringValueParser::new())]
    contact: Option<String>,
    /// What it allows, separated by commas
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', value_parser = chosen::<Scope>,
          default_value = "read,write,billing,admin")]
    scopes: Vec<Scope>,
    #[command(flatten)]
    data: Data,
}

/// Does what the process's arguments ask for; what is in the way is one line on
/// standard error.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // One line, for scripts: causes from libraries may hold several.
            eprintln!("error: {}", message.replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> Result<(), String> {
        match self.command {
            Some(Command::Serve(Serve { port, data })) => {
                start()?.block_on(serve(&data.path, port))
            }
            Some(Command::Token(token)) => token.run(),
            Some(Command::Demo(Demo {
                data,
                members,
                seed,
            })) => {
                let options = demo::Options { members, seed };
                start()?.block_on(make_demo(&data.path, options))
            }
            Some(Command::Import(Import {
                file,
                tenant,
                data,
                group,
                dry_run,
                encoding,
                values,
            })) => {
                let options = ImportOptions {
                    group,
                    encoding,
                    style: values.choices(),
                    dry_run,
                };
                start()?.block_on(import_export::import(&data.path, &tenant, &file, options))
            }
            Some(Command::UndoImport(UndoImport { id, tenant, data })) => {
                start()?.block_on(import_export::undo(&data.path, &tenant, &id))
            }
            Some(Command::Export(Export {
                file,
                tenant,
                data,
                group,
                sort,
                separator,
                byte_order_mark,
                values,
            })) => {
                let style = CsvChoices {
                    separator,
                    byte_order_mark,
                    ..values.choices()
                };
                let sort = sort.as_deref();
                let options = ExportOptions { style, sort };
                let written = import_export::export(&data.path, &tenant, &file, group, options);
                start()?.block_on(written)
            }
            Some(Command::Compact(Compact { path })) => {
                start_logging();
                compact(&path)
            }
            Some(Command::Openapi(Described { version })) => {
                let text = api::document_text(version);
                std::io::stdout()
                    .write_all(text.as_bytes())
                    .map_err(|cause| cause.to_string())
            }
            None => start()?.block_on(serve_demo(Path::new(FOLDER), PORT)),
        }
    }
}

/// Logging, and the runtime that everything runs on.
fn start() -> Result<Runtime, String> {
    start_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|cause| format!("cannot start: {cause}"))
}

impl Token {
    fn run(self) -> Result<(), String> {
        // No lock: a token is made while the folder is served, and the key file copes with two at
        // once.
        let folder = Folder::open(&self.data.path)?;
        let token = SigningKey::open(&folder.signing_key())?.sign(&Grant {
            tenant: self.tenant,
            user: self.user,
            contact: self.contact,
            scopes: self.scopes,
        })?;
        writeln!(std::io::stdout(), "{token}").map_err(|cause| cause.to_string())
    }
}

fn tenant(text: &str) -> Result<TenantId, &'static str> {
    TenantId::parse(text).map_err(|_| "must match ^[a-z0-9][a-z0-9-]{0,62}$")
}

fn chosen<C: Choice>(text: &str) -> Result<C, String> {
    C::parse(text).ok_or_else(|| format!("must be one of {}", C::NAMES.join(", ")))
}

/// To standard error, because standard output is for what was asked for. The
/// database warns of every refusal, and refusals are how conditions work.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,dynoxide=error,local=info,authorizer=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
