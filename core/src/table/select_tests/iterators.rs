//! Iterators.

use super::*;
use std::collections::BTreeSet;

#[test]
fn iterators_meet_everything_once() {
    for kind in KINDS {
        let a_key = if kind.has_unique_keys() { 1 } else { 20 };
        let of_key = |key| (0..a_key).map(move |value| pair(key, value));
        let objects: Vec<Term> = (0..3_000).flat_map(of_key).collect();
        let table = filled(kind, &objects);
        let met: Result<Vec<_>, _> = table.iter().collect();
        assert_eq!(met, table.tab2list());
        let keys: Vec<Term> = table.keys().collect::<Result<_, _>>().expect("public");
        assert_eq!(sorted(keys), (0..3_000).map(Term::from).collect::<Vec<_>>());
    }
}

#[test]
fn a_table_may_change_under_its_iterators() {
    for kind in KINDS {
        let table = public(kind);
        table
            .insert_many((0..2_000).map(|key| pair(key, 0)))
            .expect("public");
        let mut met = BTreeSet::new();
        for (round, key) in table.keys().enumerate() {
            let key = key.expect("public");
            table.delete(&key).expect("public");
            // What comes in meanwhile may be met or not, but once.
            if round < 5_000 {
                table
                    .insert(pair(1_000_000 + round as i64, 0))
                    .expect("public");
            }
            assert!(met.insert(key), "a key came twice");
        }
        let first = (0..2_000).map(Term::from).collect();
        assert!(met.is_superset(&first), "{kind}");
    }
}

#[test]
fn an_iterator_ends_with_its_table_and_once_only() {
    let table = filled(Kind::Set, &[]);
    table
        .insert_many((0..1_000).map(|key| pair(key, 0)))
        .expect("public");
    let everything = spec("[{'_',[],['$_']}]");
    let (mut objects, mut keys) = (table.iter(), table.keys());
    let mut results = table.select_iter(&everything);
    assert!(objects.next().is_some_and(|object| object.is_ok()));
    assert!(keys.next().is_some_and(|key| key.is_ok()));
    assert!(results.next().is_some_and(|result| result.is_ok()));
    let gone = TableError::NoSuchTable { table: table.id() };
    table.delete_table().expect("it is there");
    // What was read before may still come; then one error, then nothing.
    let last = |iterator: &mut dyn Iterator<Item = Result<Term, TableError>>| {
        let rest: Vec<_> = iterator.collect();
        assert!(rest[..rest.len() - 1].iter().all(Result::is_ok));
        assert_eq!(rest.last(), Some(&Err(gone.clone())));
        assert!(iterator.next().is_none());
    };
    last(&mut objects);
    last(&mut keys);
    last(&mut results);
}

#[test]
fn iterators_go_to_other_threads() {
    let table = filled(Kind::Set, &[pair(1, 2), pair(3, 4)]);
    let objects = table.iter();
    let count = std::thread::spawn(move || objects.filter(Result::is_ok).count());
    assert_eq!(count.join().expect("no panic"), 2);
}
