//! Between Rust values and the terms of a table.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::storage::Form;
use crate::table::TableError;
use crate::term::{SerdeError, Term, TermRef, from_term, with_serde_term};

/// Calls `f` with the term of a value.
#[inline]
pub(super) fn with_term<T: Serialize + ?Sized, R>(
    value: &T,
    f: impl FnOnce(TermRef<'_>) -> R,
) -> Result<R, TableError> {
    Ok(with_serde_term(value, f)?)
}

/// The term of a value.
pub(super) fn term_of<T: Serialize + ?Sized>(value: &T) -> Result<Term, TableError> {
    with_term(value, |term| term.to_term())
}

/// Calls `f` with the terms of a key and a value.
pub(super) fn with_pair<K: Serialize + ?Sized, V: Serialize + ?Sized, R>(
    key: &K,
    value: &V,
    f: impl FnOnce((TermRef<'_>, TermRef<'_>)) -> R,
) -> Result<R, TableError> {
    with_term(key, |key| with_term(value, |value| f((key, value))))?
}

/// The value of an object.
#[inline]
pub(super) fn value_of<V, F: Form<V>>(object: TermRef<'_>) -> Result<V, TableError> {
    let [_, value] = parts(object)?;
    F::from_term(value)
}

/// Key and value of an object.
#[inline]
pub(super) fn pair_of<K: DeserializeOwned, V, F: Form<V>>(
    object: TermRef<'_>,
) -> Result<(K, V), TableError> {
    let [key, value] = parts(object)?;
    Ok((from_term(key)?, F::from_term(value)?))
}

/// The object of a key and a value.
pub(super) fn object_of<K: Serialize, V, F: Form<V>>(
    key: &K,
    value: &V,
) -> Result<Term, TableError> {
    let object = |key: TermRef<'_>| F::with_term(value, |value| Term::tuple([key, value]));
    Ok(with_term(key, object)???)
}

/// The object with the same key and another value.
pub(super) fn with_value<V, F: Form<V>>(
    object: TermRef<'_>,
    value: &V,
) -> Result<Term, TableError> {
    let [key, _] = parts(object)?;
    Ok(F::with_term(value, |value| Term::tuple([key, value]))??)
}

/// The two elements of an object. Without types there may be others in the table.
#[inline]
pub(super) fn parts(object: TermRef<'_>) -> Result<[TermRef<'_>; 2], TableError> {
    let found = object.arity().unwrap_or_default();
    match (found, object.element(1), object.element(2)) {
        (2, Some(key), Some(value)) => Ok([key, value]),
        _ => Err(SerdeError::Length { expected: 2, found }.into()),
    }
}
