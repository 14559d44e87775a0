//! What stands between a file's bytes and the rows.

use super::source::Encoding;
use encoding_rs::WINDOWS_1252;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes decoded at once.
const BLOCK: usize = 8_192;
/// Bytes that one record may have: a stored one has at most 400 KB.
const RECORD_MAX: u64 = 4_000_000;

/// Turns a file's text into UTF-8.
pub struct Decoder<R> {
    inner: R,
    encoding: Encoding,
    ready: io::Cursor<Vec<u8>>,
}

impl<R> Decoder<R> {
    pub fn new(inner: R, encoding: Encoding) -> Decoder<R> {
        Decoder {
            inner,
            encoding,
            ready: io::Cursor::default(),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.encoding == Encoding::Utf8 {
            return self.inner.read(buffer);
        }
        let mut read = self.ready.read(buffer)?;
        if read == 0 {
            let mut block = [0; BLOCK];
            let length = self.inner.read(&mut block)?;
            // One byte is one character here, so a block can end anywhere.
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&block[..length]);
            self.ready = io::Cursor::new(text.into_owned().into_bytes());
            read = self.ready.read(buffer)?;
        }
        Ok(read)
    }
}

/// Lets only so much be read for one record: a quote that is never closed must
/// not bring a whole file into memory.
pub struct Meter<R> {
    inner: R,
    allowance: Allowance,
}

#[derive(Clone)]
pub struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// A record has been read.
    pub fn renew(&self) {
        self.0.store(RECORD_MAX, Ordering::Relaxed);
    }
}

impl<R> Meter<R> {
    pub fn new(inner: R) -> Meter<R> {
        let allowance = Allowance(Arc::new(AtomicU64::new(RECORD_MAX)));
        Meter { inner, allowance }
    }

    pub fn allowance(&self) -> Allowance {
        self.allowance.clone()
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.allowance.0.load(Ordering::Relaxed);
        let Some(left) = left.checked_sub(read as u64) else {
            return Err(io::Error::other(
                "begins a record of more than 4 MB: a quote is perhaps not closed",
            ));
        };
        self.allowance.0.store(left, Ordering::Relaxed);
        Ok(read)
    }
}
