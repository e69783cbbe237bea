//! A walk through a tree: in the order of keys, one leaf at a time.
//!
//! It stands at a place between keys. So that the next leaf need not be looked for from the root on, it
//! remembers the page above the last one with its version: as long as that has not changed, the next entry
//! there leads to the next leaf. Of a leaf with records it may have read a part; then it remembers that leaf's version.

use super::Tree;
use super::descend::Path;
use super::latch::{Memory, Seen};
use super::page::{ENTRIES, Page};
use super::probe::Probe;
use crate::engine::record::RowBuffer;
use crate::engine::walk::{Direction, Edge, Piece};
use crate::sync::Backoff;
use crate::term::TermRef;
use smallvec::SmallVec;
use std::ops::Range;

/// Leaves that a walk passes before it finds something; more than one if some are empty.
const PASSED_USUAL: usize = 2;

/// How many records a walk reads at first, a dozen: most go no further than to the next few, or the next ten. Then it
/// reads twice as many each time, as far as a leaf goes. (Small pages, which are for tests, are read in several parts, too.)
const AHEAD_FIRST: usize = if ENTRIES > 12 { 12 } else { 1 };

/// See the module.
#[derive(Clone)]
pub(crate) struct TreeWalk {
    direction: Direction,
    position: Edge,
    /// The word of the key that it stands behind, whatever `position` says, if that is one word: so it is cheap
    /// to move on.
    behind: Option<u64>,
    /// Where it ends.
    end: Edge,
    has_ended: bool,
    /// The leaf that the position is in the midst of.
    remainder: Option<Remainder>,
    /// The leaf that it is at the end of.
    hint: Option<Hint>,
    /// How many records it reads at a time.
    ahead: usize,
    /// Where it goes on when all of what was read last is done with.
    next: Next,
}

/// A leaf, as an entry of the page above.
#[derive(Clone, Copy)]
struct Hint {
    above: Memory,
    entry: usize,
}

/// What is left of a leaf of which a part was read.
#[derive(Clone, Copy)]
struct Remainder {
    leaf: Memory,
    /// First entry, and the one behind the last.
    entries: (usize, usize),
    then: Then,
}

/// What follows a leaf.
#[derive(Clone, Copy)]
enum Then {
    Leaf(Option<Hint>),
    End,
}

/// What follows what was read last.
#[derive(Clone, Copy)]
enum Next {
    Within(Remainder),
    Then(Then),
}

impl Next {
    const END: Next = Next::Then(Then::End);
}

impl Tree {
    /// A walk through what lies between two places.
    pub(crate) fn walk_between(&self, lower: Edge, upper: Edge, direction: Direction) -> TreeWalk {
        let (position, end) = match direction {
            Direction::Forwards => (lower, upper),
            Direction::Backwards => (upper, lower),
        };
        TreeWalk {
            direction,
            position,
            behind: None,
            end,
            has_ended: false,
            remainder: None,
            hint: None,
            ahead: AHEAD_FIRST,
            next: Next::END,
        }
    }

    /// A walk through the whole table.
    pub(crate) fn walk(&self, direction: Direction) -> TreeWalk {
        self.walk_between(Edge::End, Edge::End, direction)
    }

    /// A walk that begins behind a key.
    pub(crate) fn walk_after(&self, key: TermRef<'_>, direction: Direction) -> TreeWalk {
        let mut walk = self.walk(direction);
        walk.stand_behind(key);
        walk
    }
}

impl TreeWalk {
    /// Where `Edge::End` is that the walk comes from, and the other.
    fn ends(&self) -> [Probe<'static>; 2] {
        match self.direction {
            Direction::Forwards => [Probe::LOWEST, Probe::HIGHEST],
            Direction::Backwards => [Probe::HIGHEST, Probe::LOWEST],
        }
    }

    #[inline]
    fn stand_behind(&mut self, key: TermRef<'_>) {
        self.behind = key.is_immediate().then(|| key.root());
        if self.behind.is_none() {
            self.position = match self.direction {
                Direction::Forwards => Edge::After(key.to_term()),
                Direction::Backwards => Edge::Before(key.to_term()),
            };
        }
    }

