//! Terms to bytes.

use smallvec::SmallVec;

use super::error::{EtfError, EtfErrorKind};
use super::{
    CREATION, NODE, REFERENCE_FIRST_BITS, REFERENCE_WORD_BITS, REFERENCE_WORDS, VERSION, tag,
};
use crate::term::layout::{Node, SMALL, node, offset, small_value};
use crate::term::{Atom, Origin, Pid, TableId, TermRef};

/// The longest list that one `STRING` holds, in elements.
const STRING_MAX: u32 = u16::MAX as u32;
/// Selects what goes into a reference's first word.
const REFERENCE_FIRST_MASK: u64 = (1 << REFERENCE_FIRST_BITS) - 1;

/// Appends the encoding of a term.
pub(super) fn encode(term: TermRef<'_>, out: &mut Vec<u8>) -> Result<(), EtfError> {
    let begin = out.len();
    out.push(VERSION);
    let mut encoder = Encoder { term, out };
    encoder.run().map_err(|kind| {
        let offset = encoder.out.len() - begin;
        encoder.out.truncate(begin);
        kind.at(offset)
    })
}

/// A container whose own bytes are written, while its parts are not all.
enum Open {
    /// Consecutive words from `next` to `end`.
    Elements { next: usize, end: usize },
    /// A map: keys at `at`, values at `at + count`, taken in turn.
    Pairs {
        at: usize,
        count: usize,
        next: usize,
    },
    /// So many cells of a list from the word `rest` on, and what is then left of it.
    List { rest: u64, left: Option<u32> },
}

impl Open {
    /// The next part.
    fn next(&mut self, words: &[u64]) -> Option<u64> {
        match self {
            Open::Elements { next, end } => {
                let word = (next < end).then(|| words[*next]);
                *next += 1;
                word
            }
            Open::Pairs { at, count, next } => {
                let place = *at + *next / 2 + *next % 2 * *count;
                let word = (*next < 2 * *count).then(|| words[place]);
                *next += 1;
                word
            }
            Open::List { rest, left } => next_of_list(rest, left, words),
        }
    }
}

/// The next element of a list; after the last one its tail, once.
fn next_of_list(rest: &mut u64, left: &mut Option<u32>, words: &[u64]) -> Option<u64> {
    let at = offset(*rest);
    *left = match *left {
        None => return None,
        Some(0) => {
            *left = None;
            return Some(*rest);
        }
        Some(cells) => Some(cells - 1),
    };
    *rest = words[at + 1];
    Some(words[at])
}

/// What the encoding of one term needs.
struct Encoder<'a, 'b> {
    term: TermRef<'a>,
    out: &'b mut Vec<u8>,
}

impl Encoder<'_, '_> {
    /// Writes the term: each value's own bytes, then its parts. Those that wait are on a stack of our own.
    fn run(&mut self) -> Result<(), EtfErrorKind> {
        let words = self.term.words();
        let mut waiting: SmallVec<[Open; 4]> = SmallVec::new();
        let mut word = self.term.root();
        loop {
            waiting.extend(self.begin(word)?);
            word = loop {
                let Some(open) = waiting.last_mut() else {
                    return Ok(());
                };
                match open.next(words) {
                    Some(part) => break part,
                    None => waiting.pop(),
                };
            };
        }
    }

    /// Writes what a value says itself; returns what it contains.
    fn begin(&mut self, word: u64) -> Result<Option<Open>, EtfErrorKind> {
        match node(word, self.term.words()) {
            Node::Small(value) => self.small(value),
            Node::Atom(index) => self.atom(Atom::from_index(index).as_str()),
            Node::Pid(raw) => self.pid(Pid::from_raw(raw)),
            Node::TableId(raw) => self.table_id(TableId::from_raw(raw)),
            Node::Nil => self.out.push(tag::NIL),
            Node::Float(value) => {
                self.out.push(tag::NEW_FLOAT);
                self.out.extend(value.to_be_bytes());
            }
            Node::Big { negative, limbs } => self.big(negative, limbs),
            Node::Bits { .. } => self.bits(self.term.at(word))?,
            Node::Cons { .. } => return Ok(self.list(word)),
            Node::Tuple { at, arity } => return Ok(Some(self.tuple(at, arity))),
            Node::Map { at, count } => return self.map(at, count).map(Some),
        }
        Ok(None)
    }

