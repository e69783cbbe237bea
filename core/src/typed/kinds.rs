//! The kinds of typed tables, as types.

use super::sealed::Sealed;
use super::storage::Storage;
use crate::table::{Kind, Table, TableError};
use crate::term::{Plain, TermRef};

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

    /// What a plain key has, if there is a short way to it.
    #[doc(hidden)]
    fn lookup_short<V, S: Storage<V>>(table: &Table, key: Plain) -> Option<Self::Values<V>>;

    /// What a key has.
    #[doc(hidden)]
    fn lookup<V, S: Storage<V>>(
        table: &Table,
        key: TermRef<'_>,
    ) -> Result<Self::Values<V>, TableError>;

    /// Takes out what a plain key has, if there is a short way to it.
    #[doc(hidden)]
    fn take_short<V, S: Storage<V>>(
        table: &Table,
        key: Plain,
    ) -> Option<Result<Self::Values<V>, Box<TableError>>>;

    /// Takes out what a key has.
    #[doc(hidden)]
    fn take<V, S: Storage<V>>(
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

            #[inline(always)]
            fn lookup_short<V, S: Storage<V>>(table: &Table, key: Plain) -> Option<Option<V>> {
                S::get_short(table, key)
            }

            fn lookup<V, S: Storage<V>>(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
                S::get(table, key)
            }

            #[inline(always)]
            fn take_short<V, S: Storage<V>>(
                table: &Table,
                key: Plain,
            ) -> Option<Result<Option<V>, Box<TableError>>> {
                S::take_short(table, key)
            }

            fn take<V, S: Storage<V>>(table: &Table, key: TermRef<'_>) -> Result<Option<V>, TableError> {
                S::take(table, key)
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

            #[inline(always)]
            fn lookup_short<V, S: Storage<V>>(_: &Table, _: Plain) -> Option<Vec<V>> {
                None
            }

            #[inline(always)]
            fn take_short<V, S: Storage<V>>(
                _: &Table,
                _: Plain,
            ) -> Option<Result<Vec<V>, Box<TableError>>> {
                None
            }

            fn lookup<V, S: Storage<V>>(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
                S::get_all(table, key)
            }

            fn take<V, S: Storage<V>>(table: &Table, key: TermRef<'_>) -> Result<Vec<V>, TableError> {
                S::take_all(table, key)
            }
        }
    )*};
}

unique_keys!(Set OrderedSet);
many_values!(Bag DuplicateBag);
