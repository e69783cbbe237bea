//! Text to tokens.

use std::borrow::Cow;

use num_bigint::{BigInt, BigUint};

use super::error::{ParseErrorKind, found};
use crate::term::layout::INTEGER_BITS_MAX;
use crate::term::{Pid, TableId, TermError};

/// What the lexer finds wrong, and where it starts.
pub(super) type LexError = (usize, ParseErrorKind);

/// The smallest parts that mean something.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// Brackets, separators, signs.
    Sign(Sign),
    /// An integer, also one written as a character.
    Integer(i64),
    /// An integer beyond 64 bits.
    BigInteger(BigInt),
    /// A finite float.
    Float(f64),
    /// The text of an atom, quoted or not.
    Atom(Cow<'t, str>),
    /// The text of a string.
    String(String),
    Pid(Pid),
    TableId(TableId),
    End,
}

/// Brackets, separators, signs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    OpenTuple,
    /// Closes tuples and maps.
    CloseBrace,
    OpenList,
    CloseList,
    OpenMap,
    OpenBits,
    CloseBits,
    Comma,
    Bar,
    Arrow,
    Colon,
    Slash,
    Minus,
    Plus,
    Dot,
}

/// Decimal digits that are parsed by themselves and then put together by multiplication.
const DIGITS_AT_ONCE: usize = 1 << 10;

