//! Eviction where nothing is known of an object but that it was used: S3-FIFO over the hashes of keys.
//!
//! A cache that only counts its objects needs no record for each of them: its pairs stand in their buckets, and what the
//! queues hold is 8 bytes. Whether an object was used since somebody looked is a bit in its line (see `hash::line`), so
//! a lookup touches nothing but the line.
//!
//! ```text
//!   admit --> [ small ] --+--> look: used ----> [ main ]         what is in no queue: stale, a deletion that
//!      `----> [ main  ] --+         not used -> out, a ghost     has not met its entry yet
//! ```
//!
//! # Entries and objects
//! Nobody looks for an entry in a queue. Who deletes an object says so ([`Rounds::dismiss`]), and its entry goes when it comes
//! to the front. Until then the hash is *stale*, so many times. An insertion that finds its hash stale takes the old entry over. So
//! whatever the order in which admissions and dismissals come (both come after the change
//! itself), there are in the end as many entries of a hash as objects.
//!
//! Who has taken an entry out finds the object absent if its dismissal is still to come, and puts the entry back ([`Rounds::give_back`]),
//! where the two will meet.

use std::collections::VecDeque;

use hashbrown::HashTable;

use super::ghosts::Ghosts;
use super::queues::LOOKS_FOR_GHOST;
use super::share::{LONGEST, SmallShare};
use super::tail::Queue;
use crate::mutant::{self, Mutant};

/// Bits of a hash that neither its bucket nor its tag depends on: how many rounds an entry has in hand.
const CREDIT_SHIFT: u32 = 7;
const CREDIT: u64 = 0b11 << CREDIT_SHIFT;
/// The most rounds in hand.
const CREDIT_MAX: u64 = 2;

/// So many stale hashes are no reason to look for their entries.
const STALE_MIN: usize = 64;
/// Entries that a deletion looks at when there are too many stale ones.
const LOOKS_FOR_STALE: usize = 4;
/// Stale entries that go before somebody who wants another has to ask again.
const STALE_AT_ONCE: usize = 8;

/// An object's place in a queue, taken out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "its object would be in no queue any more"]
pub(in crate::engine) struct Entry {
    word: u64,
    from: Queue,
}

/// What a look at an object found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Look {
    /// It was used since the last look, which is forgotten now.
    Used,
    Unused,
    /// It was not used, and was taken out.
    TakenOut,
    /// It is not there.
    Absent,
}

/// The queues of one shard.
#[derive(Default)]
pub(super) struct Rounds {
    small: VecDeque<u64>,
    main: VecDeque<u64>,
    small_share: SmallShare,
    /// How many entries were taken out and not given back yet.
    in_hand: usize,
    stale: Stale,
    ghosts: Ghosts,
}

/// A hash as entries have it.
fn key_of(hash: u64) -> u64 {
    hash & !CREDIT
}

impl Entry {
    /// The hash of the object's key, but for the bits that say something else.
    fn hash(self) -> u64 {
        key_of(self.word)
    }

    /// The lowest and the highest hash that the object's key may have.
    pub(in crate::engine) fn hashes(self) -> [u64; 2] {
        [key_of(self.word), self.word | CREDIT]
    }

    /// Whether it has a round in hand, so that its object is not to go.
    pub(in crate::engine) fn is_spared(self) -> bool {
        self.word & CREDIT != 0
    }

    fn credit(self) -> u64 {
        (self.word & CREDIT) >> CREDIT_SHIFT
    }

    fn with_credit(self, credit: u64) -> u64 {
        key_of(self.word) | credit << CREDIT_SHIFT
    }
}

/// Whether two hashes are the same to queues.
pub(in crate::engine) fn same_key(a: u64, b: u64) -> bool {
    key_of(a) == key_of(b)
}

impl Rounds {
    /// Takes an object in, unless it takes over the entry of another with its hash. `room` is how many there may be
    /// here, as long as there is room left. `None` if it is in; otherwise it is one that was evicted lately, and may
    /// [come in](Self::admit_ghost) where something else is not used.
    pub(super) fn admit(&mut self, hash: u64, room: Option<u64>) -> Option<Ghost> {
        if self.stale.take(key_of(hash)) {
            return None;
        }
        let was_ghost = self.ghosts.take(key_of(hash));
        let is_filling = room.is_some_and(|room| self.objects() < room - room / LONGEST);
        if is_filling || (was_ghost && self.is_small_due()) {
            self.main.push_back(key_of(hash));
        } else if was_ghost {
            let looks_left = LOOKS_FOR_GHOST;
            return Some(Ghost { hash, looks_left });
        } else {
            self.small.push_back(key_of(hash));
        }
        None
    }

