//! A walk through a hash table: in the order of hashes, and of keys within one hash.
//!
//! It stands at a hash, or behind a key of that hash; see `scan` for why that is enough. In the midst of
//! a bag's objects it also knows which ones are still to come: they may be fewer when it goes on, and
//! those that came since are not among them.

use super::scan::{Bucket, Group};
use super::{HashTable, Key};
use crate::engine::walk::{Direction, Piece, retain_awaited};
use crate::term::{Term, TermRef};
use std::cmp::Ordering;

/// Objects of a bucket, as a rule.
const BUCKET_USUAL: usize = 8;

/// See the module.
#[derive(Clone)]
pub(crate) struct HashWalk {
    direction: Direction,
    /// The hash it stands at; `None` at the end.
    position: Option<u64>,
    /// The last key that was met, if it is of this hash.
    met: Option<MetKey>,
    found_its_key: bool,
    /// The position behind the bucket that was read last.
    behind: Option<u64>,
}

/// A key that a walk has come to.
#[derive(Clone)]
struct MetKey {
    key: Term,
    /// Those of its objects that are still to come.
    rest: Vec<Term>,
}

impl HashTable {
    /// A walk through the whole table.
    pub(crate) fn walk(&self, direction: Direction) -> HashWalk {
        let start = match direction {
            Direction::Forwards => 0,
            Direction::Backwards => u64::MAX,
        };
        HashWalk::new(direction, start, None)
    }

    /// A walk that begins behind a key.
    pub(crate) fn walk_after(&self, key: TermRef<'_>, direction: Direction) -> HashWalk {
        let Key { term, hash } = self.key(key);
        let met = MetKey {
            key: term.to_term(),
            rest: Vec::new(),
        };
        HashWalk::new(direction, hash, Some(met))
    }
}

impl HashWalk {
    fn new(direction: Direction, position: u64, met: Option<MetKey>) -> HashWalk {
        HashWalk {
            direction,
            position: Some(position),
            met,
            found_its_key: false,
            behind: None,
        }
    }

    pub(crate) fn found_its_key(&self) -> bool {
        self.found_its_key
    }

    /// See `Walk::read`.
    pub(crate) fn read(&mut self, table: &HashTable, piece: &mut Piece) -> bool {
        piece.clear();
        piece.key_position = table.key_position;
        let Some(hash) = self.position else {
            return false;
        };
        piece.reserve(BUCKET_USUAL);
        let objects = std::mem::take(&mut piece.objects);
        let mut bucket = table.new_bucket(objects, std::mem::take(&mut piece.groups));
        table.read_bucket(hash, &mut bucket);
        self.found_its_key = false;
        self.put_in_order(&bucket, hash, piece);
        self.behind = match self.direction {
            Direction::Forwards => bucket.upper,
            Direction::Backwards => bucket.lower.checked_sub(1),
        };
        (piece.objects, piece.groups) = bucket.into_parts();
        true
    }

    /// See `Walk::prefetch`.
    pub(crate) fn prefetch(&self, table: &HashTable) {
        if let Some(hash) = self.behind {
            table.prefetch_records(hash);
        }
    }

    /// Which of a bucket's objects come, and in what order.
    fn put_in_order(&mut self, bucket: &Bucket, hash: u64, piece: &mut Piece) {
        let groups = bucket.groups().iter();
        if self.direction == Direction::Forwards && self.met.is_none() && hash <= bucket.lower {
            // The rule on a walk through the whole table: everything in the bucket is ahead.
            piece
                .order
                .extend(groups.flat_map(|group| bucket.range(group)));
            piece.first_key_len = bucket.groups().first().map_or(0, |group| group.count());
            return;
        }
        match self.direction {
            Direction::Forwards => groups.for_each(|group| self.visit(bucket, group, hash, piece)),
            Direction::Backwards => groups
                .rev()
                .for_each(|group| self.visit(bucket, group, hash, piece)),
        }
    }

    /// Appends those objects of a group that are still to come.
    fn visit(&mut self, bucket: &Bucket, group: &Group, hash: u64, piece: &mut Piece) {
        let before = piece.order.len();
        match self.compare(bucket, group, hash) {
            Ordering::Less => return,
            Ordering::Equal => {
                self.found_its_key = true;
                self.visit_rest(bucket, group, piece);
            }
            Ordering::Greater => self.append(bucket.range(group), piece),
        }
        if before == 0 {
            piece.first_key_len = piece.order.len();
        }
    }

    /// Whether a group comes before (less), at or behind the place where the walk stands.
    fn compare(&self, bucket: &Bucket, group: &Group, hash: u64) -> Ordering {
        let by_hash = group.hash.cmp(&hash);
        let ahead = match &self.met {
            Some(met) => by_hash.then_with(|| bucket.key(group).exact_cmp(met.key.as_ref())),
            None if by_hash == Ordering::Equal => return Ordering::Greater,
            None => by_hash,
        };
        match self.direction {
            Direction::Forwards => ahead,
            Direction::Backwards => ahead.reverse(),
        }
    }

    fn append(&self, indexes: std::ops::Range<usize>, piece: &mut Piece) {
        match self.direction {
            Direction::Forwards => piece.order.extend(indexes),
            Direction::Backwards => piece.order.extend(indexes.rev()),
        }
    }

    /// Appends what is left of the objects that were still to come.
    fn visit_rest(&self, bucket: &Bucket, group: &Group, piece: &mut Piece) {
        let rest = self.met.as_ref().map_or(&[][..], |met| &met.rest);
        if rest.is_empty() {
            return;
        }
        let first = piece.order.len();
        self.append(bucket.range(group), piece);
        retain_awaited(bucket.objects(), &mut piece.order, first, rest);
    }

    /// See `Walk::advance`.
    pub(crate) fn advance(&mut self, table: &HashTable, piece: &Piece, count: usize) {
        if count >= piece.len() {
            self.position = self.behind;
            self.met = None;
        } else if count > 0 {
            self.stop_behind(table, piece, count);
        }
    }

    /// Stands behind the first `count` objects, which are not all.
    fn stop_behind(&mut self, table: &HashTable, piece: &Piece, count: usize) {
        let key = piece.key(count - 1);
        let same_key = |index: &usize| piece.key(*index).exact_eq(key);
        let rest = (count..piece.len()).take_while(same_key);
        let rest = rest.map(|index| piece.to_term(index)).collect();
        self.position = Some(table.key(key).hash);
        self.met = Some(MetKey {
            key: key.to_term(),
            rest,
        });
    }
}
