//! Caches that go by hashes: who is admitted, and what a look at an object finds. See [`lifetime`](crate::engine::lifetime).

use super::HashTable;
use super::find::{Place, Spot};
use super::hold::Held;
use super::line;
use crate::engine::lifetime::{Entry, Look, Moment, RemovalCause, Spared, same_key};
use crate::engine::objects::Objects;
use crate::engine::reclaim::pin;

impl HashTable {
    /// Takes note of an object that was put in where none was. The caller holds nothing.
    #[inline(always)]
    pub(super) fn admit(&self, hash: u64) {
        if let Some(rounds) = self.rows.rounds() {
            rounds.admit(hash, |entry| self.look(entry, Spared::All));
        }
    }

    /// Takes objects out until they are not too many any more.
    pub(crate) fn make_rounds(&self) {
        if let Some(rounds) = self.rows.rounds() {
            rounds.make_rounds(|entry, spared| self.look(entry, spared));
        }
    }

    /// Looks whether an object is used, and takes it out if it may go.
    fn look(&self, entry: Entry, spared: Spared) -> Look {
        self.help_resize();
        let [lowest, highest] = entry.hashes();
        let mut held = self.hold(lowest);
        let mut place = self.place_of_hash(&held, lowest);
        let spot = held.spot();
        if place.is_none() && spot.array.index(highest) != spot.bucket {
            // The bits that an entry does not have decide which bucket it is.
            drop(held);
            held = self.hold(highest);
            place = self.place_of_hash(&held, highest);
        }
        let Some(place) = place else {
            return Look::Absent;
        };
        let is_used = place.line.is_used(place.index);
        match spared {
            Spared::All | Spared::Used if is_used => {
                place.line.forget_use(place.index);
                Look::Used
            }
            Spared::All => Look::Unused,
            _ => {
                held.begin_writing();
                let generation = held.generation_like(self.generation());
                self.take_out(&mut held, &place);
                drop(held);
                self.see_off(&place, generation);
                Look::TakenOut
            }
        }
    }

    /// Takes note that the object in a place is used; the caller holds the bucket.
    #[inline(always)]
    pub(super) fn note_use(&self, place: &Place<'_>) {
        if self.rows.rounds().is_some() {
            place.line.note_use(place.index);
        }
    }

    /// Takes note that an object was seen in a place. The spot has not changed until then.
    ///
    /// A line of the array is always one; a bit that comes late there marks another object, or none. Any other line is a cell, which may be freed by
    /// now and hold a row: there the bit is set only under the lock, which is had only if nothing has changed.
    #[inline(always)]
    pub(super) fn note_seen(&self, spot: &Spot<'_>, place: &Place<'_>) {
        if self.rows.rounds().is_none() || place.line.is_used(place.index) {
            return;
        }
        if spot.held || std::ptr::eq(place.line.header(), spot.line.header()) {
            place.line.note_use(place.index);
        } else {
            self.note_seen_beyond(spot, place);
        }
    }

    #[cold]
    fn note_seen_beyond(&self, spot: &Spot<'_>, place: &Place<'_>) {
        if !spot.is_locked()
            && let Some(_held) = self.hold_quietly(spot)
        {
            place.line.note_use(place.index);
        }
    }

    /// Where an object with a key of this hash is, in a bucket that is held.
    fn place_of_hash<'t>(&'t self, held: &Held<'t>, hash: u64) -> Option<Place<'t>> {
        for line in self.lines(held.spot()) {
            let mut fitting = line.tagged(line::tag_of(hash));
            while let Some(index) = fitting.pop() {
                let slot = line.slot(index);
                if same_key(self.hash_of_slot(slot), hash) {
                    return Some(Place { line, index, slot });
                }
            }
        }
        None
    }

    /// An object was evicted.
    fn see_off(&self, place: &Place<'_>, generation: u64) {
        let mut objects = Objects::default();
        if self.rows.feed().is_some() {
            let copied = self.copy_slot(&self.lone_spot(), place.slot, &pin(), &mut objects);
            debug_assert!(copied.is_some(), "what is out of reach does not change");
        }
        self.discard(place.slot, RemovalCause::Evicted, Moment::NONE);
        self.count(generation, -1, -1, false);
        if let (Some(feed), 1..) = (self.rows.feed(), objects.len())
            && let Some(key) = objects.get(0).element(self.key_position)
        {
            feed.tell_changed(key);
        }
    }
}
