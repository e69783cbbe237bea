//! Tables against each other's rules: what needs more than one call to show.

use super::*;
use crate::sync::lock;
use crate::term::Term;

fn public(kind: Kind) -> Table {
    options::TableOptions::new(kind, Ok(Atom::new("t").expect("short")))
        .public()
        .create()
        .expect("the root process is alive")
}

#[test]
fn a_set_grows_shrinks_and_keeps_everything() {
    let table = public(Kind::Set);
    for round in 0..3 {
        for key in 0..20_000_i64 {
            table.insert((key, key * round)).expect("public");
        }
        assert_eq!(table.size(), Ok(20_000));
        for key in 0..20_000_i64 {
            assert_eq!(
                table.lookup_element(key, 2),
                Ok(Term::from(key * round)),
                "{key}"
            );
        }
        for key in 0..19_990_i64 {
            table.delete(key).expect("public");
        }
        assert_eq!(table.size(), Ok(10));
        for key in 0..20_000_i64 {
            assert_eq!(table.member(key), Ok(key >= 19_990));
        }
    }
}

#[test]
fn strings_and_large_rows_are_found() {
    let table = public(Kind::Set);
    for key in 0..3_000_i64 {
        let text = format!("key {key}");
        table
            .insert((&text[..], "x".repeat((key % 2_000) as usize)))
            .expect("public");
    }
    for key in 0..3_000_i64 {
        let text = format!("key {key}");
        let length = table.with(&text[..], |object| {
            object.element(2)?.as_bytes().map(<[u8]>::len)
        });
        assert_eq!(length, Ok(Some(Some((key % 2_000) as usize))));
    }
    table.delete_all_objects().expect("public");
    assert_eq!(table.size(), Ok(0));
    assert_eq!(table.tab2list(), Ok(vec![]));
}

#[test]
fn a_bag_keeps_order_and_drops_duplicates() {
    for (kind, copies) in [(Kind::Bag, 1), (Kind::DuplicateBag, 3)] {
        let table = public(kind);
        for _ in 0..3 {
            for value in 0..100_i64 {
                table.insert((7, value)).expect("public");
            }
        }
        assert_eq!(
            table.lookup(7).map(|objects| objects.len()),
            Ok(100 * copies)
        );
        for value in (0..100_i64).filter(|value| value % 3 != 0) {
            table.delete_object((7, value)).expect("public");
        }
        let left = table.lookup(7).expect("public");
        assert_eq!(left.len(), 34 * copies);
        let first: Vec<_> = left[..34]
            .iter()
            .map(|object| object.element(2).and_then(|v| v.as_i64()))
            .collect();
        assert_eq!(
            first,
            (0..34).map(|value| Some(value * 3)).collect::<Vec<_>>()
        );
        assert_eq!(table.take(7).map(|objects| objects.len()), Ok(34 * copies));
        assert_eq!(table.size(), Ok(0));
    }
}

#[test]
fn long_lists_are_inserted_whole() {
    for kind in [Kind::Set, Kind::Bag, Kind::DuplicateBag] {
        let table = public(kind);
        let list: Vec<(i64, i64)> = (0..10_000).map(|key| (key, key)).collect();
        table.insert(&list[..]).expect("public");
        table.insert(&list[..]).expect("public");
        let expected = if kind == Kind::DuplicateBag {
            20_000
        } else {
            10_000
        };
        assert_eq!(table.size(), Ok(expected));
        assert_eq!(table.insert_new(vec![(10_001, 1), (5, 5)]), Ok(false));
        assert_eq!(table.foldl(0, |count, _| count + 1), Ok(expected));
        assert_eq!(table.foldr(0, |count, _| count + 1), Ok(expected));
    }
}

