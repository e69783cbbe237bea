//! What holds for all terms.

use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::term::layout::{Node, bits_length, node, words_of_bits};
use crate::term::{Atom, Origin, Pid, TableId, Term, TermBuilder, TermKind, TermRef, ToTerm};

pub(super) fn made<T: ToTerm>(value: T) -> Term {
    value.to_term().expect("a term")
}

fn integer() -> impl Strategy<Value = Term> {
    let near = |middle: i128| (-2i128..=2).prop_map(move |offset| made(middle + offset));
    prop_oneof![
        (-3i64..=3).prop_map(made),
        any::<i64>().prop_map(made),
        any::<i128>().prop_map(made),
        near(1 << 53),
        near(1 << 60),
        near(-(1 << 60)),
        near(1 << 64),
        (60u32..1200, -1i8..=1).prop_map(|(bits, offset)| made(BigInt::from(2).pow(bits) + offset)),
    ]
}

fn float() -> impl Strategy<Value = Term> {
    prop_oneof![
        (-3i8..=3).prop_map(|n| made(f64::from(n))),
        Just(made(-0.0)),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(made),
        (50i32..1023).prop_map(|exponent| made(2f64.powi(exponent))),
    ]
}

fn bits() -> impl Strategy<Value = Term> {
    let partial = (vec(any::<u8>(), 1..12), 0usize..8);
    prop_oneof![
        any::<String>().prop_map(made),
        "[a-c]{0,3}".prop_map(made),
        vec(any::<u8>(), 0..20).prop_map(made),
        partial.prop_map(
            |(bytes, unused)| Term::bitstring(&bytes, bytes.len() * 8 - unused)
                .expect("enough bits")
        ),
    ]
}

fn leaf() -> impl Strategy<Value = Term> {
    let atom = prop_oneof!["[a-z]{1,3}", "[A-Zé '\\\\\n\u{0}]{0,3}"];
    prop_oneof![
        4 => integer(),
        3 => float(),
        2 => atom.prop_map(|text| Term::atom(&text).expect("short")),
        2 => bits(),
        1 => any::<u64>().prop_map(|raw| made(Pid::from_raw(raw))),
        1 => any::<u64>().prop_map(|raw| made(TableId::from_raw(raw))),
        1 => Just(Term::NIL),
        1 => "[ -~é]{0,5}".prop_map(|text| Term::list(text.chars()).expect("characters")),
    ]
}

/// A map of those pairs whose keys are not there yet.
fn map(mut pairs: Vec<(Term, Term)>) -> Term {
    pairs.sort();
    pairs.dedup_by(|(a, _), (b, _)| a == b);
    Term::map(pairs).expect("no duplicates")
}

pub(super) fn term() -> impl Strategy<Value = Term> {
    leaf().prop_recursive(4, 40, 5, |part| {
        prop_oneof![
            vec(part.clone(), 0..5).prop_map(|elements| Term::tuple(elements).expect("a tuple")),
            vec(part.clone(), 0..5).prop_map(|elements| Term::list(elements).expect("a list")),
            (vec(part.clone(), 1..4), part.clone())
                .prop_map(|(elements, tail)| Term::improper_list(elements, tail).expect("a list")),
            vec((part.clone(), part), 0..5).prop_map(map),
        ]
    })
}

/// The same term with integers as floats where nothing is lost, keys of maps left alone; and with
/// the other origin. Recursive, as tests may be.
pub(super) fn twin(term: TermRef<'_>) -> Term {
    match term.kind() {
        TermKind::Integer => {
            let exact = term.as_i64().filter(|value| value.abs() < 1 << 53);
            exact.map_or_else(|| term.to_term(), |value| made(value as f64))
        }
        TermKind::Tuple => {
            Term::tuple(term.elements().expect("a tuple").map(twin)).expect("a tuple")
        }
        TermKind::List => {
            let (head, tail) = term.uncons().expect("a list");
            Term::improper_list([twin(head)], twin(tail)).expect("a list")
        }
        TermKind::Map => Term::map(
            term.map_pairs()
                .expect("a map")
                .map(|(key, value)| (key, twin(value))),
        )
        .expect("a map"),
        TermKind::BitString => {
            let bits = term.as_bits().expect("bits");
            let origin = if term.origin() == Some(Origin::Raw) {
                Origin::Text
            } else {
                Origin::Raw
            };
            let mut builder = TermBuilder::new();
            builder
                .push_bits(bits.bytes(), bits.bit_length(), origin)
                .expect("enough bits");
            builder.finish().expect("one value")
        }
        _ => term.to_term(),
    }
}

