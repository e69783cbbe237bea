//! Order keys: the order of the bytes is that of the terms.

use std::cmp::Ordering;

use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::conformance::{element, order_lines};
use super::properties::{made, term, twin};
use crate::term::{KeyPrefix, OrderKey, Term, TermRef};

/// Terms that a slip in the encoding would put in the wrong place: neighbours, limits, beginnings
/// of one another, equal values of different representations.
const AWKWARD: &str = "[
    0, 0.0, -0.0, 1, 1.0, -1, -1.0, 2, 2.0, 0.5, -0.5, 0.25, -0.25, 1.5, -1.5, 1.25, -1.25,
    5.0e-324, -5.0e-324, 0.9999999999999999, -0.9999999999999999, 254, 255, 255.5, 256, 257,
    -254, -255, -255.5, -256, -257, 65535, 65536, -65535, -65536,
    4503599627370495.5, -4503599627370495.5, 9007199254740991, 9007199254740992,
    9007199254740992.0, 9007199254740993, -9007199254740991, -9007199254740992,
    -9007199254740992.0, -9007199254740993, 1152921504606846975, 1152921504606846976,
    1.152921504606846976e18, -1152921504606846976, -1152921504606846977,
    18446744073709551615, 18446744073709551616, 18446744073709551616.0, 18446744073709551617,
    -18446744073709551615, -18446744073709551616, -18446744073709551616.0,
    -18446744073709551617, 1.0e300, -1.0e300, 1.7976931348623157e308, -1.7976931348623157e308,
    '', '\\000', '\\000\\000', '\\001', a, 'a\\000', 'a\\000b', 'a\\001', ab, b, 'é', 'ÿ', 'Ā', '中',
    #Ref<0.0.0.1>, #Ref<0.0.1.0>, <0.1.0>, <0.0.1>,
    {}, {0}, {-0.0}, {1}, {1.0}, {1.5}, {-1}, {-1.5}, {a}, {'a\\000'}, {b}, {{}}, {[]},
    {1,a}, {1.0,a}, {1,b}, {1.0,b}, {1.5,a}, {a,1}, {'a\\000',1}, {-1,1}, {-1.5,1}, {-1,-1},
    {0,0.0}, {0.0,0}, {-0.0,-0.0}, {0,-0.0}, {<<>>,1}, {<<0>>,1},
    #{}, #{1 => a}, #{1.0 => a}, #{2 => a}, #{1 => b}, #{a => 1}, #{a => 1.0}, #{a => 1.5},
    #{a => 2, b => 1}, #{a => 1, c => 1}, #{0.0 => 1}, #{-0.0 => 1}, #{{1} => 0}, #{{1.0} => 0},
    #{{0.5} => 0}, #{#{1 => 1} => 1}, #{#{1 => 1.0} => 1}, #{#{1.0 => 1} => 1}, #{1 => 1, 1.0 => 1},
    [], [0], [1], [1.0], [1,0], [1,1], [1|0], [1|a], [1|{}], [1|<<>>], [[]], [[],[]], [[1],1],
    [a], ['a\\000'], [1.5], [-1], [-1.5],
    <<>>, <<0>>, <<0,0>>, <<0:1>>, <<0:2>>, <<0:7>>, <<0:9>>, <<1>>, <<1,0>>, <<1:1>>, <<1:2>>,
    <<128>>, <<128,0>>, <<129>>, <<128,0:1>>, <<255>>, <<255,255>>, <<127:7>>, <<255,0>>,
    <<\"abcdefg\">>, <<\"abcdefgh\">>, <<\"abcdefgh\",0>>, <<\"abcdefghi\">>,
    <<\"exactly 27 bytes of a text.\">>, <<\"exactly 28 bytes of a text..\">>,
    <<\"exactly 29 bytes of a text...\">>, <<\"exactly 28 bytes of a text..\",0>>
]";

fn awkward() -> Vec<Term> {
    let large = [
        BigInt::from(10).pow(300),
        BigInt::from(2).pow(1024),
        BigInt::from(2).pow(70_000),
    ]
    .into_iter()
    .flat_map(|middle| {
        [
            middle.clone() - 1,
            middle.clone(),
            middle.clone() + 1,
            -middle,
        ]
    });
    let list: Term = AWKWARD.parse().expect("a list");
    let listed = list.list_elements().expect("a list").map(TermRef::to_term);
    listed.chain(large.map(made)).collect()
}

/// Checks all that keys say about two terms.
fn check(a: TermRef<'_>, b: TermRef<'_>) {
    check_appended(a);
    check_keys(
        &OrderKey::numeric(a),
        &OrderKey::numeric(b),
        a.numeric_cmp(b),
        (a, b),
    );
    let (x, y) = (OrderKey::exact(a), OrderKey::exact(b));
    check_keys(&x, &y, a.exact_cmp(b), (a, b));
    assert_eq!(x == y, a.exact_eq(b), "{a} and {b}");
    assert_eq!(
        x.as_bytes().starts_with(y.as_bytes()),
        a.exact_eq(b),
        "{a} and {b}"
    );
}