/// Goes through a text token by token.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lexer { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next byte but so many; 0 past the end. (No text of ours has a meaning for NUL.)
    fn byte(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.at + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let there = self.rest().starts_with(sign);
        self.at += if there { sign.len() } else { 0 };
        there
    }

    /// What the following characters that pass a test spell.
    fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest
            .find(|character| !test(character))
            .unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Blanks, and comments from `%` to the end of the line.
    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if self.byte(0) != b'%' {
                return;
            }
            self.take_while(|character| character != '\n');
        }
    }

    fn unexpected(&self, expected: &'static str) -> LexError {
        (
            self.at,
            ParseErrorKind::Unexpected {
                expected,
                found: found(self.rest()),
            },
        )
    }

    /// The next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(usize, Token<'t>), LexError> {
        self.skip_blanks();
        let begin = self.at;
        let token = match self.peek() {
            None => Token::End,
            Some('0'..='9') => self.number()?,
            Some('\'') => Token::Atom(Cow::Owned(self.quoted('\'', "a quoted atom")?)),
            Some('"') => Token::String(self.quoted('"', "a string")?),
            Some('$') => self.character()?,
            Some('<') if self.byte(1).is_ascii_digit() => self.pid()?,
            Some('#') if self.accept("#Ref<") => self.table_id(begin)?,
            Some(first) if first.is_lowercase() => Token::Atom(Cow::Borrowed(self.name())),
            Some(first) if first == '_' || first.is_alphabetic() => {
                let name = self.name().to_owned();
                return Err((begin, ParseErrorKind::Variable { name }));
            }
            Some(_) => self.sign()?,
        };
        Ok((begin, token))
    }

    fn sign(&mut self) -> Result<Token<'t>, LexError> {
        let (sign, length) = match (self.byte(0), self.byte(1)) {
            (b'{', _) => (Sign::OpenTuple, 1),
            (b'}', _) => (Sign::CloseBrace, 1),
            (b'[', _) => (Sign::OpenList, 1),
            (b']', _) => (Sign::CloseList, 1),
            (b'#', b'{') => (Sign::OpenMap, 2),
            (b'<', b'<') => (Sign::OpenBits, 2),
            (b'>', b'>') => (Sign::CloseBits, 2),
            (b',', _) => (Sign::Comma, 1),
            (b'|', _) => (Sign::Bar, 1),
            (b'=', b'>') => (Sign::Arrow, 2),
            (b':', _) => (Sign::Colon, 1),
            (b'/', _) => (Sign::Slash, 1),
            (b'-', _) => (Sign::Minus, 1),
            (b'+', _) => (Sign::Plus, 1),
            (b'.', _) => (Sign::Dot, 1),
            _ => return Err(self.unexpected("a term")),
        };
        self.at += length;
        Ok(Token::Sign(sign))
    }

    /// An unquoted atom, a variable or the type of a segment.
    fn name(&mut self) -> &'t str {
        self.take_while(|character| character.is_alphanumeric() || matches!(character, '_' | '@'))
    }

    /// `$c`, `$\n`.
    fn character(&mut self) -> Result<Token<'t>, LexError> {
        let begin = self.at;
        self.at += 1;
        let character = match self.bump() {
            Some('\\') => self.escape()?,
            Some(character) => character,
            None => {
                return Err((
                    begin,
                    ParseErrorKind::Unterminated {
                        what: "a character",
                    },
                ));
            }
        };
        Ok(Token::Integer(i64::from(u32::from(character))))
    }

    /// Text in quotes, the opening one being next.
    fn quoted(&mut self, quote: char, what: &'static str) -> Result<String, LexError> {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|character| character != quote && character != '\\'));
            match self.bump() {
                Some('\\') => text.push(self.escape()?),
                Some(_) => return Ok(text),
                None => return Err((begin, ParseErrorKind::Unterminated { what })),
            }
        }
    }

    /// What follows a backslash. A character without a meaning of its own stands for itself.
    fn escape(&mut self) -> Result<char, LexError> {
        let begin = self.at - 1;
        let bad = (begin, ParseErrorKind::Escape);
        let character = self.bump().ok_or(bad.clone())?;
        Ok(match character {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'b' => '\x08',
            'f' => '\x0c',
            'e' => '\x1b',
            's' => ' ',
            'd' => '\x7f',
            '0'..='7' => self.octal(character),
            'x' => self.hexadecimal().and_then(char::from_u32).ok_or(bad)?,
            // Control-A is 1, and so on.
            '^' => self
                .bump()
                .filter(char::is_ascii)
                .map(|letter| char::from(letter as u8 & 0x1f))
                .ok_or(bad)?,
            other => other,
        })
    }

    /// Up to three octal digits, of which the first has been read.
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            if let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) {
                self.at += 1;
                code = code * 8 + digit;
            }
        }
        char::from_u32(code).unwrap_or('\0')
    }

    /// `HH` or `{H…}`.
    fn hexadecimal(&mut self) -> Option<u32> {
        if !self.accept("{") {
            let digits = self.rest().get(..2)?;
            self.at += 2;
            return u32::from_str_radix(digits, 16)
                .ok()
                .filter(|_| !digits.starts_with('+'));
        }
        let digits = self.take_while(|character| character.is_ascii_hexdigit());
        self.accept("}")
            .then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// `12`, `1_000`, `16#ff`, `1.5`, `1.5e-3`.
    fn number(&mut self) -> Result<Token<'t>, LexError> {
        let begin = self.at;
        let wrong = |reason| (begin, ParseErrorKind::Number { reason });
        self.digits(10);
        match self.byte(0) {
            b'#' if self.byte(1) != b'{' => {
                let base = &self.text[begin..self.at];
                let base = base
                    .parse()
                    .ok()
                    .filter(|base| (2..=36).contains(base))
                    .ok_or(wrong("no base from 2 to 36"))?;
                self.at += 1;
                let digits = self.digits(base);
                integer(digits, base).map_err(|kind| (begin, kind))
            }
            b'.' if self.byte(1).is_ascii_digit() => {
                self.at += 1;
                self.digits(10);
                self.exponent().ok_or(wrong("no digits in the exponent"))?;
                let text = self.text[begin..self.at].replace('_', "");
                let value = text.parse().ok().filter(|value: &f64| value.is_finite());
                value.map(Token::Float).ok_or(wrong("a float too large"))
            }
            _ => integer(&self.text[begin..self.at], 10).map_err(|kind| (begin, kind)),
        }
    }

    /// Digits of a base, with single underscores between them.
    fn digits(&mut self, base: u32) -> &'t str {
        let begin = self.at;
        loop {
            self.take_while(|character| character.is_digit(base));
            let more =
                self.at > begin && self.byte(0) == b'_' && char::from(self.byte(1)).is_digit(base);
            if !more {
                return &self.text[begin..self.at];
            }
            self.at += 1;
        }
    }

    /// An exponent, if there is one. `None` if it has no digits.
    fn exponent(&mut self) -> Option<()> {
        if !self.accept("e") && !self.accept("E") {
            return Some(());
        }
        let _signed = self.accept("-") || self.accept("+");
        (!self.digits(10).is_empty()).then_some(())
    }

    /// `<0.N.S>`.
    fn pid(&mut self) -> Result<Token<'t>, LexError> {
        let begin = self.at;
        self.at += 1;
        match self.fields()[..] {
            [0, number, serial] => Pid::from_fields(number, serial).map(Token::Pid),
            _ => None,
        }
        .ok_or_else(|| {
            (
                begin,
                ParseErrorKind::Unexpected {
                    expected: "a process id",
                    found: found(&self.text[begin..]),
                },
            )
        })
    }

    /// What follows `#Ref<`.
    fn table_id(&mut self, begin: usize) -> Result<Token<'t>, LexError> {
        match self.fields()[..] {
            [0, 0, high, low] => TableId::from_fields(high, low).map(Token::TableId),
            _ => None,
        }
        .ok_or_else(|| {
            (
                begin,
                ParseErrorKind::Unexpected {
                    expected: "a table id",
                    found: found(&self.text[begin..]),
                },
            )
        })
    }

    /// Numbers separated by dots up to `>`; none if there is anything else, or too much.
    fn fields(&mut self) -> Vec<u64> {
        let text = self.take_while(|character| character.is_ascii_digit() || character == '.');
        let fields: Result<Vec<u64>, _> = text.split('.').take(5).map(str::parse).collect();
        if self.accept(">") {
            fields.unwrap_or_default()
        } else {
            Vec::new()
        }
    }
}

