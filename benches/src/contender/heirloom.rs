//! Heirloom: a public table, read without allocating by `with`, and by `lookup`, `lookup_element` and
//! `lookup_many` for comparison.

use std::fmt::Display;
use std::marker::PhantomData;

use ::heirloom::{Table, TableOptions, TermRef, ToTerm};

use super::{BATCH_KEYS, Contender, Counters, Hashed, HashedShape, Label};
use crate::error::CompareError;
use crate::measure::cells::Runner;
use crate::measure::points::{BatchRunner, TableRunner};
use crate::workload::{Binaries, Ints, Named, NamedKey, OrderedInts, Shape};

/// Where the value is in an object.
pub(crate) const VALUE_POSITION: usize = 2;

/// A kind of object that a table without types has: how keys and values become terms, and back.
pub trait TermShape: Shape {
    /// A table for such objects.
    fn options() -> TableOptions {
        Table::set("compare")
    }
    /// The key as a term.
    fn key_term(key: &Self::Key) -> impl ToTerm;
    /// The value as a term.
    fn value_term(value: &Self::Value) -> impl ToTerm;
    /// The value out of an object's second element.
    fn value_of(element: TermRef<'_>) -> Option<Self::Value>;
}

impl TermShape for Ints {
    #[inline]
    fn key_term(key: &u64) -> impl ToTerm {
        *key
    }

    #[inline]
    fn value_term(value: &u64) -> impl ToTerm {
        *value
    }

    #[inline]
    fn value_of(element: TermRef<'_>) -> Option<u64> {
        element.as_i64().map(i64::cast_unsigned)
    }
}

impl TermShape for Binaries {
    #[inline]
    fn key_term(key: &[u8; 16]) -> impl ToTerm {
        &key[..]
    }

    #[inline]
    fn value_term(value: &[u8; 64]) -> impl ToTerm {
        &value[..]
    }

    #[inline]
    fn value_of(element: TermRef<'_>) -> Option<[u8; 64]> {
        element.as_bytes()?.try_into().ok()
    }
}

impl HashedShape for Ints {
    type Heirloom = HeirloomTable<Self>;
}

impl HashedShape for Binaries {
    type Heirloom = HeirloomTable<Self>;
}

impl TermShape for OrderedInts {
    fn options() -> TableOptions {
        Table::ordered_set("compare")
    }

    #[inline]
    fn key_term(key: &u64) -> impl ToTerm {
        *key
    }

    #[inline]
    fn value_term(value: &u64) -> impl ToTerm {
        *value
    }

    #[inline]
    fn value_of(element: TermRef<'_>) -> Option<u64> {
        element.as_u64()
    }
}

impl TermShape for Named {
    fn options() -> TableOptions {
        Table::ordered_set("compare")
    }

    #[inline]
    fn key_term(key: &NamedKey) -> impl ToTerm {
        (&key.name[..], key.number)
    }

    #[inline]
    fn value_term(value: &u64) -> impl ToTerm {
        *value
    }

    #[inline]
    fn value_of(element: TermRef<'_>) -> Option<u64> {
        element.as_u64()
    }
}

/// Ends the run when a call on a public table that nobody deletes is refused: that is a fault in Heirloom.
#[cold]
fn refused(error: impl Display) -> ! {
    panic!("heirloom refused a call that can't be refused: {error}")
}

/// The result of a call, or the end of the run.
#[inline]
pub(crate) fn accepted<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| refused(error))
}

/// A public table.
pub(crate) fn created(options: TableOptions) -> Result<Table, CompareError> {
    let table = options.public().create();
    table.map_err(|error| CompareError::Heirloom(error.to_string()))
}

/// A table, read by `with`.
pub struct HeirloomTable<S> {
    pub(super) table: Table,
    shape: PhantomData<fn() -> S>,
}

impl<S> Clone for HeirloomTable<S> {
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            shape: PhantomData,
        }
    }
}

