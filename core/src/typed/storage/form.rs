//! What a value is made in order to be kept in an object.

use bincode::config::{self, Config};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::sealed::Sealed;
use super::super::value;
use crate::table::TableError;
use crate::term::{self, Limits, Plain, PlainKind, SerdeError, Term, TermRef, from_term};

/// Values are terms, by way of serde: [`to_term`](crate::to_term) says as which.
#[derive(Clone, Copy, Debug)]
pub enum Terms {}

/// Values are binaries that only Rust understands, in the format of [bincode](https://docs.rs/bincode): smaller, and quicker to make
/// where a value has many parts. Match specifications see keys only.
///
/// ```
/// use heirloom::{Blob, Rows, Set};
///
/// let paths = Set::<u32, Vec<(f32, f32)>, Rows<Blob>>::new("paths")?;
/// paths.insert(1, vec![(0.0, 0.5), (1.0, 2.5)])?;
/// assert_eq!(paths.get(&1)?, Some(vec![(0.0, 0.5), (1.0, 2.5)]));
/// let object = paths.table().lookup(1)?;
/// assert!(object[0].as_ref().element(2).is_some_and(|value| value.as_bytes().is_some()));
/// # Ok::<(), heirloom::TableError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Blob {}

impl Sealed for Terms {}
impl Sealed for Blob {}

/// A form that values of type `V` can have in an object. There are two: [`Terms`] and [`Blob`].
#[doc(hidden)]
pub trait Form<V>: Sealed {
    /// Calls `f` with what a value is in this form.
    fn with_term<R>(value: &V, f: impl FnOnce(TermRef<'_>) -> R) -> Result<R, TableError>;

    fn from_term(term: TermRef<'_>) -> Result<V, TableError>;

    /// What plain values most values become, if they do.
    fn kind() -> Option<PlainKind> {
        None
    }

    /// The plain value of a value, if that is all there is to it.
    #[inline(always)]
    fn plain_of(_value: &V) -> Option<Plain> {
        None
    }

    /// The value of a plain one, if it is simple.
    #[inline(always)]
    fn from_plain(_plain: Plain) -> Option<V> {
        None
    }
}

impl<V: Serialize + DeserializeOwned> Form<V> for Terms {
    #[inline]
    fn with_term<R>(value: &V, f: impl FnOnce(TermRef<'_>) -> R) -> Result<R, TableError> {
        value::with_term(value, f)
    }

    #[inline]
    fn from_term(term: TermRef<'_>) -> Result<V, TableError> {
        Ok(from_term(term)?)
    }

    fn kind() -> Option<PlainKind> {
        term::plain_kind_of::<V>()
    }

    #[inline(always)]
    fn plain_of(value: &V) -> Option<Plain> {
        term::plain_of(value)
    }

    #[inline(always)]
    fn from_plain(plain: Plain) -> Option<V> {
        term::from_plain(plain)
    }
}

/// The format of blobs: small numbers are short. What is read says itself how long it is, and is not believed beyond this.
fn blob_config() -> impl Config {
    config::standard().with_limit::<{ Limits::BYTES_MAX_DEFAULT }>()
}

impl<V: Serialize + DeserializeOwned> Form<V> for Blob {
    fn with_term<R>(value: &V, f: impl FnOnce(TermRef<'_>) -> R) -> Result<R, TableError> {
        let blob = bincode::serde::encode_to_vec(value, blob_config()).map_err(not_a_blob)?;
        Ok(f(Term::binary(&blob).as_ref()))
    }

    fn from_term(term: TermRef<'_>) -> Result<V, TableError> {
        let kind = || SerdeError::Kind {
            expected: "a blob".to_owned(),
            found: term.kind(),
        };
        let blob = term.as_bytes().ok_or_else(kind)?;
        let (value, read) =
            bincode::serde::decode_from_slice(blob, blob_config()).map_err(not_a_blob)?;
        if read < blob.len() {
            let length = SerdeError::Length {
                expected: read,
                found: blob.len(),
            };
            return Err(length.into());
        }
        Ok(value)
    }
}

fn not_a_blob(reason: impl std::fmt::Display) -> TableError {
    let message = reason.to_string();
    SerdeError::Custom { message }.into()
}