    /// An integer of up to 61 bits, in the shortest form.
    fn small(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.out.extend([tag::SMALL_INTEGER, byte]);
        } else if let Ok(short) = i32::try_from(value) {
            self.out.push(tag::INTEGER);
            self.out.extend(short.to_be_bytes());
        } else {
            self.big(value < 0, &[value.unsigned_abs()]);
        }
    }

    /// An integer of sign and magnitude, which is not 0.
    fn big(&mut self, negative: bool, limbs: &[u64]) {
        let zeros = limbs.last().map_or(0, |top| top.leading_zeros() / 8);
        let bytes = limbs.len() * 8 - zeros as usize;
        match u8::try_from(bytes) {
            Ok(length) => self.out.extend([tag::SMALL_BIG, length]),
            Err(_) => {
                // Integers have at most 2^22 bits.
                self.out.push(tag::LARGE_BIG);
                self.out.extend((bytes as u32).to_be_bytes());
            }
        }
        self.out.push(u8::from(negative));
        let digits = limbs.iter().flat_map(|limb| limb.to_le_bytes());
        self.out.extend(digits.take(bytes));
    }

    /// An atom; its text has at most 255 characters of four bytes.
    fn atom(&mut self, text: &str) {
        match u8::try_from(text.len()) {
            Ok(length) => self.out.extend([tag::SMALL_ATOM_UTF8, length]),
            Err(_) => {
                self.out.push(tag::ATOM_UTF8);
                self.out.extend((text.len() as u16).to_be_bytes());
            }
        }
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A process id: node, number, serial, creation.
    fn pid(&mut self, pid: Pid) {
        let (number, serial) = pid.fields();
        self.out.push(tag::NEW_PID);
        self.atom(NODE);
        // Both have at most 30 bits.
        for field in [number as u32, serial as u32, CREATION] {
            self.out.extend(field.to_be_bytes());
        }
    }

    /// A table id: node, creation, and its 58 bits over three words, of which Erlang lets 18 bits be used in the first.
    fn table_id(&mut self, table: TableId) {
        let above = table.raw() >> REFERENCE_FIRST_BITS;
        let fields = [
            (table.raw() & REFERENCE_FIRST_MASK) as u32,
            above as u32,
            (above >> REFERENCE_WORD_BITS) as u32,
        ];
        self.out.push(tag::NEWER_REFERENCE);
        self.out.extend((REFERENCE_WORDS as u16).to_be_bytes());
        self.atom(NODE);
        self.out.extend(CREATION.to_be_bytes());
        for field in fields {
            self.out.extend(field.to_be_bytes());
        }
    }

    /// A bit string. The tag keeps the origin.
    fn bits(&mut self, term: TermRef<'_>) -> Result<(), EtfErrorKind> {
        let Some(bits) = term.as_bits() else {
            return Ok(());
        };
        let (bytes, partial) = (bits.bytes(), (bits.bit_length() % 8) as u8);
        let text = partial == 0 && term.origin() == Some(Origin::Text);
        self.out
            .push(if text { tag::BINARY } else { tag::BIT_BINARY });
        self.out.extend(count(bytes.len())?.to_be_bytes());
        if !text {
            let whole = if bytes.is_empty() { 0 } else { 8 };
            self.out.push(if partial == 0 { whole } else { partial });
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// A tuple without its elements.
    fn tuple(&mut self, at: usize, arity: usize) -> Open {
        match u8::try_from(arity) {
            Ok(arity) => self.out.extend([tag::SMALL_TUPLE, arity]),
            Err(_) => {
                // Tuples have less than 2^24 elements.
                self.out.push(tag::LARGE_TUPLE);
                self.out.extend((arity as u32).to_be_bytes());
            }
        }
        Open::Elements {
            next: at,
            end: at + arity,
        }
    }

    /// A map without its pairs.
    fn map(&mut self, at: usize, pairs: usize) -> Result<Open, EtfErrorKind> {
        self.out.push(tag::MAP);
        self.out.extend(count(pairs)?.to_be_bytes());
        Ok(Open::Pairs {
            at,
            count: pairs,
            next: 0,
        })
    }

    /// A list that is not empty, without its elements; but bytes whole. One that is longer than 32 bits can count becomes a list whose tail is a list.
    fn list(&mut self, word: u64) -> Option<Open> {
        let (cells, string) = measure(word, self.term.words());
        if string {
            self.string(word, cells as u16);
            return None;
        }
        self.out.push(tag::LIST);
        self.out.extend(cells.to_be_bytes());
        Some(Open::List {
            rest: word,
            left: Some(cells),
        })
    }

    /// A list of bytes.
    fn string(&mut self, word: u64, cells: u16) {
        self.out.push(tag::STRING);
        self.out.extend(cells.to_be_bytes());
        let elements = self.term.at(word).list_elements().into_iter().flatten();
        // What `measure` calls a string has no other elements.
        self.out
            .extend(elements.map(|byte| small_value(byte.root()) as u8));
    }
}

/// The number of a list's cells, up to what 32 bits can count, and whether it can be a `STRING`: short, proper and of bytes.
fn measure(mut word: u64, words: &[u64]) -> (u32, bool) {
    let (mut cells, mut bytes) = (0, true);
    while let Node::Cons { at } = node(word, words)
        && cells < u32::MAX
    {
        cells += 1;
        bytes &= is_byte(words[at]);
        word = words[at + 1];
    }
    let string = bytes && cells <= STRING_MAX && matches!(node(word, words), Node::Nil);
    (cells, string)
}

/// Whether a word is an integer from 0 to 255.
fn is_byte(word: u64) -> bool {
    crate::term::layout::tag(word) == SMALL && u8::try_from(small_value(word)).is_ok()
}

/// A number of parts in 32 bits.
fn count(parts: usize) -> Result<u32, EtfErrorKind> {
    u32::try_from(parts).map_err(|_| EtfErrorKind::TooLarge { parts })
}
