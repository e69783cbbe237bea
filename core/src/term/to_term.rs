//! How Rust values become terms.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use num_bigint::BigInt;

use super::error::TermError;
use super::layout::{
    ATOM, BITS, NIL, PID, TABLE_ID, TUPLE, identifier, is_immediate, pointer, small, small_from_i64,
};
use super::write::{Slot, Writer, binary_header};
use super::{Atom, Origin, Pid, TableId, Term, TermRef};
use crate::sync::Arc;

/// A value that is a whole term in one word; see [`ToTerm::immediate`].
#[derive(Clone, Copy, Debug)]
pub struct Immediate(pub(crate) u64);

/// A Rust value that can be handed to a table as a term: as a key, an object or a part of one.
///
/// | Rust | term |
/// |---|---|
/// | integers of any size, `char` | integer (a character is its code point) |
/// | `f64`, `f32` | float; NaN and infinities are errors |
/// | `bool` | the atom `true` or `false` |
/// | `&str`, `String` | binary of UTF-8 |
/// | `&[u8]`, `Vec<u8>`, `[u8; N]` | binary of raw bytes |
/// | other slices, arrays and vectors | list |
/// | tuples of up to eight | tuple |
/// | `Option` | the value, or the atom `undefined` |
/// | `HashMap`, `BTreeMap` | map |
/// | [`Atom`], [`Pid`], [`TableId`], [`Term`], [`TermRef`] | themselves |
///
/// # Your own types
/// Write them as one of the above:
///
/// ```
/// use heirloom::{Slot, ToTerm, Writer};
///
/// struct Point { x: i64, y: i64 }
///
/// impl ToTerm for Point {
///     fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
///         (self.x, self.y).write(writer, at);
///     }
/// }
/// assert_eq!(Point { x: 1, y: 2 }.to_term()?, (1, 2).to_term()?);
/// # Ok::<(), heirloom::TermError>(())
/// ```
pub trait ToTerm {
    /// Writes the value into a slot. A slot that is left unfilled holds the integer 0.
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>);

    /// Calls `f` with the value as a term. Integers, atoms and tuples of them cost nothing; terms
    /// of up to 32 words are made on the stack.
    ///
    /// # Errors
    /// [`TermError`] where the value has no term, such as NaN; `f` is not called then.
    #[inline]
    fn with_term<R>(&self, f: impl FnOnce(TermRef<'_>) -> R) -> Result<R, TermError> {
        self.try_with_term(|term| Ok(f(term)))
    }

    /// As [`ToTerm::with_term`], for a function that may fail itself.
    ///
    /// # Errors
    /// What `f` returns, and [`TermError`] where the value has no term.
    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        if let Some(Immediate(word)) = self.immediate() {
            return f(TermRef::from_immediate(word));
        }
        let mut writer = Writer::new();
        self.write(&mut writer, Slot::ROOT);
        f(writer.finish()?)
    }

    /// The value as a term that owns its words.
    ///
    /// # Errors
    /// [`TermError`] where the value has no term, such as NaN.
    #[inline]
    fn to_term(&self) -> Result<Term, TermError> {
        self.with_term(|term| term.to_term())
    }

    /// The value as one word, where it is one. Only ever an optimisation.
    #[doc(hidden)]
    #[inline]
    fn immediate(&self) -> Option<Immediate> {
        None
    }

    /// The elements of the value as one word each, where it is a tuple of two that are. Only ever an
    /// optimisation.
    #[doc(hidden)]
    #[inline]
    fn immediate_pair(&self) -> Option<[Immediate; 2]> {
        None
    }

    /// As [`ToTerm::try_with_term`], for several values: a list, but bytes are a binary.
    #[doc(hidden)]
    #[inline]
    fn with_slice<R, E: From<TermError>>(
        values: &[Self],
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E>
    where
        Self: Sized,
    {
        let mut writer = Writer::new();
        Self::write_slice(values, &mut writer, Slot::ROOT);
        f(writer.finish()?)
    }

    /// Writes several values: as a list, but bytes as a binary.
    #[doc(hidden)]
    fn write_slice<'w>(values: &[Self], writer: &mut Writer<'w>, at: Slot<'w>)
    where
        Self: Sized,
    {
        write_list(values, writer, at);
    }
}

/// Bytes up to this many become a term without a writer.
const SHORT_BYTES: usize = 64;