/// The integer of some digits, with or without underscores. Its size is checked before anything is
/// computed.
fn integer(digits: &str, base: u32) -> Result<Token<'static>, ParseErrorKind> {
    if let Ok(value) = i64::from_str_radix(digits, base) {
        return Ok(Token::Integer(value));
    }
    let digits: Vec<u8> = digits.bytes().filter(|&digit| digit != b'_').collect();
    if digits.is_empty() {
        return Err(ParseErrorKind::Number {
            reason: "no digits",
        });
    }
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let significant = &digits[zeros..];
    let bits = significant.len().saturating_sub(1) as u64 * u64::from(base.ilog2());
    if bits > INTEGER_BITS_MAX {
        return Err(TermError::IntegerTooLarge {
            bits,
            bits_max: INTEGER_BITS_MAX,
        }
        .into());
    }
    Ok(Token::BigInteger(BigInt::from(magnitude(
        significant,
        base,
    ))))
}

/// Splits the digits into parts and puts neighbours together, level by level, so that the work is
/// that of a few multiplications of large numbers instead of very many by small ones.
fn magnitude(digits: &[u8], base: u32) -> BigUint {
    let part = |part: &[u8]| BigUint::parse_bytes(part, base).unwrap_or_default();
    // The least significant part comes first.
    let mut parts: Vec<BigUint> = digits.rchunks(DIGITS_AT_ONCE).map(part).collect();
    let mut weight = BigUint::from(base).pow(DIGITS_AT_ONCE as u32);
    while parts.len() > 1 {
        parts = parts
            .chunks(2)
            .map(|pair| {
                pair.get(1)
                    .map_or(pair[0].clone(), |high| high * &weight + &pair[0])
            })
            .collect();
        weight = &weight * &weight;
    }
    parts.pop().unwrap_or_default()
}
