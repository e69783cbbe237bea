//! Many keys or objects in one call: the memory of several is fetched at the same time.
//!
//! A lookup in a table that is larger than the cache waits for memory once or twice, for the bucket
//! and for a row. Here the waits of a handful of keys overlap: all their buckets are asked for,
//! then all their rows, then they are read. (Batching with prefetch is what makes DRAMHiT and
//! DLHT fast.)

use super::{Table, TableError};
use crate::engine::{Bits, HashTable, Key, PairForm, ROW_ROOT, RowBuffer, Words};
use crate::term::{Immediate, Plain, Term, TermError, TermRef, ToTerm};
use smallvec::SmallVec;

/// Keys in flight at once: about as many lines as a core can wait for.
const IN_FLIGHT: usize = 16;

/// Where the key of a pair is.
const KEY_POSITION: usize = 1;

impl Table {
    /// Looks up many keys, and calls `found` with the number of the key and its object, or `None`
    /// if it has none. In a bag `found` is called for each object of the key, oldest first.
    ///
    /// Each key is looked up atomically, the keys one after the other. In a table larger than the
    /// cache this is several times faster a key than single lookups. `found` may use the table.
    ///
    /// # Errors
    /// As [`Table::lookup`], also in the middle.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let ages = Table::set("ages").create()?;
    /// ages.insert(vec![("ann", 41), ("bob", 17)])?;
    /// let mut sum = 0;
    /// ages.lookup_many(&["ann", "bob", "eve"], |_, object| {
    ///     sum += object.and_then(|object| object.element(2)?.as_i64()).unwrap_or(0);
    /// })?;
    /// assert_eq!(sum, 58);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn lookup_many<K: ToTerm>(
        &self,
        keys: &[K],
        mut found: impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        self.shared.gate.admit_reader(self.shared.id)?;
        for (chunk_number, chunk) in keys.chunks(IN_FLIGHT).enumerate() {
            let first = chunk_number * IN_FLIGHT;
            self.lookup_chunk(chunk, |index, object| found(first + index, object))?;
        }
        Ok(())
    }

    fn lookup_chunk<K: ToTerm>(
        &self,
        chunk: &[K],
        mut found: impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        let Some(engine) = self.engine().as_hash() else {
            return self.lookup_each(chunk, &mut found);
        };
        let kind = engine.kinds().key;
        let bare = engine.kinds().are_bare();
        let bits_of = |key: &K| match key.immediate() {
            Some(Immediate(word)) => kind.bits_of(Plain::Word(word)),
            None if bare => key.with_term(|key| kind.bits_of_term(key)).ok()?,
            None => None,
        };
        let keys: SmallVec<[u64; IN_FLIGHT]> = chunk.iter().map_while(bits_of).collect();
        if keys.len() < chunk.len() {
            self.lookup_terms(engine, chunk, &mut found)
        } else if bare {
            self.lookup_pairs::<Bits>(engine, &keys, found)
        } else {
            self.lookup_pairs::<Words>(engine, &keys, found)
        }
    }

    /// The keys of a chunk one after the other: what lies in pages is not known before they are read.
    fn lookup_each<K: ToTerm>(
        &self,
        chunk: &[K],
        found: &mut impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        for (index, key) in chunk.iter().enumerate() {
            let mut buffer = RowBuffer::new();
            let is_there = key.try_with_term(|key| self.fetch(key, &mut buffer))?;
            found(index, is_there.then(|| buffer.object()));
        }
        Ok(())
    }

    /// Looks up keys of pairs.
    fn lookup_pairs<F: PairForm>(
        &self,
        engine: &HashTable,
        keys: &[u64],
        mut found: impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        let prefetch = |&key: &u64| engine.prefetch_tags(key);
        let hashes: SmallVec<[u64; IN_FLIGHT]> = keys.iter().map(prefetch).collect();
        hashes.iter().for_each(|&hash| engine.prefetch_slot(hash));
        for (index, (&key, &hash)) in keys.iter().zip(&hashes).enumerate() {
            let value = self.shared.gate.reader().and_then(|admission| {
                let value = engine.get_hashed_pair::<F>(key, hash)?;
                if value.is_none() && !self.engine().is_plain() {
                    return None;
                }
                admission.holds().ok().map(|()| value)
            });
            match value {
                Some(Some(value)) => F::with_object(engine.kinds(), [key, value], |object| {
                    found(index, Some(TermRef::from_parts(ROW_ROOT, object)));
                }),
                Some(None) => found(index, None),
                None => F::with_object(engine.kinds(), [key, 0], |object| {
                    let term = TermRef::from_parts(object[KEY_POSITION], object);
                    self.read_one(engine, &Key { term, hash }, index, &mut found)
                })?,
            }
        }
        Ok(())
    }

    fn lookup_terms<K: ToTerm>(
        &self,
        engine: &HashTable,
        chunk: &[K],
        found: &mut impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        let terms: SmallVec<[Term; IN_FLIGHT]> = chunk
            .iter()
            .map(ToTerm::to_term)
            .collect::<Result<_, _>>()?;
        let keys: SmallVec<[Key<'_>; IN_FLIGHT]> =
            terms.iter().map(|term| engine.key(term.as_ref())).collect();
        prefetch(engine, &keys);
        for (index, key) in keys.iter().enumerate() {
            self.read_one(engine, key, index, found)?;
        }
        Ok(())
    }

    fn read_one(
        &self,
        engine: &HashTable,
        key: &Key<'_>,
        number: usize,
        found: &mut impl FnMut(usize, Option<TermRef<'_>>),
    ) -> Result<(), TableError> {
        if !self.shared.kind.has_unique_keys() {
            let objects = self.lookup_term(key.term)?;
            if objects.is_empty() {
                found(number, None);
            }
            for object in &objects {
                found(number, Some(object.as_ref()));
            }
            return Ok(());
        }
        let mut buffer = RowBuffer::new();
        let is_there = self.reading(|| engine.fetch(key, &mut buffer))?;
        found(number, is_there.then(|| buffer.object()));
        Ok(())
    }

    /// Inserts many objects, each for itself: not atomic as a whole, and on an error those before
    /// the faulty one are in. Returns how many were inserted. For a list that is to appear at once,
    /// use [`Table::insert`].
    ///
    /// Up to 16 objects are taken from the iterator before the first of them is inserted. So while
    /// it waits for the next one, up to 15 that it gave are not in yet; and if it panics, they never
    /// will be. After its end it is not asked again. O(1) for each object, and its size.
    ///
    /// # Errors
    /// As [`Table::insert`].
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let readings = Table::set("readings").create()?;
    /// assert_eq!(readings.insert_many((0..100).map(|hour| (hour, 20.5)))?, 100);
    /// assert!(readings.insert_many([(100, 19.0), (101, f64::NAN), (102, 18.5)]).is_err());
    /// assert!(readings.member(100)? && !readings.member(102)?);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn insert_many<O: ToTerm>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> Result<usize, TableError> {
        self.check_writer()?;
        let mut objects = objects.into_iter();
        let mut inserted = 0;
        loop {
            let (chunk, failed) = next_chunk(&mut objects);
            inserted += self.insert_chunk(&chunk)?;
            if let Some(error) = failed {
                return Err(error.into());
            }
            if chunk.len() < IN_FLIGHT {
                return Ok(inserted);
            }
        }
    }

    fn insert_chunk(&self, objects: &[Term]) -> Result<usize, TableError> {
        if let Some(engine) = self.engine().as_hash() {
            self.prefetch_objects(engine, objects);
        }
        for object in objects {
            if self.put_pair(object, false).is_none() {
                self.insert_object(object.as_ref(), false)?;
            }
        }
        Ok(objects.len())
    }

    fn prefetch_objects(&self, engine: &HashTable, objects: &[Term]) {
        let is_object = |object: &&Term| self.check_object(object.as_ref()).is_ok();
        let keys: SmallVec<[Key<'_>; IN_FLIGHT]> = objects
            .iter()
            .take_while(is_object)
            .map(|object| engine.key_of_object(object.as_ref().words()))
            .collect();
        prefetch(engine, &keys);
    }

    /// Deletes all objects, then inserts those of an iterator as [`Table::insert_many`] does.
    /// Returns how many.
    ///
    /// Not atomic as a whole, like Erlang's `ets:init_table/2`.
    ///
    /// # Errors
    /// As [`Table::insert`]. If the table may be written, it has been emptied nevertheless, and has
    /// the objects before the faulty one.
    pub fn init_table<O: ToTerm>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> Result<usize, TableError> {
        self.delete_all_objects()?;
        self.insert_many(objects)
    }
}

/// Asks for the buckets of all keys, then for their records.
fn prefetch(engine: &HashTable, keys: &[Key<'_>]) {
    for key in keys {
        engine.prefetch_bucket(key);
    }
    for key in keys {
        engine.prefetch_record(key);
    }
}

/// The terms of the next objects: of all up to the first that has none, which is told with the
/// reason. Fewer than `IN_FLIGHT` are the last.
fn next_chunk<O: ToTerm>(
    objects: &mut impl Iterator<Item = O>,
) -> (SmallVec<[Term; IN_FLIGHT]>, Option<TermError>) {
    let mut failed = None;
    let terms = objects.take(IN_FLIGHT).map_while(|object| {
        let term = object.to_term();
        term.map_err(|error| failed = Some(error)).ok()
    });
    let chunk = terms.collect();
    (chunk, failed)
}
