//! Throughput of ordered tables: ranges, scans, inserts of what isn't there, and taking out the least object.

use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::cells::{Runner, after_filling};
use super::episodes::{self, Episode};
use super::points::{TableRunner, fill};
use super::{Pool, Sample, SliceTimes, Tally, Worker, slice};
use crate::contender::{Label, Ordered, OrderedVisitor};
use crate::error::CompareError;
use crate::workload::{
    BLOCK_OPERATIONS, Cell, OrderedShape, Stream, Walk, Work, belongs, shuffled,
};

/// Most objects of an episode: so many more or fewer don't make a large table another one.
const EPISODE_OBJECTS_MAX: u32 = 1 << 14;
/// Sets of objects that episodes of inserts take in turn, so that an episode doesn't find in the cache what the one
/// before it has touched.
pub const EPISODE_SETS: u32 = 4;
/// Objects in one block of an episode.
const EPISODE_BLOCK: u32 = 64;
/// About so many objects are read between two looks at the clock.
const BLOCK_OBJECTS: u32 = 1 << 12;
/// Objects that a check looks for one by one.
const CHECKED: u32 = 10_000;

/// Makes the runner of one ordered table.
pub struct Fill {
    /// How many objects.
    pub objects: u32,
}

impl OrderedVisitor for Fill {
    type Output = Result<Vec<Box<dyn Runner>>, CompareError>;

    fn visit<S: OrderedShape, C: Ordered<S>>(self) -> Self::Output {
        let table = C::create()?;
        fill(&table, self.objects);
        verify::<S, C>(&table, self.objects)?;
        Ok(vec![Box::new(OrderedRunner::<S, C>::new(table))])
    }
}

/// Looks at every object from both ends, at a range, and for some objects by their keys.
fn verify<S: OrderedShape, C: Ordered<S>>(table: &C, objects: u32) -> Result<(), CompareError> {
    let (mut ascending, mut descending) = (Order::default(), Order::default());
    table.scan(|word, value| ascending.note(word, value));
    table.scan_reversed(|word, value| descending.note(!word, !value));
    let scanned = ascending.wrong + descending.wrong;
    let missing = ascending.objects.abs_diff(u64::from(objects))
        + descending.objects.abs_diff(u64::from(objects));
    let looked_for = (0..objects.min(CHECKED))
        .filter(|&index| {
            let key = S::key(index);
            let value = table.read(&key);
            value != Some(S::value(&key, 0)) || table.read(&S::key(objects + index)).is_some()
        })
        .count();
    let wrong = scanned + missing + looked_for as u64 + wrong_in_range::<S, C>(table, objects);
    after_filling(C::LABEL, S::KIND, objects, wrong, 2 * u64::from(objects))
}

/// What a scan has seen.
#[derive(Default)]
struct Order {
    objects: u64,
    wrong: u64,
    last: Option<u64>,
}

impl Order {
    /// Words must ascend. For a scan in the other order both words come inverted.
    fn note(&mut self, word: u64, value: u64) {
        let ascends = self.last.is_none_or(|last| last < word);
        self.objects += 1;
        self.wrong += u64::from(!ascends || !belongs(value, word));
        self.last = Some(word);
    }
}

/// Of the objects from the median key on, how many in a range are not those that follow it.
fn wrong_in_range<S: OrderedShape, C: Ordered<S>>(table: &C, objects: u32) -> u64 {
    let mut words: Vec<(u64, u32)> = (0..objects)
        .map(|index| (S::word_at(index), index))
        .collect();
    words.sort_unstable();
    let following = &words[words.len() / 2..];
    let following = &following[..following.len().min(CHECKED as usize)];
    let Some(&(_, first)) = following.first() else {
        return 0;
    };
    let mut seen = Vec::new();
    table.range(&S::key(first), following.len(), |word, _| seen.push(word));
    let same = seen.iter().eq(following.iter().map(|(word, _)| word));
    u64::from(!same)
}

/// An ordered table.
struct OrderedRunner<S: OrderedShape, C> {
    table: C,
    /// For the work that is the same as a hash table's.
    points: TableRunner<S, C>,
    cell: Option<Cell>,
    streams: Vec<Stream>,
    /// The objects that an episode takes out, in random order.
    lowest: Arc<[u32]>,
}

impl<S: OrderedShape, C: Ordered<S>> Runner for OrderedRunner<S, C> {
    fn label(&self) -> Label {
        C::LABEL
    }

    fn takes_part(&self, _cell: &Cell) -> bool {
        true
    }

    fn prepare(&mut self, cell: &Cell, streams: &[Stream]) -> Result<(), CompareError> {
        self.points.prepare(cell, streams)?;
        self.cell = Some(*cell);
        self.streams = streams.to_vec();
        if cell.work == Work::PopFirst {
            self.lowest = lowest::<S>(cell.objects).into();
        }
        Ok(())
    }

