//! Tests of terms as a whole; those of one part stand beside it.

use std::cmp::Ordering;

use super::*;

mod conformance;
mod deep;
mod order_key;
mod properties;
mod spread;

fn term(value: impl ToTerm) -> Term {
    value.to_term().expect("a term")
}

#[test]
fn integers_of_all_sizes_come_back() {
    for value in [
        0,
        1,
        -1,
        (1 << 60) - 1,
        1 << 60,
        -(1 << 60),
        -(1 << 60) - 1,
        i64::MAX,
        i64::MIN,
    ] {
        let term = term(value);
        assert_eq!(term.as_i64(), Some(value));
        assert_eq!(term.to_big_integer(), Some(BigInt::from(value)));
        assert_eq!(
            term,
            Term::try_from(BigInt::from(value)).expect("small enough")
        );
        assert_eq!(term.to_string(), value.to_string());
    }
    for value in [i128::MIN, i128::MAX, i128::from(u64::MAX)] {
        assert_eq!(term(value).as_i128(), Some(value));
        assert_eq!(term(value).to_string(), value.to_string());
    }
    assert_eq!(term(u128::MAX).as_u128(), Some(u128::MAX));
    assert_eq!(term(u128::MAX).as_i128(), None);
    assert_eq!(term(u64::MAX).as_u64(), Some(u64::MAX));
}

#[test]
fn flat_tuples_are_their_words() {
    let words = (7i64, -1i64)
        .with_term(|pair| pair.words().to_vec())
        .expect("a term");
    assert_eq!(words, [2, 7 << 3, (-8i64) as u64]);
    let object = term((1, "ab", &b"cd"[..], 2.5));
    assert_eq!(object.arity(), Some(4));
    assert_eq!(object.element(1).and_then(TermRef::as_i64), Some(1));
    assert_eq!(object.element(2).and_then(TermRef::as_str), Some("ab"));
    assert_eq!(
        object.element(3).and_then(TermRef::origin),
        Some(Origin::Raw)
    );
    assert_eq!(object.element(4).and_then(TermRef::as_f64), Some(2.5));
    assert!(object.element(0).is_none() && object.element(5).is_none());
}

#[test]
fn a_part_copied_out_is_canonical() {
    let object = term((1, (2.5, vec!["a", "b"]), "rest"));
    let part = object.element(2).expect("three elements");
    assert!(!part.is_canonical());
    let copy = part.to_term();
    assert!(copy.as_ref().is_canonical());
    assert_eq!(copy, term((2.5, ["a", "b"])));
    let same = (copy.as_ref().root(), copy.as_ref().words());
    assert_eq!(
        same,
        (
            term((2.5, ["a", "b"])).as_ref().root(),
            term((2.5, ["a", "b"])).as_ref().words()
        )
    );
}

/// A value that writes nothing.
struct Unwritten;

impl ToTerm for Unwritten {
    fn write<'w>(&self, _writer: &mut Writer<'w>, _at: Slot<'w>) {}
}

/// A list of which only the first element is written: the second one panics.
struct Interrupted;

impl ToTerm for Interrupted {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        let list = [Some(2.5), None].map(Panicking);
        let written = std::panic::AssertUnwindSafe(|| list.write(writer, at));
        assert!(std::panic::catch_unwind(written).is_err());
    }
}

struct Panicking(Option<f64>);

impl ToTerm for Panicking {
    fn write<'w>(&self, writer: &mut Writer<'w>, at: Slot<'w>) {
        self.0.expect("a float").write(writer, at);
    }
}

#[test]
fn a_slot_left_unfilled_is_the_integer_0() {
    assert_eq!(term(Unwritten), term(0));
    assert_eq!(term((1, Unwritten, "x")), term((1, 0, "x")));
    assert_eq!(term([Unwritten, Unwritten]), term([0, 0]));
    let list = Term::improper_list([term(2.5), term(0)], 0).expect("a term");
    assert_eq!(term((Interrupted, "x")), term((list, "x")));
}