#[test]
fn memory_goes_back() {
    let table = public(Kind::Set);
    let empty = table.memory_bytes().expect("there");
    let list: Vec<(i64, i64)> = (0..200_000).map(|key| (key, key)).collect();
    table.insert_many(&list).expect("public");
    assert!(table.memory_bytes().expect("there") > empty + 200_000 * 30);
    for (key, _) in &list {
        table.delete(*key).expect("public");
    }
    let left = table.memory_bytes().expect("there");
    // An empty chunk of each class in use stays; tiny buckets use more classes.
    let kept_max = if cfg!(feature = "tight") {
        12 << 20
    } else {
        6 << 20
    };
    assert!(left < kept_max, "{left} bytes are left");
}

/// From 65,536 buckets on a growing table places records by what their slots keep of the hash. A
/// key that lies just above the bound of a new bucket was once put below it, and was lost.
#[test]
fn a_key_just_above_a_bound_survives_growth() {
    let table = public(Kind::Set);
    let buckets: u64 = 98_304;
    let index = |hash: u64| ((u128::from(hash) * u128::from(buckets)) >> 64) as u64;
    let engine = table.engine().as_hash().expect("a set");
    let hash = |key: i64| engine.key(Term::from(key).as_ref()).hash;
    let mut keys = 1_000_000..i64::from(u32::MAX);
    let key = keys.find(|&key| index(hash(key)) != index(hash(key) & !0xff_ffff));
    let key = key.expect("one key in some millions lies so");
    table.insert((key, 1)).expect("public");
    for other in 0.. {
        table.insert((other, 1)).expect("public");
        if engine.buckets() >= buckets {
            break;
        }
    }
    assert_eq!(table.member(key), Ok(true));
}

#[test]
fn a_key_behind_the_last_position_is_never_found() {
    let table = Table::set("t").key_position(usize::MAX).create();
    let table = table.expect("the root process is alive");
    let absent = Err(TableError::KeyNotFound { key: 1.into() });
    assert_eq!(table.update_counter(1, 1), absent);
    let large = CounterOps::from_term(Term::from(u128::MAX).as_ref());
    assert_eq!(table.update_counter(1, large), absent);
    let refused = table.update_counter_or(1, 1, (1, 1));
    assert!(matches!(refused, Err(TableError::NoKey { .. })));
}

#[test]
fn objects_before_a_faulty_one_are_in() {
    for good in [0, 1, 15, 16, 17, 40] {
        let table = public(Kind::Set);
        let value = |key: i64| if key == good { f64::NAN } else { 0.5 };
        let failed = table.insert_many((0..100).map(|key| (key, value(key))));
        assert!(matches!(failed, Err(TableError::Term(_))));
        assert_eq!(table.size(), Ok(good as u64));
        let failed = table.init_table((0..100).map(|key| (key, value(key))));
        assert!(matches!(failed, Err(TableError::Term(_))));
        assert_eq!(table.size(), Ok(good as u64));
    }
}

#[test]
fn an_iterator_is_not_asked_after_its_end() {
    for count in [0, 1, 15, 16, 17, 32] {
        let table = public(Kind::Set);
        let mut left = Some(count);
        let objects = std::iter::from_fn(|| {
            let objects = left.expect("it has not ended yet");
            left = (objects > 0).then(|| objects - 1);
            left.map(|key| (key, 1))
        });
        assert_eq!(table.insert_many(objects), Ok(count as usize));
    }
}

/// What was in a table only while nobody else could read was once seen by a reader who began before
/// and ended after.
#[test]
fn a_read_begins_anew_after_the_table_was_closed_and_opened() {
    let table = public(Kind::Set);
    let mut rounds = 0;
    let seen = table.reading(|| {
        rounds += 1;
        if rounds > 1 {
            return table.member("secret");
        }
        protect(&table, Access::Private);
        table.insert(("secret", 1)).expect("the owner");
        let seen = table.member("secret");
        table.delete("secret").expect("the owner");
        protect(&table, Access::Public);
        seen
    });
    assert_eq!((seen, rounds), (Ok(Ok(false)), 2));
}

fn protect(table: &Table, access: Access) {
    let [option, access] =
        ["protection", access.name()].map(|name| Atom::new(name).expect("short"));
    table.setopts((option, access)).expect("the owner");
}

