//! Typed tables out of iterators.

use super::TypedTable;
use super::kinds::TypedKind;
use super::sealed::Sealed;
use super::storage::{Live, Rows, Storage};
use crate::table::{LiveValue, TableError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type all of whose values have terms: not so floats, which may be NaN, and what contains them.
pub trait AlwaysTerm: Sealed + Serialize + DeserializeOwned {}

macro_rules! always_terms {
    ($($type:ty)*) => {$(
        impl AlwaysTerm for $type {}
    )*};
}

always_terms!(() i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize bool char String);

// The integers are sealed as counters.
impl Sealed for bool {}
impl Sealed for char {}
impl Sealed for String {}
impl Sealed for () {}

impl<T: AlwaysTerm> Sealed for Option<T> {}
impl<T: AlwaysTerm> AlwaysTerm for Option<T> {}
impl<T: AlwaysTerm> Sealed for Vec<T> {}
impl<T: AlwaysTerm> AlwaysTerm for Vec<T> {}
impl<A: AlwaysTerm, B: AlwaysTerm> Sealed for (A, B) {}
impl<A: AlwaysTerm, B: AlwaysTerm> AlwaysTerm for (A, B) {}
impl<A: AlwaysTerm, B: AlwaysTerm, C: AlwaysTerm> Sealed for (A, B, C) {}
impl<A: AlwaysTerm, B: AlwaysTerm, C: AlwaysTerm> AlwaysTerm for (A, B, C) {}

/// A new table with the usual options. For keys and values that always have terms, so that nothing can go wrong; others are
/// put into a table by [`extend`](TypedTable::extend), which says what did.
///
/// ```
/// use heirloom::Set;
///
/// let squares: Set<u64, u64> = (0..10).map(|number| (number, number * number)).collect();
/// assert_eq!(squares.get(&7)?, Some(49));
/// # Ok::<(), heirloom::TableError>(())
/// ```
impl<M, K, V> FromIterator<(K, V)> for TypedTable<M, K, V, Rows>
where
    M: TypedKind,
    K: AlwaysTerm,
    V: AlwaysTerm + DeserializeOwned,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        filled(pairs)
    }
}

/// As for values that are terms.
impl<M: TypedKind, K: AlwaysTerm, V: LiveValue> FromIterator<(K, V)> for TypedTable<M, K, V, Live> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        filled(pairs)
    }
}

fn filled<M, K, V, S>(pairs: impl IntoIterator<Item = (K, V)>) -> TypedTable<M, K, V, S>
where
    M: TypedKind,
    K: AlwaysTerm,
    S: Storage<V>,
{
    let fill = || {
        let table = TypedTable::new("collected")?;
        table.extend(pairs)?;
        Ok(table)
    };
    fill().unwrap_or_else(|error: TableError| {
        unreachable!(
            "the name is short, nobody else has the table, and everything has a term: {error}"
        )
    })
}
