//! Typed tables: tables whose keys and values are Rust types.
//!
//! ```text
//!  TypedTable<Kind, K, V>          keys and values        get, insert, update, range, …
//!      |  value: by way of serde
//!      v
//!  Table                           objects {Key, Value}   what match specifications and other languages see
//! ```
//!
//! Each kind of table is a type of its own here, so that what only some have is not there for the others.

mod bag;
mod collect;
mod equivalent;
mod fly;
mod iterate;
pub mod kinds;
mod lease;
mod limits;
mod load;
mod options;
mod ordered;
mod short;
mod storage;
mod subscribe;
mod unique;
mod value;
mod whole;

#[cfg(all(test, not(any(heirloom_loom, heirloom_shuttle))))]
mod tests;

pub use collect::AlwaysTerm;
pub use equivalent::Equivalent;
pub use iterate::TypedIter;
pub use load::LoadError;
pub use options::TypedOptions;
pub use storage::{Blob, Live, Rows, Terms};
pub use subscribe::TypedSubscription;
pub use unique::Counter;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::Lifespan;
use crate::table::{Table, TableError};
use crate::term::plain_of;
use kinds::TypedKind;
use lease::Lease;
use storage::Storage;

/// The types that a table has, and gives out: whatever they are, handles may be sent and shared.
type Types<M, K, V, S> = PhantomData<fn() -> (M, K, V, S)>;

/// Traits with this bound are for the types of this crate only.
mod sealed {
    pub trait Sealed {}
}

/// A table from keys of type `K` to values of type `V`; `M` says of which kind: see [`Set`], [`OrderedSet`],
/// [`Bag`] and [`DuplicateBag`].
///
/// Keys and values are any types that serde can carry; a call may ask one several times what it is. They are stored as terms ([`to_term`](crate::to_term) says as
/// which): the object of a key and a value is the tuple `{Key, Value}`. So the same table can be used without types, by
/// [`table`](Self::table): asked by match specifications, and read by other languages.
///
/// A [`Set`] keeps keys and values that are integers up to 64 bits, floats, characters or `bool`, or newtypes of these,
/// in 16 bytes of a bucket and without any other memory; the term is made when somebody asks for it. A type of your own that
/// derives `Serialize` and `Deserialize` is such a newtype: `struct UserId(u64)`. To find out, the types' `Deserialize` is
/// called when the table is made, with nothing to read.
///
/// Cloning a handle is cheap, all clones are the same table, and any thread may use any of them. What a call returns
/// is yours: there are no guards, nothing is borrowed from the table, and nobody waits for who keeps what it has got.
///
/// ```compile_fail,E0515
/// fn borrowed(names: &heirloom::Set<u64, String>) -> &str {
///     names.get(&7).unwrap().unwrap().as_str()
/// }
/// ```
///
/// # Owner and life
/// Unless [told otherwise](TypedOptions::owner), a typed table belongs to the root process, everybody may read and
/// write it, and it lives exactly as long as the handles that came with it: their clones, and their iterators. Who drops the
/// last one deletes it, which takes O(values).
///
/// # Consistency
/// Each call on one key is atomic and linearizable. Walks ([`iter`](Self::iter), `range`) meet each object that stays
/// throughout exactly once and none twice; they are no snapshot. Functions that are handed in run outside of any
/// lock, and may use the same table.
///
/// # Errors
/// Every call can fail with [`TableError::NoSuchTable`] and [`TableError::AccessDenied`], where the table was deleted or
/// given other rights; with [`TableError::Value`] where a key or a value has no term (a float that is NaN), or where an
/// object was put into the table without types that is none of `K` and `V`.
///
/// ```
/// use heirloom::Set;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User { name: String, visits: u32 }
///
/// let users = Set::<u64, User>::new("users")?;
/// users.insert(7, User { name: "Ann".into(), visits: 1 })?;
/// let visits = users.update(&7, |user| User { visits: user.visits + 1, ..user })?;
/// assert_eq!(visits.map(|user| user.visits), Some(2));
///
/// // The same table, without types.
/// let names = "[{{'_',#{name => '$1'}},[],['$1']}]".parse()?;
/// assert_eq!(users.table().select(&names)?, [heirloom::Term::from("Ann")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TypedTable<M, K, V, S = Rows> {
    lease: Lease,
    types: Types<M, K, V, S>,
}

