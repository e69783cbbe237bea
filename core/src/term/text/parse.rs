//! Text to terms.
//!
//! A loop over tokens with a stack of the brackets that are open; values go to a [`TermBuilder`] as they end.

use std::str::FromStr;

use num_bigint::BigInt;

use super::bits::BitBuffer;
use super::error::{ParseError, ParseErrorKind, found};
use super::lex::{LexError, Lexer, Token};
use crate::term::layout::INTEGER_BITS_MAX;
use crate::term::{Atom, Limits, Origin, Term, TermBuilder, TermError};

/// The greatest size of one segment of a bit string in bits: that of an integer.
const SEGMENT_BITS_MAX: usize = INTEGER_BITS_MAX as usize;

/// A bracket that is open, and how many values have ended inside it.
enum Open {
    Tuple { values: usize },
    List { values: usize, tail: bool },
    Map { values: usize },
}

/// What comes next.
enum Next {
    /// A value has to begin.
    Value,
    /// A value has ended.
    Ended,
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The token looked at, and where it begins.
    token: Token<'t>,
    at: usize,
    builder: TermBuilder,
    open: Vec<Open>,
    depth_max: usize,
    bytes_max: usize,
}

impl Term {
    /// Reads a term in Erlang's syntax, with or without a full stop at the end.
    ///
    /// Everything that stands for itself is understood: integers in any base (`16#ff`, `1_000`), characters (`$a`), floats, atoms, strings (with all escape
    /// sequences; adjacent ones are joined), bit strings with sizes and `/utf8`, tuples, lists, maps, comments, and process and table ids as they are printed.
    ///
    /// # Errors
    /// [`ParseError`] with the place: what is not a term, and what is beyond the limits.
    pub fn parse(text: &str, limits: &Limits) -> Result<Term, ParseError> {
        if text.len() > limits.bytes_max {
            let kind = ParseErrorKind::TooLong {
                bytes: text.len(),
                bytes_max: limits.bytes_max,
            };
            return Err(ParseError::at(text, 0, kind));
        }
        Parser::new(text, limits)
            .run()
            .map_err(|(offset, kind)| ParseError::at(text, offset, kind))
    }
}