/// Calls `f` with a binary.
#[inline]
fn with_bytes<R, E: From<TermError>>(
    bytes: &[u8],
    origin: Origin,
    f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
) -> Result<R, E> {
    if bytes.len() > SHORT_BYTES {
        let mut writer = Writer::new();
        writer.bytes(Slot::ROOT, bytes, origin);
        return f(writer.finish()?);
    }
    let mut words = [0; 1 + SHORT_BYTES / size_of::<u64>()];
    words[0] = binary_header(bytes.len(), origin);
    bytemuck::cast_slice_mut(&mut words[1..])[..bytes.len()].copy_from_slice(bytes);
    let length = 1 + bytes.len().div_ceil(size_of::<u64>());
    f(TermRef::from_parts(pointer(BITS, 0), &words[..length]))
}

/// Writes a proper list.
fn write_list<'a, 'w, T: ToTerm + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    writer: &mut Writer<'w>,
    mut at: Slot<'w>,
) {
    for value in values {
        let (head, tail) = writer.cell(at);
        value.write(writer, head);
        at = tail;
    }
    writer.word(at, NIL);
}

/// Writes a map. Keys have to be sorted as terms before the first is written.
fn write_map<'a, 'w, K: ToTerm + 'a, V: ToTerm + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    writer: &mut Writer<'w>,
    at: Slot<'w>,
) {
    let keyed: Result<Vec<(Term, &V)>, TermError> = pairs
        .map(|(key, value)| Ok((key.to_term()?, value)))
        .collect();
    let mut keyed = match keyed {
        Ok(keyed) => keyed,
        Err(error) => return writer.fail(error),
    };
    keyed.sort_by(|(a, _), (b, _)| a.as_ref().key_cmp(b.as_ref()));
    if keyed.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return writer.fail(TermError::DuplicateKey);
    }
    let first = writer.map(at, keyed.len());
    for (index, (key, _)) in keyed.iter().enumerate() {
        writer.term(Writer::slot(first, index), key.as_ref());
    }
    for (index, (_, value)) in keyed.iter().enumerate() {
        value.write(writer, Writer::slot(first, keyed.len() + index));
    }
}

/// Values that are always one word.
macro_rules! immediate {
    ($($type:ty: |$value:ident| $word:expr;)*) => {$(
        impl ToTerm for $type {
            #[inline]
            fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
                let $value = *self;
                writer.word(at, $word);
            }

            #[inline]
            fn immediate(&self) -> Option<Immediate> {
                let $value = *self;
                Some(Immediate($word))
            }
        }

        impl From<$type> for Term {
            #[inline]
            fn from($value: $type) -> Term {
                Term::from_immediate($word)
            }
        }
    )*};
}

immediate! {
    Immediate: |value| value.0;
    bool: |value| atom_word(Atom::from_bool(value));
    Atom: |value| atom_word(value);
    Pid: |value| identifier(PID, value.raw());
    TableId: |value| identifier(TABLE_ID, value.raw());
    char: |value| small_from_i64(i64::from(u32::from(value)));
    i8: |value| small_from_i64(i64::from(value));
    i16: |value| small_from_i64(i64::from(value));
    i32: |value| small_from_i64(i64::from(value));
    u16: |value| small_from_i64(i64::from(value));
    u32: |value| small_from_i64(i64::from(value));
}

/// The word of an atom.
#[inline]
pub(super) const fn atom_word(atom: Atom) -> u64 {
    pointer(ATOM, atom.index() as usize)
}

/// Integers that may need a box.
macro_rules! integer {
    ($($type:ty: |$value:ident| $negative:expr, $limbs:expr;)*) => {$(
        impl ToTerm for $type {
            #[inline]
            fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
                match self.immediate() {
                    Some(Immediate(word)) => writer.word(at, word),
                    None => {
                        let $value = *self;
                        writer.integer(at, $negative, &$limbs);
                    }
                }
            }

            #[inline]
            fn immediate(&self) -> Option<Immediate> {
                i64::try_from(*self).ok().and_then(small).map(Immediate)
            }
        }

        impl From<$type> for Term {
            #[inline]
            fn from(value: $type) -> Term {
                match value.immediate() {
                    Some(Immediate(word)) => Term::from_immediate(word),
                    None => infallible(&value),
                }
            }
        }
    )*};
}

