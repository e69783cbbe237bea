//! Secondary indexes: what they find is what a search through the whole table finds, whatever was done to it.

use heirloom::{Kind, ManualClock, MatchSpec, Process, Table, TableError, TableOptions, Term};
use proptest::prelude::*;
use std::thread;
use std::time::Duration;

const KINDS: [Kind; 4] = [Kind::Set, Kind::OrderedSet, Kind::Bag, Kind::DuplicateBag];

fn options(kind: Kind) -> TableOptions {
    match kind {
        Kind::Set => Table::set("indexed"),
        Kind::OrderedSet => Table::ordered_set("indexed"),
        Kind::Bag => Table::bag("indexed"),
        _ => Table::duplicate_bag("indexed"),
    }
}

/// What is done to a table, with objects `{Key, Colour, Number}`.
#[derive(Clone, Debug)]
enum Step {
    Insert(Term),
    InsertNew(Term),
    InsertList(Vec<Term>),
    Delete(Term),
    DeleteObject(Term),
    Take(Term),
    Count(Term),
    Recolour(Term, Term),
    Replace(Term, Term),
    SelectDelete(Term),
    PopFirst,
    Clear,
}

fn parsed(texts: &'static [&'static str]) -> impl Strategy<Value = Term> + Clone {
    prop::sample::select(texts).prop_map(|text| text.parse().expect("a term"))
}

/// Some are equal as numbers.
fn key() -> impl Strategy<Value = Term> + Clone {
    parsed(&["1", "1.0", "2", "a", "{1,0}", "{1.0,0.0}", "<<\"text\">>"])
}

fn colour() -> impl Strategy<Value = Term> + Clone {
    let short = parsed(&[
        "red",
        "blue",
        "7",
        "7.0",
        "{7,7}",
        "<<\"a text of its own\">>",
    ]);
    let long = Just(Term::from("long ".repeat(400)));
    prop_oneof![8 => short, 1 => long]
}

fn object() -> impl Strategy<Value = Term> + Clone {
    let whole = (key(), colour(), 0..3i64).prop_map(|(key, colour, number)| {
        Term::tuple([key, colour, Term::from(number)]).expect("a short tuple")
    });
    let short = key().prop_map(|key| Term::tuple([key]).expect("a short tuple"));
    prop_oneof![9 => whole, 1 => short]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => object().prop_map(Step::Insert),
        2 => object().prop_map(Step::InsertNew),
        2 => prop::collection::vec(object(), 1..8).prop_map(Step::InsertList),
        2 => key().prop_map(Step::Delete),
        1 => object().prop_map(Step::DeleteObject),
        1 => key().prop_map(Step::Take),
        2 => key().prop_map(Step::Count),
        2 => (key(), colour()).prop_map(|(key, colour)| Step::Recolour(key, colour)),
        1 => (colour(), colour()).prop_map(|(from, to)| Step::Replace(from, to)),
        1 => colour().prop_map(Step::SelectDelete),
        1 => Just(Step::PopFirst),
        1 => Just(Step::Clear),
    ]
}

/// Does it, if it is something for this table.
fn take_step(table: &Table, step: Step) {
    // Some steps are errors: of keys that are not there, or of kinds that cannot do it.
    match step {
        Step::Insert(object) => drop(table.insert(object)),
        Step::InsertNew(object) => drop(table.insert_new(object)),
        Step::InsertList(objects) => drop(table.insert(objects)),
        Step::Delete(key) => drop(table.delete(key)),
        Step::DeleteObject(object) => drop(table.delete_object(object)),
        Step::Take(key) => drop(table.take(key)),
        Step::Count(key) => {
            drop(table.update_counter(&key, (3, 1)));
            drop(table.update_counter(&key, (2, 1)));
        }
        Step::Recolour(key, colour) => drop(table.update_element(key, (2, colour))),
        Step::Replace(from, to) => {
            drop(replace(&from, &to).map(|spec| table.select_replace(&spec)));
        }
        Step::SelectDelete(colour) => {
            drop(deletion(&colour).map(|spec| table.select_delete(&spec)));
        }
        Step::PopFirst => drop(table.pop_first()),
        Step::Clear => table.delete_all_objects().expect("public"),
    }
}

fn replace(from: &Term, to: &Term) -> Option<MatchSpec> {
    let text = format!("[{{{{'$1',{from},'$2'}},[],[{{{{'$1',{{const,{to}}},'$2'}}}}]}}]");
    text.parse().ok()
}

fn deletion(colour: &Term) -> Option<MatchSpec> {
    format!("[{{{{'_',{colour},'_'}},[],[true]}}]").parse().ok()
}

/// What a search through the whole table finds.
fn found(table: &Table, colour: &Term, position: usize) -> Vec<Term> {
    let all = table.tab2list().expect("public");
    let is_meant = |object: &Term| {
        let element = object.as_ref().element(position);
        element.is_some_and(|element| element.exact_eq(colour.as_ref()))
    };
    sorted(all.into_iter().filter(is_meant).collect())
}

