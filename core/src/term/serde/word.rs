//! Values that are one word as terms, found without a builder.

use std::fmt::Display;

use ::serde::ser::{self, Impossible};
use ::serde::{Serialize, Serializer};

use super::EMBEDDED;
use crate::term::layout::small;
use crate::term::{Atom, Immediate, ToTerm};

/// Options and newtypes in one another that are looked into. Deeper ones are left to those who count.
const DEPTH_MAX: u8 = 8;

/// The word of a value, if its term is one.
#[inline]
pub(crate) fn word_of<T: Serialize + ?Sized>(value: &T) -> Option<u64> {
    value
        .serialize(WordSerializer {
            depth_left: DEPTH_MAX,
        })
        .ok()
}

/// Takes a value that is one word.
struct WordSerializer {
    depth_left: u8,
}

/// The value is no single word, or none at all.
#[derive(Debug)]
struct NotAWord;

impl Display for NotAWord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the term is not one word")
    }
}

impl std::error::Error for NotAWord {}

impl ser::Error for NotAWord {
    fn custom<T: Display>(_: T) -> NotAWord {
        NotAWord
    }
}

type Word = Result<u64, NotAWord>;
type Container = Impossible<u64, NotAWord>;

/// The word of a value that has a short way of its own.
#[inline]
fn immediate(value: &impl ToTerm) -> Word {
    value
        .immediate()
        .map(|Immediate(word)| word)
        .ok_or(NotAWord)
}

/// The word of an atom that is there already.
fn name(name: &str) -> Word {
    immediate(&Atom::existing(name).ok_or(NotAWord)?)
}

impl WordSerializer {
    #[inline]
    fn nested<T: Serialize + ?Sized>(self, value: &T) -> Word {
        let depth_left = self.depth_left.checked_sub(1).ok_or(NotAWord)?;
        value.serialize(WordSerializer { depth_left })
    }
}

/// Values whose `ToTerm` makes the same term as serde's bridge.
macro_rules! immediates {
    ($($name:ident: $type:ty;)*) => {$(
        #[inline]
        fn $name(self, value: $type) -> Word {
            immediate(&value)
        }
    )*};
}

/// Values that are never one word.
macro_rules! no_words {
    ($($name:ident($($type:ty),*) -> $result:ty;)*) => {$(
        fn $name(self, $(_: $type),*) -> $result {
            Err(NotAWord)
        }
    )*};
}

impl Serializer for WordSerializer {
    type Ok = u64;
    type Error = NotAWord;
    type SerializeSeq = Container;
    type SerializeTuple = Container;
    type SerializeTupleStruct = Container;
    type SerializeTupleVariant = Container;
    type SerializeMap = Container;
    type SerializeStruct = Container;
    type SerializeStructVariant = Container;

    /// As [`super::to_term`].
    fn is_human_readable(&self) -> bool {
        false
    }

    immediates! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_char: char;
    }

    no_words! {
        serialize_f32(f32) -> Word;
        serialize_f64(f64) -> Word;
        serialize_str(&str) -> Word;
        serialize_bytes(&[u8]) -> Word;
        serialize_unit() -> Word;
        serialize_seq(Option<usize>) -> Result<Container, NotAWord>;
        serialize_tuple(usize) -> Result<Container, NotAWord>;
        serialize_tuple_struct(&'static str, usize) -> Result<Container, NotAWord>;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Result<Container, NotAWord>;
        serialize_map(Option<usize>) -> Result<Container, NotAWord>;
        serialize_struct(&'static str, usize) -> Result<Container, NotAWord>;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Result<Container, NotAWord>;
    }

    fn serialize_i128(self, value: i128) -> Word {
        i64::try_from(value).ok().and_then(small).ok_or(NotAWord)
    }

    fn serialize_u128(self, value: u128) -> Word {
        i64::try_from(value).ok().and_then(small).ok_or(NotAWord)
    }

    fn serialize_none(self) -> Word {
        immediate(&Atom::UNDEFINED)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Word {
        self.nested(value)
    }

    fn serialize_unit_struct(self, text: &'static str) -> Word {
        name(text)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Word {
        name(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Word {
        if name == EMBEDDED {
            return Err(NotAWord);
        }
        self.nested(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Word {
        Err(NotAWord)
    }
}