    /// The next entry that a ghost has somebody look at; `None` if it is in.
    pub(super) fn next_for_ghost(&mut self, ghost: &mut Ghost) -> Option<Entry> {
        match ghost.looks_left.checked_sub(1) {
            Some(left) => {
                ghost.looks_left = left;
                let oldest = self.take_oldest(Queue::Main);
                if oldest.is_none() {
                    self.main.push_back(key_of(ghost.hash));
                }
                oldest
            }
            None => {
                self.small.push_back(key_of(ghost.hash));
                None
            }
        }
    }

    /// A ghost has found an object that is not used: it is in, and the other stays the next to go.
    pub(super) fn admit_before(&mut self, ghost: Ghost, unused: Entry) {
        self.in_hand -= 1;
        self.main.push_front(unused.word);
        self.main.push_back(key_of(ghost.hash));
    }

    /// Takes note that an object was taken out of the table.
    pub(super) fn dismiss(&mut self, hash: u64) {
        self.stale.add(key_of(hash));
        let entries = self.small.len() + self.main.len();
        if self.stale.count <= STALE_MIN + entries / 2 {
            return;
        }
        if self.stale.count == entries && self.in_hand == 0 {
            // There is nothing here any more, and the memory goes back.
            *self = Rounds::default();
            return;
        }
        for _ in 0..LOOKS_FOR_STALE {
            let queue = if self.small.len() > self.main.len() {
                &mut self.small
            } else {
                &mut self.main
            };
            if let Some(word) = queue.pop_front()
                && !self.stale.take(key_of(word))
            {
                queue.push_back(word);
            }
        }
    }

    /// The entry whose object is the next to be looked at.
    pub(super) fn next(&mut self) -> Option<Entry> {
        let first = if self.main.is_empty() || self.is_small_due() {
            [Queue::Small, Queue::Main]
        } else {
            [Queue::Main, Queue::Small]
        };
        first.into_iter().find_map(|queue| self.take_oldest(queue))
    }

    /// Whether the small queue is too long, and has more than the object that came last.
    fn is_small_due(&self) -> bool {
        let [small, main] = [&self.small, &self.main].map(|queue| queue.len() as u64);
        small > 1 && self.small_share.is_exceeded(small, small + main)
    }

    fn take_oldest(&mut self, from: Queue) -> Option<Entry> {
        for _ in 0..=STALE_AT_ONCE {
            let word = match from {
                Queue::Main => self.main.pop_front()?,
                _ => self.small.pop_front()?,
            };
            if !self.stale.take(key_of(word)) {
                self.in_hand += 1;
                return Some(Entry { word, from });
            }
        }
        None
    }

    /// Gives an entry back after a look at its object.
    pub(super) fn give_back(&mut self, entry: Entry, look: Look) {
        self.in_hand -= 1;
        let credit = entry.credit();
        let objects = self.small.len() + self.main.len();
        if entry.from == Queue::Small && matches!(look, Look::Used | Look::TakenOut) {
            self.small_share.note_leaver(look == Look::Used, objects);
        }
        match look {
            Look::Used if entry.from == Queue::Small => self.main.push_back(key_of(entry.word)),
            Look::Used => {
                let credit = (credit + 1).min(CREDIT_MAX);
                self.main.push_back(entry.with_credit(credit));
            }
            Look::Unused => {
                let credit = credit.saturating_sub(1);
                self.main.push_back(entry.with_credit(credit));
            }
            Look::TakenOut if entry.from == Queue::Small => {
                self.ghosts.add(entry.hash(), objects);
            }
            Look::TakenOut => {}
            Look::Absent if mutant::is_on(Mutant::EntryForgotten) => {}
            Look::Absent => {
                if !self.stale.take(key_of(entry.word)) {
                    self.small.push_back(key_of(entry.word));
                }
            }
        }
    }

    /// How many objects there are.
    pub(super) fn objects(&self) -> u64 {
        let entries = self.small.len() + self.main.len() + self.in_hand;
        entries.saturating_sub(self.stale.count) as u64
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        let entries = self.small.capacity() + self.main.capacity();
        entries * size_of::<u64>() + self.stale.hashes.allocation_size() + self.ghosts.bytes()
    }
}

/// An object on its way in whose key was evicted lately.
pub(super) struct Ghost {
    hash: u64,
    looks_left: usize,
}

/// Hashes of objects that are gone while their entries are not, and how many of each.
#[derive(Default)]
struct Stale {
    hashes: HashTable<(u64, u32)>,
    count: usize,
}