/// A typed `set`: each key has one value.
///
/// ```
/// let stock = heirloom::Set::<String, u32>::new("stock")?;
/// stock.insert("apples".into(), 3)?;
/// assert_eq!(stock.get("apples")?, Some(3));
/// assert_eq!(stock.fetch_add("apples".into(), 2)?, 3);
/// assert_eq!(stock.remove("apples")?, Some(5));
/// assert_eq!(stock.get("apples")?, None);
/// # Ok::<(), heirloom::TableError>(())
/// ```
pub type Set<K, V, S = Rows> = TypedTable<kinds::Set, K, V, S>;

/// A typed `ordered_set`: each key has one value, and the keys are in order: that of their terms.
///
/// Integers, strings and tuples of them are in Rust's order. Of enums, variants without data come first, in the order of
/// their names; structs are in the order of maps.
///
/// ```
/// let scores = heirloom::OrderedSet::<u32, String>::new("scores")?;
/// for (score, name) in [(310, "ann"), (275, "bob"), (290, "eve")] {
///     scores.insert(score, name.into())?;
/// }
/// assert_eq!(scores.first()?, Some((275, "bob".into())));
/// assert_eq!(scores.rank(&300)?, 2);
/// let good: Result<Vec<_>, _> = scores.range(280..)?.collect();
/// assert_eq!(good?, [(290, "eve".into()), (310, "ann".into())]);
/// # Ok::<(), heirloom::TableError>(())
/// ```
pub type OrderedSet<K, V, S = Rows> = TypedTable<kinds::OrderedSet, K, V, S>;

/// A typed `bag`: a key has any number of different values, oldest first.
///
/// ```
/// let tags = heirloom::Bag::<u64, String>::new("tags")?;
/// for tag in ["new", "red", "new"] {
///     tags.insert(7, tag.into())?;
/// }
/// assert_eq!(tags.get(&7)?, ["new", "red"]);
/// tags.remove_value(&7, "new")?;
/// assert_eq!(tags.get(&7)?, ["red"]);
/// # Ok::<(), heirloom::TableError>(())
/// ```
pub type Bag<K, V, S = Rows> = TypedTable<kinds::Bag, K, V, S>;

/// A typed `duplicate_bag`: a key has any number of values, oldest first, and equal ones, too.
///
/// ```
/// let events = heirloom::DuplicateBag::<String, u8>::new("events")?;
/// events.insert("door".into(), 1)?;
/// events.insert("door".into(), 1)?;
/// assert_eq!(events.get("door")?, [1, 1]);
/// # Ok::<(), heirloom::TableError>(())
/// ```
pub type DuplicateBag<K, V, S = Rows> = TypedTable<kinds::DuplicateBag, K, V, S>;

/// A cache of live values: a [`Set`] whose values are `Arc`s, sockets, closures, or whatever can be cloned and shared. What makes
/// it forget is said by its [options](TypedOptions).
///
/// ```
/// use heirloom::Cache;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let pages = Cache::<String, Arc<str>>::options("pages")
///     .max_objects(10_000)
///     .ttl(Duration::from_secs(60))
///     .create()?;
/// let page = pages.get_or_load("/".into(), || Ok::<_, std::io::Error>(Arc::from("<html>")))?;
/// assert!(Arc::ptr_eq(&page, &pages.get("/")?.expect("it was loaded")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Cache<K, V> = Set<K, V, Live>;

