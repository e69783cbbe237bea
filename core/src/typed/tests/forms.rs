//! What values are made of in a table, and made again: words on the short ways, terms, blobs.

use serde::{Deserialize, Serialize};

use crate::process::Process;
use crate::table::TableError;
use crate::term::Term;
use crate::typed::{Blob, Rows, Set};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Newtype<T>(T);

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Colour {
    Red,
    Blue,
}

/// Values of one word and of more, and what every call makes of them.
fn round_trip<T>(values: &[T])
where
    T: Clone + PartialEq + std::fmt::Debug + Serialize + serde::de::DeserializeOwned,
{
    let by_number = Set::<usize, T>::new("by number").expect("a short name");
    let by_value = Set::<T, usize>::new("by value").expect("a short name");
    for (number, value) in values.iter().enumerate() {
        by_number.insert(number, value.clone()).expect("public");
        by_value.insert(value.clone(), number).expect("public");
        assert!(by_value.contains(value).expect("public"));
        assert_eq!(by_number.get(&number), Ok(Some(value.clone())));
        assert_eq!(by_value.get(value), Ok(Some(number)));
        for other in values.iter().rev() {
            let mut seen = None;
            let updated = by_number.update(&number, |old| {
                seen = Some(old);
                other.clone()
            });
            assert_eq!(updated, Ok(Some(other.clone())));
            assert!(seen.is_some());
        }
        assert_eq!(by_number.remove(&number), Ok(values.first().cloned()));
        assert_eq!(by_number.remove(&number), Ok(None));
        assert_eq!(by_value.remove(value), Ok(Some(number)));
        assert_eq!(by_value.get(value), Ok(None));
    }
}

#[test]
fn what_goes_in_short_comes_out_whole() {
    const SMALL_MAX: i64 = (1 << 60) - 1;
    round_trip(&[
        0,
        1,
        -1,
        i64::MIN,
        i64::MAX,
        SMALL_MAX,
        SMALL_MAX + 1,
        -SMALL_MAX - 1,
    ]);
    round_trip(&[0, 1, u64::MAX, SMALL_MAX as u64, SMALL_MAX as u64 + 1]);
    round_trip(&[0, -1, i128::MIN, i128::MAX, i128::from(i64::MAX)]);
    round_trip(&[i8::MIN, -1, 0, i8::MAX]);
    round_trip(&['a', '\0', char::MAX]);
    round_trip(&[true, false]);
    round_trip(&[None, Some(0i16), Some(i16::MIN)]);
    round_trip(&[Newtype(Some(1u8)), Newtype(None)]);
    round_trip(&[Colour::Red, Colour::Blue]);
    round_trip(&[Vec::new(), vec![1u8], vec![0; 300]]);
    round_trip(&["".to_owned(), "text".to_owned(), "x".repeat(2000)]);
    round_trip(&[()]);
    round_trip(&[0.5f64, 0.0, f64::MAX]);
}

#[test]
fn counters_of_every_type_stop_at_their_ends() {
    macro_rules! check {
        ($($type:ty)*) => {$(
            let counts = Set::<u8, $type>::new("counts").expect("a short name");
            let ends = [<$type>::MIN, <$type>::MAX];
            for (key, end) in ends.into_iter().enumerate() {
                let key = key as u8;
                counts.insert(key, end).expect("public");
                assert_eq!(counts.fetch_add(key, 0), Ok(end), stringify!($type));
            }
            assert!(counts.fetch_add(1, 1).is_err());
            assert_eq!(counts.get(&1), Ok(Some(<$type>::MAX)));
            assert_eq!(counts.fetch_add(2, 7), Ok(0));
            assert_eq!(counts.fetch_add(2, 3), Ok(7));
            // What is none of the type is an error, and stays.
            counts.table().insert((3, "text")).expect("public");
            assert!(counts.fetch_add(3, 1).is_err());
            counts.table().insert((4, i128::from(<$type>::MAX as i64) + 1)).expect("public");
            let beyond = counts.table().lookup(4);
            let is_beyond = size_of::<$type>() < 8;
            assert_eq!(counts.fetch_add(4, 1).is_err(), is_beyond, stringify!($type));
            assert_eq!(counts.table().lookup(4) == beyond, is_beyond);
        )*};
    }
    check!(i8 i16 i32 u8 u16 u32);
    let counts = Set::<u8, u64>::new("counts").expect("a short name");
    counts.table().insert((1, -5)).expect("public");
    assert!(counts.fetch_add(1, 3).is_err());
    assert!(counts.fetch_add(1, 9).is_err());
    assert_eq!(counts.table().lookup_element(1, 2), Ok(Term::from(-5)));
}

