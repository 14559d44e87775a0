//! A file of rows as people have them: from a spreadsheet, a database, another
//! system. What cannot be read faithfully is refused by line and column.

use crate::encoding::{Encoding, readings};
use crate::meter::{Gauge, Meter};
use csv::{ByteRecord, ReaderBuilder, StringRecord};
use model::choice::Choice;
use std::fs::File;
use std::io::{BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};

/// As much of a file as is looked at before it is read.
const HEAD: u64 = 65_536;
const BOM: &[u8] = b"\xEF\xBB\xBF";

const UNCLOSED: &str = "a quote that is opened here is never closed";

/// How files begin that are no text, and what they are.
const NO_TEXT: &[(&[u8], &str)] = &[
    (b"\x89PNG", "an image (PNG)"),
    (b"\xFF\xD8\xFF", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"%PDF", "a PDF"),
    (
        b"PK\x03\x04",
        "a spreadsheet or another ZIP archive: save it as CSV",
    ),
    (b"\xD0\xCF\x11\xE0", "an old spreadsheet: save it as CSV"),
    (b"\xFF\xFE", "UTF-16: save it as UTF-8"),
    (b"\xFE\xFF", "UTF-16: save it as UTF-8"),
];

/// A file that is text, and how its cells are separated.
pub struct Source {
    path: PathBuf,
    encoding: Encoding,
    delimiter: u8,
    /// The first row: the names of the columns.
    pub header: Vec<String>,
}

/// A record of a file.
pub struct Row {
    /// The line it begins on, counted from 1.
    pub line: u64,
    pub cells: StringRecord,
}

impl Source {
    /// Looks at how the file begins.
    ///
    /// # Errors
    /// One line that names the file and says why it cannot be read.
    pub fn open(path: &Path, encoding: Encoding) -> Result<Source, String> {
        let shown = path.display();
        let mut head = Vec::new();
        let file = File::open(path).map_err(|cause| format!("cannot open {shown}: {cause}"))?;
        let read = file.take(HEAD).read_to_end(&mut head);
        read.map_err(|cause| format!("cannot read {shown}: {cause}"))?;
        // Such a file would else be refused for its first row, by a reason that helps nobody.
        if let Some((_, what)) = NO_TEXT.iter().find(|(start, _)| head.starts_with(start)) {
            return Err(format!("{shown} is {what}"));
        }
        if head.contains(&0) {
            return Err(format!("{shown} is no text: it holds NUL bytes"));
        }
        let mut source = Source {
            path: path.to_owned(),
            encoding,
            delimiter: delimiter(&head),
            header: Vec::new(),
        };
        // Read by the same reader as the rows, so that a quoted or broken header is treated
        // alike.
        let header = source.rows()?.read()?.ok_or(format!("{shown} is empty"))?;
        source.header = header.cells.iter().map(str::to_owned).collect();
        Ok(source)
    }

    /// The rows below the header.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn rows(&self) -> Result<Rows<'_>, String> {
        let shown = self.path.display();
        let file = File::open(&self.path);
        let mut file = file
            .map(BufReader::new)
            .map_err(|cause| format!("cannot open {shown}: {cause}"))?;
        // Spreadsheets write it. Left in, it would be a part of the first column's name.
        if file.fill_buf().is_ok_and(|head| head.starts_with(BOM)) {
            file.consume(BOM.len());
        }
        // By chance, so that no cell can hold it.
        let end = model::ids::generate();
        let last = Cursor::new(format!("\n{end}\n").into_bytes());
        let meter = Meter::new(file.chain(last));
        let mut rows = Rows {
            source: self,
            gauge: meter.gauge(),
            reader: ReaderBuilder::new()
                .delimiter(self.delimiter)
                .has_headers(false)
                // A row with other than the header's number of cells is refused as a row, not as
                // a file.
                .flexible(true)
                .from_reader(meter),
            end,
            record: ByteRecord::new(),
            begun: 1,
        };
        if !self.header.is_empty() {
            rows.read()?;
        }
        Ok(rows)
    }

    /// The file's name without its folder.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// The separator that the header has most of.
