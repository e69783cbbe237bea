//! Terms printed as Erlang prints them, on one line.
//!
//! What is printed parses back to an exactly equal term. Lists of printable Latin-1 characters
//! print as `"strings"`, printable binaries as `<<"text">>`, or `<<"tëxt"/utf8>>` where they are
//! not ASCII.

use std::fmt::{self, Formatter, Write};

use smallvec::SmallVec;

use crate::term::layout::{
    CONS, NIL, Node, SMALL, bits_length, is_immediate, node, small_value, tag,
};
use crate::term::{Atom, Pid, TableId, Term, TermRef};

/// Words that an unquoted atom must not be.
const RESERVED: &[&str] = &[
    "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case",
    "catch", "cond", "div", "else", "end", "fun", "if", "let", "maybe", "not", "of", "or",
    "orelse", "receive", "rem", "try", "when", "xor",
];

/// Floats from this magnitude on are no longer exact integers; they print with an exponent.
const TWO_TO_53: f64 = 9_007_199_254_740_992.0;

/// A container that is being printed.
enum Frame {
    /// Elements left of a tuple.
    Tuple { at: usize, left: usize, first: bool },
    /// Cells left of a list.
    List { rest: u64, first: bool },
    /// The improper tail of a list has been printed.
    Tail,
    /// Pairs left of a map. Values stand `count` words after their keys; `value` says that the
    /// value is due.
    Map {
        at: usize,
        count: usize,
        left: usize,
        value: bool,
    },
}

/// A term on its way to text.
struct Printer<'a, 'f, 'g> {
    words: &'a [u64],
    frames: SmallVec<[Frame; 4]>,
    out: &'f mut Formatter<'g>,
}

impl Printer<'_, '_, '_> {
    /// Prints a leaf, or opens a container.
    fn value(&mut self, word: u64) -> fmt::Result {
        match node(word, self.words) {
            Node::Small(value) => write!(self.out, "{value}"),
            Node::Atom(index) => atom(Atom::from_index(index), self.out),
            Node::Pid(raw) => write!(self.out, "{}", Pid::from_raw(raw)),
            Node::TableId(raw) => write!(self.out, "{}", TableId::from_raw(raw)),
            Node::Nil => self.out.write_str("[]"),
            Node::Float(value) => float(value, self.out),
            Node::Big { .. } => self.big(word),
            Node::Bits { header, .. } => self.bits(word, bits_length(header)),
            Node::Cons { .. } if is_string(word, self.words) => self.string(word),
            Node::Cons { .. } => self.open(
                "[",
                Frame::List {
                    rest: word,
                    first: true,
                },
            ),
            Node::Tuple { at, arity } => self.open(
                "{",
                Frame::Tuple {
                    at,
                    left: arity,
                    first: true,
                },
            ),
            Node::Map { at, count } => self.open(
                "#{",
                Frame::Map {
                    at,
                    count,
                    left: count,
                    value: false,
                },
            ),
        }
    }

    fn open(&mut self, bracket: &str, frame: Frame) -> fmt::Result {
        self.frames.push(frame);
        self.out.write_str(bracket)
    }

    fn close(&mut self, bracket: char) -> fmt::Result {
        self.frames.pop();
        self.out.write_char(bracket)
    }

    /// Goes one step on in the innermost container. False when there is none.
    fn step(&mut self) -> Result<bool, fmt::Error> {
        match self.frames.last_mut() {
            None => return Ok(false),
            Some(Frame::Tuple { left: 0, .. } | Frame::Map { left: 0, .. }) => self.close('}')?,
            Some(Frame::Tail | Frame::List { rest: NIL, .. }) => self.close(']')?,
            Some(Frame::Tuple { at, left, first }) => {
                let word = self.words[*at];
                (*at, *left) = (*at + 1, *left - 1);
                let first = std::mem::replace(first, false);
                self.separated(if first { "" } else { "," }, word)?;
            }
            Some(Frame::List { rest, first }) => {
                let view = TermRef::from_parts(*rest, self.words);
                match view.uncons() {
                    Some((head, tail)) => {
                        *rest = tail.root();
                        let first = std::mem::replace(first, false);
                        self.separated(if first { "" } else { "," }, head.root())?;
                    }
                    None => {
                        let tail = *rest;
                        self.frames.pop();
                        self.frames.push(Frame::Tail);
                        self.separated("|", tail)?;
                    }
                }
            }
            Some(Frame::Map {
                at,
                count,
                left,
                value,
            }) => {
                if std::mem::replace(value, !*value) {
                    let word = self.words[*at + *count];
                    (*at, *left) = (*at + 1, *left - 1);
                    self.separated(" => ", word)?;
                } else {
                    let separator = if left == count { "" } else { "," };
                    let word = self.words[*at];
                    self.separated(separator, word)?;
                }
            }
        }
        Ok(true)
    }

    fn separated(&mut self, separator: &str, word: u64) -> fmt::Result {
        self.out.write_str(separator)?;
        self.value(word)
    }

    fn big(&mut self, word: u64) -> fmt::Result {
        let integer = TermRef::from_parts(word, self.words)
            .to_big_integer()
            .unwrap_or_default();
        write!(self.out, "{integer}")
    }

    /// A list of characters, which `is_string` has checked.
    fn string(&mut self, word: u64) -> fmt::Result {
        self.out.write_char('"')?;
        for element in TermRef::from_parts(word, self.words)
            .list_elements()
            .into_iter()
            .flatten()
        {
            let code = element.as_i64().and_then(|code| u32::try_from(code).ok());
            escaped(code.and_then(char::from_u32).unwrap_or('\0'), '"', self.out)?;
        }
        self.out.write_char('"')
    }

    fn bits(&mut self, word: u64, bit_length: usize) -> fmt::Result {
        let view = TermRef::from_parts(word, self.words);
        match view
            .as_str()
            .filter(|text| !text.is_empty() && text.chars().all(is_printable))
        {
            Some(text) => self.text(text),
            None => self.segments(view.as_bits().map_or(&[], |bits| bits.bytes()), bit_length),
        }
    }

    /// A binary of printable text.
    fn text(&mut self, text: &str) -> fmt::Result {
        self.out.write_str("<<\"")?;
        for character in text.chars() {
            escaped(character, '"', self.out)?;
        }
        self.out
            .write_str(if text.is_ascii() { "\">>" } else { "\"/utf8>>" })
    }

    /// Any other bit string: numbers, the last one with its size if it is no whole byte.
    fn segments(&mut self, bytes: &[u8], bit_length: usize) -> fmt::Result {
        self.out.write_str("<<")?;
        for (index, byte) in bytes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match bit_length - 8 * index {
                size @ 1..8 => write!(self.out, "{separator}{}:{size}", byte >> (8 - size))?,
                _ => write!(self.out, "{separator}{byte}")?,
            }
        }
        self.out.write_str(">>")
    }
}