integer! {
    i64: |value| value < 0, [value.unsigned_abs()];
    u64: |value| false, [value];
    isize: |value| value < 0, [value.unsigned_abs() as u64];
    usize: |value| false, [value as u64];
    i128: |value| value < 0, limbs(value.unsigned_abs());
    u128: |value| false, limbs(value);
}

/// The two halves of a magnitude, low one first.
fn limbs(magnitude: u128) -> [u64; 2] {
    [magnitude as u64, (magnitude >> 64) as u64]
}

/// The term of a value whose conversion has no way to fail: no float, no atom's text, no map and no
/// limit is in it.
fn infallible<T: ToTerm + ?Sized>(value: &T) -> Term {
    value.with_term(|term| term.to_term()).unwrap_or_default()
}

impl ToTerm for u8 {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        u16::from(*self).write(writer, at);
    }

    #[inline]
    fn immediate(&self) -> Option<Immediate> {
        u16::from(*self).immediate()
    }

    #[inline]
    fn write_slice<'w>(values: &[u8], writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.bytes(at, values, Origin::Raw);
    }

    #[inline]
    fn with_slice<R, E: From<TermError>>(
        values: &[u8],
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        with_bytes(values, Origin::Raw, f)
    }
}

impl From<u8> for Term {
    fn from(value: u8) -> Term {
        Term::from(u16::from(value))
    }
}

impl ToTerm for f64 {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.float(at, *self);
    }
}

impl ToTerm for f32 {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.float(at, f64::from(*self));
    }
}

impl ToTerm for BigInt {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.big_integer(at, self);
    }
}

impl ToTerm for str {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.bytes(at, self.as_bytes(), Origin::Text);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        with_bytes(self.as_bytes(), Origin::Text, f)
    }
}

impl ToTerm for String {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        self.as_str().write(writer, at);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.as_str().try_with_term(f)
    }
}

impl<T: ToTerm> ToTerm for [T] {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        T::write_slice(self, writer, at);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        T::with_slice(self, f)
    }
}

impl<T: ToTerm, const N: usize> ToTerm for [T; N] {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        T::write_slice(self, writer, at);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        T::with_slice(self, f)
    }
}

impl<T: ToTerm> ToTerm for Vec<T> {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        T::write_slice(self, writer, at);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        T::with_slice(self, f)
    }
}

impl<T: ToTerm> ToTerm for Option<T> {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        match self {
            Some(value) => value.write(writer, at),
            None => Atom::UNDEFINED.write(writer, at),
        }
    }

    #[inline]
    fn immediate(&self) -> Option<Immediate> {
        match self {
            Some(value) => value.immediate(),
            None => Atom::UNDEFINED.immediate(),
        }
    }
}

/// What could not be made says so where it is used: the result of [`term!`](crate::term!) can be
/// handed to a table as it is.
impl<T: ToTerm> ToTerm for Result<T, TermError> {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        match self {
            Ok(value) => value.write(writer, at),
            Err(error) => writer.fail(error.clone()),
        }
    }
}

impl<K: ToTerm, V: ToTerm, S> ToTerm for HashMap<K, V, S> {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        write_map(self.iter(), writer, at);
    }
}

impl<K: ToTerm, V: ToTerm> ToTerm for BTreeMap<K, V> {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        write_map(self.iter(), writer, at);
    }
}

impl ToTerm for Term {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.term(at, self.as_ref());
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        f(self.as_ref())
    }

    #[inline]
    fn to_term(&self) -> Result<Term, TermError> {
        Ok(self.clone())
    }

    #[inline]
    fn immediate(&self) -> Option<Immediate> {
        self.as_ref().immediate()
    }

    #[inline]
    fn immediate_pair(&self) -> Option<[Immediate; 2]> {
        self.as_ref().immediate_pair()
    }
}

/// The view is handed on as it is; it may be part of a larger block.
impl ToTerm for TermRef<'_> {
    #[inline]
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.term(at, *self);
    }

    #[inline]
    fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        f(*self)
    }

    #[inline]
    fn immediate(&self) -> Option<Immediate> {
        self.is_immediate().then(|| Immediate(self.root()))
    }

    #[inline]
    fn immediate_pair(&self) -> Option<[Immediate; 2]> {
        match *self.words() {
            [2, a, b] if self.root() == pointer(TUPLE, 0) => immediates([
                is_immediate(a).then_some(Immediate(a)),
                is_immediate(b).then_some(Immediate(b)),
            ]),
            _ => None,
        }
    }
}