/// Appended keys never take the short way of the most usual ones.
fn check_appended(term: TermRef<'_>) {
    let (mut numeric, mut exact) = (vec![], vec![]);
    OrderKey::append_numeric(term, &mut numeric);
    OrderKey::append_exact(term, &mut exact);
    assert_eq!(numeric, OrderKey::numeric(term).as_bytes(), "{term}");
    assert_eq!(exact, OrderKey::exact(term).as_bytes(), "{term}");
}

fn check_keys(x: &OrderKey, y: &OrderKey, expected: Ordering, (a, b): (TermRef<'_>, TermRef<'_>)) {
    assert_eq!(
        x.as_bytes().cmp(y.as_bytes()),
        expected,
        "{a} and {b}: {x:?} and {y:?}"
    );
    let by_head = x.head().cmp(&y.head()).then(x.cmp(y));
    assert_eq!(by_head, expected, "{a} and {b}: heads of {x:?} and {y:?}");
}

#[test]
fn awkward_terms_in_order() {
    let terms = awkward();
    assert!(terms.len() > 170, "only {} terms", terms.len());
    for a in &terms {
        for b in &terms {
            check(a.as_ref(), b.as_ref());
        }
    }
}

/// The verdicts of a real Erlang, also where our own comparison is not asked.
#[test]
fn order_is_erlangs() {
    let mut comparisons = 0;
    for (text, line) in order_lines() {
        match element(&line, 1).as_atom().map(|atom| atom.as_str()) {
            Some("compare") => check_comparison(&line, &text),
            Some("sorted") => check_sorted(element(&line, 2), &text),
            _ => continue,
        }
        comparisons += 1;
    }
    assert!(comparisons > 500, "only {comparisons} comparisons");
}

/// `{compare, A, B, less | equal | greater, Exact}`
fn check_comparison(line: &Term, text: &str) {
    let (a, b) = (element(line, 2), element(line, 3));
    let order = match OrderKey::numeric(a).cmp(&OrderKey::numeric(b)) {
        Ordering::Less => "less",
        Ordering::Equal => "equal",
        Ordering::Greater => "greater",
    };
    assert_eq!(
        element(line, 4).as_atom().map(|atom| atom.as_str()),
        Some(order),
        "{text}"
    );
    let exact = OrderKey::exact(a) == OrderKey::exact(b);
    assert_eq!(element(line, 5).as_bool(), Some(exact), "{text}");
    check(a, b);
}

/// `{sorted, List}`
fn check_sorted(list: TermRef<'_>, text: &str) {
    let keys: Vec<_> = list
        .list_elements()
        .expect("a list")
        .map(OrderKey::numeric)
        .collect();
    assert!(keys.is_sorted(), "{text}");
}

/// A float of at least 2^53, and an integer at most one from it.
fn neighbours() -> impl Strategy<Value = (Term, Term)> {
    let float = (any::<u64>(), 53u32..1023).prop_map(|(significand, exponent)| {
        let (significand, shift) = (significand >> 11 | 1 << 52, exponent - 52);
        let integer = BigInt::from(significand) << shift;
        (significand as f64 * 2f64.powi(shift as i32), integer)
    });
    (float, -1i8..=1, any::<bool>()).prop_map(|((float, integer), offset, negative)| {
        let sign = if negative { -1 } else { 1 };
        (
            made(float * f64::from(sign)),
            made((integer + offset) * sign),
        )
    })
}

/// Small parts of keys, many of them equal or beginnings of one another.
const PARTS: &[&str] = &[
    "1",
    "1.0",
    "1.5",
    "-1",
    "-1.5",
    "0",
    "-0.0",
    "a",
    "'a\\000'",
    "{}",
    "{1}",
    "{1.0}",
    "[]",
    "[1]",
    "<<>>",
    "<<0>>",
    "<<0:1>>",
    "#{1=>1}",
    "#{1=>1.0}",
];

fn part() -> impl Strategy<Value = Term> {
    select(PARTS).prop_map(|text| text.parse().expect("a term"))
}

fn tuple(parts: &[Term]) -> Term {
    Term::tuple(parts).expect("a tuple")
}

fn list(parts: &[Term]) -> Term {
    Term::list(parts).expect("a list")
}

/// Whether keys of a term are in the range of a prefix; both sorts must agree.
fn is_inside(prefix: &KeyPrefix, term: &Term) -> bool {
    let range = prefix.range();
    let inside = range.contains(&OrderKey::numeric(term.as_ref()));
    assert_eq!(
        range.contains(&OrderKey::exact(term.as_ref())),
        inside,
        "{term}"
    );
    inside
}

fn numerically_begins(parts: &[Term], beginning: &[Term]) -> bool {
    parts.len() >= beginning.len()
        && parts
            .iter()
            .zip(beginning)
            .all(|(a, b)| a.numeric_cmp(b.as_ref()).is_eq())
}

