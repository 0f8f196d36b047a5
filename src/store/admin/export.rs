//! `store export` and `store import`: everything as JSON lines, exact to the byte.
//!
//! The first line names the format and the schema, the last one the number of rows, so that half an export is not
//! taken for a whole one. Between them one line a row: `{"table":3,"key":"<base64>","value":{…},"until":1700000000}`.
//! A value that is not JSON, or that would not survive being written on one line, is `"base64"` in place of `"value"`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::super::cell::{Cell, Packed};
use super::super::counters::Counters;
use super::super::open::Terms;
use super::super::read::{Source as _, broken, gather};
use super::super::{Store, StoreConfig, keys};
use super::{AdminError, existing, io_error, wait};
use crate::model::Fault;

const FORMAT: &str = "quarterdeck-store";
const VERSION: u32 = 1;
/// Rows are imported in transactions of so many bytes.
const IMPORT_AT_ONCE: usize = 1 << 20;

/// An export's first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    schema: u32,
    sequence: u64,
    tables: BTreeMap<u8, String>,
}

/// A row, or the last line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    value: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<End>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    rows: u64,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// How many rows.
    pub rows: u64,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows exported.", self.rows)
    }
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// How many rows.
    pub rows: u64,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows imported.", self.rows)
    }
}

/// Writes the whole store as JSON lines. Values are as the rooms stored them: sealed secrets stay sealed, but chat
/// and vendor data are readable, so keep the export as private as the store.
///
/// # Errors
/// The store does not open, a row is damaged, or `into` does not take it.
pub fn export(config: &StoreConfig, mut into: impl Write) -> Result<Exported, AdminError> {
    let store = existing(config)?;
    let written = || io_error("the export could not be written");
    let (schema, counters) = store.reading(|db| Ok((db.load(&keys::SCHEMA)?, db.load(&keys::COUNTERS)?)))?;
    let schema = schema.and_then(|row| row.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)));
    let counters = counters.and_then(|row| Counters::read(&row)).unwrap_or_default();
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        schema: schema.unwrap_or(1),
        sequence: counters.sequence,
        tables: store.names(),
    };
    write_line(&mut into, &header).map_err(written())?;
    let mut rows = 0;
    // The outer result is the store's, the inner one the export's.
    store
        .reading(|db| {
            for entry in db.range(vec![keys::META + 1]..vec![keys::EXPIRY]) {
                let (full, row) = entry.map_err(broken)?;
                let cell = Cell::read(&row)?;
                let packed = gather(db, &cell)?
                    .ok_or_else(|| Fault::bug(format!("pieces of the row {} are missing", hex::encode(&full))))?;
                if let Err(error) = write_row(&mut into, &full, &packed.unpack()?, cell.until) {
                    return Ok(Err(error));
                }
                rows += 1;
            }
            Ok(Ok(()))
        })?
        .map_err(written())?;
    write_line(&mut into, &Line { end: Some(End { rows }), ..Line::default() }).map_err(written())?;
    into.flush().map_err(written())?;
    Ok(Exported { rows })
}

fn write_row(into: &mut impl Write, full: &[u8], bytes: &[u8], until: Option<i64>) -> std::io::Result<()> {
    let value = std::str::from_utf8(bytes).ok().and_then(as_line);
    let line = Line {
        table: full.first().copied(),
        key: full.get(1..).map(|key| BASE64.encode(key)),
        value,
        base64: value.is_none().then(|| BASE64.encode(bytes)),
        until,
        end: None,
    };
    write_line(into, &line)
}

fn write_line(into: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *into, line)?;
    into.write_all(b"\n")
}

/// The text as a JSON value that comes back exactly as it is.
fn as_line(text: &str) -> Option<&RawValue> {
    let value: &RawValue = serde_json::from_str(text).ok()?;
    (value.get() == text && text != "null" && !text.contains(['\n', '\r'])).then_some(value)
}

