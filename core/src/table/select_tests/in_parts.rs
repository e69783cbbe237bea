//! Selections that are gone on with while the table changes.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Every object, as it is.
fn everything() -> MatchSpec {
    spec("[{'_',[],['$_']}]")
}

/// Objects `{0..keys, 0..a key}`.
fn grid(keys: i64, a_key: i64) -> Vec<Term> {
    let of_key = |key| (0..a_key).map(move |value| pair(key, value));
    (0..keys).flat_map(of_key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Objects that stay are met once. Those that are deleted are not met afterwards, those that are new
    /// at most once, and none twice.
    #[test]
    fn what_stays_is_met_once(
        kind in prop::sample::select(KINDS.to_vec()),
        by_key in any::<bool>(),
        keys in 1..12_i64,
        limit in 1..9_usize,
        changes in prop::collection::vec((any::<bool>(), 0..12_i64, 0..12_i64), 0..200),
    ) {
        let a_key = if kind.has_unique_keys() { 1 } else { 10 };
        let objects = grid(keys, a_key);
        let table = filled(kind, &objects);
        let mut stays: BTreeSet<Term> = objects.iter().cloned().collect();
        let mut met = BTreeSet::new();
        let everything = if by_key {
            let heads = (0..12).map(|key| format!("{{{{{key},'_'}},[],['$_']}}"));
            spec(&format!("[{}]", heads.collect::<Vec<_>>().join(",")))
        } else {
            everything()
        };
        let mut changes = changes.into_iter();
        let mut part = table.select_limit(&everything, limit)?;
        loop {
            for object in part.results {
                prop_assert!(met.insert(object), "an object came twice");
            }
            let Some(continuation) = part.continuation else { break };
            for (insert, key, value) in changes.by_ref().take(4) {
                // New objects have values of their own, so that each is a different one.
                let object = pair(key, if insert { 1_000 + met.len() as i64 } else { value });
                if insert && !(kind.has_unique_keys() && table.member(key)?) {
                    if !table.match_object(&object)?.contains(&object) {
                        table.insert(&object)?;
                    }
                } else {
                    table.delete_object(&object)?;
                    stays.remove(&object);
                }
            }
            let there: BTreeSet<Term> = table.tab2list()?.into_iter().collect();
            part = table.select_continue(continuation)?;
            prop_assert!(part.results.iter().all(|object| there.contains(object)));
        }
        prop_assert!(stays.is_subset(&met), "an object was missed");
    }
}

#[test]
fn a_table_that_grows_and_shrinks_between_parts() {
    for kind in KINDS {
        let table = public(kind);
        table
            .insert_many((0..500).map(|key| pair(key, 0)))
            .expect("public");
        let mut met = Vec::new();
        let mut part = table.select_limit(&everything(), 50).expect("public");
        let mut round = 0;
        let others = spec("[{{'$1','_'},[{'>=','$1',1000000}],[true]}]");
        loop {
            met.append(&mut part.results);
            let Some(continuation) = part.continuation else {
                break;
            };
            match round {
                0 | 2 => {
                    let others = (1_000_000..1_020_000).map(|key| pair(key, 0));
                    table.insert_many(others).expect("public");
                }
                1 | 3 => assert_eq!(table.select_delete(&others), Ok(20_000)),
                _ => {}
            }
            round += 1;
            part = table.select_continue(continuation).expect("public");
        }
        met.retain(|object| object.element(1).and_then(|key| key.as_i64()) < Some(500));
        assert_eq!(sorted(met), grid(500, 1), "{kind}");
    }
}

#[test]
fn parts_of_one_key_of_a_bag() {
    let several: Vec<Term> = (0..1_001).map(|value| pair(7, value)).collect();
    for (kind, copies) in [(Kind::Bag, 1), (Kind::DuplicateBag, 2)] {
        let objects: Vec<Term> = several
            .iter()
            .cloned()
            .cycle()
            .take(1_001 * copies)
            .collect();
        let table = filled(kind, &objects);
        for limit in [1, 3, 16, 17, 1_000, 1_001, 1_002, 2_002, 3_000] {
            for asked in ["[{'_',[],['$_']}]", "[{{7,'_'},[],['$_']}]"] {
                let first = table.select_limit(&spec(asked), limit).expect("public");
                let chunks = all_chunks(&table, first);
                assert!(chunks.concat() == objects, "{kind} {limit} {asked}");
                let full = &chunks[..chunks.len() - 1];
                assert!(full.iter().all(|chunk| chunk.len() == limit));
            }
        }
    }
}

#[test]
fn copies_of_an_object_are_counted() {
    let table = filled(Kind::DuplicateBag, &vec![pair(1, 1); 10]);
    let first = table.select_limit(&everything(), 4).expect("public");
    assert_eq!(first.results.len(), 4);
    let continuation = first.continuation.expect("there are more");
    assert_eq!(
        all_chunks(
            &table,
            table.select_continue(continuation.clone()).expect("public")
        )
        .concat(),
        vec![pair(1, 1); 6]
    );
    table.delete_object(pair(1, 1)).expect("public");
    let after = table.select_continue(continuation).expect("public");
    assert!(after.results.is_empty() && after.continuation.is_none());
}

#[test]
fn a_continuation_can_be_used_again_and_elsewhere() {
    let objects: Vec<Term> = (0..100).map(|key| pair(key, key)).collect();
    let table = filled(Kind::Set, &objects);
    let first = table.select_limit(&everything(), 30).expect("public");
    let continuation = first.continuation.expect("there are more");
    let go_on = |table: &Table, continuation| {
        all_chunks(table, table.select_continue(continuation).expect("public")).concat()
    };
    let ours = go_on(&table, continuation.clone());
    assert_eq!(ours.len(), 70);
    // By the table's id, not its name.
    table.rename("another").expect("public");
    let other = table.clone();
    let theirs = std::thread::spawn(move || go_on(&other, continuation));
    assert_eq!(ours, theirs.join().expect("no panic"));
}

#[test]
fn the_end_of_the_table() {
    let table = filled(Kind::Set, &[pair(1, 1), pair(2, 2)]);
    // Nothing at all.
    let none = table
        .select_limit(&spec("[{{3,'_'},[],['$_']}]"), 1)
        .expect("public");
    assert!(none.results.is_empty() && none.continuation.is_none());
    // Fewer than allowed.
    let all = table.select_limit(&everything(), 3).expect("public");
    assert!(all.results.len() == 2 && all.continuation.is_none());
    // Just as many: there may be more, as far as the call knows.
    let two = table.select_limit(&everything(), 2).expect("public");
    assert_eq!(two.results.len(), 2);
    let rest = two
        .continuation
        .map(|rest| table.select_continue(rest).expect("public"));
    assert!(rest.is_none_or(|rest| rest.results.is_empty() && rest.continuation.is_none()));
}

/// Wherever in a leaf a part ends: a key that comes directly behind its last one is the next.
#[test]
fn a_key_that_comes_behind_a_part_is_in_the_next() {
    let even: Vec<Term> = (0..100).map(|key| pair(2 * key, 0)).collect();
    for limit in 1..=100 {
        let table = filled(Kind::OrderedSet, &even);
        let everything = everything();
        for first in [
            table.select_limit(&everything, limit),
            table.select_reverse_limit(&everything, limit),
        ] {
            let first = first.expect("public");
            let (last, step) = match first.results.first().and_then(first_integer) {
                Some(0) => (2 * limit as i64 - 2, 1),
                _ => (200 - 2 * limit as i64, -1),
            };
            table.insert((last + step, 0)).expect("public");
            let rest = first.continuation.expect("there may be more");
            let next = table.select_continue(rest).expect("public").results;
            let found = next.first().and_then(first_integer);
            assert_eq!(found, Some(last + step), "after {limit}");
            table.delete(last + step).expect("public");
        }
    }
}

fn first_integer(object: &Term) -> Option<i64> {
    object.element(1)?.as_i64()
}