impl<M: TypedKind, K: Deserialize<'static>, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// A table with the usual options; the name is for people, and need not be unique.
    ///
    /// # Errors
    /// [`TableError::Term`] if the name is too long for an atom.
    pub fn new(name: &str) -> Result<Self, TableError> {
        Self::options(name).create()
    }

    /// Options of a table.
    pub fn options(name: &str) -> TypedOptions<M, K, V, S> {
        TypedOptions::new(name)
    }
}

impl<M: TypedKind, K, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// A typed handle of a table that was made without types, or found by its name. It does not keep the table: that
    /// lives as long as it would without.
    ///
    /// Objects that are none of `K` and `V` are errors when they are met.
    ///
    /// # Errors
    /// [`TableError::WrongKind`] if the table is of another kind; [`TableError::KeyPosition`] if its keys are not the
    /// first elements of objects.
    ///
    /// ```
    /// use heirloom::{Set, Table};
    ///
    /// let table = Table::set("ages").public().create()?;
    /// table.insert(("ann", 41))?;
    /// let ages = Set::<String, u8>::of_table(table)?;
    /// assert_eq!(ages.get("ann")?, Some(41));
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn of_table(table: Table) -> Result<Self, TableError> {
        if table.kind() != M::KIND {
            return Err(TableError::WrongKind {
                kind: table.kind(),
                operation: "of_table",
            });
        }
        S::check(&table)?;
        match table.key_position() {
            1 => Ok(Self::leased(Lease::of_others(table, None))),
            position => Err(TableError::KeyPosition { position }),
        }
    }
}

impl<M, K, V, S> TypedTable<M, K, V, S> {
    fn leased(lease: Lease) -> Self {
        TypedTable {
            lease,
            types: PhantomData,
        }
    }
}

impl<M, K, V, S> TypedTable<M, K, V, S> {
    /// The same table without types. The handle does not keep the table.
    pub fn table(&self) -> &Table {
        self.lease.table()
    }

    /// How many values there are. Exact while nobody is in the middle of a change. O(1).
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn len(&self) -> Result<u64, TableError> {
        self.table().size()
    }

    /// Whether there are none. O(1).
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn is_empty(&self) -> Result<bool, TableError> {
        Ok(self.len()? == 0)
    }

    /// Deletes all values. Atomic; O(values) for the caller, nobody else waits.
    ///
    /// # Errors
    /// See [`TypedTable`].
    pub fn clear(&self) -> Result<(), TableError> {
        self.table().delete_all_objects()
    }
}

impl<M, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// Inserts a value. In a [`Set`] or an [`OrderedSet`] it replaces the one of its key; in a [`Bag`] it is added unless
    /// the key has an equal one, in a [`DuplicateBag`] always. Atomic.
    ///
    /// # Errors
    /// See [`TypedTable`]; [`TableError::Value`] if key or value has no term, and then nothing has changed.
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Result<(), TableError> {
        match self.insert_short(&key, &value, false) {
            Some(_) => Ok(()),
            None => self.insert_any(&key, value),
        }
    }

    #[inline(never)]
    fn insert_any(&self, key: &K, value: V) -> Result<(), TableError> {
        value::with_term(key, |key| {
            S::insert(self.table(), key, value, Lifespan::OfTable)?;
            self.forget_absence(key)
        })?
    }

    /// Inserts many values, one after the other: each atomically, all together not. Returns how many.
    ///
    /// Several are in flight at once, so this is faster than [`insert`](Self::insert) where the table is larger than
    /// the processor's caches.
    ///
    /// # Errors
    /// See [`TypedTable`]. The values before one without a term have been inserted. If the iterator panics, up to 15 values
    /// that it gave before have not been.
    ///
    /// ```
    /// let squares = heirloom::Set::<u64, u64>::new("squares")?;
    /// squares.extend((0..100).map(|number| (number, number * number)))?;
    /// assert_eq!(squares.get_many(&[3, 5, 100])?, [Some(9), Some(25), None]);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn extend(&self, pairs: impl IntoIterator<Item = (K, V)>) -> Result<usize, TableError> {
        let inserted = S::extend(self.table(), pairs.into_iter());
        self.forget_absences()?;
        inserted
    }
}

