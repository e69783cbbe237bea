//! The insides of `<<…>>`.

use num_bigint::BigInt;

use super::bits::BitBuffer;
use super::error::ParseErrorKind;
use super::lex::{LexError, Sign, Token};
use super::parse::Parser;
use crate::term::layout::INTEGER_BITS_MAX;
use crate::term::{Origin, TermError};

/// The greatest size of one segment in bits: that of an integer.
const SEGMENT_BITS_MAX: usize = INTEGER_BITS_MAX as usize;
/// The size of an integer segment in bits unless it says another.
const SEGMENT_BITS_DEFAULT: usize = 8;

impl Parser<'_> {
    /// What follows `<<`.
    pub(super) fn bit_string(&mut self) -> Result<(), LexError> {
        let mut buffer = BitBuffer::default();
        let mut ended = self.accept(Sign::CloseBits)?;
        while !ended {
            self.segment(&mut buffer)?;
            ended = self.accept(Sign::CloseBits)?;
            if !ended && !self.accept(Sign::Comma)? {
                return self.unexpected(self.at, "`,` or `>>`");
            }
        }
        let (bytes, bit_length) = buffer.parts();
        self.push(|builder| builder.push_bits(bytes, bit_length, Origin::Text))
    }

    /// One segment: a number or a string, with or without size and type.
    fn segment(&mut self, buffer: &mut BitBuffer) -> Result<(), LexError> {
        let begin = self.at;
        let negative = self.accept(Sign::Minus)?;
        let value = match self.bump()? {
            Token::Integer(value) => BigInt::from(value),
            Token::BigInteger(value) => value,
            Token::String(text) if !negative => {
                let text = self.adjacent(text)?;
                return self.text_segment(buffer, begin, &text);
            }
            _ => return self.unexpected(begin, "an integer or a string"),
        };
        self.integers(buffer, begin, &[if negative { -value } else { value }])
    }

    /// A string as a segment: one integer per character.
    fn text_segment(
        &mut self,
        buffer: &mut BitBuffer,
        begin: usize,
        text: &str,
    ) -> Result<(), LexError> {
        let is_plain = !self.is(Sign::Colon) && !self.is(Sign::Slash);
        if is_plain && text.is_ascii() {
            buffer.push_bytes(text.as_bytes());
            return Ok(());
        }
        let codes: Vec<BigInt> = text.chars().map(|c| BigInt::from(u32::from(c))).collect();
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
        let is_utf8 = self.segment_is_utf8()?;
        let appended = match size {
            None if is_utf8 => values.iter().try_for_each(|value| push_utf8(buffer, value)),
            Some(_) if is_utf8 => Err(ParseErrorKind::Segment {
                what: "both a size and the type utf8",
            }),
            _ => {
                let size = size.unwrap_or(SEGMENT_BITS_DEFAULT);
                push_integers(buffer, values, size, self.bytes_max)
            }
        };
        appended.map_err(|kind| (begin, kind))
    }

    /// `:Size`, if it is there.
    fn segment_size(&mut self) -> Result<Option<usize>, LexError> {
        if !self.accept(Sign::Colon)? {
            return Ok(None);
        }
        let begin = self.at;
        let size = match self.bump()? {
            Token::Integer(size) => usize::try_from(size).ok(),
            _ => None,
        };
        let size = size.filter(|&size| size <= SEGMENT_BITS_MAX);
        let what = "a size that is no integer in range";
        size.map(Some)
            .ok_or((begin, ParseErrorKind::Segment { what }))
    }

    /// `/Type-Type…`, if it is there. Integers are big-endian whatever their sign, which is all
    /// that the types other than utf8 say.
    fn segment_is_utf8(&mut self) -> Result<bool, LexError> {
        let mut is_utf8 = false;
        let mut more = self.accept(Sign::Slash)?;
        while more {
            let begin = self.at;
            match self.bump()? {
                Token::Atom(name) if name == "utf8" => is_utf8 = true,
                Token::Atom(name)
                    if matches!(&*name, "integer" | "signed" | "unsigned" | "big") => {}
                _ => {
                    let what = "a type other than integer and utf8";
                    return Err((begin, ParseErrorKind::Segment { what }));
                }
            }
            more = self.accept(Sign::Minus)?;
        }
        Ok(is_utf8)
    }
}

/// Appends integers of one size in bits, unless there would be more bytes than are allowed.
fn push_integers(
    buffer: &mut BitBuffer,
    values: &[BigInt],
    size: usize,
    bytes_max: usize,
) -> Result<(), ParseErrorKind> {
    let (_, used) = buffer.parts();
    let bits = size.saturating_mul(values.len()).saturating_add(used);
    if bits / 8 > bytes_max {
        return Err(TermError::TooManyBytes { bytes_max }.into());
    }
    values
        .iter()
        .for_each(|value| buffer.push_integer(value, size));
    Ok(())
}

/// Appends a code point as UTF-8.
fn push_utf8(buffer: &mut BitBuffer, value: &BigInt) -> Result<(), ParseErrorKind> {
    let character = u32::try_from(value).ok().and_then(char::from_u32);
    let what = "an integer that is no character";
    let character = character.ok_or(ParseErrorKind::Segment { what })?;
    buffer.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(())
}
