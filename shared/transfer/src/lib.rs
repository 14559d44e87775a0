//! Import and export: a group of records as a file of rows (CSV), over any
//! store.
//!
//! `export` writes every record of a group, `import` reads such a file, from
//! here or elsewhere; an import of an export changes nothing. `cell.rs` says how
//! a value stands in a cell, `columns.rs` which columns there are.

mod cell;
mod columns;
mod draft;
mod encoding;
mod export;
mod group;
mod import;
mod load;
mod members;
mod meter;
mod prepare;
mod ready;
mod report;
mod seats;
mod seen;
mod settings;
mod source;
mod survey;
#[cfg(test)]
mod tests;
mod undo;
mod walk;

pub use encoding::Encoding;
pub use export::{ExportOptions, export};
pub use group::Group;
pub use import::import;
pub use load::ImportOptions;
pub use report::{Counts, Outcome, Report};
pub use source::{Row, Rows, Source};
pub use undo::{Undone, undo};