impl<M, K: Serialize, V, S> TypedTable<M, K, V, S> {
    /// Whether the key has a value. O(1); O(log n) in an [`OrderedSet`].
    ///
    /// # Errors
    /// See [`TypedTable`].
    #[inline]
    pub fn contains<Q>(&self, key: &Q) -> Result<bool, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        if let Some(plain) = plain_of(key)
            && let Some(found) = self.table().get_plain(plain)
        {
            return Ok(found.is_some());
        }
        self.contains_any(key)
    }

    #[inline(never)]
    fn contains_any<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<bool, TableError> {
        value::with_term(key, |key| self.table().member(key))?
    }
}

impl<M: TypedKind, K: Serialize, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// What a key has: in a [`Set`] or an [`OrderedSet`] a value, or `None`; in a [`Bag`] or a [`DuplicateBag`] a list of
    /// values, oldest first, as they were at one moment.
    ///
    /// Keys may be given in any [equivalent](Equivalent) form: a `String` as `&str`. Linearizable. O(1), or O(log n) in an
    /// [`OrderedSet`], and the values' size.
    ///
    /// # Errors
    /// See [`TypedTable`].
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Result<M::Values<V>, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        match self.get_short(key) {
            Some(values) => Ok(values),
            None => self.get_any(key),
        }
    }

    #[inline(never)]
    fn get_any<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<M::Values<V>, TableError> {
        value::with_term(key, |key| M::lookup::<V, S>(self.table(), key))?
    }

    /// Removes a key and returns what it had, as [`get`](Self::get) does. Atomic.
    ///
    /// # Errors
    /// See [`TypedTable`]. What is none of `V` is gone, too.
    #[inline]
    pub fn remove<Q>(&self, key: &Q) -> Result<M::Values<V>, TableError>
    where
        Q: Serialize + Equivalent<K> + ?Sized,
    {
        match self.remove_short(key) {
            Some(values) => values.map_err(|error| *error),
            None => self.remove_any(key),
        }
    }

    #[inline(never)]
    fn remove_any<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<M::Values<V>, TableError> {
        value::with_term(key, |key| M::take::<V, S>(self.table(), key))?
    }
}

impl<M, K: DeserializeOwned, V, S: Storage<V>> TypedTable<M, K, V, S> {
    /// All keys and values; in order, if the keys have one. No snapshot: see [`TypedTable`].
    pub fn iter(&self) -> TypedIter<M, K, V, S> {
        TypedIter::new(self, self.table().iter())
    }
}

impl<M, K, V, S> Clone for TypedTable<M, K, V, S> {
    fn clone(&self) -> Self {
        TypedTable {
            lease: self.lease.clone(),
            types: PhantomData,
        }
    }
}

/// Never prints keys or values.
impl<M: TypedKind, K, V, S> fmt::Debug for TypedTable<M, K, V, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self.len() {
            Ok(size) => Cow::from(size.to_string()),
            Err(TableError::NoSuchTable { .. }) => Cow::from("gone"),
            Err(_) => Cow::from("not for this process"),
        };
        formatter
            .debug_struct("TypedTable")
            .field("id", &self.table().id())
            .field("kind", &M::KIND)
            .field("len", &format_args!("{size}"))
            .finish()
    }
}

/// Two handles are equal if they are of the same table.
impl<M, K, V, S> PartialEq for TypedTable<M, K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        self.table() == other.table()
    }
}

impl<M, K, V, S> Eq for TypedTable<M, K, V, S> {}

impl<M, K: DeserializeOwned, V, S: Storage<V>> IntoIterator for &TypedTable<M, K, V, S> {
    type Item = Result<(K, V), TableError>;
    type IntoIter = TypedIter<M, K, V, S>;

    fn into_iter(self) -> TypedIter<M, K, V, S> {
        self.iter()
    }
}