fn sorted(mut objects: Vec<Term>) -> Vec<Term> {
    objects.sort_by(|a, b| a.as_ref().exact_cmp(b.as_ref()));
    objects
}

fn is_right(table: &Table, colours: &[Term]) {
    for position in [2, 3] {
        for colour in colours.iter().cloned().chain((0..4).map(Term::from)) {
            let read = table.index_read(&colour, position).expect("it is indexed");
            assert_eq!(
                sorted(read.to_vec()),
                found(table, &colour, position),
                "{colour} at {position}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_index_finds_what_a_search_finds(
        kind in prop::sample::select(&KINDS),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let colours = ["red", "blue", "7", "7.0", "8", "{7,7}", "<<\"a text of its own\">>"];
        let colours = colours.map(|text| text.parse::<Term>().expect("a term"));
        let table = options(kind).index(2).index(3).create().expect("good options");
        for step in steps {
            take_step(&table, step);
            is_right(&table, &colours);
        }
        table.delete_table().expect("it is ours");
    }
}

#[test]
fn large_objects_and_other_key_positions_are_indexed() -> Result<(), TableError> {
    for kind in KINDS {
        let table = options(kind).key_position(2).index(1).index(3).create()?;
        let large = "x".repeat(5000);
        for number in 0..300 {
            table.insert((number % 7, number, large.as_str()))?;
        }
        // Again: entries of large elements are counted, too.
        let copies = if kind == Kind::DuplicateBag { 2 } else { 1 };
        for number in 0..300 {
            table.insert((number % 7, number, large.as_str()))?;
        }
        assert_eq!(table.index_read(3, 1)?.len(), 43 * copies);
        assert_eq!(table.index_read(large.as_str(), 3)?.len(), 300 * copies);
        let key = "k".repeat(3000);
        for _ in 0..3 {
            table.insert((0, key.as_str(), large.as_str()))?;
        }
        table.delete(key.as_str())?;
        for number in 0..300 {
            table.delete(number)?;
        }
        assert_eq!(table.index_read(large.as_str(), 3)?.len(), 0);
    }
    Ok(())
}

#[test]
fn caches_have_indexes() -> Result<(), TableError> {
    let clock = ManualClock::new();
    let cache = Table::set("cache")
        .index(2)
        .max_objects(100)
        .ttl(Duration::from_secs(10))
        .clock(clock.clone())
        .create()?;
    for key in 0..1000 {
        cache.insert((key, key % 2))?;
    }
    let there = cache.index_read(0, 2)?.len() + cache.index_read(1, 2)?.len();
    assert_eq!(there, 100);
    clock.advance(Duration::from_secs(10));
    assert_eq!(cache.index_read(0, 2)?.len(), 0);
    while cache.maintain()? > 0 {}
    Ok(())
}

#[test]
fn what_is_no_index_is_an_error() -> Result<(), TableError> {
    let refused = Table::set("zero").index(0).create();
    assert!(matches!(refused, Err(TableError::NotAPosition { .. })));
    let refused = Table::set("key").key_position(3).index(3).create();
    assert!(matches!(
        refused,
        Err(TableError::KeyPosition { position: 3 })
    ));
    let table = Table::set("indexed").private().index(2).create()?;
    assert_eq!(
        table.index_read(1, 3),
        Err(TableError::NoIndex { position: 3 })
    );
    let refused = Process::new().run(|| table.index_read(1, 2));
    assert!(matches!(refused, Err(TableError::AccessDenied { .. })));
    table.insert((1, 2))?;
    assert_eq!(table.index_read(2, 2)?, table.lookup(1)?);
    table.delete_table()?;
    let gone = table.index_read(2, 2);
    assert!(matches!(gone, Err(TableError::NoSuchTable { .. })));
    Ok(())
}

/// An object that has an element throughout is found by it, whatever else happens to it; and none is found that has another.
#[test]
fn what_stays_is_found_while_everything_moves() -> Result<(), TableError> {
    const ROUNDS: i64 = if cfg!(feature = "tight") { 200 } else { 2000 };
    const KEYS: i64 = 60;
    for kind in [Kind::Set, Kind::OrderedSet] {
        let table = options(kind).public().index(2).index(3).create()?;
        for key in 0..KEYS {
            table.insert((key, "stays", key))?;
        }
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for round in 0..ROUNDS {
                    let key = round * 7 % KEYS;
                    table.insert((key, "stays", round % 5)).expect("public");
                    table.update_element(key, (3, round % 3)).expect("public");
                }
            });
            while !writer.is_finished() {
                let found = table.index_read("stays", 2).expect("public");
                assert_eq!(found.len() as i64, KEYS);
                let found = table.index_read(1, 3).expect("public");
                let has_one =
                    |object: &Term| object.as_ref().element(3).and_then(|one| one.as_u64());
                assert!(found.iter().all(|object| has_one(object) == Some(1)));
            }
        });
    }
    Ok(())
}
