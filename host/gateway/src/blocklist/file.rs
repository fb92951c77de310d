//! Reading a list of numbers from a CSV file: the first column is the number, the second, where there is one, a note.
//!
//! Spreadsheets write UTF-8 with or without a mark, or GBK; UTF-16 and workbooks are told apart and refused by name. A first row without
//! digits is a heading. Lines that are no numbers are counted and told with their place; nothing of a line is repeated, because it may
//! be a person's number.

use encoding_rs::GB18030;
use jixinda_domain::PhoneNumber;
use serde::Serialize;
use std::collections::HashMap;
use std::io::Read;

/// Examples of lines that could not be read.
const EXAMPLES: usize = 20;
const LONGEST_NOTE: usize = 200;
/// Lines that a note in quotes may have.
const LONGEST_ROW: u64 = 10;

/// A list as it was read: each number once, in order.
#[derive(Debug, Default)]
pub struct List {
    /// Numbers with the places of their notes.
    pub numbers: Vec<(u64, u32)>,
    notes: Vec<String>,
    /// Rows, without a heading and empty lines.
    pub rows: u64,
    /// Rows whose number an earlier row had.
    pub duplicates: u64,
    /// Rows without a number.
    pub invalid: u64,
    /// The first of those.
    pub examples: Vec<InvalidRow>,
}

/// A row that is no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidRow {
    line: u64,
    reason: String,
}

/// The file cannot be read as a list at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableList {
    #[error("the file is a workbook or an archive: save it as CSV first")]
    Workbook,
    #[error("the file is UTF-16: save it as \"CSV UTF-8\"")]
    Utf16,
    #[error("the file is empty")]
    Empty,
    #[error("none of the {0} rows begins with a phone number: the first column must hold it")]
    NoNumbers(u64),
    #[error("line {0}: a quote is opened and not closed")]
    OpenQuote(u64),
    #[error("the file could not be read: {0}")]
    Broken(String),
}

impl List {
    /// The note of a row.
    pub fn note(&self, place: u32) -> &str {
        self.notes.get(place as usize).map_or("", String::as_str)
    }

    /// Reads a file.
    pub fn read(mut file: impl Read) -> Result<Self, UnreadableList> {
        let mut head = [0; 4];
        let read = read_head(&mut file, &mut head)?;
        let head = &head[..read];
        let rest = match head {
            [] => return Err(UnreadableList::Empty),
            [b'P', b'K', ..] | [0xd0, 0xcf, ..] => return Err(UnreadableList::Workbook),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(UnreadableList::Utf16),
            [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            whole => whole,
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(rest.chain(file));
        let (mut list, mut places) = (Self::default(), HashMap::from([(String::new(), 0)]));
        list.notes.push(String::new());
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(|error| UnreadableList::Broken(error.to_string()))? {
            let line = record.position().map_or(0, csv::Position::line);
            // A quote that is not closed swallows every line after it.
            if reader.position().line().saturating_sub(line) > LONGEST_ROW {
                return Err(UnreadableList::OpenQuote(line));
            }
            list.take(line, &record, &mut places);
        }
        list.finish()
    }

    fn take(&mut self, line: u64, record: &csv::ByteRecord, places: &mut HashMap<String, u32>) {
        let field = record.get(0).unwrap_or_default();
        if field.is_empty() && record.len() <= 1 {
            return;
        }
        let is_heading = line == 1 && !field.iter().any(u8::is_ascii_digit);
        if is_heading {
            return;
        }
        self.rows += 1;
        let number = std::str::from_utf8(field).map_err(|_| "not a number".to_owned());
        match number.and_then(|text| PhoneNumber::parse(text).map_err(|error| error.to_string())) {
            Ok(number) => {
                let note = record.get(1).map_or_else(String::new, text);
                let next = u32::try_from(self.notes.len()).unwrap_or(0);
                let place = *places.entry(note).or_insert_with_key(|note| {
                    self.notes.push(note.clone());
                    next
                });
                self.numbers.push((number.digits(), place));
            }
            Err(reason) => {
                self.invalid += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(InvalidRow { line, reason });
                }
            }
        }
    }

    fn finish(mut self) -> Result<Self, UnreadableList> {
        if self.rows == 0 {
            return Err(UnreadableList::Empty);
        }
        if self.numbers.is_empty() {
            return Err(UnreadableList::NoNumbers(self.rows));
        }
        // Stable, so that the first note of a number stays.
        self.numbers.sort_by_key(|(number, _)| *number);
        let before = self.numbers.len();
        self.numbers.dedup_by_key(|(number, _)| *number);
        self.duplicates = (before - self.numbers.len()) as u64;
        Ok(self)
    }
}

fn read_head(file: &mut impl Read, head: &mut [u8]) -> Result<usize, UnreadableList> {
    let mut read = 0;
    while read < head.len() {
        match file.read(&mut head[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) => return Err(UnreadableList::Broken(error.to_string())),
        }
    }
    Ok(read)
}

/// A note in whatever a spreadsheet wrote.
fn text(field: &[u8]) -> String {
    let text = match std::str::from_utf8(field) {
        Ok(text) => text.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(field).0.into_owned(),
    };
    text.chars().filter(|character| !character.is_control()).take(LONGEST_NOTE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Result<List, UnreadableList> {
        List::read(file)
    }

    #[test]
    fn numbers_are_read_once_each_and_in_order() {
        let list = read(b"number,note\n13800000002,complained\n+86 13800000001\n13800000001,x\n\n0086138000000020\n13800000002,later\n")
            .expect("a list");
        assert_eq!(
            list.numbers.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
            [8_613_800_000_001, 8_613_800_000_002]
        );
        assert_eq!((list.rows, list.duplicates, list.invalid), (5, 1, 2));
        assert_eq!(list.note(list.numbers[1].1), "complained", "the first note stays");
        assert_eq!(list.examples[0].line, 3);
        assert!(!list.examples[1].reason.contains("138"), "nobody's number is repeated");
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let gbk = [b"13800000001,".as_slice(), &[0xcd, 0xcb, 0xb6, 0xa9], b"\r\n"].concat();
        let list = read(&gbk).expect("a list");
        assert_eq!(list.note(list.numbers[0].1), "退订");
        let marked = ["\u{feff}号码,备注\n\"13800000001\",\"退订, 投诉\"\n".as_bytes()].concat();
        let list = read(&marked).expect("a list");
        assert_eq!((list.rows, list.note(list.numbers[0].1)), (1, "退订, 投诉"));
    }

    #[test]
    fn what_is_no_list_is_refused_by_name() {
        assert_eq!(read(b"").unwrap_err(), UnreadableList::Empty);
        assert_eq!(read(b"\n\n").unwrap_err(), UnreadableList::Empty);
        let swallowed = [b"13800000001,\"open\n".as_slice(), &b"13800000002\n".repeat(50)].concat();
        assert_eq!(read(&swallowed).unwrap_err(), UnreadableList::OpenQuote(1));
        assert_eq!(read(b"PK\x03\x04rest").unwrap_err(), UnreadableList::Workbook);
        assert_eq!(read(b"\xff\xfe1\x003\x00").unwrap_err(), UnreadableList::Utf16);
        assert_eq!(read(b"name,number\nLi,13800000001\n").unwrap_err(), UnreadableList::NoNumbers(1));
    }
}
