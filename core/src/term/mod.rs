//! Terms: the values that tables hold.
//!
//! One representation, a flat block of words ([`layout`]), read through [`TermRef`] and owned by
//! [`Term`]. Equality, order, hashing, text and conversions are each written once, on [`TermRef`].
//! Nothing recurses on the depth of a term.

mod atom;
mod build;
mod compare;
mod copy;
mod error;
mod etf;
mod from_term;
mod hash;
mod identifier;
mod iterate;
pub(crate) mod layout;
mod limits;
mod macros;
mod number;
pub(crate) mod order_key;
mod owned;
mod plain;
mod serde;
mod text;
mod to_term;
mod view;
mod write;

pub use num_bigint::BigInt;

pub use self::serde::{
    SERDE_DEPTH_MAX, SerdeError, from_term, from_term_with_depth, to_term, to_term_with_depth,
};
pub(crate) use self::serde::{from_plain, plain_kind_of, plain_of, with_term as with_serde_term};
pub use atom::Atom;
pub use build::TermBuilder;
pub(crate) use copy::append as append_term;
pub use error::{AtomError, ConvertError, TermError};
pub use etf::{EtfError, EtfErrorKind};
pub use from_term::FromTerm;
pub(crate) use hash::immediate as hash_of_word;
pub use identifier::{Pid, TableId};
pub use iterate::{Elements, ListElements, MapPairs};
pub use limits::Limits;
#[doc(hidden)]
pub use macros::{Literal, MacroBuilder};
pub(crate) use number::Number;
pub use order_key::{KeyPrefix, OrderKey};
pub use owned::Term;
pub(crate) use plain::{Plain, PlainKind, PlainObject, object_of_plain};
pub use text::{ParseError, ParseErrorKind};
pub use to_term::{Immediate, ToTerm};
pub use view::{Bits, Origin, TermKind, TermRef};
pub use write::{Slot, Writer};
pub(crate) use write::{append_bits, append_float, append_integer, limbs as limbs_of_integer};

#[cfg(test)]
mod tests;
