//! Values of terms of one word. What [`from_term`](super::from_term) makes of such a term is the same; here the word comes in a register, and errors
//! take no room.
//!
//! A type may make something else of an error than an error. Here there are more of them than there would be elsewhere, so who
//! refuses once remembers it, whatever the type makes of that.

use ::serde::Deserializer;
use ::serde::de::{DeserializeOwned, Visitor};
use ::serde::forward_to_deserialize_any;

use std::cell::Cell;

use super::EMBEDDED;
use super::short::{DEPTH_MAX, NotShort};
use crate::term::layout::{SMALL, small_value, tag};
use crate::term::{Atom, TermRef};

/// The value of a word, if it is that simple. Otherwise [`from_term`](super::from_term) knows, also what is wrong.
#[inline]
pub(crate) fn from_word<T: DeserializeOwned>(word: u64) -> Option<T> {
    let refused = Cell::new(false);
    let word = Word {
        word,
        depth_left: DEPTH_MAX,
        refused: &refused,
    };
    let value = T::deserialize(word).ok();
    value.filter(|_| !refused.get())
}

struct Word<'r> {
    word: u64,
    depth_left: u8,
    /// Whether it was asked for something that it does not know.
    refused: &'r Cell<bool>,
}

impl Word<'_> {
    #[inline]
    fn refuse(&self) -> NotShort {
        self.refused.set(true);
        NotShort
    }

    #[inline]
    fn nested(self) -> Result<Self, NotShort> {
        let depth_left = self.depth_left.checked_sub(1);
        let depth_left = depth_left.ok_or_else(|| self.refuse())?;
        Ok(Word { depth_left, ..self })
    }

    #[inline]
    fn integer<T: TryFrom<i64>>(&self) -> Result<T, NotShort> {
        if tag(self.word) != SMALL {
            return Err(self.refuse());
        }
        T::try_from(small_value(self.word)).map_err(|_| self.refuse())
    }

    #[inline]
    fn atom(&self) -> Option<Atom> {
        TermRef::from_immediate(self.word).as_atom()
    }
}

macro_rules! integers {
    ($($name:ident: $visit:ident;)*) => {$(
        #[inline]
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
            visitor.$visit(self.integer()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Word<'_> {
    type Error = NotShort;

    /// As for any term.
    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        deserialize_i8: visit_i8;
        deserialize_i16: visit_i16;
        deserialize_i32: visit_i32;
        deserialize_i64: visit_i64;
        deserialize_i128: visit_i128;
        deserialize_u8: visit_u8;
        deserialize_u16: visit_u16;
        deserialize_u32: visit_u32;
        deserialize_u64: visit_u64;
        deserialize_u128: visit_u128;
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        let value = self.atom().and_then(Atom::as_bool);
        visitor.visit_bool(value.ok_or_else(|| self.refuse())?)
    }

    #[inline]
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        let value = char::from_u32(self.integer()?);
        visitor.visit_char(value.ok_or_else(|| self.refuse())?)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        match self.atom() {
            Some(Atom::UNDEFINED) => visitor.visit_none(),
            _ => visitor.visit_some(self.nested()?),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotShort> {
        if name == EMBEDDED {
            return Err(self.refuse());
        }
        visitor.visit_newtype_struct(self.nested()?)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotShort> {
        Err(self.refuse())
    }

    forward_to_deserialize_any! {
        f32 f64 str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}