/// A hash with its bits in other places: those of one shard, and entries, have some in common. (The multiplier is 2^64 divided by the golden
/// ratio, as in D. Knuth, "The Art of Computer Programming", volume 3, 6.4.)
fn spread(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
}

impl Stale {
    fn add(&mut self, hash: u64) {
        self.count += 1;
        match self.hashes.find_mut(spread(hash), |own| own.0 == hash) {
            Some(own) => own.1 += 1,
            None => {
                let rehash = |own: &(u64, u32)| spread(own.0);
                self.hashes.insert_unique(spread(hash), (hash, 1), rehash);
            }
        }
    }

    /// One less of a hash, if there is one.
    fn take(&mut self, hash: u64) -> bool {
        if self.count == 0 {
            return false;
        }
        let Ok(mut found) = self.hashes.find_entry(spread(hash), |own| own.0 == hash) else {
            return false;
        };
        self.count -= 1;
        let (_, left) = found.get_mut();
        *left -= 1;
        if *left == 0 {
            found.remove();
        }
        true
    }
}

#[cfg(all(test, not(heirloom_loom)))]
mod tests {
    use super::*;

    /// Hashes far apart, as those of keys are.
    fn hash(number: u64) -> u64 {
        crate::term::hash_of_word(number, 1)
    }

    fn admit(rounds: &mut Rounds, number: u64) {
        assert!(rounds.admit(hash(number), None).is_none(), "no ghost");
    }

    #[test]
    fn the_oldest_goes_and_what_was_used_stays() {
        let mut rounds = Rounds::default();
        (0..3).for_each(|number| admit(&mut rounds, number));
        let oldest = rounds.next().expect("there are three");
        assert_eq!(oldest.hash(), key_of(hash(0)));
        rounds.give_back(oldest, Look::Used);
        let next = rounds.next().expect("there are three");
        assert_eq!(next.hash(), key_of(hash(1)));
        rounds.give_back(next, Look::TakenOut);
        assert_eq!(rounds.objects(), 2);
        assert_eq!((rounds.small.len(), rounds.main.len()), (1, 1));
        // It went from the small queue, so it is a ghost.
        let mut ghost = rounds.admit(hash(1), None).expect("a ghost");
        let unused = rounds.next_for_ghost(&mut ghost).expect("one in main");
        rounds.admit_before(ghost, unused);
        assert_eq!((rounds.small.len(), rounds.main.len()), (1, 2));
        assert_eq!(rounds.main[0], key_of(hash(0)));
    }

    #[test]
    fn uses_in_several_rounds_are_rounds_in_hand() {
        let mut rounds = Rounds::default();
        rounds.main.push_back(key_of(hash(7)));
        let mut look = |look| {
            let entry = rounds.next().expect("there is one");
            let credit = entry.credit();
            rounds.give_back(entry, look);
            credit
        };
        let looks = [Look::Used, Look::Used, Look::Used, Look::Unused];
        assert_eq!(looks.map(&mut look), [0, 1, 2, 2]);
        assert_eq!([Look::Unused, Look::Unused].map(look), [1, 0]);
    }

    #[test]
    fn an_entry_goes_with_its_object_in_whatever_order_that_is_told() {
        let mut rounds = Rounds::default();
        admit(&mut rounds, 1);
        rounds.dismiss(hash(1));
        assert_eq!((rounds.objects(), rounds.next()), (0, None));
        rounds.dismiss(hash(2));
        admit(&mut rounds, 2);
        assert_eq!((rounds.objects(), rounds.next()), (0, None));
        admit(&mut rounds, 3);
        let taken = rounds.next().expect("there is one");
        rounds.dismiss(hash(3));
        rounds.give_back(taken, Look::Absent);
        assert_eq!((rounds.objects(), rounds.next()), (0, None));
        assert_eq!(rounds.stale.count, 0);
    }

    #[test]
    fn what_is_deleted_again_and_again_takes_no_more_memory() {
        let mut rounds = Rounds::default();
        for number in 0..100_000 {
            admit(&mut rounds, number % 1000);
            rounds.dismiss(hash(number % 1000));
        }
        assert!(rounds.bytes() < 64 << 10, "{} bytes", rounds.bytes());
        for number in 0..100_000 {
            admit(&mut rounds, number);
            rounds.dismiss(hash(number));
        }
        assert!(rounds.bytes() < 64 << 10, "{} bytes", rounds.bytes());
        assert_eq!(rounds.objects(), 0);
    }
}