/// Both values, where both are one word.
#[inline]
fn immediates(values: [Option<Immediate>; 2]) -> Option<[Immediate; 2]> {
    let [Some(first), Some(second)] = values else {
        return None;
    };
    Some([first, second])
}

/// Pointers hand everything on to what they point to.
macro_rules! pointer {
    ($($type:ty: [$($parameters:tt)*] $bound:path;)*) => {$(
        impl<$($parameters)* T: $bound + ?Sized> ToTerm for $type {
            #[inline]
            fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
                (**self).write(writer, at);
            }

            #[inline]
            fn try_with_term<R, E: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
                (**self).try_with_term(f)
            }

            #[inline]
            fn to_term(&self) -> Result<Term, TermError> {
                (**self).to_term()
            }

            #[inline]
            fn immediate(&self) -> Option<Immediate> {
                (**self).immediate()
            }

            #[inline]
            fn immediate_pair(&self) -> Option<[Immediate; 2]> {
                (**self).immediate_pair()
            }
        }
    )*};
}

pointer! {
    &T: [] ToTerm;
    Box<T>: [] ToTerm;
    Arc<T>: [] ToTerm;
}

impl<B: ToOwned + ToTerm + ?Sized> ToTerm for Cow<'_, B> {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        (**self).write(writer, at);
    }
}

macro_rules! tuple {
    (pair 2) => {
        #[inline]
        fn immediate_pair(&self) -> Option<[Immediate; 2]> {
            immediates([self.0.immediate(), self.1.immediate()])
        }
    };
    (pair $arity:tt) => {};
    ($($arity:tt: $($type:ident $word:ident $index:tt),*;)*) => {$(
        impl<$($type: ToTerm),*> ToTerm for ($($type,)*) {
            #[inline]
            fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
                let first = writer.tuple(at, $arity);
                $(self.$index.write(writer, Writer::slot(first, $index));)*
            }

            /// Where all elements are one word each, the tuple is an array.
            #[inline]
            fn try_with_term<R, Failure: From<TermError>>(
        &self,
        f: impl FnOnce(TermRef<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
                if let ($(Some($word),)*) = ($(self.$index.immediate(),)*) {
                    let words = [$arity, $($word.0),*];
                    return f(TermRef::from_parts(pointer(TUPLE, 0), &words));
                }
                let mut writer = Writer::new();
                self.write(&mut writer, Slot::ROOT);
                f(writer.finish()?)
            }

            tuple!(pair $arity);
        }
    )*};
}

impl ToTerm for () {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        writer.tuple(at, 0);
    }
}

tuple! {
    1: A a 0;
    2: A a 0, B b 1;
    3: A a 0, B b 1, C c 2;
    4: A a 0, B b 1, C c 2, D d 3;
    5: A a 0, B b 1, C c 2, D d 3, E e 4;
    6: A a 0, B b 1, C c 2, D d 3, E e 4, F f 5;
    7: A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6;
    8: A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7;
}

impl From<&str> for Term {
    fn from(value: &str) -> Term {
        infallible(value)
    }
}

impl From<String> for Term {
    fn from(value: String) -> Term {
        infallible(value.as_str())
    }
}

impl From<&[u8]> for Term {
    fn from(value: &[u8]) -> Term {
        infallible(value)
    }
}

impl From<Vec<u8>> for Term {
    fn from(value: Vec<u8>) -> Term {
        infallible(value.as_slice())
    }
}

impl From<TermRef<'_>> for Term {
    fn from(value: TermRef<'_>) -> Term {
        value.to_term()
    }
}

/// # Errors
/// [`TermError::NotFinite`] for NaN and infinities.
impl TryFrom<f64> for Term {
    type Error = TermError;

    fn try_from(value: f64) -> Result<Term, TermError> {
        value.to_term()
    }
}

/// # Errors
/// [`TermError::IntegerTooLarge`] beyond Erlang's limit of about four million bits.
impl TryFrom<BigInt> for Term {
    type Error = TermError;

    fn try_from(value: BigInt) -> Result<Term, TermError> {
        value.to_term()
    }
}