fn bind_all(prefix: KeyPrefix, parts: &[Term]) -> KeyPrefix {
    parts
        .iter()
        .fold(prefix, |prefix, part| prefix.bind(part.as_ref()))
}

proptest! {
    #[test]
    fn keys_compare_as_terms(a in term(), b in term()) {
        check(a.as_ref(), b.as_ref());
        check(a.as_ref(), a.as_ref());
    }

    #[test]
    fn twins_differ_in_exact_keys_only(term in term(), before in part(), x in part(), y in part()) {
        let twin = twin(term.as_ref());
        check(term.as_ref(), twin.as_ref());
        check(made((&before, &term, &x)).as_ref(), made((&before, &twin, &y)).as_ref());
        check(list(&[x.clone(), term.clone(), y.clone()]).as_ref(), list(&[x, twin, y]).as_ref());
    }

    #[test]
    fn similar_terms_compare(a in vec(part(), 0..4), b in vec(part(), 0..4)) {
        check(tuple(&a).as_ref(), tuple(&b).as_ref());
        check(list(&a).as_ref(), list(&b).as_ref());
        check(made((tuple(&a), list(&b))).as_ref(), made((tuple(&b), list(&a))).as_ref());
    }

    #[test]
    fn no_bit_of_a_large_number_is_lost((a, b) in neighbours(), (c, d) in neighbours()) {
        for x in [&a, &b, &c, &d] {
            check(a.as_ref(), x.as_ref());
            check(b.as_ref(), x.as_ref());
        }
        check(made((&a, 1)).as_ref(), made((&b, 0)).as_ref());
    }

    #[test]
    fn a_part_of_a_term_has_the_same_key(before in term(), term in term()) {
        let object = made((before, &term));
        let part = object.element(2).expect("two elements");
        prop_assert_eq!(OrderKey::numeric(part), OrderKey::numeric(term.as_ref()));
        prop_assert_eq!(OrderKey::exact(part), OrderKey::exact(term.as_ref()));
    }

    #[test]
    fn a_prefix_has_the_tuples_that_begin_so(
        key in vec(part(), 0..4),
        bound in vec(part(), 0..4),
        arity in 0usize..4,
    ) {
        let prefix = bind_all(KeyPrefix::new().open_tuple(arity), &bound);
        let expected = key.len() == arity && numerically_begins(&key, &bound);
        prop_assert_eq!(is_inside(&prefix, &tuple(&key)), expected);
        prop_assert!(!is_inside(&prefix, &list(&key)));
    }

    #[test]
    fn a_prefix_has_its_own_tuples(key in vec(term(), 1..4), bound in 0usize..4) {
        let bound = bound.min(key.len());
        let prefix = bind_all(KeyPrefix::new().open_tuple(key.len()), &key[..bound]);
        prop_assert!(is_inside(&prefix, &tuple(&key)));
        prop_assert!(is_inside(&prefix, &twin(tuple(&key).as_ref())));
    }

    #[test]
    fn prefixes_go_into_lists_and_tuples(
        first in part(),
        key in vec(part(), 0..4),
        bound in vec(part(), 1..4),
    ) {
        let pair = KeyPrefix::new().open_tuple(2).open_tuple(1).bind(first.as_ref());
        let lists = bound
            .iter()
            .fold(pair, |prefix, part| prefix.open_list().bind(part.as_ref()));
        let key_term = made((tuple(&[first]), list(&key)));
        prop_assert_eq!(is_inside(&lists, &key_term), numerically_begins(&key, &bound));
    }

    #[test]
    fn ranges_of_keys_are_ranges_of_bytes(key in term(), bound in term()) {
        for (key, bound) in [(&key, &bound), (&bound, &key), (&key, &twin(key.as_ref()))] {
            let order = key.numeric_cmp(bound.as_ref());
            let bound = OrderKey::numeric(bound.as_ref());
            for key in [OrderKey::numeric(key.as_ref()), OrderKey::exact(key.as_ref())] {
                prop_assert_eq!(key >= bound, order.is_ge());
                prop_assert_eq!(key < bound.clone().past(), order.is_le());
            }
        }
    }
}

/// The first arity, written out in eight bytes under the tag that would belong to so many, would
/// read as an empty map and the elements of `{#{}, 1, [0, 0, 0]}` after it.
#[test]
fn an_impossible_prefix_has_nothing() {
    let looks_like_it: Term = "{#{},1,[0,0,0]}".parse().expect("a term");
    let within = KeyPrefix::new().open_tuple(3);
    assert!(!is_inside(
        &within.open_tuple(0x1a01_5c19_5c19_5c19),
        &looks_like_it
    ));

    let terms = awkward();
    for arity in [1 << 24, usize::MAX] {
        let prefix = KeyPrefix::new().open_tuple(arity);
        assert!(
            !terms.iter().any(|term| is_inside(&prefix, term)),
            "{arity}"
        );
    }
    assert!(terms.iter().all(|term| is_inside(&KeyPrefix::new(), term)));
}
