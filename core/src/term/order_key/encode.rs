//! The walk over a term that writes its encoding.
//!
//! As everywhere, what a term contains stands in runs of consecutive words. The walk goes through
//! one run; what is left of it waits on a stack while it is inside another.

use smallvec::{Array, SmallVec};

use super::representation::Representations;
use super::{number, tag};
use crate::term::layout::{Node, bits_length, node};
use crate::term::number::Number;
use crate::term::{Atom, TermRef};

/// So few bytes are taken one by one.
const SHORT: usize = size_of::<u64>();

/// Something that bytes are appended to.
pub(super) trait ByteBuffer {
    /// Appends a byte.
    fn push(&mut self, byte: u8);

    /// Appends bytes.
    fn append(&mut self, bytes: &[u8]);

    /// How many bytes more it takes; those behind them it forgets.
    #[inline]
    fn room(&self) -> usize {
        usize::MAX
    }
}

impl ByteBuffer for Vec<u8> {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.push(byte);
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<A: Array<Item = u8>> ByteBuffer for SmallVec<A> {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.push(byte);
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Appends the numeric encoding of a term.
pub(super) fn numeric<B: ByteBuffer>(term: TermRef<'_>, out: &mut B) {
    Encoder::new(term, out, |_| {}).encode(term.root());
}

/// Appends the exact encoding of a term.
pub(super) fn exact<B: ByteBuffer>(term: TermRef<'_>, out: &mut B) {
    let mut representations = Representations::default();
    Encoder::new(term, out, |number| representations.note(number)).encode(term.root());
    representations.append(out);
}

/// Words that are still to be encoded: the elements of a tuple, a list cell, a map's keys or
/// values.
#[derive(Clone, Copy)]
struct Run {
    at: usize,
    count: usize,
    /// Whether these are keys of a map, or parts of one.
    keys: bool,
}

/// What encoding one term needs to remember.
struct Encoder<'a, B, F> {
    words: &'a [u64],
    out: &'a mut B,
    run: Run,
    /// Runs that wait for one inside them; terms nested up to four deep stay on the stack.
    waiting: SmallVec<[Run; 4]>,
    /// Is shown each number that is encoded by its value alone.
    met: F,
}

impl<'a, B: ByteBuffer, F: FnMut(Number<'a>)> Encoder<'a, B, F> {
    #[inline]
    fn new(term: TermRef<'a>, out: &'a mut B, met: F) -> Self {
        Encoder {
            words: term.words(),
            out,
            run: Run {
                at: 0,
                count: 0,
                keys: false,
            },
            waiting: SmallVec::new(),
            met,
        }
    }

    #[inline]
    fn encode(&mut self, root: u64) {
        self.word(root);
        while self.out.room() > 0
            && let Some(word) = self.next()
        {
            self.word(word);
        }
    }

    /// The next word of the innermost run that has one.
    #[inline]
    fn next(&mut self) -> Option<u64> {
        while self.run.count == 0 {
            self.run = self.waiting.pop()?;
        }
        let word = self.words[self.run.at];
        self.run.at += 1;
        self.run.count -= 1;
        Some(word)
    }

    /// Leaves the run for one inside it; it waits only if something of it is left.
    fn enter(&mut self, at: usize, count: usize, keys: bool) {
        let outer = std::mem::replace(&mut self.run, Run { at, count, keys });
        if outer.count > 0 {
            self.waiting.push(outer);
        }
    }

    /// Encodes what a word says itself, and enters what it contains.
    #[inline]
    fn word(&mut self, word: u64) {
        let keys = self.run.keys;
        match node(word, self.words) {
            Node::Small(value) => self.number(Number::Small(value), keys),
            Node::Big { negative, limbs } => self.number(Number::Big { negative, limbs }, keys),
            Node::Float(value) => self.number(Number::Float(value), keys),
            Node::Atom(index) => self.atom(index),
            Node::TableId(payload) => self.identifier(tag::TABLE_ID, payload),
            Node::Pid(payload) => self.identifier(tag::PID, payload),
            Node::Cons { at } => {
                self.out.push(tag::CONS);
                self.enter(at, 2, keys);
            }
            Node::Tuple { at, arity } => {
                number::append_size(tag::TUPLE, arity, self.out);
                self.enter(at, arity, keys);
            }
            Node::Map { at, count } => {
                number::append_size(tag::MAP, count, self.out);
                self.enter(at + count, count, keys);
                self.enter(at, count, true);
            }
            Node::Bits { header, words } => self.bits(bits_length(header), words),
            Node::Nil => self.out.push(tag::NIL),
        }
    }

    #[inline]
    fn number(&mut self, number: Number<'a>, keys: bool) {
        if keys {
            number::append_key(number, self.out);
        } else {
            number::append(number, self.out);
            (self.met)(number);
        }
    }

    fn atom(&mut self, index: u32) {
        self.out.push(tag::ATOM);
        self.escaped(Atom::from_index(index).as_str().as_bytes());
    }

    fn identifier(&mut self, tag: u8, payload: u64) {
        self.out.push(tag);
        self.out.append(&payload.to_be_bytes());
    }

    /// The unused bits of the last byte are zero, so of two strings that differ only in length the
    /// number of bits says which is longer.
    fn bits(&mut self, bit_length: usize, words: &[u64]) {
        let bytes = bytemuck::cast_slice::<u64, u8>(words);
        self.out.push(tag::BITS);
        self.escaped(&bytes[..bit_length.div_ceil(8)]);
        self.out.push(bits_in_last_byte(bit_length));
    }

    /// Bytes and their end.
    fn escaped(&mut self, bytes: &[u8]) {
        if self.out.room() <= SHORT {
            return self.short_escaped(bytes);
        }
        let mut parts = bytes.split(|&byte| byte == 0);
        self.out.append(parts.next().unwrap_or_default());
        for part in parts {
            self.out.append(&[0, tag::ESCAPED]);
            self.out.append(part);
        }
        self.out.push(tag::END);
    }

    /// As `escaped`, where hardly any of it is wanted.
    #[inline]
    fn short_escaped(&mut self, bytes: &[u8]) {
        for &byte in &bytes[..bytes.len().min(SHORT)] {
            self.out.push(byte);
            if byte == 0 {
                self.out.push(tag::ESCAPED);
            }
        }
        self.out.push(tag::END);
    }
}

/// How many bits of the last byte are used, 1 to 8.
#[inline]
pub(super) fn bits_in_last_byte(bit_length: usize) -> u8 {
    match bit_length % 8 {
        0 => 8,
        part => part as u8,
    }
}
