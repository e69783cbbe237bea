//! Values whose terms need no builder: plain ones, and text.

use std::fmt::Display;
use std::marker::PhantomData;

use ::serde::ser::{self, Impossible};
use ::serde::{Serialize, Serializer, de};

use super::{EMBEDDED, SerdeError, to_term};
use crate::term::{Atom, Immediate, Plain, Term, TermRef, ToTerm};

/// Options and newtypes in one another that are looked into. Deeper ones are left to those who count.
pub(super) const DEPTH_MAX: u8 = 8;

/// Calls `f` with the term of a value: the same as [`to_term`] makes, but without building one where the value is short.
/// The value's own code has ended by then.
///
/// A word is asked for first, and handed over in a register. As a part of a `Term` it would pass through memory, and be read there in another
/// width than it was written: the processor waits for such a read until all that came before is done, also reads that miss its caches.
#[inline]
pub(crate) fn with_term<T: Serialize + ?Sized, R>(
    value: &T,
    f: impl FnOnce(TermRef<'_>) -> R,
) -> Result<R, SerdeError> {
    if let Some(word) = plain_of(value).and_then(Plain::word) {
        return Ok(f(TermRef::from_immediate(word)));
    }
    let term = match value.serialize(Short::new()) {
        Ok(term) => term,
        Err(NotShort) => to_term(value)?,
    };
    Ok(f(term.as_ref()))
}

/// The plain value that a value is, if it is one.
#[inline(always)]
pub(crate) fn plain_of<T: Serialize + ?Sized>(value: &T) -> Option<Plain> {
    value.serialize(Short::new()).ok()
}

/// Takes a value that is one word or text, and makes its term.
struct Short<F> {
    depth_left: u8,
    form: PhantomData<F>,
}

/// The term takes more, or there is none at all.
#[derive(Debug)]
pub(super) struct NotShort;

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

impl de::Error for NotShort {
    fn custom<T: Display>(_: T) -> NotShort {
        NotShort
    }
}

/// What a short value is made as.
trait Form: Sized {
    /// A value whose `ToTerm` makes the same as serde's bridge.
    fn made<T: ToTerm + ?Sized>(value: &T) -> Result<Self, NotShort>;

    fn unsigned(value: u64) -> Result<Self, NotShort> {
        Self::made(&value)
    }

    fn signed(value: i64) -> Result<Self, NotShort> {
        Self::made(&value)
    }

    /// NaN and infinities are left to those who say what is wrong with them.
    fn float(_: f64) -> Result<Self, NotShort> {
        Err(NotShort)
    }
}

impl Form for Plain {
    #[inline]
    fn made<T: ToTerm + ?Sized>(value: &T) -> Result<Plain, NotShort> {
        let Immediate(word) = value.immediate().ok_or(NotShort)?;
        Ok(Plain::Word(word))
    }

    #[inline]
    fn unsigned(value: u64) -> Result<Plain, NotShort> {
        Ok(Plain::Unsigned(value))
    }

    #[inline]
    fn signed(value: i64) -> Result<Plain, NotShort> {
        Ok(Plain::Signed(value))
    }

    #[inline]
    fn float(value: f64) -> Result<Plain, NotShort> {
        if value.is_finite() {
            Ok(Plain::Float(value))
        } else {
            Err(NotShort)
        }
    }
}

impl Form for Term {
    #[inline]
    fn made<T: ToTerm + ?Sized>(value: &T) -> Result<Term, NotShort> {
        value.to_term().map_err(|_| NotShort)
    }
}

/// An atom that is there already.
fn name<F: Form>(name: &str) -> Result<F, NotShort> {
    F::made(&Atom::existing(name).ok_or(NotShort)?)
}

impl<F: Form> Short<F> {
    fn new() -> Short<F> {
        Short {
            depth_left: DEPTH_MAX,
            form: PhantomData,
        }
    }

    #[inline]
    fn nested<T: Serialize + ?Sized>(self, value: &T) -> Result<F, NotShort> {
        let depth_left = self.depth_left.checked_sub(1).ok_or(NotShort)?;
        value.serialize(Short { depth_left, ..self })
    }
}

/// Values that have a short way of their own.
macro_rules! short {
    ($($name:ident: $type:ty;)*) => {$(
        #[inline]
        fn $name(self, value: $type) -> Result<F, NotShort> {
            F::made(&value)
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

impl<F: Form> Serializer for Short<F> {
    type Ok = F;
    type Error = NotShort;
    type SerializeSeq = Impossible<F, NotShort>;
    type SerializeTuple = Impossible<F, NotShort>;
    type SerializeTupleStruct = Impossible<F, NotShort>;
    type SerializeTupleVariant = Impossible<F, NotShort>;
    type SerializeMap = Impossible<F, NotShort>;
    type SerializeStruct = Impossible<F, NotShort>;
    type SerializeStructVariant = Impossible<F, NotShort>;

    /// As [`to_term`].
    fn is_human_readable(&self) -> bool {
        false
    }

    short! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u128: u128;
        serialize_char: char;
        serialize_str: &str;
    }

    #[inline]
    fn serialize_u64(self, value: u64) -> Result<F, NotShort> {
        F::unsigned(value)
    }

    #[inline]
    fn serialize_i64(self, value: i64) -> Result<F, NotShort> {
        F::signed(value)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Result<F, NotShort> {
        F::float(value.into())
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Result<F, NotShort> {
        F::float(value)
    }

    not_short! {
        serialize_bytes(&[u8]) -> F;
        serialize_unit() -> F;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_none(self) -> Result<F, NotShort> {
        F::made(&Atom::UNDEFINED)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<F, NotShort> {
        self.nested(value)
    }

    fn serialize_unit_struct(self, text: &'static str) -> Result<F, NotShort> {
        name(text)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<F, NotShort> {
        name(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<F, NotShort> {
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
    ) -> Result<F, NotShort> {
        Err(NotShort)
    }
}