    fn slice(
        &mut self,
        pool: &Pool,
        times: SliceTimes,
        round: usize,
    ) -> Result<Sample, CompareError> {
        let Some(cell) = self.cell else {
            return self.points.slice(pool, times, round);
        };
        Ok(match cell.work {
            Work::Scan | Work::ScanReversed => self.scan(pool, times, &cell),
            Work::Inserts => self.inserts(pool, times, &cell, EPISODE_SETS, S::set_key),
            Work::Ascending => self.inserts(pool, times, &cell, 1, S::set_ascending),
            Work::PopFirst => self.pops(pool, times, &cell),
            work => match work.range() {
                Some(objects) => self.ranges(pool, times, round, objects),
                None => self.points.slice(pool, times, round)?,
            },
        })
    }
}

impl<S: OrderedShape, C: Ordered<S>> OrderedRunner<S, C> {
    /// For a table that is filled.
    fn new(table: C) -> Self {
        Self {
            points: TableRunner::whole(table.clone()),
            table,
            cell: None,
            streams: Vec::new(),
            lowest: Arc::default(),
        }
    }

    /// Ranges from keys that are there.
    fn ranges(&self, pool: &Pool, times: SliceTimes, round: usize, objects: u32) -> Sample {
        let worker = |stream: &Stream| RangeWorker {
            table: self.table.clone(),
            walk: Walk::start(stream, round),
            starts: ranges_in_block(objects),
            objects: objects as usize,
            shape: PhantomData::<fn() -> S>,
        };
        slice(pool, self.streams.iter().map(worker).collect(), times)
    }

    /// Scans of the whole table.
    fn scan(&self, pool: &Pool, times: SliceTimes, cell: &Cell) -> Sample {
        let worker = |_| ScanWorker {
            table: self.table.clone(),
            reversed: cell.work == Work::ScanReversed,
            objects: u64::from(cell.objects),
            shape: PhantomData::<fn() -> S>,
        };
        slice(pool, (0..cell.threads).map(worker).collect(), times)
    }

    /// Inserts of objects that are not there, whose keys are set by `set_key`.
    fn inserts(
        &self,
        pool: &Pool,
        times: SliceTimes,
        cell: &Cell,
        sets: u32,
        set_key: fn(&mut S::Key, u32),
    ) -> Sample {
        let inserts = Inserts {
            table: self.table.clone(),
            // Above the indices of what is there; nobody asks for the indices of ascending keys.
            first: cell.objects,
            objects: episode_objects(cell.objects),
            sets,
            episode: AtomicU32::new(0),
            set_key,
            shape: PhantomData::<fn() -> S>,
        };
        episodes::slice(pool, inserts, cell.threads, times)
    }

    /// Takes out the least objects.
    fn pops(&self, pool: &Pool, times: SliceTimes, cell: &Cell) -> Sample {
        let pops = Pops {
            table: self.table.clone(),
            lowest: Arc::clone(&self.lowest),
            shape: PhantomData::<fn() -> S>,
        };
        episodes::slice(pool, pops, cell.threads, times)
    }
}

/// How many objects an episode inserts or takes out.
pub fn episode_objects(objects: u32) -> u32 {
    objects.min(EPISODE_OBJECTS_MAX)
}

/// The indices of the objects that an episode takes out, in random order, so that they are inserted again in one.
pub fn lowest<S: OrderedShape>(objects: u32) -> Vec<u32> {
    let count = episode_objects(objects);
    let mut indices: Vec<u32> = (0..objects).collect();
    if count < objects {
        indices.select_nth_unstable_by_key(count as usize, |&index| S::word_at(index));
    }
    let order = shuffled(count).into_iter();
    order.map(|rank| indices[rank as usize]).collect()
}

/// How many ranges are read between two looks at the clock.
fn ranges_in_block(objects: u32) -> usize {
    let ranges = (BLOCK_OBJECTS / objects).next_power_of_two() as usize;
    ranges.clamp(1, BLOCK_OPERATIONS)
}

/// What a thread makes of the objects it visits, so that it must have read both words of each.
#[derive(Default)]
struct Sum {
    objects: u64,
    words: u64,
}

impl Sum {
    #[inline]
    fn add(&mut self, word: u64, value: u64) {
        self.objects += 1;
        self.words = self.words.wrapping_add(word).wrapping_add(value);
    }

    /// So many objects were expected.
    fn tally(&self, expected: u64) -> Tally {
        black_box(self.words);
        Tally {
            operations: self.objects,
            reads: expected,
            found: self.objects,
            right: self.objects,
        }
    }
}

/// One thread that reads ranges.
struct RangeWorker<S, C> {
    table: C,
    walk: Walk,
    starts: usize,
    objects: usize,
    shape: PhantomData<fn() -> S>,
}

impl<S: OrderedShape, C: Ordered<S>> Worker for RangeWorker<S, C> {
    fn block(&mut self) -> Tally {
        let mut sum = Sum::default();
        let mut key = S::key(0);
        for &index in self.walk.next_part(self.starts) {
            S::set_key(&mut key, index);
            self.table
                .range(&key, self.objects, |word, value| sum.add(word, value));
        }
        // Ranges near the end are shorter.
        sum.tally(sum.objects)
    }
}

/// One thread that reads everything.
struct ScanWorker<S, C> {
    table: C,
    reversed: bool,
    objects: u64,
    shape: PhantomData<fn() -> S>,
}

