//! Models of the tree's protocols: this very code under loom.
//!
//! Pages have two entries here, so three keys are two leaves and a root. Objects of two elements stand in
//! their leaves, longer ones are rows.

use super::Tree;
use crate::engine::Care;
use crate::engine::walk::{Direction, Edge, Piece};
use crate::engine::{Admission, Objects, RowBuffer};
use crate::loom_support::{check, check_within, spawn};
use crate::mutant::Mutant;
use crate::sync::{Arc, AtomicU64, Ordering, set_thread_slot};
use crate::term::{Term, TermRef};

/// A gate that nobody changes.
struct Bench {
    tree: Tree,
    gate: AtomicU64,
}

impl Bench {
    fn with(keys: &[i64]) -> Arc<Bench> {
        let bench = Bench {
            tree: Tree::new(1, Care::default()),
            gate: AtomicU64::new(0),
        };
        // What appears on first use is there: making it orders threads, and hides what a model is about.
        for slot in [2, 1, 0] {
            set_thread_slot(slot);
            bench.insert(&[0, 0]);
            bench.remove(0);
        }
        for &key in keys {
            bench.insert(&[key, 0]);
        }
        Arc::new(bench)
    }

    fn admission(&self) -> Admission<'_> {
        Admission::new(&self.gate, 0)
    }

    fn insert(&self, object: &[i64]) {
        let inserted = self.tree.insert(&words(object), false, &self.admission());
        assert_eq!(inserted, Ok(true));
    }

    fn remove(&self, key: i64) {
        let key = Term::from(key);
        let removed = self.tree.remove(key.as_ref(), None, &self.admission());
        assert_eq!(removed, Ok(true));
    }

    /// The elements of a key's object.
    fn fetch(&self, key: i64) -> Option<Vec<i64>> {
        let mut buffer = RowBuffer::new();
        let found = self.tree.fetch(Term::from(key).as_ref(), &mut buffer);
        found.then(|| elements(buffer.object()))
    }

    /// All keys, as a walk meets them.
    fn keys(&self, direction: Direction) -> Vec<i64> {
        let mut walk = self.tree.walk(direction);
        let (mut keys, mut piece) = (Vec::new(), Piece::default());
        while walk.read(&self.tree, &mut piece) {
            keys.extend((0..piece.len()).filter_map(|index| piece.key(index).as_i64()));
            walk.advance(&piece, piece.len());
        }
        keys
    }

    /// The key next to one.
    fn key_behind(&self, key: i64, direction: Direction) -> Option<i64> {
        let mut walk = self.tree.walk_after(Term::from(key).as_ref(), direction);
        let mut piece = Piece::default();
        let found = walk.read(&self.tree, &mut piece) && piece.len() > 0;
        found.then(|| piece.key(0).as_i64()).flatten()
    }

    fn insert_list(&self, objects: &[[i64; 2]]) {
        let words: Vec<Vec<u64>> = objects.iter().map(|object| words(object)).collect();
        let objects: Vec<&[u64]> = words.iter().map(Vec::as_slice).collect();
        let inserted = self.tree.insert_list(&objects, false, &self.admission());
        assert_eq!(inserted, Ok(true));
    }

    fn count(&self) -> u64 {
        self.tree.count_between(&Edge::End, &Edge::End)
    }
}

/// The words of a tuple of small integers.
fn words(elements: &[i64]) -> Vec<u64> {
    let words = elements
        .iter()
        .map(|&element| (element << 3).cast_unsigned());
    std::iter::once(elements.len() as u64)
        .chain(words)
        .collect()
}

fn elements(object: TermRef<'_>) -> Vec<i64> {
    let elements = object.elements().into_iter().flatten();
    elements.filter_map(TermRef::as_i64).collect()
}

#[test]
fn a_get_sees_a_row_whole_or_not() {
    check(Mutant::NoPageValidation, || {
        let bench = Bench::with(&[]);
        bench.insert(&[1, 10, 10]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[1, 20, 20]));
        let seen = bench.fetch(1);
        let is_whole = seen.is_some_and(|seen| seen[1] == seen[2]);
        writer.join().is_ok() && is_whole
    });
}

#[test]
fn two_writers_of_a_leaf_lose_nothing() {
    check(Mutant::NoPageLock, || {
        let bench = Bench::with(&[]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[2, 2]));
        bench.insert(&[1, 1]);
        writer.join().is_ok() && bench.keys(Direction::Forwards) == [1, 2]
    });
}

