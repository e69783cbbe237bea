//! Text to terms.
//!
//! A loop over tokens with a stack of the brackets that are open; values go to a [`TermBuilder`] as
//! they end.

use std::str::FromStr;

use super::error::{ParseError, ParseErrorKind, found};
use super::lex::{LexError, Lexer, Sign, Token};
use crate::term::{Atom, Limits, Term, TermBuilder, TermError};

/// Where in a bracket the parser is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Tuple,
    List,
    /// After the `|` of a list.
    Tail,
    Key,
    Value,
}

/// A bracket that is open, and how many values have ended inside it.
struct Open {
    place: Place,
    values: usize,
}

/// What comes next.
enum Next {
    /// A value has to begin.
    Value,
    /// A value has ended.
    Ended,
}

/// A text on its way to a term.
pub(super) struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The token looked at, and where it begins.
    token: Token<'t>,
    pub(super) at: usize,
    builder: TermBuilder,
    open: Vec<Open>,
    depth_max: usize,
    pub(super) bytes_max: usize,
}

impl Term {
    /// Reads a term in Erlang's syntax, with or without a full stop at the end.
    ///
    /// Everything that stands for itself is understood: integers in any base (`16#ff`, `1_000`),
    /// characters (`$a`), floats, atoms, strings (with all escape sequences; adjacent ones are
    /// joined), bit strings with sizes and `/utf8`, tuples, lists, maps, comments, and process and
    /// table ids as they are printed.
    ///
    /// # Errors
    /// [`ParseError`] with the place: what is not a term, and what is beyond the limits.
    pub fn parse(text: &str, limits: &Limits) -> Result<Term, ParseError> {
        let (bytes, bytes_max) = (text.len(), limits.bytes_max);
        let parsed = if bytes > bytes_max {
            Err((0, ParseErrorKind::TooLong { bytes, bytes_max }))
        } else {
            Parser::new(text, limits).run()
        };
        parsed.map_err(|(offset, kind)| ParseError::at(text, offset, kind))
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
    pub(super) fn bump(&mut self) -> Result<Token<'t>, LexError> {
        let (at, next) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// Whether a sign is the token looked at.
    pub(super) fn is(&self, sign: Sign) -> bool {
        self.token == Token::Sign(sign)
    }

    /// Takes a sign if it is the token looked at.
    pub(super) fn accept(&mut self, sign: Sign) -> Result<bool, LexError> {
        let there = self.is(sign);
        if there {
            self.bump()?;
        }
        Ok(there)
    }

    /// The error of what stands at a place.
    pub(super) fn unexpected<T>(&self, at: usize, expected: &'static str) -> Result<T, LexError> {
        let found = found(&self.text[at..]);
        Err((at, ParseErrorKind::Unexpected { expected, found }))
    }

    /// Pushes to the builder; its error gets the place of the token looked at.
    pub(super) fn push(
        &mut self,
        push: impl FnOnce(&mut TermBuilder) -> Result<(), TermError>,
    ) -> Result<(), LexError> {
        push(&mut self.builder).map_err(|error| (self.at, error.into()))
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
        self.accept(Sign::Dot)?;
        if self.token != Token::End {
            return self.unexpected(self.at, "the end");
        }
        self.builder
            .finish()
            .map_err(|error| (self.at, error.into()))
    }

    /// Reads a leaf or opens a bracket.
    fn value(&mut self) -> Result<Next, LexError> {
        let begin = self.at;
        match self.bump()? {
            Token::Sign(Sign::OpenTuple) => return self.open(begin, Place::Tuple),
            Token::Sign(Sign::OpenList) => return self.open(begin, Place::List),
            Token::Sign(Sign::OpenMap) => return self.open(begin, Place::Key),
            Token::Sign(Sign::OpenBits) => self.bit_string()?,
            Token::Sign(Sign::Minus) => self.signed(true)?,
            Token::Sign(Sign::Plus) => self.signed(false)?,
            Token::Sign(_) | Token::End => return self.unexpected(begin, "a term"),
            Token::Integer(value) => self.push(|builder| builder.push_i64(value))?,
            Token::BigInteger(value) => self.push(|builder| builder.push_big_integer(&value))?,
            Token::Float(value) => self.push(|builder| builder.push_f64(value))?,
            Token::Atom(text) => self.atom(begin, &text)?,
            Token::String(text) => self.string(text)?,
            Token::Pid(pid) => self.push(|builder| builder.push_pid(pid))?,
            Token::TableId(table) => self.push(|builder| builder.push_table_id(table))?,
        }
        Ok(Next::Ended)
    }

    fn atom(&mut self, begin: usize, text: &str) -> Result<(), LexError> {
        let atom = Atom::new(text).map_err(|error| (begin, error.into()))?;
        self.push(|builder| builder.push_atom(atom))
    }

    /// What follows a sign.
    fn signed(&mut self, negative: bool) -> Result<(), LexError> {
        let begin = self.at;
        match self.bump()? {
            Token::Integer(value) => {
                self.push(|builder| builder.push_i64(if negative { -value } else { value }))
            }
            Token::BigInteger(value) => {
                let value = if negative { -value } else { value };
                self.push(|builder| builder.push_big_integer(&value))
            }
            Token::Float(value) => {
                self.push(|builder| builder.push_f64(if negative { -value } else { value }))
            }
            _ => self.unexpected(begin, "a number"),
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
    pub(super) fn adjacent(&mut self, mut text: String) -> Result<String, LexError> {
        while let Token::String(more) = &self.token {
            text.push_str(more);
            self.bump()?;
        }
        Ok(text)
    }

    /// Opens a bracket; an empty pair is a value at once.
    fn open(&mut self, begin: usize, place: Place) -> Result<Next, LexError> {
        if self.open.len() >= self.depth_max {
            return Err((
                begin,
                ParseErrorKind::TooDeep {
                    depth_max: self.depth_max,
                },
            ));
        }
        self.open.push(Open { place, values: 0 });
        let close = if place == Place::List {
            Sign::CloseList
        } else {
            Sign::CloseBrace
        };
        if self.is(close) {
            self.close()
        } else {
            Ok(Next::Value)
        }
    }

    /// Takes the closing bracket, and makes what it closes a value.
    fn close(&mut self) -> Result<Next, LexError> {
        let closed = self.open.pop();
        self.push(|builder| match closed {
            Some(Open {
                place: Place::Tuple,
                values,
            }) => builder.make_tuple(values),
            Some(Open {
                place: Place::List,
                values,
            }) => builder.make_list(values),
            // The tail is the last value.
            Some(Open {
                place: Place::Tail,
                values,
            }) => builder.make_improper_list(values - 1),
            Some(Open {
                place: Place::Key | Place::Value,
                values,
            }) => builder.make_map(values / 2),
            None => Ok(()),
        })?;
        self.bump()?;
        Ok(Next::Ended)
    }

    /// What follows a value inside a bracket.
    fn after_value(&mut self) -> Result<Next, LexError> {
        let at = self.at;
        let Some(open) = self.open.last_mut() else {
            return Ok(Next::Ended);
        };
        open.values += 1;
        let (next, expected) = match (open.place, &self.token) {
            (Place::Tuple, Token::Sign(Sign::CloseBrace))
            | (Place::List | Place::Tail, Token::Sign(Sign::CloseList))
            | (Place::Value, Token::Sign(Sign::CloseBrace)) => return self.close(),
            (Place::Tuple, Token::Sign(Sign::Comma)) => (Some(Place::Tuple), ""),
            (Place::Tuple, _) => (None, "`,` or `}`"),
            (Place::List, Token::Sign(Sign::Comma)) => (Some(Place::List), ""),
            (Place::List, Token::Sign(Sign::Bar)) => (Some(Place::Tail), ""),
            (Place::List, _) => (None, "`,`, `|` or `]`"),
            (Place::Tail, _) => (None, "`]`"),
            (Place::Key, Token::Sign(Sign::Arrow)) => (Some(Place::Value), ""),
            (Place::Key, _) => (None, "`=>`"),
            (Place::Value, Token::Sign(Sign::Comma)) => (Some(Place::Key), ""),
            (Place::Value, _) => (None, "`,` or `}`"),
        };
        let Some(next) = next else {
            return self.unexpected(at, expected);
        };
        open.place = next;
        self.bump().map(|_| Next::Value)
    }
}
