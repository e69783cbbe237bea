//! How terms become Rust values.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use num_bigint::BigInt;

use super::error::ConvertError;
use super::{Atom, Pid, TableId, Term, TermKind, TermRef};

/// A Rust type that terms can be read as: [`TermRef::convert`]. The reverse of
/// [`ToTerm`](super::ToTerm), except that integers are never taken for floats or the reverse.
///
/// Types with a lifetime, such as `&str`, borrow from the term.
pub trait FromTerm<'a>: Sized {
    /// Reads a term.
    ///
    /// # Errors
    /// [`ConvertError`] where the term is of another kind or out of the type's range.
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError>;

    /// Reads several values: from a proper list, but bytes from a binary.
    #[doc(hidden)]
    fn vec_from_term(term: TermRef<'a>) -> Result<Vec<Self>, ConvertError> {
        let mut elements = term
            .list_elements()
            .ok_or_else(|| mismatch(term, "a list"))?;
        let values = elements.by_ref().map(Self::from_term).collect();
        if elements.tail().is_nil() {
            values
        } else {
            values.and(Err(mismatch(elements.tail(), "a proper list's tail")))
        }
    }
}

/// The error of a term of the wrong kind.
fn mismatch(term: TermRef<'_>, expected: &'static str) -> ConvertError {
    ConvertError::Kind {
        expected,
        found: term.kind(),
    }
}

/// Types read by one accessor, with `TryFrom` beside it.
macro_rules! by_accessor {
    ($($type:ty: $expected:literal, |$term:ident| $value:expr;)*) => {$(
        impl<'a> FromTerm<'a> for $type {
            fn from_term($term: TermRef<'a>) -> Result<Self, ConvertError> {
                $value.ok_or_else(|| mismatch($term, $expected))
            }
        }

        try_from!($type);
    )*};
}

macro_rules! try_from {
    ($type:ty) => {
        impl<'a> TryFrom<TermRef<'a>> for $type {
            type Error = ConvertError;

            fn try_from(term: TermRef<'a>) -> Result<Self, ConvertError> {
                FromTerm::from_term(term)
            }
        }

        impl<'a> TryFrom<&'a Term> for $type {
            type Error = ConvertError;

            fn try_from(term: &'a Term) -> Result<Self, ConvertError> {
                FromTerm::from_term(term.as_ref())
            }
        }
    };
}

by_accessor! {
    f64: "a float", |term| term.as_f64();
    bool: "true or false", |term| term.as_bool();
    Atom: "an atom", |term| term.as_atom();
    Pid: "a process id", |term| term.as_pid();
    TableId: "a table id", |term| term.as_table_id();
    BigInt: "an integer", |term| term.to_big_integer();
    &'a [u8]: "a binary", |term| term.as_bytes();
}

/// Integers: of another kind, or out of range.
macro_rules! integer {
    ($($type:ident: $as:ident;)*) => {$(
        impl<'a> FromTerm<'a> for $type {
            fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
                match term.$as().map($type::try_from) {
                    Some(Ok(value)) => Ok(value),
                    _ => Err(integer_error(term, stringify!($type))),
                }
            }
        }

        try_from!($type);
    )*};
}

integer! {
    i8: as_i64;
    i16: as_i64;
    i32: as_i64;
    i64: as_i64;
    isize: as_i64;
    i128: as_i128;
    u16: as_i64;
    u32: as_i64;
    u64: as_u64;
    usize: as_u64;
    u128: as_u128;
}

/// What is wrong with a term that is not an integer in range.
fn integer_error(term: TermRef<'_>, target: &'static str) -> ConvertError {
    match term.kind() {
        TermKind::Integer => ConvertError::Range { target },
        _ => mismatch(term, "an integer"),
    }
}

impl<'a> FromTerm<'a> for u8 {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        match term.as_i64().map(u8::try_from) {
            Some(Ok(value)) => Ok(value),
            _ => Err(integer_error(term, "u8")),
        }
    }

    fn vec_from_term(term: TermRef<'a>) -> Result<Vec<u8>, ConvertError> {
        <&[u8]>::from_term(term).map(<[u8]>::to_vec)
    }
}

try_from!(u8);

impl<'a> FromTerm<'a> for char {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        let code = u32::from_term(term).map_err(|_| integer_error(term, "char"))?;
        char::from_u32(code).ok_or(ConvertError::Range { target: "char" })
    }
}