    /// Where it stands.
    fn start(&self) -> Probe<'_> {
        match self.behind.map(TermRef::from_immediate) {
            None => Probe::place(&self.position, self.ends()[0]),
            Some(key) => match self.direction {
                Direction::Forwards => Probe::after(key),
                Direction::Backwards => Probe::before(key),
            },
        }
    }

    /// The places that it goes between, the lower one first. It has not begun yet.
    pub(crate) fn edges_mut(&mut self) -> [&mut Edge; 2] {
        let (start, end) = (&mut self.position, &mut self.end);
        match self.direction {
            Direction::Forwards => [start, end],
            Direction::Backwards => [end, start],
        }
    }

    /// See `Walk::read`.
    pub(crate) fn read(&mut self, tree: &Tree, piece: &mut Piece) -> bool {
        let mut backoff = Backoff::default();
        while !self.has_ended {
            piece.clear();
            piece.key_position = tree.key_position;
            piece.moment = tree.rows.moment();
            let read = if let Some(remainder) = self.remainder {
                self.read_remainder(tree, remainder, piece)
            } else if let Some((leaf, entry)) = self.hinted_leaf(tree) {
                self.read_hinted(tree, leaf, entry, piece)
            } else {
                self.read_from_root(tree, piece)
            };
            if let Some(()) = read {
                return true;
            }
            self.forget_way();
            backoff.wait();
        }
        piece.clear();
        false
    }

    /// The leaf behind the hinted one, and its entry. The one that follows is asked for, since a leaf is read faster than
    /// it comes from memory.
    #[inline(always)]
    fn hinted_leaf<'t>(&self, tree: &'t Tree) -> Option<(Seen<'t>, usize)> {
        let hint = self.hint.as_ref()?;
        let above = Seen::recall(tree.page(hint.above.page())?, hint.above);
        let entry = self.entry_behind(above.page, hint.entry)?;
        let leaf = tree.look_below(&above, entry)?;
        self.prefetch_behind(above.page, entry);
        Some((leaf, entry))
    }

    /// The entry of an inner page that comes after one.
    #[inline(always)]
    fn entry_behind(&self, above: Page<'_>, entry: usize) -> Option<usize> {
        match self.direction {
            Direction::Forwards => Some(entry + 1).filter(|&next| next < above.count()),
            Direction::Backwards => entry.checked_sub(1),
        }
    }

    /// Asks for what is behind an entry of an inner page. Whatever stands there, it does no harm.
    #[inline(always)]
    fn prefetch_behind(&self, above: Page<'_>, entry: usize) {
        if let Some(next) = self.entry_behind(above, entry) {
            above.child(next).prefetch();
        }
    }

    /// Reads the leaf of an entry behind the hinted one.
    #[inline(always)]
    fn read_hinted(
        &mut self,
        tree: &Tree,
        leaf: Seen<'_>,
        entry: usize,
        piece: &mut Piece,
    ) -> Option<()> {
        let (entries, is_last) = self.up_to_end(tree, &leaf, 0..leaf.page.count())?;
        let then = if is_last {
            Then::End
        } else {
            Then::Leaf(self.hint.map(|hint| Hint { entry, ..hint }))
        };
        self.next = self.read_leaf(tree, &leaf, entries, then, piece)?;
        Some(())
    }

    /// Goes on in a leaf of which a part was read.
    fn read_remainder(
        &mut self,
        tree: &Tree,
        remainder: Remainder,
        piece: &mut Piece,
    ) -> Option<()> {
        let leaf = Seen::recall(tree.page(remainder.leaf.page())?, remainder.leaf);
        let (first, end) = remainder.entries;
        self.ahead = (2 * self.ahead).min(ENTRIES);
        self.next = self.read_leaf(tree, &leaf, first..end, remainder.then, piece)?;
        Some(())
    }

    /// Reads the first leaf that has something, found from the root on. All of it, from the place where
    /// the walk stands, is as it was at one moment.
    #[inline(never)]
    fn read_from_root(&mut self, tree: &Tree, piece: &mut Piece) -> Option<()> {
        let start = self.start();
        let mut path = Path::new();
        let mut leaf = tree.leaf_with_path(&start, &mut path);
        let mut buffer = RowBuffer::new();
        let place = either(tree.search(&leaf, &start, &mut buffer)?);
        let mut entries = match self.direction {
            Direction::Forwards => place..leaf.page.count(),
            Direction::Backwards => 0..place,
        };
        let mut passed = SmallVec::<[Seen<'_>; PASSED_USUAL]>::new();
        let next = loop {
            if let Some((above, entry)) = path.steps.last() {
                self.prefetch_behind(above.page, *entry);
            }
            let (within, is_last) = self.up_to_end(tree, &leaf, entries)?;
            let then = if is_last {
                Then::End
            } else {
                Then::Leaf(hint_of(&path))
            };
            let next = self.read_leaf(tree, &leaf, within, then, piece)?;
            passed.push(leaf);
            if piece.len() > 0 || !matches!(next, Next::Then(Then::Leaf(_))) {
                break next;
            }
            match tree.neighbour(&mut path, self.direction)? {
                Some(neighbour) => leaf = neighbour,
                None => break Next::END,
            }
            entries = 0..leaf.page.count();
        };
        passed
            .iter()
            .all(Seen::is_unchanged)
            .then(|| self.next = next)
    }

    /// Reads those of a leaf's entries that come first. What follows them, if `then` follows all of them.
    fn read_leaf(
        &self,
        tree: &Tree,
        leaf: &Seen<'_>,
        entries: Range<usize>,
        then: Then,
        piece: &mut Piece,
    ) -> Option<Next> {
        let left = tree.copy_entries(leaf, entries, self.direction, self.ahead, piece)?;
        if !leaf.is_unchanged() {
            return None;
        }
        Some(if left.is_empty() {
            Next::Then(then)
        } else {
            Next::Within(Remainder {
                leaf: leaf.memory(),
                entries: (left.start, left.end),
                then,
            })
        })
    }

    /// Leaves out what is behind the end of the walk; whether there was such.
    fn up_to_end(
        &self,
        tree: &Tree,
        leaf: &Seen<'_>,
        entries: Range<usize>,
    ) -> Option<(Range<usize>, bool)> {
        if matches!(self.end, Edge::End) {
            return Some((entries, false));
        }
        let end = Probe::place(&self.end, self.ends()[1]);
        let mut buffer = RowBuffer::new();
        let place = either(tree.search(leaf, &end, &mut buffer)?);
        let count = leaf.page.count();
        Some(match self.direction {
            Direction::Forwards => (entries.start..place.max(entries.start), place < count),
            Direction::Backwards => (place.min(entries.end)..entries.end, place > 0),
        })
    }

    /// See `Walk::advance`.
    pub(crate) fn advance(&mut self, piece: &Piece, count: usize) {
        if count < piece.len() {
            if count > 0 {
                self.stand_behind(piece.key(count - 1));
                self.forget_way();
            }
            return;
        }
        if let Some(last) = piece.len().checked_sub(1) {
            self.stand_behind(piece.key(last));
        }
        match self.next {
            Next::Within(remainder) => self.remainder = Some(remainder),
            Next::Then(Then::Leaf(hint)) => (self.remainder, self.hint) = (None, hint),
            Next::Then(Then::End) => self.has_ended = true,
        }
    }

    /// Goes on from the root.
    fn forget_way(&mut self) {
        self.remainder = None;
        self.hint = None;
    }

    /// See `Walk::rest`. The leaf behind the one that was read last need not be the next one when the walk
    /// goes on: between the two there may be new keys, in either of them or in a leaf of their own.
    pub(crate) fn rest(&mut self) {
        self.forget_way();
        self.has_ended = false;
    }
}

/// The last leaf that a path leads to.
fn hint_of(path: &Path<'_>) -> Option<Hint> {
    path.steps.last().map(|&(above, entry)| Hint {
        above: above.memory(),
        entry,
    })
}

fn either(place: Result<usize, usize>) -> usize {
    place.unwrap_or_else(|place| place)
}