#[test]
fn blobs_that_are_none_are_errors() {
    let blobs = Set::<u8, (u32, String), Rows<Blob>>::new("blobs").expect("a short name");
    blobs.insert(1, (7, "seven".into())).expect("public");
    assert_eq!(blobs.get(&1), Ok(Some((7, "seven".into()))));
    // Too short, too long, claiming too much, and no bytes at all.
    for wrong in [
        Term::binary(&[7]),
        Term::binary(&[7, 1, b'x', 0]),
        Term::binary(&[7, 253, 255, 255, 255, 255, 255, 255, 255, 127]),
        Term::from(7),
        Term::NIL,
    ] {
        blobs.table().insert((1, &wrong)).expect("public");
        assert!(
            matches!(blobs.get(&1), Err(TableError::Value(_))),
            "{wrong}"
        );
        assert!(blobs.remove(&1).is_err());
    }
    // Everything else is as for other values.
    blobs.insert(2, (8, String::new())).expect("public");
    let updated = blobs.update(&2, |(number, text)| (number + 1, text + "!"));
    assert_eq!(updated, Ok(Some((9, "!".into()))));
    assert_eq!(blobs.remove(&2), Ok(Some((9, "!".into()))));
}

#[test]
fn an_update_runs_once_where_nobody_else_writes() {
    let set = Set::<u64, Option<String>>::new("set").expect("a short name");
    set.insert(1, None).expect("public");
    let mut runs = 0;
    let updated = set.update(&1, |_| {
        runs += 1;
        Some("more than a word".to_owned())
    });
    assert_eq!(
        (updated, runs),
        (Ok(Some(Some("more than a word".into()))), 1)
    );
    let numbers = Set::<u64, u64>::new("numbers").expect("a short name");
    numbers.insert(1, 1 << 59).expect("public");
    for round in 1..4 {
        let mut runs = 0;
        let updated = numbers.update(&1, |number| {
            runs += 1;
            number << 1
        });
        assert_eq!((updated, runs), (Ok(Some(1 << (59 + round))), 1));
    }
    // Also while the table grows.
    for key in 2..3000 {
        numbers.insert(key, 0).expect("public");
        let mut runs = 0;
        let counted = numbers.update(&key, |number| {
            runs += 1;
            number + 1
        });
        assert_eq!((counted, runs), (Ok(Some(1)), 1));
    }
    let guarded = Set::<u64, u64>::options("guarded").protected();
    let guarded = guarded
        .owner(&Process::root())
        .create()
        .expect("a short name");
    guarded.insert(1, 1).expect("it is the root's");
    let refused = Process::new().run(|| guarded.update(&1, |_| panic!("it may not")));
    assert!(matches!(refused, Err(TableError::AccessDenied { .. })));
}

/// Makes do with something else where there is an error.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Lenient(#[serde(deserialize_with = "colour_or_red")] Colour);

fn colour_or_red<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Colour, D::Error> {
    Ok(Colour::deserialize(deserializer).unwrap_or(Colour::Red))
}

#[test]
fn who_swallows_errors_swallows_none_of_the_short_way() {
    let set = Set::<u64, Lenient>::new("set").expect("a short name");
    set.insert(1, Lenient(Colour::Blue)).expect("public");
    assert_eq!(set.get(&1), Ok(Some(Lenient(Colour::Blue))));
    assert_eq!(set.remove(&1), Ok(Some(Lenient(Colour::Blue))));
}