/// What was wrong with an object was once reported by a writer who had lost the right to look at it.
#[test]
fn what_is_wrong_with_an_object_is_asked_again_after_a_change_of_rights() {
    let table = public(Kind::Set);
    table.insert((1, "no counter")).expect("public");
    let key = Term::from(1);
    let mut rounds = 0;
    let updated = table.writing(|admission| {
        table.engine().update(key.as_ref(), admission, |_| {
            rounds += 1;
            if rounds == 1 {
                protect(&table, Access::Private);
            }
            Err(rounds)
        })
    });
    assert_eq!(updated, Ok(Some(Err(2))));
}

/// An exit once closed a table whose heir was set after the exit had looked for one.
#[test]
fn an_exit_keeps_to_the_heir_of_the_last_moment() {
    let [owner, first, second] = [(); 3].map(|()| Process::new());
    let table = owner.run(|| Table::set("t").create()).expect("it is alive");
    let heir = || lock(&table.shared.admin).heir.clone();
    let seen = heir();
    owner.run(|| table.set_heir(&first, 1)).expect("the owner");
    assert!(!table.shared.dispose(&owner, &seen));
    let seen = heir();
    owner.run(|| table.set_heir(&second, 1)).expect("the owner");
    assert!(!table.shared.dispose(&owner, &seen));
    assert!(table.shared.dispose(&owner, &heir()));
    assert_eq!(table.owner(), Some(second.pid()));
    owner.exit(Atom::NORMAL);
    assert_eq!(table.owner(), Some(second.pid()));
}

/// A name was once taken before its table could be found, and for a while after its table was gone:
/// who was refused the name found no table.
#[test]
fn a_name_is_taken_only_while_its_table_is_found() {
    let make = || Table::set("taken or free").named().create();
    let name = Atom::new("taken or free").expect("short");
    registry::take_name(name, TableId::from_raw(u64::MAX)).expect("it is free");
    assert_eq!(Table::whereis("taken or free"), None);
    let first = make().expect("nobody else can be found by this name");
    assert_eq!(make().err(), Some(TableError::NameTaken { name }));
    assert_eq!(Table::whereis("taken or free").as_ref(), Some(&first));

    // As far as `delete_table` has come when others learn that the table is gone.
    let admin = lock(&first.shared.admin);
    first.shared.gate.shut();
    assert_eq!(Table::whereis("taken or free"), None);
    assert_eq!(Table::find(first.id()), None);
    let second = make().expect("the table of this name is gone");
    let closed = first.shared.close(admin);
    closed.finish(&first.shared);
    assert_eq!(Table::whereis("taken or free").as_ref(), Some(&second));
    second.delete_table().expect("the owner");
}

#[test]
fn a_table_that_is_not_made_leaves_nothing_behind() {
    let owner = Process::new();
    let make = || Table::set("made once").named().create();
    let table = make().expect("the name is free");
    assert!(owner.run(make).is_err());
    owner.exit(Atom::NORMAL);
    assert_eq!(Table::whereis("made once").as_ref(), Some(&table));
    table.delete_table().expect("the owner");
    let refused = owner.run(make);
    assert!(matches!(refused, Err(TableError::NoSuchProcess { .. })));
    assert_eq!(Table::whereis("made once"), None);
    assert_eq!(make().and_then(|table| table.delete_table()), Ok(()));
}

#[test]
fn the_table_is_looked_at_before_the_position() {
    let table = public(Kind::Set);
    let position = TableError::NotAPosition { position: 0.into() };
    assert_eq!(table.lookup_element(1, 0), Err(position.clone()));
    assert_eq!(table.lookup_element_or(1, 0, "default"), Err(position));
    protect(&table, Access::Private);
    let stranger = Process::new();
    let denied = stranger.run(|| table.lookup_element(1, 0));
    assert!(matches!(denied, Err(TableError::AccessDenied { .. })));
    table.delete_table().expect("the owner");
    let gone = table.lookup_element_or(1, 0, "default");
    assert_eq!(gone, Err(TableError::NoSuchTable { table: table.id() }));
}
