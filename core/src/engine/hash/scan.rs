//! Walking through a table in the order of its hashes.
//!
//! A cursor is a hash (and, between keys of one hash, a key). The hash of an object never
//! changes, and bucket order is hash order in every array, so a cursor stays good across
//! growth, shrinking and the deletion of its own key: the walk reads the bucket that the
//! cursor falls into, as it is now, and goes on behind it. Each bucket is read as it was at
//! one moment, but for the objects of a long list that is inserted in just that moment: the stamp of
//! the list is asked for each. So every object that stays is met once, and none twice. (Split-ordered lists,
//! as in liburcu's hash table, rest on the same idea.)

use super::HashTable;
use super::find::Spot;
use crate::engine::objects::Objects;
use crate::engine::reclaim::pin;
use crate::term::TermRef;

impl Group {
    /// How many objects it has.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

/// All objects of one bucket at one moment, in the order of hash and key.
pub(crate) struct Bucket {
    objects: Objects,
    groups: Vec<Group>,
    /// The smallest hash of the bucket.
    pub(crate) lower: u64,
    /// The smallest hash behind the bucket; `None` behind the last.
    pub(crate) upper: Option<u64>,
    key_position: usize,
}

/// The objects of one key in a [`Bucket`].
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// The key's hash.
    pub(crate) hash: u64,
    first: usize,
    count: usize,
}

impl Bucket {
    /// The keys, in order.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The key of a group.
    pub(crate) fn key(&self, group: &Group) -> TermRef<'_> {
        let object = self.objects.get(group.first);
        TermRef::from_parts(object.words()[self.key_position], object.words())
    }

    /// Where a group's objects are in `objects`, oldest first.
    pub(crate) fn range(&self, group: &Group) -> std::ops::Range<usize> {
        group.first..group.first + group.count
    }

    pub(crate) fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The memory of what was read, with what is in it.
    pub(crate) fn into_parts(self) -> (Objects, Vec<Group>) {
        (self.objects, self.groups)
    }

    /// Puts the keys into the order of the walk.
    fn sort(&mut self) {
        let mut groups = std::mem::take(&mut self.groups);
        groups.retain(|group| group.count > 0);
        groups.sort_by(|a, b| {
            let by_hash = a.hash.cmp(&b.hash);
            by_hash.then_with(|| self.key(a).exact_cmp(self.key(b)))
        });
        self.groups = groups;
    }
}

impl HashTable {
    /// A bucket to read into, in the memory of these objects and groups.
    pub(crate) fn new_bucket(&self, objects: Objects, groups: Vec<Group>) -> Bucket {
        Bucket {
            objects,
            groups,
            lower: 0,
            upper: None,
            key_position: self.key_position,
        }
    }

    /// The objects of bucket `number` of the array in use; `None` behind the last one. Should the
    /// array change meanwhile, they are those of the same hashes.
    pub(crate) fn objects_of_bucket(&self, number: u64) -> Option<Objects> {
        let array = self.root();
        let start = u64::try_from(array.lower_bound(number)).ok()?;
        let end = array.lower_bound(number + 1);
        let mut found = Objects::default();
        let mut bucket = self.new_bucket(Objects::default(), Vec::new());
        let mut position = Some(start);
        while let Some(hash) = position.filter(|&hash| u128::from(hash) < end) {
            self.read_bucket(hash, &mut bucket);
            let groups = bucket.groups().iter();
            for group in groups.filter(|group| (u128::from(hash)..end).contains(&group.hash.into()))
            {
                bucket
                    .range(group)
                    .for_each(|index| found.push_from(&bucket.objects, index));
            }
            position = bucket.upper;
        }
        Some(found)
    }

    /// Reads the bucket that a hash falls into.
    pub(crate) fn read_bucket(&self, hash: u64, bucket: &mut Bucket) {
        let moment = self.rows.moment();
        let pin = pin();
        for _ in 0..super::read::TRIES {
            let spot = self.locate(hash).at(moment);
            if self.try_read_bucket(&spot, &pin, bucket) {
                return bucket.sort();
            }
        }
        let held = self.hold(hash);
        let done = self.try_read_bucket(&held.spot().at(moment), &pin, bucket);
        debug_assert!(done, "nothing changes in a held bucket");
        drop(held);
        bucket.sort();
    }

    fn try_read_bucket(
        &self,
        spot: &Spot<'_>,
        pin: &crate::engine::reclaim::Pin,
        bucket: &mut Bucket,
    ) -> bool {
        bucket.objects.clear();
        bucket.groups.clear();
        bucket.lower = spot.array.lower_bound(spot.bucket) as u64;
        bucket.upper = spot.array.lower_bound(spot.bucket + 1).try_into().ok();
        if !self.is_live(spot) {
            return true;
        }
        for line in self.lines(spot) {
            let mut occupied = line.occupied();
            while let Some(index) = occupied.pop() {
                let slot = line.slot(index);
                let first = bucket.objects.len();
                let copied = self.copy_slot(spot, slot, pin, &mut bucket.objects);
                if copied.is_none() {
                    return false;
                }
                let count = bucket.objects.len() - first;
                if count == 0 {
                    // Of a list that is under way, or over.
                    continue;
                }
                bucket.groups.push(Group {
                    hash: self.hash_of_slot(slot),
                    first,
                    count,
                });
            }
        }
        spot.is_unchanged()
    }

    /// Asks for the records of the bucket behind the one that a hash falls into, but for those behind its first line, and
    /// for a line further ahead.
    pub(crate) fn prefetch_records(&self, hash: u64) {
        let array = self.root();
        let line = array.line((array.index(hash) + 1).min(array.buckets() - 1));
        line.prefetch_ahead();
        let mut occupied = line.occupied();
        while let Some(index) = occupied.pop() {
            if let Some(cell) = line.slot(index).as_record() {
                self.rows.slab.prefetch(cell);
            }
        }
    }
}