/// [`Term::parse`] with the default limits.
impl FromStr for Term {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Term, ParseError> {
        Term::parse(text, &Limits::default())
    }
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, limits: &Limits) -> Self {
        Parser {
            text,
            lexer: Lexer::new(text),
            token: Token::End,
            at: 0,
            builder: TermBuilder::with_limits(limits),
            open: Vec::new(),
            depth_max: limits.depth_max,
            bytes_max: limits.bytes_max,
        }
    }

    /// Takes the token looked at and looks at the next one.
    fn bump(&mut self) -> Result<Token<'t>, LexError> {
        let (at, next) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.token, Token::Sign(token) if token == sign)
    }

    /// Takes a sign if it is the token looked at.
    fn accept(&mut self, sign: &str) -> Result<bool, LexError> {
        let there = self.is(sign);
        if there {
            self.bump()?;
        }
        Ok(there)
    }

    fn unexpected<T>(&self, expected: &'static str) -> Result<T, LexError> {
        Err((
            self.at,
            ParseErrorKind::Unexpected {
                expected,
                found: found(&self.text[self.at..]),
            },
        ))
    }

    /// Gives an error of the builder the place of the token looked at.
    fn here<T>(&self, result: Result<T, TermError>) -> Result<T, LexError> {
        result.map_err(|error| (self.at, error.into()))
    }

    fn run(mut self) -> Result<Term, LexError> {
        self.bump()?;
        let mut next = Next::Value;
        loop {
            next = match next {
                Next::Value => self.value()?,
                Next::Ended if self.open.is_empty() => break,
                Next::Ended => self.after_value()?,
            };
        }
        self.accept(".")?;
        if self.token != Token::End {
            return self.unexpected("the end");
        }
        let at = self.at;
        self.builder.finish().map_err(|error| (at, error.into()))
    }

    /// Reads a leaf or opens a bracket.
    fn value(&mut self) -> Result<Next, LexError> {
        let begin = self.at;
        match self.bump()? {
            Token::Sign("{") => return self.open(begin, Open::Tuple { values: 0 }),
            Token::Sign("[") => {
                return self.open(
                    begin,
                    Open::List {
                        values: 0,
                        tail: false,
                    },
                );
            }
            Token::Sign("#{") => return self.open(begin, Open::Map { values: 0 }),
            Token::Sign("<<") => self.bit_string()?,
            Token::Sign("-") => self.signed(true)?,
            Token::Sign("+") => self.signed(false)?,
            Token::Integer(value) => self.integer(&value)?,
            Token::Float(value) => self.push(|builder| builder.push_f64(value))?,
            Token::Atom(text) => {
                let atom = Atom::new(&text).map_err(|error| (begin, error.into()))?;
                self.push(|builder| builder.push_atom(atom))?;
            }
            Token::String(text) => self.string(text)?,
            Token::Pid(pid) => self.push(|builder| builder.push_pid(pid))?,
            Token::TableId(table) => self.push(|builder| builder.push_table_id(table))?,
            Token::Sign(_) | Token::End => {
                return Err((
                    begin,
                    ParseErrorKind::Unexpected {
                        expected: "a term",
                        found: found(&self.text[begin..]),
                    },
                ));
            }
        }
        Ok(Next::Ended)
    }

    fn push(
        &mut self,
        push: impl FnOnce(&mut TermBuilder) -> Result<(), TermError>,
    ) -> Result<(), LexError> {
        let pushed = push(&mut self.builder);
        self.here(pushed)
    }

    fn integer(&mut self, value: &BigInt) -> Result<(), LexError> {
        self.push(|builder| builder.push_big_integer(value))
    }

    /// What follows a sign.
    fn signed(&mut self, negative: bool) -> Result<(), LexError> {
        if !matches!(self.token, Token::Integer(_) | Token::Float(_)) {
            return self.unexpected("a number");
        }
        match self.bump()? {
            Token::Float(value) => {
                self.push(|builder| builder.push_f64(if negative { -value } else { value }))
            }
            Token::Integer(value) => self.integer(&if negative { -value } else { value }),
            _ => Ok(()),
        }
    }

    /// A string and those that directly follow it: a list of code points.
    fn string(&mut self, text: String) -> Result<(), LexError> {
        let text = self.adjacent(text)?;
        let mut count = 0;
        for character in text.chars() {
            self.push(|builder| builder.push_i64(i64::from(u32::from(character))))?;
            count += 1;
        }
        self.push(|builder| builder.make_list(count))
    }

    /// Joins strings that directly follow each other.
    fn adjacent(&mut self, mut text: String) -> Result<String, LexError> {
        while let Token::String(more) = &self.token {
            text.push_str(more);
            self.bump()?;
        }
        Ok(text)
    }

    /// Opens a bracket; an empty pair is a value at once.
    fn open(&mut self, begin: usize, open: Open) -> Result<Next, LexError> {
        if self.open.len() >= self.depth_max {
            return Err((
                begin,
                ParseErrorKind::TooDeep {
                    depth_max: self.depth_max,
                },
            ));
        }
        let empty = self.is(if matches!(open, Open::List { .. }) {
            "]"
        } else {
            "}"
        });
        self.open.push(open);
        if empty { self.close() } else { Ok(Next::Value) }
    }

    /// Takes the closing bracket, and makes what it closes a value.
    fn close(&mut self) -> Result<Next, LexError> {
        let made = match self.open.pop() {
            Some(Open::Tuple { values }) => self.builder.make_tuple(values),
            Some(Open::List {
                values,
                tail: false,
            }) => self.builder.make_list(values),
            Some(Open::List { values, tail: true }) => self.builder.make_improper_list(values),
            Some(Open::Map { values }) => self.builder.make_map(values / 2),
            None => Ok(()),
        };
        self.here(made)?;
        self.bump()?;
        Ok(Next::Ended)
    }

    /// What follows a value inside a bracket.
    fn after_value(&mut self) -> Result<Next, LexError> {
        let Token::Sign(sign) = self.token else {
            return self.unexpected(self.expected());
        };
        let next = match (self.open.last_mut(), sign) {
            (Some(Open::Tuple { values }), "," | "}") => count(values, sign),
            (
                Some(Open::List {
                    values,
                    tail: false,
                }),
                "," | "]",
            ) => count(values, sign),
            (
                Some(Open::List {
                    values,
                    tail: tail @ false,
                }),
                "|",
            ) => {
                *tail = true;
                count(values, sign)
            }
            (Some(Open::List { tail: true, .. }), "]") => Next::Ended,
            (Some(Open::Map { values }), "=>") if *values % 2 == 0 => count(values, sign),
            (Some(Open::Map { values }), "," | "}") if *values % 2 == 1 => count(values, sign),
            _ => return self.unexpected(self.expected()),
        };
        match next {
            Next::Ended => self.close(),
            Next::Value => self.bump().map(|_| Next::Value),
        }
    }

    /// What may follow a value inside the innermost bracket.
    fn expected(&self) -> &'static str {
        match self.open.last() {
            Some(Open::Map { values }) if values % 2 == 0 => "`=>`",
            Some(Open::Tuple { .. } | Open::Map { .. }) => "`,` or `}`",
            Some(Open::List { tail: false, .. }) => "`,`, `|` or `]`",
            Some(Open::List { tail: true, .. }) => "`]`",
            None => "the end",
        }
    }

    /// What follows `<<`.
    fn bit_string(&mut self) -> Result<(), LexError> {
        let mut buffer = BitBuffer::default();
        if !self.accept(">>")? {
            loop {
                self.segment(&mut buffer)?;
                if self.accept(">>")? {
                    break;
                }
                if !self.accept(",")? {
                    return self.unexpected("`,` or `>>`");
                }
            }
        }
        let (bytes, bit_length) = buffer.parts();
        self.push(|builder| builder.push_bits(bytes, bit_length, Origin::Text))
    }

    /// One segment: a number or a string, with or without size and type.
    fn segment(&mut self, buffer: &mut BitBuffer) -> Result<(), LexError> {
        let begin = self.at;
        let negative = self.accept("-")?;
        match self.bump()? {
            Token::Integer(value) => {
                let value = if negative { -value } else { value };
                self.integers(buffer, begin, &[value])
            }
            Token::String(text) if !negative => {
                let text = self.adjacent(text)?;
                self.text_segment(buffer, begin, &text)
            }
            _ => Err((
                begin,
                ParseErrorKind::Unexpected {
                    expected: "an integer or a string",
                    found: found(&self.text[begin..]),
                },
            )),
        }
    }

    /// A string as a segment: UTF-8 if it says so, otherwise one integer per character.
    fn text_segment(
        &mut self,
        buffer: &mut BitBuffer,
        begin: usize,
        text: &str,
    ) -> Result<(), LexError> {
        let is_plain = !self.is(":") && !self.is("/");
        if is_plain && text.is_ascii() {
            buffer.push_bytes(text.as_bytes());
            return Ok(());
        }
        let codes: Vec<BigInt> = text
            .chars()
            .map(|character| BigInt::from(u32::from(character)))
            .collect();
        self.integers(buffer, begin, &codes)
    }

    /// Integers of one size and type.
    fn integers(
        &mut self,
        buffer: &mut BitBuffer,
        begin: usize,
        values: &[BigInt],
    ) -> Result<(), LexError> {
        let size = self.segment_size()?;
        if self.segment_is_utf8()? {
            if size.is_some() {
                return Err((
                    begin,
                    ParseErrorKind::Segment {
                        what: "both a size and the type utf8",
                    },
                ));
            }
            return values
                .iter()
                .try_for_each(|value| push_utf8(buffer, value))
                .map_err(|kind| (begin, kind));
        }
        let size = size.unwrap_or(8);
        let (_, used) = buffer.parts();
        let bits = size.saturating_mul(values.len()).saturating_add(used);
        if bits / 8 > self.bytes_max {
            return Err((
                begin,
                TermError::TooManyBytes {
                    bytes_max: self.bytes_max,
                }
                .into(),
            ));
        }
        values
            .iter()
            .for_each(|value| buffer.push_integer(value, size));
        Ok(())
    }

    /// `:Size`, if it is there.
    fn segment_size(&mut self) -> Result<Option<usize>, LexError> {
        if !self.accept(":")? {
            return Ok(None);
        }
        let begin = self.at;
        let size = match self.bump()? {
            Token::Integer(size) => usize::try_from(size)
                .ok()
                .filter(|&size| size <= SEGMENT_BITS_MAX),
            _ => None,
        };
        size.map(Some).ok_or((
            begin,
            ParseErrorKind::Segment {
                what: "a size that is no integer in range",
            },
        ))
    }

    /// `/Type-Type…`, if it is there. Integers are big-endian whatever their sign, which is all that the other types say.
    fn segment_is_utf8(&mut self) -> Result<bool, LexError> {
        let mut is_utf8 = false;
        let mut more = self.accept("/")?;
        while more {
            let begin = self.at;
            match self.bump()? {
                Token::Atom(name) if name == "utf8" => is_utf8 = true,
                Token::Atom(name)
                    if matches!(&*name, "integer" | "signed" | "unsigned" | "big") => {}
                _ => {
                    return Err((
                        begin,
                        ParseErrorKind::Segment {
                            what: "a type other than integer and utf8",
                        },
                    ));
                }
            }
            more = self.accept("-")?;
        }
        Ok(is_utf8)
    }
}

/// Counts a value that has ended; the sign after it says whether another follows.
fn count(values: &mut usize, sign: &str) -> Next {
    *values += 1;
    if matches!(sign, "}" | "]") {
        Next::Ended
    } else {
        Next::Value
    }
}

/// Appends a code point as UTF-8.
fn push_utf8(buffer: &mut BitBuffer, value: &BigInt) -> Result<(), ParseErrorKind> {
    let character = u32::try_from(value).ok().and_then(char::from_u32);
    let character = character.ok_or(ParseErrorKind::Segment {
        what: "an integer that is no character",
    })?;
    buffer.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(())
}
