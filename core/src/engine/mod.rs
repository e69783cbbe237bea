//! Engines: what keeps the objects of a table.
//!
//! ```text
//!            Engine                 one of the two, behind one face
//!           /      \
//!      hash/        tree/           buckets in hash order; pages in the order of keys
//!           \      /
//!   slot  record  rows  pending  objects  reclaim  count  change  walk  lifetime/  live
//! ```
//!
//! Both read in the same way: copy the words, then ask a version whether they belonged together.

mod change;
mod count;
mod hash;
mod index;
mod key_walk;
mod leave;
mod lifetime;
mod live;
mod objects;
mod pending;
mod reclaim;
mod record;
mod rows;
mod slot;
mod tell;
mod tree;
mod walk;

pub(crate) use change::{Change, Counted};
pub(crate) use hash::{Bits, HashTable, Key, PairForm, Words};
pub(crate) use index::Index;
pub use lifetime::{CacheStatistics, Removal, RemovalCause};
pub(crate) use lifetime::{Lifespan, Lifetimes, Limits, Moment};
pub(crate) use live::{LiveType, LiveView, Unpublished};
pub(crate) use objects::Objects;
pub(crate) use record::{PairWords, ROW_ROOT, RowBuffer, object_of_pair};
pub(crate) use rows::{Care, PairKinds};
pub(crate) use tree::Tree;
pub(crate) use walk::{Direction, Edge, Piece, Walk};

use crate::mutant::{self, Mutant};
use crate::sync::{AtomicU64, Ordering};
use crate::term::{Term, TermRef};
use lifetime::Birth;

/// What a table does with a second object of the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// It replaces the first: `set`.
    Replace,
    /// It is kept beside the first unless both are equal: `bag`.
    Differing,
    /// It is kept beside the first: `duplicate_bag`.
    Any,
}

/// The right to change a table, as it was when the call began. A table's *gate* is one word
/// that says who owns it and who may do what; while the word is the same, so are the rights.
#[derive(Clone, Copy)]
pub(crate) struct Admission<'t> {
    gate: &'t AtomicU64,
    seen: u64,
    /// When the call happens, and how long what it brings is to live.
    birth: Birth,
}

/// The table's gate changed while the call was under way: look at the rights again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GateChanged;

impl<'t> Admission<'t> {
    #[inline(always)]
    pub(crate) fn new(gate: &'t AtomicU64, seen: u64) -> Admission<'t> {
        Admission {
            gate,
            seen,
            birth: Birth::NONE,
        }
    }

    /// The same for a call that happens at this moment.
    #[inline(always)]
    pub(crate) fn at(self, moment: Moment) -> Admission<'t> {
        let birth = Birth {
            moment,
            ..self.birth
        };
        Admission { birth, ..self }
    }

    /// The same for a call whose objects are to live so long.
    pub(crate) fn giving(self, lifespan: Lifespan) -> Admission<'t> {
        let birth = Birth {
            lifespan,
            ..self.birth
        };
        Admission { birth, ..self }
    }

    /// The same for a call whose object counts for so many bytes besides its record.
    pub(crate) fn weighing(self, weight: u64) -> Admission<'t> {
        let birth = Birth {
            weight,
            ..self.birth
        };
        Admission { birth, ..self }
    }

    /// Asks again. A writer does it while it holds its bucket: whoever has seen the gate
    /// change and then reads the bucket, finds the writer either refused or still there.
    #[inline(always)]
    pub(crate) fn holds(&self) -> Result<(), GateChanged> {
        // Acquire: pairs with the Release of whoever changes the gate.
        let unchanged = self.gate.load(Ordering::Acquire) == self.seen;
        if unchanged || mutant::is_on(Mutant::NoGateUnderLock) {
            Ok(())
        } else {
            Err(GateChanged)
        }
    }
}

/// The engine of one table.
#[expect(
    clippy::large_enum_variant,
    reason = "a hash table is looked at in place: one load less for each call"
)]
pub(crate) enum Engine {
    Hash(HashTable),
    Tree(Box<Tree>),
}

impl Engine {
    /// The hash table, if it is one: for what only hash tables have.
    #[inline(always)]
    pub(crate) fn as_hash(&self) -> Option<&HashTable> {
        match self {
            Engine::Hash(table) => Some(table),
            Engine::Tree(_) => None,
        }
    }

    /// The tree, if it is one.
    pub(crate) fn as_tree(&self) -> Option<&Tree> {
        match self {
            Engine::Hash(_) => None,
            Engine::Tree(tree) => Some(tree),
        }
    }

    /// Which element of an object is its key, from 1.
    fn key_position(&self) -> usize {
        match self {
            Engine::Hash(table) => table.key_position,
            Engine::Tree(tree) => tree.key_position,
        }
    }

