//! Terms that own their words.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::BigInt;

use super::error::{ConvertError, TermError};
use super::from_term::FromTerm;
use super::layout::{NIL, is_immediate, tag};
use super::to_term::ToTerm;
use super::{
    Atom, Bits, Elements, ListElements, MapPairs, Origin, Pid, TableId, TermBuilder, TermKind,
    TermRef,
};
use crate::sync::Arc;

/// Words that a term holds without an allocation: any float, list cell or text of up to 40 bytes fits, a tuple of five
/// small values, and a pair of which one is such a pair, too.
const INLINE_WORDS: usize = 6;

/// A value in Erlang's sense: integer, float, atom, bit string, tuple, list, map, process id or
/// table id.
///
/// Cloning is cheap: small terms are copied, larger ones shared. Neither cloning, dropping nor
/// comparing recurses, so terms may be nested as deep as memory goes.
///
/// `==`, `Hash` and the use as a key in Rust's collections are *exact*: `1` and `1.0` are two
/// terms. The order is Erlang's, made to agree with that ([`TermRef::exact_cmp`]).
#[derive(Clone)]
pub struct Term(Form);

/// A root word and its canonical block. Where there is a block the root refers to offset 0: the tag says it all.
#[derive(Clone)]
enum Form {
    /// An immediate root.
    Word(u64),
    Inline {
        tag: u8,
        length: u8,
        words: [u64; INLINE_WORDS],
    },
    Shared {
        tag: u8,
        words: Arc<[u64]>,
    },
}

const _: () = assert!(size_of::<Term>() <= 56);

impl Form {
    /// Written out per length: a handful of moves each.
    #[inline]
    fn of_block(tag: u8, words: &[u64]) -> Form {
        let inline = |length, words| Form::Inline { tag, length, words };
        match *words {
            [a] => inline(1, [a, 0, 0, 0, 0, 0]),
            [a, b] => inline(2, [a, b, 0, 0, 0, 0]),
            [a, b, c] => inline(3, [a, b, c, 0, 0, 0]),
            [a, b, c, d] => inline(4, [a, b, c, d, 0, 0]),
            [a, b, c, d, e] => inline(5, [a, b, c, d, e, 0]),
            [a, b, c, d, e, f] => inline(6, [a, b, c, d, e, f]),
            _ => Form::Shared {
                tag,
                words: Arc::from(words),
            },
        }
    }
}

/// The tag of a root word whose box is at offset 0.
#[inline]
fn tag_of_root(root: u64) -> u8 {
    debug_assert_eq!(root, tag(root), "the block is canonical");
    tag(root) as u8
}

impl Term {
    /// The term of a root word and its canonical block, which is trusted to be one.
    #[inline]
    pub(crate) fn from_parts(root: u64, words: &[u64]) -> Term {
        if is_immediate(root) {
            Term::from_immediate(root)
        } else {
            Term(Form::of_block(tag_of_root(root), words))
        }
    }

    /// The term of a root word, which refers to a box, and its canonical block, which stays shared.
    #[inline]
    pub(crate) fn from_shared(root: u64, words: Arc<[u64]>) -> Term {
        let tag = tag_of_root(root);
        Term(Form::Shared { tag, words })
    }

    /// A term that is one word.
    #[inline]
    pub(crate) const fn from_immediate(word: u64) -> Term {
        Term(Form::Word(word))
    }

    /// The empty list, `[]`.
    pub const NIL: Term = Term::from_immediate(NIL);

    /// A borrowed view.
    #[inline]
    pub fn as_ref(&self) -> TermRef<'_> {
        match &self.0 {
            Form::Word(word) => TermRef::from_parts(*word, &[]),
            Form::Inline { tag, length, words } => {
                TermRef::from_parts(u64::from(*tag), &words[..usize::from(*length)])
            }
            Form::Shared { tag, words } => TermRef::from_parts(u64::from(*tag), words),
        }
    }

    /// The atom of a text.
    ///
    /// # Errors
    /// Where the text is too long or the atom table full: [`TermError::Atom`].
    pub fn atom(text: &str) -> Result<Term, TermError> {
        Ok(Term::from(Atom::new(text)?))
    }

    /// A binary of raw bytes.
    pub fn binary(bytes: &[u8]) -> Term {
        Term::from(bytes)
    }

    /// A bit string of the first `bit_length` bits of some bytes.
    ///
    /// # Errors
    /// [`TermError::MissingBits`] where the bytes have fewer bits.
    pub fn bitstring(bytes: &[u8], bit_length: usize) -> Result<Term, TermError> {
        build(|builder| builder.push_bits(bytes, bit_length, Origin::Text))
    }

    /// A tuple of any number of elements. (Rust tuples of up to eight elements convert with
    /// [`ToTerm::to_term`].)
    ///
    /// # Errors
    /// What the elements' conversions say, and [`TermError::ArityTooLarge`].
    pub fn tuple<T: ToTerm>(elements: impl IntoIterator<Item = T>) -> Result<Term, TermError> {
        build(|builder| push_all(builder, elements).and_then(|count| builder.make_tuple(count)))
    }

    /// A proper list.
    ///
    /// # Errors
    /// What the elements' conversions say.
    pub fn list<T: ToTerm>(elements: impl IntoIterator<Item = T>) -> Result<Term, TermError> {
        build(|builder| push_all(builder, elements).and_then(|count| builder.make_list(count)))
    }

    /// A list that ends in `tail`: `[a, b | tail]`. Without elements it is the tail itself.
    ///
    /// # Errors
    /// What the elements' conversions say.
    pub fn improper_list<T: ToTerm>(
        elements: impl IntoIterator<Item = T>,
        tail: impl ToTerm,
    ) -> Result<Term, TermError> {
        build(|builder| {
            let count = push_all(builder, elements)?;
            builder.push(&tail)?;
            builder.make_improper_list(count)
        })
    }

    /// A map.
    ///
    /// # Errors
    /// [`TermError::DuplicateKey`], and what the conversions of keys and values say.
    pub fn map<K: ToTerm, V: ToTerm>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Term, TermError> {
        build(|builder| {
            let mut count = 0;
            for (key, value) in pairs {
                builder.push(&key)?;
                builder.push(&value)?;
                count += 1;
            }
            builder.make_map(count)
        })
    }
}