fn delimiter(head: &[u8]) -> u8 {
    let text = head.strip_prefix(BOM).unwrap_or(head);
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    let header = lines.find(|line| !line.is_empty()).unwrap_or_default();
    // Within quotes a separator is text.
    let unquoted = header.split(|byte| *byte == b'"').step_by(2);
    let bytes: Vec<u8> = unquoted.flatten().copied().collect();
    let count = |candidate: u8| bytes.iter().filter(|byte| **byte == candidate).count();
    // Of equals the last counts, so a header of one column means commas.
    let most = [b'\t', b';', b','].into_iter().max_by_key(|c| count(*c));
    most.unwrap_or(b',')
}

type Input = Meter<Chain<BufReader<File>, Cursor<Vec<u8>>>>;

/// Reads one row after the other; nothing but the row is in memory.
pub struct Rows<'a> {
    source: &'a Source,
    reader: csv::Reader<Input>,
    gauge: Gauge,
    /// A row of its own behind the last one: if it is not found, a quote that
    /// was never closed has swallowed it.
    end: String,
    record: ByteRecord,
    /// The line on which the next record begins, or blank lines before it.
    begun: u64,
}

impl Rows<'_> {
    /// The next row; `None` behind the last.
    ///
    /// # Errors
    /// One line, with the file's line: nothing behind it can be read.
    pub fn read(&mut self) -> Result<Option<Row>, String> {
        let read = self.reader.read_byte_record(&mut self.record);
        let found = read.map_err(|cause| self.failed(&cause))?;
        // The row behind the last was not met: it has been read into a cell.
        if !found {
            return Err(self.wrong(self.begun, UNCLOSED));
        }
        self.gauge.renew();
        let line = self.line();
        self.begun = self.reader.position().line();
        if self.is_open() {
            return Err(self.wrong(line, UNCLOSED));
        }
        if self.record.len() == 1 && &self.record[0] == self.end.as_bytes() {
            return Ok(None);
        }
        if self.record.as_slice().contains(&0) {
            return Err(self.wrong(line, "holds NUL bytes: the file is no text"));
        }
        let cells = self.record.iter().enumerate();
        let cells: Result<StringRecord, String> = cells
            .map(|(at, cell)| {
                let text = self.source.encoding.decode(cell);
                text.ok_or_else(|| self.undecoded(line, at, cell))
            })
            .collect();
        Ok(Some(Row {
            line,
            cells: cells?,
        }))
    }

    fn undecoded(&self, line: u64, at: usize, cell: &[u8]) -> String {
        let column = self.source.header.get(at).cloned();
        let column = column.unwrap_or_else(|| format!("number {}", at + 1));
        let readings = readings(cell);
        let encoding = match self.source.encoding {
            Encoding::Utf8 => "UTF-8",
            other => other.as_str(),
        };
        self.wrong(
            line,
            &format!(
                "column {column} is not {encoding}: it is {readings}; add --encoding with the one that is right, or save the file as UTF-8"
            ),
        )
    }

    /// The line on which the record begins: where it ends, less the lines in it.
    fn line(&self) -> u64 {
        let position = self.reader.position();
        let ended = !self.is_open() && self.gauge.before(position.byte()) == Some(b'\n');
        let text = self.record.as_slice();
        let inside = text.iter().filter(|byte| **byte == b'\n').count();
        // The reader's own line is where it began to look, which blank lines before a record make
        // too small.
        position.line() - u64::from(ended) - inside as u64
    }

    /// Whether the record has swallowed the last row.
    fn is_open(&self) -> bool {
        let text = self.record.as_slice().strip_suffix(b"\n");
        text.is_some_and(|text| text.ends_with(self.end.as_bytes()))
    }

    fn failed(&self, cause: &csv::Error) -> String {
        match cause.kind() {
            csv::ErrorKind::Io(cause) => self.wrong(self.begun, &cause.to_string()),
            _ => self.wrong(self.begun, &cause.to_string()),
        }
    }

    fn wrong(&self, line: u64, what: &str) -> String {
        format!("{}, line {line}: {what}", self.source.path.display())
    }
}
