//! The kinds of typed tables, as types.

use serde::de::DeserializeOwned;

use super::sealed::Sealed;
use super::value::value_of;
use crate::table::{Kind, Objects, Table, TableError};
use crate::term::{TermRef, from_term};

/// See [`Set`](crate::Set).
#[derive(Debug)]
pub enum Set {}
/// See [`OrderedSet`](crate::OrderedSet).
#[derive(Debug)]
pub enum OrderedSet {}
/// See [`Bag`](crate::Bag).
#[derive(Debug)]
pub enum Bag {}
/// See [`DuplicateBag`](crate::DuplicateBag).
#[derive(Debug)]
pub enum DuplicateBag {}

/// A kind of typed table. There are no others.
pub trait TypedKind: Sealed {
    /// The same kind as a value.
    const KIND: Kind;

    /// What a key has: an `Option` of a value, or a `Vec` of values.
    type Values<V>;

    /// What a key has.
    #[doc(hidden)]
    fn lookup<V: DeserializeOwned>(
        table: &Table,
        key: TermRef<'_>,
    ) -> Result<Self::Values<V>, TableError>;

    /// Takes out what a key has.
    #[doc(hidden)]
    fn take<V: DeserializeOwned>(
        table: &Table,
        key: TermRef<'_>,
    ) -> Result<Self::Values<V>, TableError>;
}

/// A kind in which each key has one value.
pub trait UniqueKeys: TypedKind {}

/// A kind in which a key has any number of values.
pub trait ManyValues: TypedKind {}

macro_rules! unique_keys {
    ($($kind:ident)*) => {$(
        impl Sealed for $kind {}
        impl UniqueKeys for $kind {}
        impl TypedKind for $kind {
            const KIND: Kind = Kind::$kind;

            type Values<V> = Option<V>;

            #[inline]
            fn lookup<V: DeserializeOwned>(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
                lookup_one(table, key)
            }

            fn take<V: DeserializeOwned>(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
                let object = table.take(key)?.into_first();
                object.map(|object| value_of(object.as_ref())).transpose()
            }
        }
    )*};
}

macro_rules! many_values {
    ($($kind:ident)*) => {$(
        impl Sealed for $kind {}
        impl ManyValues for $kind {}
        impl TypedKind for $kind {
            const KIND: Kind = Kind::$kind;

            type Values<V> = Vec<V>;

            fn lookup<V: DeserializeOwned>(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
                values(&table.lookup(key)?)
            }

            fn take<V: DeserializeOwned>(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
                values(&table.take(key)?)
            }
        }
    )*};
}

unique_keys!(Set OrderedSet);
many_values!(Bag DuplicateBag);

/// The value of a key, if it has one. An object of two words takes a short way.
#[inline]
fn lookup_one<V: DeserializeOwned>(
    table: &Table,
    key: TermRef<'_>,
) -> Result<Option<V>, TableError> {
    match table.get_pair(&key) {
        Some(None) => Ok(None),
        Some(Some([_, _, value])) => Ok(Some(from_term(TermRef::from_immediate(value))?)),
        None => lookup_row(table, key),
    }
}

#[inline(never)]
fn lookup_row<V: DeserializeOwned>(
    table: &Table,
    key: TermRef<'_>,
) -> Result<Option<V>, TableError> {
    table.with(key, value_of)?.transpose()
}

/// The values of some objects.
fn values<V: DeserializeOwned>(objects: &Objects) -> Result<Vec<V>, TableError> {
    objects
        .iter()
        .map(|object| value_of(object.as_ref()))
        .collect()
}
