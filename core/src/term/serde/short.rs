//! Values whose terms need no builder: those of one word, and text.

use std::fmt::Display;

use ::serde::ser::{self, Impossible};
use ::serde::{Serialize, Serializer};

use super::{EMBEDDED, SerdeError, to_term};
use crate::term::{Atom, Immediate, Term, TermRef, ToTerm};

/// Options and newtypes in one another that are looked into. Deeper ones are left to those who count.
const DEPTH_MAX: u8 = 8;

/// Calls `f` with the term of a value: the same as [`to_term`] makes, but without building one where the value is short.
/// The value's own code has ended by then.
#[inline]
pub(crate) fn with_term<T: Serialize + ?Sized, R>(
    value: &T,
    f: impl FnOnce(TermRef<'_>) -> R,
) -> Result<R, SerdeError> {
    let short = Short {
        depth_left: DEPTH_MAX,
    };
    match value.serialize(short) {
        Ok(term) => Ok(f(term.as_ref())),
        Err(NotShort) => Ok(f(to_term(value)?.as_ref())),
    }
}

/// Takes a value that is one word or text, and makes its term.
struct Short {
    depth_left: u8,
}

/// The term takes more, or there is none at all.
#[derive(Debug)]
struct NotShort;

impl Display for NotShort {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the term is not short")
    }
}

impl std::error::Error for NotShort {}

impl ser::Error for NotShort {
    fn custom<T: Display>(_: T) -> NotShort {
        NotShort
    }
}

/// The term, if it is short.
type Made = Result<Term, NotShort>;

/// The term of a value whose `ToTerm` makes the same as serde's bridge.
#[inline]
fn made<T: ToTerm + ?Sized>(value: &T) -> Made {
    if let Some(Immediate(word)) = value.immediate() {
        return Ok(Term::from_immediate(word));
    }
    value.to_term().map_err(|_| NotShort)
}

/// An atom that is there already.
fn name(name: &str) -> Made {
    made(&Atom::existing(name).ok_or(NotShort)?)
}

impl Short {
    #[inline]
    fn nested<T: Serialize + ?Sized>(self, value: &T) -> Made {
        let depth_left = self.depth_left.checked_sub(1).ok_or(NotShort)?;
        value.serialize(Short { depth_left })
    }
}

/// Values that have a short way of their own.
macro_rules! short {
    ($($name:ident: $type:ty;)*) => {$(
        #[inline]
        fn $name(self, value: $type) -> Made {
            made(&value)
        }
    )*};
}

/// Values whose terms are longer.
macro_rules! not_short {
    ($($name:ident($($type:ty),*) -> $result:ty;)*) => {$(
        fn $name(self, $(_: $type),*) -> Result<$result, NotShort> {
            Err(NotShort)
        }
    )*};
}

impl Serializer for Short {
    type Ok = Term;
    type Error = NotShort;
    type SerializeSeq = Impossible<Term, NotShort>;
    type SerializeTuple = Impossible<Term, NotShort>;
    type SerializeTupleStruct = Impossible<Term, NotShort>;
    type SerializeTupleVariant = Impossible<Term, NotShort>;
    type SerializeMap = Impossible<Term, NotShort>;
    type SerializeStruct = Impossible<Term, NotShort>;
    type SerializeStructVariant = Impossible<Term, NotShort>;

    /// As [`to_term`].
    fn is_human_readable(&self) -> bool {
        false
    }

    short! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
        serialize_char: char;
        serialize_str: &str;
    }

    not_short! {
        serialize_f32(f32) -> Term;
        serialize_f64(f64) -> Term;
        serialize_bytes(&[u8]) -> Term;
        serialize_unit() -> Term;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_none(self) -> Made {
        made(&Atom::UNDEFINED)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Made {
        self.nested(value)
    }

    fn serialize_unit_struct(self, text: &'static str) -> Made {
        name(text)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Made {
        name(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Made {
        if name == EMBEDDED {
            return Err(NotShort);
        }
        self.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Made {
        Err(NotShort)
    }
}