/// Fills an empty store from an export.
///
/// # Errors
/// The store is not empty or does not open, or a line is not what it should be; the error names it.
pub fn import(config: &StoreConfig, from: impl BufRead) -> Result<Imported, AdminError> {
    let store = Store::open(config)?;
    if !store.stats()?.tables.is_empty() {
        let path = config.path.display();
        return Err(AdminError::Refused(format!(
            "The store {path} is not empty. Import into a new one: set another `store.path`, or move this one aside."
        )));
    }
    let mut rows = 0;
    let mut batch = Batch::default();
    let mut header = None;
    let mut ended = false;
    let mut last = 0;
    for (number, line) in (1..).zip(from.lines()) {
        let text = line.map_err(io_error("the export could not be read"))?;
        let wrong = |what: String| AdminError::Line { line: number, what };
        last = number;
        if ended {
            return Err(wrong("nothing may follow the last line of an export".to_owned()));
        }
        if header.is_none() {
            header = Some(read_header(&text).map_err(wrong)?);
            continue;
        }
        let line: Line<'_> = serde_json::from_str(&text).map_err(|error| wrong(format!("it is no row: {error}")))?;
        if let Some(end) = line.end {
            if end.rows != rows {
                return Err(wrong(format!("the export should have {} rows and has {rows}", end.rows)));
            }
            ended = true;
            continue;
        }
        batch.take(line).map_err(wrong)?;
        rows += 1;
        if batch.weight >= IMPORT_AT_ONCE {
            std::mem::take(&mut batch).write(&store, None)?;
        }
    }
    let header = header.filter(|_| ended).ok_or_else(|| AdminError::Line {
        line: last + 1,
        what: "the export ends before its last line; it is cut off".to_owned(),
    })?;
    batch.write(&store, Some(header))?;
    Ok(Imported { rows })
}

fn read_header(text: &str) -> Result<Header, String> {
    let header: Header =
        serde_json::from_str(text).map_err(|error| format!("it is no header of an export: {error}"))?;
    let known = Terms::default().version();
    if header.format != FORMAT || header.version != VERSION {
        return Err(format!("it says {} {}, and {FORMAT} {VERSION} was expected", header.format, header.version));
    }
    if header.schema > known {
        return Err(format!(
            "it was written by a newer Quarterdeck (schema {}; this one knows up to {known})",
            header.schema
        ));
    }
    Ok(header)
}

/// Rows that are imported together.
#[derive(Default)]
struct Batch {
    rows: Vec<(Vec<u8>, Packed, Option<i64>)>,
    weight: usize,
}

impl Batch {
    fn take(&mut self, line: Line<'_>) -> Result<(), String> {
        let table = line.table.filter(|table| keys::is_open(*table));
        let mut full = vec![table.ok_or("`table` should be a number from 1 to 253")?];
        let key = line.key.ok_or("`key` is missing")?;
        full.extend(BASE64.decode(key).map_err(|error| format!("`key` is no base64: {error}"))?);
        let bytes = match (line.value, line.base64) {
            (Some(value), None) => value.get().as_bytes().to_vec(),
            (None, Some(text)) => BASE64.decode(text).map_err(|error| format!("`base64` is none: {error}"))?,
            _ => return Err("it should have either `value` or `base64`".to_owned()),
        };
        let packed = Packed::new(bytes).map_err(|fault| fault.outside)?;
        self.weight += full.len() + packed.bytes.len();
        self.rows.push((full, packed, line.until));
        Ok(())
    }

    fn write(self, store: &Store, header: Option<Header>) -> Result<(), Fault> {
        wait(store.write(move |tx| {
            for (full, packed, until) in self.rows {
                tx.put_row(full, &packed, until)?;
            }
            let Some(header) = header else { return Ok(()) };
            for (table, name) in header.tables {
                tx.set(keys::name(table).to_vec(), Some(name.as_bytes().into()))?;
            }
            // The next start brings an older schema up to date.
            tx.set(keys::SCHEMA.to_vec(), Some(header.schema.to_be_bytes().as_slice().into()))?;
            tx.own.counters.sequence = tx.own.counters.sequence.max(header.sequence);
            Ok(())
        }))
    }
}