try_from!(char);

impl<'a> FromTerm<'a> for &'a str {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        let bytes = <&[u8]>::from_term(term)?;
        std::str::from_utf8(bytes).map_err(|_| ConvertError::NotUtf8)
    }
}

try_from!(&'a str);

impl<'a> FromTerm<'a> for String {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        <&str>::from_term(term).map(str::to_owned)
    }
}

try_from!(String);

impl<'a> FromTerm<'a> for TermRef<'a> {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        Ok(term)
    }
}

impl<'a> FromTerm<'a> for Term {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        Ok(term.to_term())
    }
}

/// The atom `undefined` is `None`.
impl<'a, T: FromTerm<'a>> FromTerm<'a> for Option<T> {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        match term.as_atom() {
            Some(Atom::UNDEFINED) => Ok(None),
            _ => T::from_term(term).map(Some),
        }
    }
}

impl<'a, T: FromTerm<'a>> FromTerm<'a> for Vec<T> {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        T::vec_from_term(term)
    }
}

impl<'a, T: FromTerm<'a>, const N: usize> FromTerm<'a> for [T; N] {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        let values = T::vec_from_term(term)?;
        <[T; N]>::try_from(values).map_err(|values| ConvertError::Length {
            expected: N,
            found: values.len(),
        })
    }
}

impl<'a, K: FromTerm<'a> + Eq + Hash, V: FromTerm<'a>, S: BuildHasher + Default> FromTerm<'a>
    for HashMap<K, V, S>
{
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        pairs(term)
    }
}

impl<'a, K: FromTerm<'a> + Ord, V: FromTerm<'a>> FromTerm<'a> for BTreeMap<K, V> {
    fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
        pairs(term)
    }
}

/// The converted pairs of a map.
fn pairs<'a, K: FromTerm<'a>, V: FromTerm<'a>, C: FromIterator<(K, V)>>(
    term: TermRef<'a>,
) -> Result<C, ConvertError> {
    let pairs = term.map_pairs().ok_or_else(|| mismatch(term, "a map"))?;
    pairs
        .map(|(key, value)| Ok((K::from_term(key)?, V::from_term(value)?)))
        .collect()
}

macro_rules! tuple {
    ($($arity:literal: $($type:ident $index:literal),*;)*) => {$(
        impl<'a, $($type: FromTerm<'a>),*> FromTerm<'a> for ($($type,)*) {
            fn from_term(term: TermRef<'a>) -> Result<Self, ConvertError> {
                check_arity(term, $arity)?;
                Ok(($(convert_element::<$type>(term, $index)?,)*))
            }
        }

        impl<'a, $($type: FromTerm<'a>),*> TryFrom<TermRef<'a>> for ($($type,)*) {
            type Error = ConvertError;

            fn try_from(term: TermRef<'a>) -> Result<Self, ConvertError> {
                FromTerm::from_term(term)
            }
        }

        impl<'a, $($type: FromTerm<'a>),*> TryFrom<&'a Term> for ($($type,)*) {
            type Error = ConvertError;

            fn try_from(term: &'a Term) -> Result<Self, ConvertError> {
                FromTerm::from_term(term.as_ref())
            }
        }
    )*};
}

tuple! {
    0:;
    1: A 1;
    2: A 1, B 2;
    3: A 1, B 2, C 3;
    4: A 1, B 2, C 3, D 4;
    5: A 1, B 2, C 3, D 4, E 5;
    6: A 1, B 2, C 3, D 4, E 5, F 6;
    7: A 1, B 2, C 3, D 4, E 5, F 6, G 7;
    8: A 1, B 2, C 3, D 4, E 5, F 6, G 7, H 8;
}

/// Checks that a term is a tuple of so many elements.
fn check_arity(term: TermRef<'_>, expected: usize) -> Result<(), ConvertError> {
    match term.arity() {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(ConvertError::Length { expected, found }),
        None => Err(mismatch(term, "a tuple")),
    }
}

/// One element of a tuple whose arity has been checked.
fn convert_element<'a, T: FromTerm<'a>>(
    tuple: TermRef<'a>,
    position: usize,
) -> Result<T, ConvertError> {
    let element = tuple.element(position).ok_or(ConvertError::Length {
        expected: position,
        found: 0,
    })?;
    T::from_term(element)
}
