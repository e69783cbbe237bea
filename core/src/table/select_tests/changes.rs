//! Deletions, replacements and takings by several threads, and what they do to one key of a bag.

use super::*;
use std::thread;

const THREADS: i64 = 4;
const KEYS: i64 = 2_000;

/// `{Key, Value + 1}` for `{Key, Value}`.
fn increment() -> MatchSpec {
    spec("[{{'$1','$2'},[],[{{'$1',{'+','$2',1}}}]}]")
}

/// What several threads return that do the same thing to a table at the same time.
fn together<R: Send>(work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(&work)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, R>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect()
    })
}

/// Some objects a key, but one in a set.
fn objects_of(kind: Kind) -> Vec<Term> {
    let a_key = if kind.has_unique_keys() { 1 } else { 5 };
    let values = |key| (0..a_key).map(move |value| pair(key, value));
    (0..KEYS).flat_map(values).collect()
}

#[test]
fn each_object_is_taken_once() {
    for kind in KINDS {
        let objects = objects_of(kind);
        let table = filled(kind, &objects);
        let all = spec("[{'_',[],['$_']}]");
        let taken = together(|| table.select_take(&all).expect("public"));
        assert_eq!(sorted(taken.concat()), objects, "{kind}");
        assert_eq!(table.size(), Ok(0));
    }
}

#[test]
fn each_deletion_is_counted_once() {
    for kind in KINDS {
        let objects = objects_of(kind);
        let table = filled(kind, &objects);
        let even = spec("[{{'$1','_'},[{'==',{'rem','$1',2},0}],[true]}]");
        let deleted: u64 = together(|| table.select_delete(&even).expect("public"))
            .into_iter()
            .sum();
        assert_eq!(deleted, objects.len() as u64 / 2, "{kind}");
        assert_eq!(table.size(), Ok(objects.len() as u64 / 2));
    }
}

#[test]
fn no_replacement_is_lost() {
    for kind in [Kind::Set, Kind::OrderedSet, Kind::DuplicateBag] {
        let objects = objects_of(kind);
        let table = filled(kind, &objects);
        let replaced = together(|| table.select_replace(&increment()).expect("public"));
        assert_eq!(
            replaced,
            vec![objects.len() as u64; THREADS as usize],
            "{kind}"
        );
        for key in 0..KEYS {
            let values = table.lookup(key).expect("public");
            let expected: Vec<_> = (0..values.len() as i64)
                .map(|value| pair(key, value + THREADS))
                .collect();
            assert_eq!(values, expected);
        }
    }
}

/// An object that another thread replaces is never deleted by what it was before.
#[test]
fn what_is_deleted_is_what_matches() {
    [Kind::Set, Kind::OrderedSet]
        .into_iter()
        .for_each(deletes_what_matches);
}

fn deletes_what_matches(kind: Kind) {
    let table = filled(kind, &[]);
    let odd = spec("[{{'_','$1'},[{'==',{'rem','$1',2},1}],[true]}]");
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..300 {
                // Odd for a moment, then even.
                table
                    .insert_many((0..100).map(|key| pair(key, 2 * round + 1)))
                    .expect("public");
                table
                    .insert_many((0..100).map(|key| pair(key, 2 * round)))
                    .expect("public");
            }
        });
        while !writer.is_finished() {
            table.select_delete(&odd).expect("public");
        }
    });
    // The last value of each key was even, and stays.
    let expected: Vec<_> = (0..100).map(|key| pair(key, 598)).collect();
    assert_eq!(sorted(table.tab2list().expect("public")), expected);
}

#[test]
fn objects_of_one_key_are_replaced_each_once_and_in_order() {
    for count in [1, 2, 16, 17, 500] {
        let objects: Vec<Term> = (0..count).map(|value| pair(1, value)).collect();
        let table = filled(Kind::DuplicateBag, &objects);
        assert_eq!(table.select_replace(&increment()), Ok(count as u64));
        let expected: Vec<_> = (1..=count).map(|value| pair(1, value)).collect();
        assert_eq!(table.tab2list(), Ok(expected));
        // Larger ones, and large ones.
        let longer = spec("[{{'$1','$2'},[{'>','$2',3}],[{{'$1','$2',{{x,y,z}}}}]}]");
        assert_eq!(
            table.select_replace(&longer),
            Ok((count as u64).saturating_sub(3))
        );
        let text = "x".repeat(3_000);
        let large = spec(&format!(
            "[{{{{'$1','_','_'}},[],[{{{{'$1',<<\"{text}\">>}}}}]}}]"
        ));
        assert_eq!(
            table.select_replace(&large),
            Ok((count as u64).saturating_sub(3))
        );
        assert_eq!(
            table.lookup(1).map(|objects| objects.len()),
            Ok(count as usize)
        );
        let large = Term::tuple([Term::from(1), Term::from(&text[..])]).expect("a tuple");
        table.delete_object(&large).expect("public");
        assert_eq!(table.size(), Ok(3.min(count as u64)));
        table.delete(1).expect("public");
        assert_eq!(table.tab2list(), Ok(vec![]));
    }
}

/// A replacement in the midst of a bag that others add to and take from.
#[test]
fn a_bag_that_is_written_meanwhile_keeps_its_objects() {
    let table = filled(Kind::DuplicateBag, &[]);
    let rounds = if cfg!(feature = "tight") { 200 } else { 1_000 };
    thread::scope(|scope| {
        let adding = scope.spawn(|| {
            for value in 0..rounds {
                table.insert(pair(1, value * 1_000_000)).expect("public");
                table.insert(("away", value)).expect("public");
                table.delete_object(("away", value)).expect("public");
            }
        });
        while !adding.is_finished() {
            table.select_replace(&increment()).expect("public");
        }
    });
    let million = spec("[{{'_','$1'},[],[{'div','$1',1000000}]}]");
    let expected: Vec<_> = (0..rounds).map(Term::from).collect();
    assert_eq!(table.select(&million), Ok(expected));
}

#[test]
fn a_replacement_is_a_compare_and_swap() {
    [Kind::Set, Kind::OrderedSet]
        .into_iter()
        .for_each(compares_and_swaps);
}

fn compares_and_swaps(kind: Kind) {
    let table = filled(kind, &[pair(1, 0)]);
    let wins = together(|| {
        let swap = |value: i64| {
            spec(&format!(
                "[{{{{1,{value}}},[],[{{const,{{1,{}}}}}]}}]",
                value + 1
            ))
        };
        (0..500)
            .map(|value| table.select_replace(&swap(value)).expect("public"))
            .sum::<u64>()
    });
    // Each value was left once at most, and by one thread.
    let reached = table.lookup_element(1, 2).expect("it is there").as_i64();
    assert_eq!(reached, Some(wins.into_iter().sum::<u64>() as i64));
}
