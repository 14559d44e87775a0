//! How much of a file is read for one record.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that one record may have: a stored one has at most 400 KB.
const RECORD_MAX: u64 = 4_000_000;

/// Lets only so much be read for one record: a quote that is never closed must
/// not bring a whole file into memory.
pub struct Meter<R> {
    inner: R,
    gauge: Gauge,
}

/// What a [`Meter`] tells and is told.
#[derive(Clone)]
pub struct Gauge(Arc<Mutex<Block>>);

struct Block {
    /// Bytes that may still be read for this record.
    left: u64,
    /// Where the last block that was read begins in the whole.
    begins: u64,
    bytes: Vec<u8>,
}

impl Gauge {
    /// A record has been read.
    pub fn renew(&self) {
        self.block().left = RECORD_MAX;
    }

    /// The byte before a place of the last block.
    pub fn before(&self, place: u64) -> Option<u8> {
        let block = self.block();
        let at = place.checked_sub(block.begins + 1)?;
        block.bytes.get(usize::try_from(at).ok()?).copied()
    }

    fn block(&self) -> MutexGuard<'_, Block> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Meter<R> {
    pub fn new(inner: R) -> Meter<R> {
        let block = Block {
            left: RECORD_MAX,
            begins: 0,
            bytes: Vec::new(),
        };
        let gauge = Gauge(Arc::new(Mutex::new(block)));
        Meter { inner, gauge }
    }

    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut block = self.gauge.block();
        // Blocks are read ahead of records, so a record may be refused a block below the limit.
        let Some(left) = block.left.checked_sub(read as u64) else {
            return Err(io::Error::other(
                "begins a record of more than 4 MB: a quote is perhaps not closed",
            ));
        };
        // At the end of the file the last block stays, for the place before the end.
        if read > 0 {
            block.left = left;
            block.begins += block.bytes.len() as u64;
            block.bytes.clear();
            block.bytes.extend_from_slice(&buffer[..read]);
        }
        Ok(read)
    }
}
