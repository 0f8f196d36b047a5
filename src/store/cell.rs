//! The bytes of a stored value: a flag byte, when it expires, and the value or where its pieces lie.
//!
//! Values over 256 bytes are compressed when that makes them smaller; what is still over [`CHUNK`] bytes is cut into
//! pieces that lie in a table of their own. `cell` is pure: it reads and writes no rows.

use std::fmt;
use std::marker::PhantomData;

use super::Table;
use super::table::Value as _;
use crate::model::Fault;

/// The largest piece, in bytes; also the largest value that lies in its row.
pub(super) const CHUNK: usize = 4096;
/// The largest value, in bytes, before compression.
pub(super) const VALUE_MAX: usize = 64 << 20;
/// Smaller values are not worth compressing.
const COMPRESS_FROM: usize = 257;

const SQUEEZED: u8 = 1;
const EXPIRES: u8 = 2;
const CHUNKED: u8 = 4;

/// A value encoded ahead of its transaction.
///
/// Encoding (JSON, compression) of a large body takes longer than a whole transaction should, and transactions run
/// one after the other. Encode it in the caller's task, then hand it over with [`Tx::put_encoded`](super::Tx::put_encoded):
///
/// ```text
/// let body = Encoded::<Bodies>::new(&body)?;
/// store.write(move |tx| tx.put_encoded(&id, body)).await?;
/// ```
pub struct Encoded<T> {
    pub(super) packed: Packed,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> Encoded<T> {
    /// Encodes a value of the table.
    ///
    /// # Errors
    /// The value cannot be written, or is larger than 64 MiB.
    pub fn new(value: &T::Value) -> Result<Self, Fault> {
        Ok(Self { packed: Packed::new(value.to_bytes()?)?, table: PhantomData })
    }

    /// How many bytes will be stored.
    #[must_use]
    pub fn stored_bytes(&self) -> usize {
        self.packed.bytes.len()
    }
}

impl<T> fmt::Debug for Encoded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({} bytes)", self.packed.bytes.len())
    }
}

/// A value's bytes, perhaps compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) squeezed: bool,
    pub(super) bytes: Vec<u8>,
}

impl Packed {
    pub(super) fn new(plain: Vec<u8>) -> Result<Self, Fault> {
        if plain.len() > VALUE_MAX {
            let text = format!("This is too large to be stored: {} bytes, at most {VALUE_MAX} are taken.", plain.len());
            return Err(Fault::bad_input("value", text));
        }
        if plain.len() >= COMPRESS_FROM {
            let squeezed = lz4_flex::block::compress_prepend_size(&plain);
            if squeezed.len() < plain.len() {
                return Ok(Self { squeezed: true, bytes: squeezed });
            }
        }
        Ok(Self { squeezed: false, bytes: plain })
    }

    pub(super) fn unpack(self) -> Result<Vec<u8>, Fault> {
        if !self.squeezed {
            return Ok(self.bytes);
        }
        // The size comes first; believe it only within reason, or damage could ask for gigabytes.
        let size = self.bytes.first_chunk::<4>().map_or(usize::MAX, |size| u32::from_le_bytes(*size) as usize);
        if size > VALUE_MAX {
            return Err(Fault::bug("a stored value is damaged: its size makes no sense"));
        }
        lz4_flex::block::decompress_size_prepended(&self.bytes)
            .map_err(|error| Fault::bug(format!("a stored value is damaged: {error}")))
    }
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) squeezed: bool,
    pub(super) until: Option<i64>,
    pub(super) body: Body<'a>,
}

/// Where the value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body<'a> {
    Here(&'a [u8]),
    Chunks { id: u64, len: u32 },
}

impl<'a> Cell<'a> {
    pub(super) fn write(&self) -> Vec<u8> {
        let (kind, room) = match self.body {
            Body::Here(bytes) => (0, bytes.len()),
            Body::Chunks { .. } => (CHUNKED, 12),
        };
        let mut row = Vec::with_capacity(9 + room);
        row.push(kind | if self.squeezed { SQUEEZED } else { 0 } | if self.until.is_some() { EXPIRES } else { 0 });
        if let Some(until) = self.until {
            row.extend_from_slice(&until.to_be_bytes());
        }
        match self.body {
            Body::Here(bytes) => row.extend_from_slice(bytes),
            Body::Chunks { id, len } => {
                row.extend_from_slice(&id.to_be_bytes());
                row.extend_from_slice(&len.to_be_bytes());
            }
        }
        row
    }

    pub(super) fn read(row: &'a [u8]) -> Result<Self, Fault> {
        Self::parse(row).ok_or_else(|| Fault::bug("a stored row is damaged: its header makes no sense"))
    }

    fn parse(row: &'a [u8]) -> Option<Self> {
        let (flags, mut rest) = row.split_first()?;
        if flags & !(SQUEEZED | EXPIRES | CHUNKED) != 0 {
            return None;
        }
        let mut until = None;
        if flags & EXPIRES != 0 {
            let (seconds, after) = rest.split_first_chunk::<8>()?;
            (until, rest) = (Some(i64::from_be_bytes(*seconds)), after);
        }
        let body = if flags & CHUNKED == 0 {
            Body::Here(rest)
        } else {
            let (id, rest) = rest.split_first_chunk::<8>()?;
            let len = u32::from_be_bytes(rest.try_into().ok()?);
            Body::Chunks { id: u64::from_be_bytes(*id), len }
        };
        Some(Self { squeezed: flags & SQUEEZED != 0, until, body })
    }
}

/// The sizes of the pieces of so many bytes.
pub(super) fn pieces(len: u32) -> impl Iterator<Item = (u32, usize)> {
    let len = len as usize;
    (0..).map_while(move |number: u32| {
        let start = number as usize * CHUNK;
        (start < len).then(|| (number, (len - start).min(CHUNK)))
    })
}
