//! Walking through a table, a piece at a time.
//!
//! A walk stands between two objects. It reads what comes next, one piece of the table as it was at
//! one moment, and moves on behind all of that or a part of it. It holds nothing of the table: what
//! it knows is where it stands. So it may be kept, moved to another thread and gone on with whenever,
//! whatever happened to the table meanwhile; and objects that stay throughout are met exactly once.

use super::hash::{Group, HashWalk};
use super::key_walk::KeyWalk;
use super::lifetime::Moment;
use super::record::{PairWords, ROW_ROOT, RowBuffer, object_term};
use super::tree::TreeWalk;
use super::{Engine, Objects};
use crate::matchspec::KeyPrefix;
use crate::sync::AtomicU64;
use crate::term::{Term, TermRef};
use smallvec::SmallVec;
use std::cell::Cell;
use std::collections::HashMap;
use std::mem;
use std::ops::{ControlFlow, Range};

/// Pairs of a piece that need no allocation: as many as a page of a tree has.
const PAIRS_USUAL: usize = 32;

/// The objects of a leaf that has nothing but pairs.
pub(super) type Pairs = SmallVec<[PairWords; PAIRS_USUAL]>;

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forwards,
    Backwards,
}

/// A place between keys, in a table that has them in order.
#[derive(Clone, Debug)]
pub(crate) enum Edge {
    /// In front of all keys, or behind them all.
    End,
    /// Directly in front of where this key is or would be.
    Before(Term),
    /// Directly behind it.
    After(Term),
    /// In front of all keys with this beginning.
    BeforePrefix(KeyPrefix),
    /// Behind all keys with this beginning.
    AfterPrefix(KeyPrefix),
}

/// See the module.
#[derive(Clone)]
pub(crate) enum Walk {
    Hash(HashWalk),
    Tree(TreeWalk),
    /// Not through the table, but to some of its keys.
    Keys(KeyWalk),
}

impl Engine {
    /// A walk through the whole table.
    pub(crate) fn walk(&self, direction: Direction) -> Walk {
        match self {
            Engine::Hash(table) => Walk::Hash(table.walk(direction)),
            Engine::Tree(tree) => Walk::Tree(tree.walk(direction)),
        }
    }

    /// A walk through what lies between two places; through everything where keys have no order.
    pub(crate) fn walk_between(&self, lower: Edge, upper: Edge, direction: Direction) -> Walk {
        match self {
            Engine::Hash(table) => Walk::Hash(table.walk(direction)),
            Engine::Tree(tree) => Walk::Tree(tree.walk_between(lower, upper, direction)),
        }
    }

    /// A walk that begins behind a key, which need not be there.
    pub(crate) fn walk_after(&self, key: TermRef<'_>, direction: Direction) -> Walk {
        match self {
            Engine::Hash(table) => Walk::Hash(table.walk_after(key, direction)),
            Engine::Tree(tree) => Walk::Tree(tree.walk_after(key, direction)),
        }
    }
}

impl Engine {
    /// A walk through the objects of these keys, in this order; those of each key oldest first. No two
    /// keys may be the same to the table.
    pub(crate) fn walk_keys(&self, keys: Vec<Term>) -> Walk {
        Walk::Keys(KeyWalk::new(keys))
    }
}

impl Walk {
    /// The places that it goes between, the lower one first, if it goes through keys in order. To be set
    /// before it begins.
    pub(crate) fn edges_mut(&mut self) -> Option<[&mut Edge; 2]> {
        match self {
            Walk::Tree(walk) => Some(walk.edges_mut()),
            Walk::Hash(_) | Walk::Keys(_) => None,
        }
    }

    /// Reads what comes next into `piece`, and stays where it is: doing it again reads the same place
    /// again. False at the end; what was read may be empty before that.
    pub(crate) fn read(&mut self, engine: &Engine, piece: &mut Piece) -> bool {
        match (self, engine) {
            (Walk::Hash(walk), Engine::Hash(table)) => walk.read(table, piece),
            (Walk::Tree(walk), Engine::Tree(tree)) => walk.read(tree, piece),
            (Walk::Keys(walk), engine) => walk.read(engine, piece),
            _ => unreachable!("a walk goes through the table it was made for"),
        }
    }

    /// Asks for the memory of what comes behind that which was read last: for callers that go on.
    pub(crate) fn prefetch(&self, engine: &Engine) {
        if let (Walk::Hash(walk), Engine::Hash(table)) = (self, engine) {
            walk.prefetch(table);
        }
    }

    /// Moves behind the first `count` objects of what was read last.
    pub(crate) fn advance(&mut self, engine: &Engine, piece: &Piece, count: usize) {
        match (self, engine) {
            (Walk::Hash(walk), Engine::Hash(table)) => walk.advance(table, piece, count),
            (Walk::Tree(walk), _) => walk.advance(piece, count),
            (Walk::Keys(walk), _) => walk.advance(piece, count),
            _ => unreachable!("a walk goes through the table it was made for"),
        }
    }

    /// Keeps nothing but the place where it stands, so that it meets whatever lies behind that when it
    /// goes on, also what has come there meanwhile.
    pub(crate) fn rest(&mut self) {
        if let Walk::Tree(walk) = self {
            walk.rest();
        }
    }

    /// Whether the key was there that the walk stood behind when it read last. In an ordered table
    /// it does not matter, and the answer is yes.
    pub(crate) fn found_its_key(&self) -> bool {
        match self {
            Walk::Hash(walk) => walk.found_its_key(),
            Walk::Tree(_) => true,
            Walk::Keys(_) => true,
        }
    }
}