/// Checks that a word's box stands at `next`, and everything it reaches directly after it; returns
/// where that ends.
fn check_canonical(word: u64, words: &[u64], next: usize) -> usize {
    let children = |first: usize, count: usize| {
        (first..first + count).fold(first + count, |next, at| {
            check_canonical(words[at], words, next)
        })
    };
    match node(word, words) {
        Node::Float(_) => check_leaf(word, next, 1),
        Node::Big { limbs, .. } => check_leaf(word, next, 1 + limbs.len()),
        Node::Bits { header, .. } => check_leaf(word, next, 1 + words_of_bits(bits_length(header))),
        Node::Cons { at } => {
            assert_eq!(at, next);
            children(at, 2)
        }
        Node::Tuple { at, arity } => {
            assert_eq!(at, next + 1);
            children(at, arity)
        }
        Node::Map { at, count } => {
            assert_eq!(at, next + 1);
            children(at, 2 * count)
        }
        _ => next,
    }
}

fn check_leaf(word: u64, next: usize, size: usize) -> usize {
    assert_eq!(crate::term::layout::offset(word), next);
    next + size
}

fn assert_canonical(term: &Term) {
    let view = term.as_ref();
    assert_eq!(
        check_canonical(view.root(), view.words(), 0),
        view.words().len(),
        "{term}"
    );
}

proptest! {
    #[test]
    fn printed_terms_parse_back(term in term()) {
        let text = term.to_string();
        let read: Term = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(&read, &term);
        prop_assert_eq!(read.to_string(), text);
        assert_canonical(&read);
    }

    #[test]
    fn equality_order_and_hashes_agree(a in term(), b in term()) {
        let (x, y) = (a.as_ref(), b.as_ref());
        prop_assert_eq!(x.exact_eq(y), x.exact_cmp(y).is_eq());
        prop_assert_eq!(x.exact_eq(y), x.key_cmp(y).is_eq());
        prop_assert_eq!(x.exact_cmp(y), y.exact_cmp(x).reverse());
        prop_assert_eq!(x.numeric_cmp(y), y.numeric_cmp(x).reverse());
        prop_assert_eq!(x.key_cmp(y), y.key_cmp(x).reverse());
        prop_assert!(x.numeric_cmp(y).is_eq() || x.exact_cmp(y) == x.numeric_cmp(y));
        prop_assert!(!x.exact_eq(y) || x.hash_exact(9) == y.hash_exact(9));
        prop_assert!(!x.numeric_eq(y) || x.hash_numeric(9) == y.hash_numeric(9));
        prop_assert_eq!(x.exact_eq(y), a.to_string() == b.to_string());
    }

    #[test]
    fn order_is_transitive(a in term(), b in term(), c in term()) {
        let mut all = [a, b, c];
        all.sort_by(|a, b| a.numeric_cmp(b.as_ref()));
        prop_assert!(all[0].numeric_cmp(all[2].as_ref()).is_le());
        all.sort();
        prop_assert!(all[0] <= all[2]);
        all.sort_by(|a, b| a.as_ref().key_cmp(b.as_ref()));
        prop_assert!(all[0].as_ref().key_cmp(all[2].as_ref()).is_le());
    }

    #[test]
    fn twins_are_numerically_equal(term in term()) {
        let twin = twin(term.as_ref());
        let (x, y) = (term.as_ref(), twin.as_ref());
        assert_canonical(&twin);
        prop_assert!(x.numeric_eq(y));
        prop_assert_eq!(x.hash_numeric(3), y.hash_numeric(3));
        prop_assert_eq!(x.exact_eq(y), term.to_string() == twin.to_string());
        prop_assert!(!x.exact_eq(y) || x.hash_exact(3) == y.hash_exact(3));
        // The integer is less than the float.
        prop_assert!(x.exact_cmp(y).is_le());
    }

    #[test]
    fn a_part_is_the_same_wherever_it_stands(before in term(), term in term(), after in term()) {
        let object = made((before, &term, after));
        assert_canonical(&object);
        let part = object.element(2).expect("three elements");
        prop_assert!(part.exact_eq(term.as_ref()) && term.as_ref().exact_eq(part));
        prop_assert!(part.exact_cmp(term.as_ref()).is_eq());
        prop_assert_eq!(part.hash_exact(5), term.as_ref().hash_exact(5));
        prop_assert_eq!(part.hash_numeric(5), term.as_ref().hash_numeric(5));
        prop_assert_eq!(part.to_string(), term.to_string());
        let copy = part.to_term();
        prop_assert_eq!(copy.as_ref().words(), term.as_ref().words());
        prop_assert_eq!(copy.as_ref().root(), term.as_ref().root());
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[\\[\\]{}()#<>|,.=:/'\"$\\\\%a-cA_0-9 \nx^+-]{0,40}") {
        let _ = text.parse::<Term>();
    }

    #[test]
    fn atoms_print_as_text_that_reads_back(text in any::<String>()) {
        if let Ok(atom) = Atom::new(&text) {
            let read: Term = atom.to_string().parse().map_err(|error| TestCaseError::fail(format!("{atom}: {error}")))?;
            prop_assert_eq!(read.as_atom(), Some(atom));
        }
    }
}
