//! Values of plain terms. What [`from_term`](super::from_term) makes of such a term is the same; here it comes in registers, and errors
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
use crate::term::{Atom, Plain, TermRef};

/// The value of a plain term, if it is that simple. Otherwise [`from_term`](super::from_term) knows, also what is wrong.
#[inline(always)]
pub(crate) fn from_plain<T: DeserializeOwned>(plain: Plain) -> Option<T> {
    let refused = Cell::new(false);
    let source = Source {
        plain,
        depth_left: DEPTH_MAX,
        refused: &refused,
    };
    let value = T::deserialize(source).ok();
    value.filter(|_| !refused.get())
}

struct Source<'r> {
    plain: Plain,
    depth_left: u8,
    /// Whether it was asked for something that it does not know.
    refused: &'r Cell<bool>,
}

impl Source<'_> {
    #[inline]
    fn refuse(&self) -> NotShort {
        self.refused.set(true);
        NotShort
    }

    #[inline]
    fn nested(self) -> Result<Self, NotShort> {
        let depth_left = self.depth_left.checked_sub(1);
        let depth_left = depth_left.ok_or_else(|| self.refuse())?;
        Ok(Source { depth_left, ..self })
    }

    #[inline]
    fn integer<T: TryFrom<i64> + TryFrom<u64>>(&self) -> Result<T, NotShort> {
        let integer = match self.plain {
            Plain::Unsigned(value) => T::try_from(value).ok(),
            other => other.as_i64().and_then(|value| T::try_from(value).ok()),
        };
        integer.ok_or_else(|| self.refuse())
    }

    #[inline]
    fn float(&self) -> Result<f64, NotShort> {
        match self.plain {
            Plain::Float(value) => Ok(value),
            _ => Err(self.refuse()),
        }
    }

    #[inline]
    fn atom(&self) -> Option<Atom> {
        match self.plain {
            Plain::Word(word) => TermRef::from_immediate(word).as_atom(),
            _ => None,
        }
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

impl<'de> Deserializer<'de> for Source<'_> {
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
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        visitor.visit_f64(self.float()?)
    }

    #[inline]
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotShort> {
        #[allow(clippy::cast_possible_truncation, reason = "as for any term")]
        let value = self.float()? as f32;
        if value.is_finite() {
            visitor.visit_f32(value)
        } else {
            Err(self.refuse())
        }
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
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}