/// What a walk has read: objects in its order, those of each key together.
#[derive(Default)]
pub(crate) struct Piece {
    /// If all objects are pairs of a tree, they are here, and nothing is in `objects`: leaves of pairs are
    /// what is scanned most, and so they need no more than what they are.
    pub(super) pairs: Pairs,
    pub(super) objects: Objects,
    /// Which of the objects come, in order.
    pub(super) order: Vec<usize>,
    /// The number of the first key's objects.
    pub(super) first_key_len: usize,
    pub(super) key_position: usize,
    /// What was over by then does not come. A walk through a tree sets it.
    pub(super) moment: Moment,
    /// What a walk through a hash table needs while it reads; kept for its memory.
    pub(super) groups: Vec<Group>,
}

thread_local! {
    /// The memory of a piece that is done with. It is too large for what allocators keep at hand, and walks of a few steps
    /// would spend much of their time on it.
    static SPARE: Cell<Option<(Objects, Vec<usize>)>> = const { Cell::new(None) };
}

/// Words of a piece whose memory is kept.
const SPARE_WORDS_MAX: usize = 1 << 12;

impl Drop for Piece {
    fn drop(&mut self) {
        if (1..=SPARE_WORDS_MAX).contains(&self.objects.capacity()) {
            self.clear();
            let spare = (mem::take(&mut self.objects), mem::take(&mut self.order));
            // At the end of a thread it goes with the piece.
            let _ = SPARE.try_with(|kept| kept.set(Some(spare)));
        }
    }
}

impl Piece {
    pub(super) fn clear(&mut self) {
        self.pairs.clear();
        self.objects.clear();
        self.order.clear();
        self.first_key_len = 0;
    }

    /// Makes room for so many objects of the usual size.
    pub(super) fn reserve(&mut self, count: usize) {
        if self.order.capacity() == 0
            && let Some(spare) = SPARE.try_with(Cell::take).unwrap_or_default()
        {
            (self.objects, self.order) = spare;
        }
        self.order.reserve(count);
        self.objects.reserve(count);
    }

    /// Appends an object at the end.
    #[inline]
    pub(super) fn push_row(&mut self, row: &[u64]) {
        self.order.push(self.objects.len());
        self.objects.push_row(row);
    }

    /// Appends the row whose first word is `head`, straight out of its cell. False if it can be none.
    #[inline]
    pub(super) fn push_cell(&mut self, cell: &[AtomicU64], head: u64) -> bool {
        let is_row = self.objects.push_cell(cell, head);
        if is_row {
            self.order.push(self.objects.len() - 1);
        }
        is_row
    }

    /// Appends the object in a buffer.
    pub(super) fn push_buffer(&mut self, buffer: &RowBuffer) {
        self.order.push(self.objects.len());
        self.objects.push_buffer(buffer);
    }

    /// How many objects there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.pairs.len() + self.order.len()
    }

    /// One of them, without a copy.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> TermRef<'_> {
        match self.pairs.get(index) {
            Some(pair) => object_term(pair),
            None => self.objects.get(self.order[index]),
        }
    }

    /// One of them on its own.
    pub(crate) fn to_term(&self, index: usize) -> Term {
        match self.pairs.get(index) {
            Some(pair) => Term::from_parts(ROW_ROOT, pair),
            None => self.objects.to_term(self.order[index]),
        }
    }

    /// Folds over the objects, until `fold` breaks off.
    #[inline(always)]
    pub(crate) fn try_fold<A>(
        &self,
        accumulator: A,
        mut fold: impl FnMut(A, TermRef<'_>) -> ControlFlow<A, A>,
    ) -> ControlFlow<A, A> {
        let mut accumulator = accumulator;
        for pair in &self.pairs {
            accumulator = fold(accumulator, object_term(pair))?;
        }
        for &index in &self.order {
            accumulator = fold(accumulator, self.objects.get(index))?;
        }
        ControlFlow::Continue(accumulator)
    }

    /// The key of one of them.
    pub(crate) fn key(&self, index: usize) -> TermRef<'_> {
        let object = self.get(index);
        TermRef::from_parts(object.words()[self.key_position], object.words())
    }

    /// The objects of the first key; of one key all that there are, unless the walk stood in the
    /// midst of them.
    pub(crate) fn first_key(&self) -> Range<usize> {
        0..self.first_key_len
    }
}

/// Of the objects from `first` on, which are those of one key, keeps the ones that a walk in their midst
/// has still to come to: as many of each as `rest` has. Some of these may be gone, and others be new.
pub(super) fn retain_awaited(
    objects: &Objects,
    order: &mut Vec<usize>,
    first: usize,
    rest: &[Term],
) {
    let mut awaited: HashMap<&Term, usize> = HashMap::new();
    for object in rest {
        *awaited.entry(object).or_default() += 1;
    }
    // Of equal objects the last ones, since those before have been met.
    let mut kept: Vec<usize> = order.drain(first..).rev().collect();
    kept.retain(|&object| is_awaited(&mut awaited, &objects.to_term(object)));
    order.extend(kept.into_iter().rev());
}

/// Whether an object is one of those that are awaited, which it then is once less.
fn is_awaited(awaited: &mut HashMap<&Term, usize>, object: &Term) -> bool {
    match awaited.get_mut(object) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