#[test]
fn conversions_both_ways() {
    let value = (
        Atom::OK,
        5u8,
        "text".to_owned(),
        Some(2.5),
        vec![1u8, 2],
        vec![1i64, 2],
        true,
    );
    type Same<'a> = (Atom, u8, String, Option<f64>, Vec<u8>, Vec<i64>, bool);
    let term = term(value.clone());
    assert_eq!(term.convert::<Same<'_>>(), Ok(value));
    assert_eq!(
        u8::try_from(&self::term(256)),
        Err(ConvertError::Range { target: "u8" })
    );
    assert_eq!(
        i64::try_from(&self::term("x")),
        Err(ConvertError::Kind {
            expected: "an integer",
            found: TermKind::BitString
        })
    );
    assert_eq!(
        <(i64,)>::try_from(&self::term((1, 2))),
        Err(ConvertError::Length {
            expected: 1,
            found: 2
        })
    );
    assert!(matches!(
        f64::NAN.to_term(),
        Err(TermError::NotFinite { .. })
    ));
    assert!(matches!(
        (1, f64::INFINITY).with_term(|_| ()),
        Err(TermError::NotFinite { .. })
    ));
}

#[test]
fn maps_are_sorted_and_searched() {
    let pairs = [
        (term(1.0), 1),
        (term(2), 2),
        (term("k"), 3),
        (term(Atom::OK), 4),
        (term(-1.5), 5),
    ];
    let map = Term::map(pairs.clone()).expect("a map");
    for (key, value) in &pairs {
        assert_eq!(
            map.map_get(key.as_ref()).and_then(TermRef::as_i64),
            Some(*value)
        );
    }
    assert!(map.map_get(term(1).as_ref()).is_none());
    assert_eq!(
        map.to_string(),
        r#"#{2 => 2,-1.5 => 5,1.0 => 1,ok => 4,<<"k">> => 3}"#
    );
    assert_eq!(Term::map([(1, 1), (1, 2)]), Err(TermError::DuplicateKey));
    let hashed: std::collections::HashMap<String, i64> =
        (0..50).map(|n| (format!("{n}"), n)).collect();
    assert_eq!(term(&hashed).convert(), Ok(hashed));
}

#[test]
fn the_two_equalities() {
    let (a, b) = (term((1, vec![term(2.0)])), term((1.0, vec![term(2)])));
    assert_ne!(a, b);
    assert!(a.numeric_eq(b.as_ref()));
    assert_eq!(a.exact_cmp(b.as_ref()), Ordering::Less);
    assert_eq!(a.as_ref().hash_numeric(7), b.as_ref().hash_numeric(7));
    assert_ne!(a.as_ref().hash_exact(7), b.as_ref().hash_exact(7));
    assert!(!term(0.0).exact_eq(term(-0.0).as_ref()) && term(0.0).numeric_eq(term(-0.0).as_ref()));
    assert_eq!(term("same"), term(&b"same"[..]));
    assert_eq!(
        term("same").as_ref().hash_exact(1),
        term(&b"same"[..]).as_ref().hash_exact(1)
    );
    assert_eq!(
        term((
            "same",
            "longer than six words and their forty bytes, certainly"
        )),
        term((
            &b"same"[..],
            "longer than six words and their forty bytes, certainly"
        ))
    );
}

#[test]
fn all_kinds_in_order() {
    let ascending = [
        term(-1),
        term(0.5),
        term(1),
        term(Atom::ERROR),
        term(TableId::from_raw(9)),
        term(Pid::from_raw(1)),
        term(()),
        term((1,)),
        term((0, 0)),
        Term::map([(1, 1)]).expect("a map"),
        Term::NIL,
        term([1]),
        term([1, 0]),
        term(""),
        term("\0"),
        term("a"),
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(a.cmp(b), i.cmp(&j), "{a} and {b}");
            assert_eq!(a.numeric_cmp(b.as_ref()), i.cmp(&j), "{a} and {b}");
            assert_eq!(a == b, i == j);
        }
    }
}

#[test]
fn a_views_hash_does_not_depend_on_its_place() {
    let key = term(("a key", 1.5, [1, 2]));
    let object = term((0, (), &key));
    let inside = object.element(3).expect("three elements");
    assert!(inside.exact_eq(key.as_ref()));
    assert_eq!(inside.hash_exact(3), key.as_ref().hash_exact(3));
    assert_ne!(inside.hash_exact(3), key.as_ref().hash_exact(4));
}