impl<S: TermShape> HeirloomTable<S> {
    /// The table's size as it counts it itself, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        accepted(self.table.memory_bytes())
    }

    /// Reads several keys in one call.
    #[inline]
    pub fn read_many(
        &self,
        keys: &[S::Key; BATCH_KEYS],
        mut each: impl FnMut(usize, Option<S::Value>),
    ) {
        let keys = keys.each_ref().map(S::key_term);
        let value = |object: TermRef<'_>| object.element(VALUE_POSITION).and_then(S::value_of);
        accepted(
            self.table
                .lookup_many(&keys, |at, object| each(at, object.and_then(value))),
        );
    }
}

impl<S: TermShape> Contender<S> for HeirloomTable<S> {
    const LABEL: Label = Label::Heirloom;

    fn create() -> Result<Self, CompareError> {
        Ok(Self {
            table: created(S::options())?,
            shape: PhantomData,
        })
    }

    #[inline]
    fn read(&self, key: &S::Key) -> Option<S::Value> {
        let value = |object: TermRef<'_>| object.element(VALUE_POSITION).and_then(S::value_of);
        accepted(self.table.with(S::key_term(key), value)).flatten()
    }

    #[inline]
    fn write(&self, key: &S::Key, value: S::Value) {
        accepted(self.table.insert((S::key_term(key), S::value_term(&value))));
    }

    #[inline]
    fn delete(&self, key: &S::Key) {
        accepted(self.table.delete(S::key_term(key)));
    }

    fn own_count_bytes(&self) -> Option<usize> {
        Some(self.memory_bytes())
    }
}

impl<S: TermShape> Hashed<S> for HeirloomTable<S> {
    fn hold_read(&self, key: &S::Key, meanwhile: impl FnOnce()) {
        accepted(self.table.with(S::key_term(key), |_| meanwhile()));
    }

    fn variants(&self) -> Vec<Box<dyn Runner>> {
        vec![
            Box::new(TableRunner::<S, _>::reading(ByLookup(self.clone()))),
            Box::new(TableRunner::<S, _>::reading(ByElement(self.clone()))),
            Box::new(BatchRunner::<S>::new(self.clone())),
        ]
    }
}

impl Counters<Ints> for HeirloomTable<Ints> {
    #[inline]
    fn increment(&self, key: u64) {
        accepted(self.table.update_counter(key, 1_i64));
    }
}

/// The same table with another way to read.
macro_rules! reading_variant {
    ($(#[$doc:meta])* $name:ident, $label:expr, |$table:ident, $key:ident| $read:expr) => {
        $(#[$doc])*
        pub struct $name<S>(HeirloomTable<S>);

        impl<S> Clone for $name<S> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<S: TermShape> Contender<S> for $name<S> {
            const LABEL: Label = $label;

            fn create() -> Result<Self, CompareError> {
                HeirloomTable::create().map(Self)
            }

            #[inline]
            fn read(&self, $key: &S::Key) -> Option<S::Value> {
                let $table = &self.0.table;
                $read
            }

            #[inline]
            fn write(&self, key: &S::Key, value: S::Value) {
                self.0.write(key, value);
            }

            #[inline]
            fn delete(&self, key: &S::Key) {
                self.0.delete(key);
            }
        }
    };
}

reading_variant!(
    /// A table read by `lookup`: the object as an owned term.
    ByLookup,
    Label::HeirloomLookup,
    |table, key| {
        let objects = accepted(table.lookup(S::key_term(key)));
        let element = objects.first()?.as_ref().element(VALUE_POSITION)?;
        S::value_of(element)
    }
);

reading_variant!(
    /// A table read by `lookup_element`: one element as an owned term; a key that isn't there is an error.
    ByElement,
    Label::HeirloomLookupElement,
    |table, key| {
        let element = table.lookup_element(S::key_term(key), VALUE_POSITION).ok()?;
        S::value_of(element.as_ref())
    }
);