    /// Number of objects that are not over; exact when nobody is in the middle of a change.
    pub(crate) fn len(&self) -> u64 {
        let all = match self {
            Engine::Hash(table) => table.len(),
            Engine::Tree(tree) => tree.len(),
        };
        all.saturating_sub(self.lifetimes().map_or(0, Lifetimes::overdue))
    }

    /// Bytes of memory that the table holds.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Engine::Hash(table) => table.bytes(),
            Engine::Tree(tree) => tree.bytes(),
        }
    }

    /// The second word of the object of a key, if that is a pair; `None` if it is not that simple.
    #[inline(always)]
    pub(crate) fn get_pair(&self, key: u64) -> Option<Option<u64>> {
        match self {
            Engine::Hash(table) => table.get_pair::<Words>(key),
            Engine::Tree(tree) => tree.get_pair(key),
        }
    }

    /// As `get_pair`; also in a cache, where lookups and uses are counted.
    #[inline(always)]
    pub(crate) fn get_word(&self, key: u64) -> Option<Option<u64>> {
        match self.get_pair(key) {
            Some(Some(value)) => Some(Some(value)),
            Some(None) => {
                self.rows().count_lookup(false);
                Some(None)
            }
            None => self.get_cached::<Words>(key),
        }
    }

    /// The bits of the second element of the object of a key, given as bits, where pairs are bare; `None` if it is not that simple.
    #[inline(always)]
    pub(crate) fn get_bits(&self, key: u64) -> Option<Option<u64>> {
        let value = self.as_hash()?.get_pair::<Bits>(key);
        value.or_else(|| self.get_cached::<Bits>(key))
    }

    #[inline(never)]
    fn get_cached<F: PairForm>(&self, key: u64) -> Option<Option<u64>> {
        let (table, lifetimes) = self.as_hash().zip(self.lifetimes())?;
        table.get_cached::<F>(key, lifetimes)
    }

    /// Copies the object of a key (of a bag: the oldest) into `buffer`, if there is one.
    pub(crate) fn fetch(&self, key: TermRef<'_>, buffer: &mut RowBuffer) -> bool {
        match self {
            Engine::Hash(table) => table.fetch(&table.key(key), buffer),
            Engine::Tree(tree) => tree.fetch(key, buffer),
        }
    }

    /// Appends all objects of a key to `objects`, oldest first.
    pub(crate) fn fetch_all(&self, key: TermRef<'_>, objects: &mut Objects) {
        match self {
            Engine::Hash(table) => table.fetch_all(&table.key(key), objects),
            Engine::Tree(tree) => tree.fetch_all(key, objects),
        }
    }

    /// The same; in a cache it is a use of each.
    pub(crate) fn fetch_used(&self, key: TermRef<'_>, objects: &mut Objects) {
        match self {
            Engine::Hash(table) => table.fetch_used(&table.key(key), objects),
            Engine::Tree(tree) => tree.fetch_all(key, objects),
        }
    }

    /// Whether there is an object with this key.
    pub(crate) fn contains(&self, key: TermRef<'_>) -> bool {
        match self {
            Engine::Hash(table) => table.contains(&table.key(key)),
            Engine::Tree(tree) => tree.contains(key),
        }
    }

    /// Inserts an object where each key has one: over the one with its key, unless `only_new`.
    /// True if it was inserted. Atomic.
    pub(crate) fn insert(
        &self,
        object: &[u64],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let inserted = match self {
            Engine::Hash(table) => table.insert_object(object, only_new, admission),
            Engine::Tree(tree) => tree.insert(object, only_new, admission),
        }?;
        if inserted {
            self.tell_changed_objects(&[object]);
        }
        Ok(inserted)
    }

    /// Inserts objects: all of them, or none if `only_new` and one of their keys is there already.
    /// True if they were inserted. Atomic and isolated whatever their number.
    pub(crate) fn insert_list(
        &self,
        objects: &[&[u64]],
        only_new: bool,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let inserted = match self {
            Engine::Hash(table) => table.insert_list(objects, only_new, admission),
            Engine::Tree(tree) => tree.insert_list(objects, only_new, admission),
        }?;
        if inserted {
            self.tell_changed_objects(objects);
        }
        Ok(inserted)
    }

    /// Takes all objects of a key out, and appends them to `taken` if that is wanted. True if
    /// there were any. Atomic.
    pub(crate) fn remove(
        &self,
        key: TermRef<'_>,
        taken: Option<&mut Objects>,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let removed = match self {
            Engine::Hash(table) => table.remove(&table.key(key), taken, admission),
            Engine::Tree(tree) => tree.remove(key, taken, admission),
        }?;
        if removed {
            self.tell_changed(key);
        }
        Ok(removed)
    }

    /// Deletes this very object; of a `duplicate_bag` all its copies. Returns how many objects that
    /// were. Atomic.
    pub(crate) fn remove_object(
        &self,
        object: &[u64],
        admission: &Admission<'_>,
    ) -> Result<u64, GateChanged> {
        let removed = match self {
            Engine::Hash(table) => {
                table.remove_object(&table.key_of_object(object), object, admission)
            }
            Engine::Tree(tree) => tree.remove_object(object, admission),
        }?;
        if removed > 0 {
            self.tell_changed_objects(&[object]);
        }
        Ok(removed)
    }

    /// Changes the object of a key, where each key has one, as `change` says. `change` sees a copy,
    /// may be called several times, and its answer counts only if the object has not changed
    /// meanwhile. `None` if there is no such key. Atomic.
    pub(crate) fn update<E>(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(TermRef<'_>) -> Result<Change, E>,
    ) -> Result<Option<Result<(), E>>, GateChanged> {
        let mut is_kept = false;
        let change = |object: TermRef<'_>| {
            let decision = change(object);
            is_kept = matches!(decision, Ok(Change::Keep));
            decision
        };
        let updated = match self {
            Engine::Hash(table) => table.update(&table.key(key), admission, change),
            Engine::Tree(tree) => tree.update(key, admission, change),
        }?;
        if matches!(updated, Some(Ok(()))) && !is_kept {
            self.tell_changed(key);
        }
        Ok(updated)
    }

    /// Changes the objects of a key of a bag as `change` says: it is given copies of them, oldest first,
    /// and answers with as many others of that key to take their places, or `None` to leave them. It may
    /// be called several times, and its answer counts only if the objects have not changed meanwhile.
    /// False if there is no such key, or this is no hash table. Atomic. O(objects of the key).
    pub(crate) fn rewrite<E>(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
        mut change: impl FnMut(&Objects) -> Result<Option<Vec<Term>>, E>,
    ) -> Result<Result<bool, E>, GateChanged> {
        let Some(table) = self.as_hash() else {
            return Ok(Ok(false));
        };
        let mut is_kept = false;
        let change = |objects: &Objects| {
            let others = change(objects);
            is_kept = matches!(others, Ok(None));
            others
        };
        let rewritten = table.rewrite(&table.key(key), admission, change)?;
        if let Ok(true) = rewritten
            && !is_kept
        {
            self.tell_changed(key);
        }
        Ok(rewritten)
    }

    /// Takes the object out of a tree that a walk in this direction would meet first, and appends it to `taken`. False
    /// if there is none, or this is no tree. Atomic.
    pub(crate) fn pop(
        &self,
        direction: Direction,
        taken: &mut Objects,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let Some(tree) = self.as_tree() else {
            return Ok(false);
        };
        let popped = tree.pop(direction, taken, admission, |_| true)?;
        if popped && let Some(key) = taken.get(taken.len() - 1).element(tree.key_position) {
            self.tell_changed(key);
        }
        Ok(popped)
    }

    /// Adds to a counter that is a small integer, before and after, in place: element
    /// `position` (from 1) of the object of a key, where each key has one. Atomic.
    pub(crate) fn add(
        &self,
        key: TermRef<'_>,
        position: usize,
        increment: i64,
        admission: &Admission<'_>,
    ) -> Result<Counted, GateChanged> {
        let counted = match self {
            Engine::Hash(table) => table.add(&table.key(key), position, increment, admission),
            Engine::Tree(tree) => tree.add(key, position, increment, admission),
        }?;
        if let Counted::Value(_) = counted {
            self.tell_changed(key);
        }
        Ok(counted)
    }

    /// Deletes all objects and gives the memory back. The one step that counts is taken by
    /// `decide`, which is given it as a function and may call it or return an error. Nobody waits
    /// for more than one bucket or page; complexity O(objects).
    pub(crate) fn clear_when<E>(
        &self,
        decide: impl FnOnce(&dyn Fn()) -> Result<(), E>,
    ) -> Result<(), E> {
        let decide = |begin: &dyn Fn()| decide(&|| self.clear_telling(begin));
        match self {
            Engine::Hash(table) => table.clear_when(decide),
            Engine::Tree(tree) => tree.clear_when(decide),
        }?;
        self.rows().give_indexes_back();
        Ok(())
    }

    /// Deletes all objects; see `clear_when`.
    pub(crate) fn clear(&self) {
        let cleared = self.clear_when(|begin| {
            begin();
            Ok::<_, std::convert::Infallible>(())
        });
        debug_assert!(cleared.is_ok());
    }

    /// How many slots `slot` can look at.
    pub(crate) fn slots(&self) -> u64 {
        match self {
            Engine::Hash(table) => table.buckets(),
            Engine::Tree(tree) => tree.len(),
        }
    }

    /// The objects of slot `slot`; `None` behind the last one.
    pub(crate) fn slot(&self, slot: u64) -> Option<Objects> {
        match self {
            Engine::Hash(table) => table.objects_of_bucket(slot),
            Engine::Tree(tree) => tree.object_of_number(slot),
        }
    }
}