#[test]
fn a_split_and_a_writer_lose_nothing() {
    check_within(2, Mutant::NoPageLock, || {
        let bench = Bench::with(&[1, 4]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[2, 0]));
        bench.insert(&[3, 0]);
        writer.join().is_ok() && bench.keys(Direction::Forwards) == [1, 2, 3, 4]
    });
}

#[test]
fn a_split_hides_nothing_from_a_get() {
    check_within(2, Mutant::SplitWithoutWriting, || {
        let bench = Bench::with(&[1, 5]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[3, 0]));
        let seen = bench.fetch(5);
        writer.join().is_ok() && seen.is_some()
    });
}

#[test]
fn a_merge_hides_nothing_from_a_scan() {
    check_within(2, Mutant::MergeWithoutWriting, || {
        // Two leaves: [1] and [3, 5].
        let bench = Bench::with(&[1, 3, 5]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.remove(1));
        let seen = bench.keys(Direction::Forwards);
        writer.join().is_ok() && [&[1, 3, 5][..], &[3, 5]].contains(&&seen[..])
    });
}

#[test]
fn a_step_over_an_edge_meets_what_a_split_moves() {
    check_within(2, Mutant::NoParentValidation, || {
        // Two leaves: [1, 3] and [5].
        let bench = Bench::with(&[1, 5, 3]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[2, 0]));
        let seen = bench.key_behind(5, Direction::Backwards);
        writer.join().is_ok() && seen == Some(3)
    });
}

#[test]
#[ignore = "takes minutes: a list has many steps"]
fn a_list_appears_at_once() {
    check_within(1, Mutant::NoCommitStamp, || {
        let bench = Bench::with(&[1, 2]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert_list(&[[1, 7], [2, 7]]));
        let has_list = |key| bench.fetch(key).is_some_and(|object| object[1] == 7);
        // No second look where nothing can be wrong any more: it would double what loom has to go through.
        let is_whole = !has_list(1) || has_list(2);
        writer.join().is_ok() && is_whole
    });
}

#[test]
#[ignore = "takes a minute: three threads, and a list has many steps"]
fn what_one_reader_sees_of_a_list_another_sees_too() {
    // All three have a thread of their own, so that one interruption, in the midst of the list, is enough.
    check_within(1, Mutant::NoCommitStamp, || {
        let bench = Bench::with(&[1, 2]);
        let [writer, first, second] = [(); 3].map(|()| Arc::clone(&bench));
        let has_list = |bench: &Bench, key| bench.fetch(key).is_some_and(|object| object[1] == 7);
        let writer = spawn(1, move || writer.insert_list(&[[1, 7], [2, 7]]));
        let told = Arc::new(AtomicU64::new(0));
        let tell = Arc::clone(&told);
        let first = spawn(2, move || {
            if has_list(&first, 1) {
                tell.store(1, Ordering::Release);
            }
        });
        let second = spawn(3, move || {
            told.load(Ordering::Acquire) == 0 || has_list(&second, 2)
        });
        writer.join().is_ok() && first.join().is_ok() && second.join().unwrap_or(false)
    });
}

#[test]
fn what_two_pop_is_not_the_same() {
    check_within(2, Mutant::NoPageLock, || {
        let bench = Bench::with(&[1, 2]);
        let pop = |bench: &Bench| {
            let mut taken = Objects::default();
            let popped =
                bench
                    .tree
                    .pop(Direction::Forwards, &mut taken, &bench.admission(), |_| {
                        true
                    });
            assert_eq!(popped, Ok(true));
            elements(taken.get(0))[0]
        };
        let other = Arc::clone(&bench);
        let other = spawn(1, move || pop(&other));
        let mine = pop(&bench);
        other.join().is_ok_and(|his| his != mine)
    });
}

#[test]
fn a_count_is_right_again_after_an_insert() {
    check_within(2, Mutant::CountsKept, || {
        // Three levels: only pages above other inner pages ask these how much is below.
        let bench = Bench::with(&[10, 20, 30, 40, 50]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[11, 0]));
        let during = bench.count();
        let ended = writer.join().is_ok();
        ended && (5..=6).contains(&during) && bench.count() == 6
    });
}

#[test]
fn deleting_everything_leaves_what_came_after() {
    check_within(2, Mutant::CountWithoutGeneration, || {
        let bench = Bench::with(&[1]);
        let writer = Arc::clone(&bench);
        let writer = spawn(1, move || writer.insert(&[2, 0]));
        bench.tree.clear();
        let ended = writer.join().is_ok();
        let there = bench.keys(Direction::Forwards);
        ended && bench.tree.len() == there.len() as u64 && !there.contains(&1)
    });
}
