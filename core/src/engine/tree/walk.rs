//! A walk through a tree: in the order of keys, one leaf at a time.
//!
//! It stands at a place between keys. So that the next leaf need not be looked for from the root on, it
//! remembers the page above the last one with its version: as long as that has not changed, the next entry
//! there leads to the next leaf.

use super::Tree;
use super::descend::Path;
use super::latch::{Memory, Seen};
use super::probe::Probe;
use crate::engine::record::{RowBuffer, object_of_pair};
use crate::engine::slot::Slot;
use crate::engine::walk::{Direction, Edge, Piece};
use crate::sync::Backoff;
use crate::term::TermRef;
use std::ops::Range;

/// See the module.
#[derive(Clone)]
pub(crate) struct TreeWalk {
    direction: Direction,
    position: Edge,
    /// Where it ends.
    end: Edge,
    has_ended: bool,
    /// The leaf that the position is at the end of.
    hint: Option<Hint>,
    /// What becomes of that when all of what was read last is done with.
    next: Next,
}

/// A leaf, as an entry of the page above.
#[derive(Clone, Copy)]
struct Hint {
    above: Memory,
    entry: usize,
}

/// What follows what was read last.
#[derive(Clone, Copy)]
enum Next {
    Leaf(Option<Hint>),
    End,
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
            end,
            has_ended: false,
            hint: None,
            next: Next::End,
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

    fn stand_behind(&mut self, key: TermRef<'_>) {
        self.position = match self.direction {
            Direction::Forwards => Edge::After(key.to_term()),
            Direction::Backwards => Edge::Before(key.to_term()),
        };
    }

    /// See `Walk::read`.
    pub(crate) fn read(&mut self, tree: &Tree, piece: &mut Piece) -> bool {
        let mut backoff = Backoff::default();
        while !self.has_ended {
            piece.clear();
            piece.key_position = tree.key_position;
            let read = match self.hinted_leaf(tree) {
                Some((leaf, hint)) => self.read_hinted(tree, leaf, hint, piece),
                None => self.read_from_root(tree, piece),
            };
            if let Some(next) = read {
                self.next = next;
                return true;
            }
            self.hint = None;
            backoff.wait();
        }
        piece.clear();
        false
    }

    /// The leaf behind the hinted one.
    fn hinted_leaf<'t>(&self, tree: &'t Tree) -> Option<(Seen<'t>, Hint)> {
        let hint = self.hint?;
        let above = Seen::recall(tree.page(hint.above.page())?, hint.above);
        let entry = match self.direction {
            Direction::Forwards => hint.entry + 1,
            Direction::Backwards => hint.entry.checked_sub(1)?,
        };
        if entry >= above.page.count() {
            return None;
        }
        let leaf = tree.look_below(&above, entry)?;
        Some((leaf, Hint { entry, ..hint }))
    }

    fn read_hinted(
        &self,
        tree: &Tree,
        leaf: Seen<'_>,
        hint: Hint,
        piece: &mut Piece,
    ) -> Option<Next> {
        let entries = 0..leaf.page.count();
        self.read_leaf(tree, &leaf, entries, Some(hint), piece)
    }

    /// Reads the first leaf that has something, found from the root on. All of it, from the place where
    /// the walk stands, is as it was at one moment.
    fn read_from_root(&self, tree: &Tree, piece: &mut Piece) -> Option<Next> {
        let start = Probe::place(&self.position, self.ends()[0]);
        let mut path = Path::new();
        let mut leaf = tree.leaf_with_path(&start, &mut path);
        let mut buffer = RowBuffer::new();
        let place = either(tree.search(&leaf, &start, &mut buffer)?);
        let mut entries = match self.direction {
            Direction::Forwards => place..leaf.page.count(),
            Direction::Backwards => 0..place,
        };
        let mut passed = Vec::new();
        loop {
            let next = self.read_leaf(tree, &leaf, entries, hint_of(&path), piece)?;
            let is_done = piece.len() > 0 || matches!(next, Next::End);
            passed.push(leaf);
            if is_done {
                return passed.iter().all(Seen::is_unchanged).then_some(next);
            }
            match tree.neighbour(&mut path, self.direction)? {
                Some(neighbour) => leaf = neighbour,
                None => return passed.iter().all(Seen::is_unchanged).then_some(Next::End),
            }
            entries = 0..leaf.page.count();
        }
    }

    /// Reads those of a leaf's entries that are not behind the end of the walk.
    fn read_leaf(
        &self,
        tree: &Tree,
        leaf: &Seen<'_>,
        entries: Range<usize>,
        hint: Option<Hint>,
        piece: &mut Piece,
    ) -> Option<Next> {
        let (entries, is_last) = self.up_to_end(tree, leaf, entries)?;
        match self.direction {
            Direction::Forwards => tree.copy_entries(leaf, entries, piece)?,
            Direction::Backwards => tree.copy_entries(leaf, entries.rev(), piece)?,
        }
        leaf.is_unchanged()
            .then_some(if is_last { Next::End } else { Next::Leaf(hint) })
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
                self.hint = None;
            }
            return;
        }
        if let Some(last) = piece.len().checked_sub(1) {
            self.stand_behind(piece.key(last));
        }
        match self.next {
            Next::Leaf(hint) => self.hint = hint,
            Next::End => self.has_ended = true,
        }
    }

    /// See `Walk::rest`. The leaf behind the one that was read last need not be the next one when the walk
    /// goes on: between the two there may be new keys, in either of them or in a leaf of their own.
    pub(crate) fn rest(&mut self) {
        self.hint = None;
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

impl Tree {
    /// Appends what is in some entries of a leaf. `None` if the leaf has changed.
    fn copy_entries(
        &self,
        leaf: &Seen<'_>,
        entries: impl Iterator<Item = usize> + Clone,
        piece: &mut Piece,
    ) -> Option<()> {
        if self.key_position == 1 && self.copy_pairs(leaf, entries.clone(), piece) {
            piece.first_key_len = piece.len().min(1);
            return Some(());
        }
        piece.clear();
        for entry in entries.clone() {
            if let Some(row) = self.slot(leaf, entry).as_record() {
                self.rows.slab.prefetch(row);
            }
        }
        let mut buffer = RowBuffer::new();
        for entry in entries {
            self.copy_entry(leaf, self.slot(leaf, entry), &mut buffer, piece)?;
        }
        piece.first_key_len = piece.len().min(1);
        Some(())
    }

    /// Appends what is in some entries of a leaf, if they are all pairs.
    #[inline(always)]
    fn copy_pairs(
        &self,
        leaf: &Seen<'_>,
        entries: impl Iterator<Item = usize>,
        piece: &mut Piece,
    ) -> bool {
        for entry in entries {
            let slot = self.slot(leaf, entry);
            let Some((_, value)) = slot.as_pair() else {
                return false;
            };
            piece.pairs.push(object_of_pair(super::key_of(slot), value));
        }
        true
    }

    fn copy_entry(
        &self,
        leaf: &Seen<'_>,
        slot: Slot,
        buffer: &mut RowBuffer,
        piece: &mut Piece,
    ) -> Option<()> {
        if let Some((_, value)) = slot.as_pair() {
            piece.push_row(&object_of_pair(super::key_of(slot), value));
        } else if self.copy_slot(leaf, slot, buffer)? {
            piece.push_buffer(buffer);
        }
        Some(())
    }
}