/// Whether a list is proper and all printable Latin-1 characters.
fn is_string(mut word: u64, words: &[u64]) -> bool {
    while tag(word) == CONS {
        let Some((head, tail)) = TermRef::from_parts(word, words).uncons() else {
            return false;
        };
        let character = (tag(head.root()) == SMALL).then(|| u8::try_from(small_value(head.root())));
        if !matches!(character, Some(Ok(byte)) if is_printable(char::from(byte))) {
            return false;
        }
        word = tail.root();
    }
    is_immediate(word) && word == NIL
}

/// Whether a character may stand in printed text, as itself or as one of the escapes that have a
/// letter.
fn is_printable(character: char) -> bool {
    !character.is_control() || letter_escape(character).is_some()
}

/// The letter that stands for a control character after a backslash.
fn letter_escape(character: char) -> Option<char> {
    Some(match character {
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\x1b' => 'e',
        '\x7f' => 'd',
        _ => return None,
    })
}

/// A character of quoted text.
fn escaped(character: char, quote: char, out: &mut Formatter<'_>) -> fmt::Result {
    match letter_escape(character) {
        Some(letter) => write!(out, "\\{letter}"),
        None if character == quote || character == '\\' => write!(out, "\\{character}"),
        None if character.is_control() => write!(out, "\\x{{{:X}}}", u32::from(character)),
        None => out.write_char(character),
    }
}

/// Whether an atom can be written without quotes.
fn is_bare(text: &str) -> bool {
    let mut characters = text.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    begins
        && characters.all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '@'))
        && !RESERVED.contains(&text)
}

fn atom(atom: Atom, out: &mut Formatter<'_>) -> fmt::Result {
    let text = atom.as_str();
    if is_bare(text) {
        return out.write_str(text);
    }
    out.write_char('\'')?;
    for character in text.chars() {
        escaped(character, '\'', out)?;
    }
    out.write_char('\'')
}

/// The shortest digits that read back as the same float, with an exponent where that is shorter or
/// the float is large.
fn float(value: f64, out: &mut Formatter<'_>) -> fmt::Result {
    let scientific = format!("{value:e}");
    let (significand, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if significand.contains('.') { "" } else { ".0" };
    let positional = format!("{value:?}");
    let cost = significand.len() + point.len() + 1 + exponent.len();
    // Rust's own form has an exponent only where it is very large or very small; such are never the
    // shorter ones here.
    if value.abs() < TWO_TO_53 && positional.len() <= cost && !positional.contains('e') {
        out.write_str(&positional)
    } else {
        write!(out, "{significand}{point}e{exponent}")
    }
}

impl fmt::Display for TermRef<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut printer = Printer {
            words: self.words(),
            frames: SmallVec::new(),
            out: formatter,
        };
        printer.value(self.root())?;
        while printer.step()? {}
        Ok(())
    }
}

/// Erlang's syntax, as [`Display`](fmt::Display).
impl fmt::Debug for TermRef<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), formatter)
    }
}

/// Erlang's syntax, as [`Display`](fmt::Display).
impl fmt::Debug for Term {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// With quotes where Erlang needs them.
impl fmt::Display for Atom {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        atom(*self, formatter)
    }
}