impl<S: OrderedShape, C: Ordered<S>> Worker for ScanWorker<S, C> {
    fn block(&mut self) -> Tally {
        let mut sum = Sum::default();
        if self.reversed {
            self.table.scan_reversed(|word, value| sum.add(word, value));
        } else {
            self.table.scan(|word, value| sum.add(word, value));
        }
        sum.tally(self.objects)
    }
}

/// Inserts what isn't there.
struct Inserts<S: OrderedShape, C> {
    table: C,
    first: u32,
    objects: u32,
    sets: u32,
    /// Which episode this is. It changes only while one thread restores.
    episode: AtomicU32,
    set_key: fn(&mut S::Key, u32),
    shape: PhantomData<fn() -> S>,
}

impl<S: OrderedShape, C: Ordered<S>> Inserts<S, C> {
    /// The index of the first object of this episode.
    fn first(&self) -> u32 {
        let set = self.episode.load(Ordering::Relaxed) % self.sets;
        self.first + set * self.objects
    }
}

impl<S: OrderedShape, C: Ordered<S>> Episode for Inserts<S, C> {
    fn blocks(&self) -> usize {
        self.objects.div_ceil(EPISODE_BLOCK) as usize
    }

    fn block(&self, at: usize) -> Tally {
        let (mut key, first) = (S::key(0), self.first());
        let indices = block_of(at, self.objects);
        let count = indices.len();
        for index in indices {
            (self.set_key)(&mut key, first + index);
            self.table.write(&key, S::value(&key, 0));
        }
        Tally::of(count)
    }

    fn restore(&self) {
        let (mut key, first) = (S::key(0), self.first());
        for index in 0..self.objects {
            (self.set_key)(&mut key, first + index);
            self.table.delete(&key);
        }
        self.episode.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes out what is least.
struct Pops<S, C> {
    table: C,
    lowest: Arc<[u32]>,
    shape: PhantomData<fn() -> S>,
}

impl<S: OrderedShape, C: Ordered<S>> Episode for Pops<S, C> {
    fn blocks(&self) -> usize {
        self.lowest.len().div_ceil(EPISODE_BLOCK as usize)
    }

    fn block(&self, at: usize) -> Tally {
        let count = block_of(at, self.lowest.len() as u32).len();
        let mut tally = Tally::of(count);
        for _ in 0..count {
            tally.note(self.table.pop_first(), |(word, value)| belongs(value, word));
        }
        tally
    }

    fn restore(&self) {
        let mut key = S::key(0);
        for &index in self.lowest.iter() {
            S::set_key(&mut key, index);
            self.table.write(&key, S::value(&key, 0));
        }
    }
}

/// The objects of a block of an episode.
fn block_of(at: usize, objects: u32) -> std::ops::Range<u32> {
    let first = at as u32 * EPISODE_BLOCK;
    first..(first + EPISODE_BLOCK).min(objects)
}

#[cfg(test)]
mod tests {
    use super::super::short;
    use super::*;
    use crate::contender::visit_ordered;
    use crate::workload::{Named, OrderedInts};

    const TABLES: [Label; 4] = [
        Label::Heirloom,
        Label::CrossbeamSkipMap,
        Label::SccTreeIndex,
        Label::RwLockBtreemap,
    ];

    /// Every piece of work on a small table, and that the table is as before.
    struct Everything;

    impl OrderedVisitor for Everything {
        type Output = ();

        fn visit<S: OrderedShape, C: Ordered<S>>(self) {
            let table = C::create().expect("it makes a map");
            fill(&table, short::OBJECTS);
            verify::<S, C>(&table, short::OBJECTS).expect("the map is right");
            let mut runner = OrderedRunner::<S, C>::new(table.clone());
            let pool = Pool::new(2);
            let restoring = [Work::Range100, Work::Scan, Work::ScanReversed]
                .into_iter()
                .chain([Work::Inserts, Work::Ascending, Work::PopFirst]);
            for work in restoring {
                let sample = short::slice(&mut runner, &pool, S::KIND, work);
                assert!(sample.rate > 0.0, "{work:?}");
                assert_eq!(sample.tally.found, sample.tally.right, "{work:?}");
                assert_eq!(sample.tally.reads, sample.tally.found, "{work:?}");
                verify::<S, C>(&table, short::OBJECTS).expect("the map is as before");
            }
        }
    }

    #[test]
    fn every_table_does_all_work() {
        for label in TABLES {
            visit_ordered::<OrderedInts, _>(label, Everything).expect("it is a table");
            visit_ordered::<Named, _>(label, Everything).expect("it is a table");
        }
    }

    #[test]
    fn the_lowest_objects_are_taken_out() {
        let mut words: Vec<u64> = (0..100_000).map(OrderedInts::word_at).collect();
        words.sort_unstable();
        let mut lowest: Vec<u64> = lowest::<OrderedInts>(100_000)
            .into_iter()
            .map(OrderedInts::word_at)
            .collect();
        assert!(!lowest.is_sorted());
        lowest.sort_unstable();
        assert_eq!(lowest, words[..EPISODE_OBJECTS_MAX as usize]);
    }
}