/// The term that a builder is left with.
fn build(push: impl FnOnce(&mut TermBuilder) -> Result<(), TermError>) -> Result<Term, TermError> {
    let mut builder = TermBuilder::new();
    push(&mut builder)?;
    builder.finish()
}

/// Pushes elements and counts them.
fn push_all<T: ToTerm>(
    builder: &mut TermBuilder,
    elements: impl IntoIterator<Item = T>,
) -> Result<usize, TermError> {
    let mut count = 0;
    for element in elements {
        builder.push(&element)?;
        count += 1;
    }
    Ok(count)
}

macro_rules! delegate {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        /// What can be asked of a term; each is the method of the same name of [`TermRef`].
        impl Term {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $name(&self, $($argument: $type),*) -> $result {
                    self.as_ref().$name($($argument),*)
                }
            )*
        }
    };
}

delegate! {
    /// What kind of term this is.
    kind() -> TermKind;
    /// The integer, if this is one that fits.
    as_i64() -> Option<i64>;
    /// The integer, if this is one that fits.
    as_u64() -> Option<u64>;
    /// The integer, if this is one that fits.
    as_i128() -> Option<i128>;
    /// The integer, if this is one that fits.
    as_u128() -> Option<u128>;
    /// The integer, if this is one. Allocates.
    to_big_integer() -> Option<BigInt>;
    /// The float, if this is one. Integers are not converted.
    as_f64() -> Option<f64>;
    /// The atom, if this is one.
    as_atom() -> Option<Atom>;
    /// Whether this is the atom `true` or `false`, and which.
    as_bool() -> Option<bool>;
    /// The process id, if this is one.
    as_pid() -> Option<Pid>;
    /// The table id, if this is one.
    as_table_id() -> Option<TableId>;
    /// The bits, if this is a bit string.
    as_bits() -> Option<Bits<'_>>;
    /// The bytes, if this is a binary: a bit string of whole bytes.
    as_bytes() -> Option<&[u8]>;
    /// The text, if this is a binary of valid UTF-8.
    as_str() -> Option<&str>;
    /// Where the bits of a bit string came from.
    origin() -> Option<Origin>;
    /// The number of elements, if this is a tuple.
    arity() -> Option<usize>;
    /// The element of a tuple at a position; the first is at 1, as in Erlang.
    element(position: usize) -> Option<TermRef<'_>>;
    /// The elements of a tuple.
    elements() -> Option<Elements<'_>>;
    /// Whether this is the empty list.
    is_nil() -> bool;
    /// Head and tail, if this is a list with at least one element.
    uncons() -> Option<(TermRef<'_>, TermRef<'_>)>;
    /// The elements of a list, proper or not; empty for the empty list, `None` for what is no list.
    list_elements() -> Option<ListElements<'_>>;
    /// The number of elements, if this is a proper list. Walks the list.
    list_length() -> Option<usize>;
    /// The number of keys, if this is a map.
    map_size() -> Option<usize>;
    /// The value of an exactly equal key, if this is a map that has it. O(log n) comparisons.
    map_get(key: TermRef<'_>) -> Option<TermRef<'_>>;
    /// The pairs of a map, in ascending order of keys.
    map_pairs() -> Option<MapPairs<'_>>;
    /// Erlang's `=:=`: same kinds, same values, same bits of floats.
    exact_eq(other: TermRef<'_>) -> bool;
    /// Erlang's `==`: numbers by value.
    numeric_eq(other: TermRef<'_>) -> bool;
    /// Erlang's order, in which `1` and `1.0` are equal.
    numeric_cmp(other: TermRef<'_>) -> Ordering;
    /// Erlang's order made total.
    exact_cmp(other: TermRef<'_>) -> Ordering;
}

impl Term {
    /// The value of a Rust type.
    ///
    /// # Errors
    /// [`ConvertError`] where the term is of another kind or out of the type's range.
    pub fn convert<'a, T: FromTerm<'a>>(&'a self) -> Result<T, ConvertError> {
        self.as_ref().convert()
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.exact_eq(other.as_ref())
    }
}

impl Eq for Term {}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        self.exact_cmp(other.as_ref())
    }
}

/// Agrees with `==`.
impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.as_ref().hash_exact(0));
    }
}

impl Default for Term {
    /// The empty list.
    fn default() -> Term {
        Term::NIL
    }
}
