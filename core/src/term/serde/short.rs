//! Values whose terms need no builder: those of one word, and text.

use std::fmt::Display;

use ::serde::ser::{self, Impossible};
use ::serde::{Serialize, Serializer};

use super::{EMBEDDED, SerdeError, to_term};
use crate::term::{Atom, TermRef, ToTerm};

/// Options and newtypes in one another that are looked into. Deeper ones are left to those who count.
const DEPTH_MAX: u8 = 8;

/// Calls `f` with the term of a value: the same as [`to_term`] makes, but without building one where the value is short.
#[inline]
pub(crate) fn with_term<T: Serialize + ?Sized, R>(
    value: &T,
    f: impl FnOnce(TermRef<'_>) -> R,
) -> Result<R, SerdeError> {
    let mut f = Some(f);
    let short = Short {
        f: &mut f,
        depth_left: DEPTH_MAX,
    };
    if let Ok(result) = value.serialize(short) {
        return Ok(result);
    }
    let term = to_term(value)?;
    match f {
        Some(f) => Ok(f(term.as_ref())),
        // Only a serialisation that succeeds may take it.
        None => Err(ser::Error::custom("a value was serialised twice")),
    }
}

/// Takes a value that is one word or text, and hands its term on.
struct Short<'f, F> {
    f: &'f mut Option<F>,
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

impl<F, R> Short<'_, F>
where
    F: FnOnce(TermRef<'_>) -> R,
{
    /// Hands on the term of a value whose `ToTerm` makes the same as serde's bridge.
    #[inline]
    fn hand_on<T: ToTerm + ?Sized>(self, value: &T) -> Result<R, NotShort> {
        let f = self.f;
        let handed = value.with_term(|term| f.take().map(|f| f(term)));
        handed.ok().flatten().ok_or(NotShort)
    }

    /// Hands on an atom that is there already.
    fn name(self, name: &str) -> Result<R, NotShort> {
        self.hand_on(&Atom::existing(name).ok_or(NotShort)?)
    }

    #[inline]
    fn nested<T: Serialize + ?Sized>(self, value: &T) -> Result<R, NotShort> {
        let depth_left = self.depth_left.checked_sub(1).ok_or(NotShort)?;
        value.serialize(Short { depth_left, ..self })
    }
}

/// Values that have a short way of their own.
macro_rules! short {
    ($($name:ident: $type:ty;)*) => {$(
        #[inline]
        fn $name(self, value: $type) -> Result<R, NotShort> {
            self.hand_on(&value)
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

impl<F, R> Serializer for Short<'_, F>
where
    F: FnOnce(TermRef<'_>) -> R,
{
    type Ok = R;
    type Error = NotShort;
    type SerializeSeq = Impossible<R, NotShort>;
    type SerializeTuple = Impossible<R, NotShort>;
    type SerializeTupleStruct = Impossible<R, NotShort>;
    type SerializeTupleVariant = Impossible<R, NotShort>;
    type SerializeMap = Impossible<R, NotShort>;
    type SerializeStruct = Impossible<R, NotShort>;
    type SerializeStructVariant = Impossible<R, NotShort>;

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
        serialize_f32(f32) -> R;
        serialize_f64(f64) -> R;
        serialize_bytes(&[u8]) -> R;
        serialize_unit() -> R;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_none(self) -> Result<R, NotShort> {
        self.hand_on(&Atom::UNDEFINED)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<R, NotShort> {
        self.nested(value)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<R, NotShort> {
        self.name(name)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<R, NotShort> {
        self.name(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<R, NotShort> {
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
    ) -> Result<R, NotShort> {
        Err(NotShort)
    }
}
