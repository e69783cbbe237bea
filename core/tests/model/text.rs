//! Reads values in the syntax in which Erlang prints them: as much of it as the conformance vectors
//! use.

use super::value::Value;
use num_bigint::BigInt;
use std::collections::BTreeMap;

/// The value that `text` begins with is all of it, up to a full stop. Panics at anything else: the
/// text is ours.
pub fn parse(text: &str) -> Value {
    let mut reader = Reader { rest: text };
    let value = reader.value();
    assert_eq!(reader.rest.trim(), ".", "after the value in {text}");
    value
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn value(&mut self) -> Value {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next().expect("a value");
        match first {
            '{' => Value::Tuple(self.between("{", "}").0),
            '[' => {
                let (elements, tail) = self.between("[", "]");
                Value::List(elements, tail.map(Box::new))
            }
            '#' => self.map(),
            '<' => self.bits(),
            '"' => Value::string(&self.quoted('"')),
            '\'' => Value::Atom(self.quoted('\'')),
            '-' | '0'..='9' => self.number(),
            _ => {
                Value::Atom(self.take_while(|character| {
                    character.is_alphanumeric() || "_@".contains(character)
                }))
            }
        }
    }

    /// Whether `text` comes next; takes it.
    fn skip(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, text: &str) {
        assert!(self.skip(text), "no {text:?} at {:.40?}", self.rest);
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let end = self
            .rest
            .find(|character| !wanted(character))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        assert!(!taken.is_empty(), "unknown syntax at {rest:.40?}");
        self.rest = rest;
        taken.to_owned()
    }

    /// Elements separated by commas, and what follows a bar.
    fn between(&mut self, open: &str, close: &str) -> (Vec<Value>, Option<Value>) {
        self.expect(open);
        let mut elements = Vec::new();
        if self.skip(close) {
            return (elements, None);
        }
        loop {
            elements.push(self.value());
            if self.skip("|") {
                let tail = self.value();
                self.expect(close);
                return (elements, Some(tail));
            }
            if self.skip(close) {
                return (elements, None);
            }
            self.expect(",");
        }
    }

    fn map(&mut self) -> Value {
        self.expect("#{");
        let mut entries = BTreeMap::new();
        while !self.skip("}") {
            let key = self.value();
            self.expect("=>");
            entries.insert(key, self.value());
            self.skip(",");
        }
        Value::Map(entries)
    }

    fn bits(&mut self) -> Value {
        self.expect("<<");
        let (mut bytes, mut bit_length) = (Vec::new(), 0);
        while !self.skip(">>") {
            let (mut segment, size) = self.segment();
            bytes.append(&mut segment);
            bit_length += size;
            self.skip(",");
        }
        Value::Bits(bytes, bit_length)
    }

    /// A string, a byte or the last few bits, with its length in bits.
    fn segment(&mut self) -> (Vec<u8>, usize) {
        if self.rest.starts_with('"') {
            let bytes: Vec<u8> = self
                .quoted('"')
                .chars()
                .map(|character| character as u8)
                .collect();
            let bit_length = bytes.len() * 8;
            return (bytes, bit_length);
        }
        let digits = |reader: &mut Self| reader.take_while(|digit| digit.is_ascii_digit());
        let byte: u8 = digits(self).parse().expect("a byte");
        let size = if self.skip(":") {
            digits(self).parse().expect("a size below 8")
        } else {
            8
        };
        (vec![byte << (8 - size)], size)
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut characters = self.rest[1..].char_indices();
        while let Some((position, character)) = characters.next() {
            match character {
                '\\' => text.push(unescaped(
                    characters.next().expect("an escaped character").1,
                )),
                _ if character == quote => {
                    self.rest = &self.rest[position + 2..];
                    return text;
                }
                _ => text.push(character),
            }
        }
        panic!("no end of {:.40?}", self.rest)
    }

    fn number(&mut self) -> Value {
        let number =
            self.take_while(|character| character.is_ascii_digit() || "-+.e".contains(character));
        match number.parse::<BigInt>() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::float(number.parse().expect("a float")),
        }
    }
}

fn unescaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        'd' => '\u{7f}',
        'e' => '\u{1b}',
        's' => ' ',
        other => other,
    }
}
