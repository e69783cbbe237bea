//! External Term Format: bytes as Erlang writes them, round trips, limits, and what is not an encoding.

use heirloom::{
    AtomError, BigInt, EtfError, EtfErrorKind, Limits, Origin, Term, TermBuilder, TermError, ToTerm,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// The name of the node that identifiers belong to, as an atom.
const NODE: &[u8] = b"\x77\x0dnonode@nohost";

/// The term of a text.
fn term(text: &str) -> Term {
    text.parse().expect("a term")
}

/// Parts of an encoding in sequence, after the version.
fn bytes(parts: &[&[u8]]) -> Vec<u8> {
    [&[131], parts.concat().as_slice()].concat()
}

/// What is wrong with parts of an encoding, and where.
fn error(parts: &[&[u8]]) -> (usize, EtfErrorKind) {
    let EtfError { offset, kind, .. } = Term::from_etf(&bytes(parts)).expect_err("an error");
    (offset, kind)
}

/// Terms and their encodings. All were written by `term_to_binary` of Erlang/OTP, atoms (and names of nodes) as from OTP 26 on.
fn known() -> Vec<(Term, Vec<u8>)> {
    let long_atom = "å".repeat(200);
    let known: Vec<(&str, Vec<u8>)> = vec![
        ("{1,2}", bytes(&[&[104, 2, 97, 1, 97, 2]])),
        ("{}", bytes(&[&[104, 0]])),
        ("[]", bytes(&[&[106]])),
        (
            "[a|b]",
            bytes(&[&[108, 0, 0, 0, 1, 119, 1, b'a', 119, 1, b'b']]),
        ),
        ("[1,2|3]", bytes(&[&[108, 0, 0, 0, 2, 97, 1, 97, 2, 97, 3]])),
        (r#""ab""#, bytes(&[&[107, 0, 2, 97, 98]])),
        ("[256]", bytes(&[&[108, 0, 0, 0, 1, 98, 0, 0, 1, 0, 106]])),
        (
            "#{a => 1}",
            bytes(&[&[116, 0, 0, 0, 1, 119, 1, b'a', 97, 1]]),
        ),
        ("255", bytes(&[&[97, 255]])),
        ("256", bytes(&[&[98, 0, 0, 1, 0]])),
        ("-1", bytes(&[&[98, 255, 255, 255, 255]])),
        ("2147483647", bytes(&[&[98, 127, 255, 255, 255]])),
        ("2147483648", bytes(&[&[110, 4, 0, 0, 0, 0, 128]])),
        ("-2147483648", bytes(&[&[98, 128, 0, 0, 0]])),
        ("-2147483649", bytes(&[&[110, 4, 1, 1, 0, 0, 128]])),
        (
            "1152921504606846976",
            bytes(&[&[110, 8, 0, 0, 0, 0, 0, 0, 0, 0, 16]]),
        ),
        (
            "18446744073709551616",
            bytes(&[&[110, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]),
        ),
        (
            "-1267650600228229401496703205376",
            bytes(&[&[110, 13, 1], &[0; 12], &[16]]),
        ),
        ("1.5", bytes(&[&[70, 63, 248, 0, 0, 0, 0, 0, 0]])),
        ("-0.0", bytes(&[&[70, 128, 0, 0, 0, 0, 0, 0, 0]])),
        ("'å'", bytes(&[&[119, 2, 195, 165]])),
        ("'日本'", bytes(&[&[119, 6, 230, 151, 165, 230, 156, 172]])),
        (r#"<<"hi">>"#, bytes(&[&[109, 0, 0, 0, 2, 104, 105]])),
        ("<<>>", bytes(&[&[109, 0, 0, 0, 0]])),
        ("<<1,2:4>>", bytes(&[&[77, 0, 0, 0, 2, 4, 1, 32]])),
        ("<0.9.0>", bytes(&[&[88], NODE, &[0, 0, 0, 9], &[0; 8]])),
        (
            "<0.7.9>",
            bytes(&[&[88], NODE, &[0, 0, 0, 7, 0, 0, 0, 9], &[0; 4]]),
        ),
        (
            "#Ref<0.0.0.7>",
            bytes(&[&[90, 0, 3], NODE, &[0; 4], &[0, 0, 0, 7], &[0; 8]]),
        ),
    ];
    let mut known: Vec<_> = known
        .into_iter()
        .map(|(text, bytes)| (term(text), bytes))
        .collect();
    let atom = Term::atom(&long_atom).expect("short enough");
    known.push((atom, bytes(&[&[118, 1, 144], long_atom.as_bytes()])));
    known.push((
        Term::try_from(BigInt::from(1) << 2040).expect("small enough"),
        bytes(&[&[111, 0, 0, 1, 0, 0], &[0; 255], &[1]]),
    ));
    known.push((
        Term::tuple([1; 256]).expect("a tuple"),
        bytes(&[&[105, 0, 0, 1, 0], &[97, 1].repeat(256)]),
    ));
    known.push((
        Term::list([7; 65_535]).expect("a list"),
        bytes(&[&[107, 255, 255], &[7; 65_535]]),
    ));
    known.push((
        Term::list([7; 65_536]).expect("a list"),
        bytes(&[&[108, 0, 1, 0, 0], &[97, 7].repeat(65_536), &[106]]),
    ));
    known.push((Term::binary(b"A"), bytes(&[&[77, 0, 0, 0, 1, 8, 65]])));
    known.push((Term::binary(b""), bytes(&[&[77, 0, 0, 0, 0, 0]])));
    known
}

#[test]
fn encodings_are_erlangs() {
    for (term, bytes) in known() {
        assert_eq!(term.to_etf().as_ref(), Ok(&bytes), "{term}");
        let decoded = Term::from_etf(&bytes);
        assert_eq!(decoded.as_ref(), Ok(&term));
        assert_eq!(decoded.map(|term| term.origin()), Ok(term.origin()));
    }
}

/// Other ways to write the same terms, all of them read by Erlang too.
#[test]
fn other_forms_are_read() {
    let float = [&b"1.50000000000000000000e+00"[..], &[0; 5]].concat();
    let short = [&b"-1.5"[..], &[0; 27]].concat();
    let latin1_node = b"\x64\x00\x0dnonode@nohost";
    let forms: &[(&str, &[&[u8]])] = &[
        ("5", &[&[98, 0, 0, 0, 5]]),
        ("-5", &[&[110, 3, 1, 5, 0, 0]]),
        ("0", &[&[110, 0, 0]]),
        ("0", &[&[110, 2, 1, 0, 0]]),
        ("5", &[&[111, 0, 0, 0, 1, 0, 5]]),
        ("1.5", &[&[99], &float]),
        ("-1.5", &[&[99], &short]),
        ("'å'", &[&[100, 0, 1, 229]]),
        ("'å'", &[&[115, 1, 229]]),
        ("ok", &[&[118, 0, 2, b'o', b'k']]),
        ("''", &[&[115, 0]]),
        ("{}", &[&[105, 0, 0, 0, 0]]),
        ("[]", &[&[107, 0, 0]]),
        ("[]", &[&[108, 0, 0, 0, 0, 106]]),
        ("1", &[&[108, 0, 0, 0, 0, 97, 1]]),
        (
            "[1,2]",
            &[&[108, 0, 0, 0, 1, 97, 1, 108, 0, 0, 0, 1, 97, 2, 106]],
        ),
        (
            "#{1 => a,2 => b}",
            &[&[116, 0, 0, 0, 2, 97, 2, 119, 1, b'b', 97, 1, 119, 1, b'a']],
        ),
        ("<<7:3>>", &[&[77, 0, 0, 0, 1, 3, 255]]),
        (
            "<0.9.1>",
            &[&[103], latin1_node, &[0, 0, 0, 9, 0, 0, 0, 1, 0]],
        ),
        (
            "<0.9.1>",
            &[&[88], latin1_node, &[0, 0, 0, 9, 0, 0, 0, 1], &[0; 4]],
        ),
    ];
    for (text, parts) in forms {
        assert_eq!(Term::from_etf(&bytes(parts)), Ok(term(text)), "{parts:?}");
    }
}

#[test]
fn what_has_no_term_is_named_with_its_place() {
    let tags = [
        (80, "a compressed term"),
        (82, "a reference to the atom cache"),
        (89, "a port"),
        (102, "a port"),
        (120, "a port"),
        (101, "a reference in an old form"),
        (114, "a reference in an old form"),
        (112, "a function"),
        (113, "a function"),
        (117, "a function"),
        (121, "a term in a local format"),
        (68, "a header of the distribution protocol"),
        (0, "nothing known"),
    ];
    for (tag, what) in tags {
        let input = bytes(&[&[104, 1, tag, 0, 0, 0]]);
        let error = Term::from_etf(&input).expect_err("unsupported");
        assert_eq!(
            (error.offset, &error.kind),
            (3, &EtfErrorKind::UnsupportedTag { tag })
        );
        assert_eq!(
            error.to_string(),
            format!("byte 3: tag {tag} is {what}, which no term stands for")
        );
    }
}

#[test]
fn identifiers_of_others_are_refused() {
    let other: &[u8] = b"\x77\x0dnonode@nowhat";
    let foreign = |tag| (1, EtfErrorKind::ForeignIdentifier { tag });
    let zero = &[0; 4][..];
    assert_eq!(error(&[&[88], other, &[0; 12]]), foreign(88));
    assert_eq!(error(&[&[88], NODE, &[0; 8], &[0, 0, 0, 1]]), foreign(88));
    assert_eq!(error(&[&[88], NODE, &[255; 4], &[0; 8]]), foreign(88));
    assert_eq!(error(&[&[88], NODE, zero, &[255; 4], zero]), foreign(88));
    assert_eq!(error(&[&[103], NODE, &[0; 8], &[1]]), foreign(103));
    assert_eq!(error(&[&[90, 0, 3], other, &[0; 16]]), foreign(90));
    assert_eq!(
        error(&[&[90, 0, 3], NODE, &[0, 0, 0, 1], &[0; 12]]),
        foreign(90)
    );
    assert_eq!(error(&[&[90, 0, 2], NODE, &[0; 12]]), foreign(90));
    assert_eq!(
        error(&[&[90, 0, 3], NODE, zero, &[0, 4, 0, 0], &[0; 8]]),
        foreign(90)
    );
    assert_eq!(
        error(&[&[90, 0, 3], NODE, &[0; 12], &[0, 0, 1, 0]]),
        foreign(90)
    );
    assert_eq!(
        error(&[&[88, 97, 1]]),
        (2, EtfErrorKind::NotAnAtom { tag: 97 })
    );
}

/// Every bit of an identifier comes back.
#[test]
fn identifiers_keep_their_bits() {
    let ids = [
        "<0.268435455.1073741823>",
        "#Ref<0.0.67108863.4294967295>",
        "#Ref<0.0.1.262144>",
    ];
    for id in ids {
        let id = term(id);
        assert_eq!(id.to_etf().and_then(|bytes| Term::from_etf(&bytes)), Ok(id));
    }
    // 58 bits over words of 18, 32 and 32 bits, since Erlang refuses more in the first.
    let largest = term("#Ref<0.0.67108863.4294967295>")
        .to_etf()
        .expect("small");
    assert_eq!(
        largest[largest.len() - 12..],
        [0, 3, 255, 255, 255, 255, 255, 255, 0, 0, 0, 255]
    );
}

#[test]
fn malformed_values_are_refused() {
    let float = |text: &[u8]| [&[99], text, &vec![0; 31 - text.len()]].concat();
    for text in ["", "1e5", " 1.5", "inf", "nan.", "1.5x", "."] {
        assert_eq!(
            error(&[&float(text.as_bytes())]),
            (1, EtfErrorKind::BadFloat),
            "{text}"
        );
    }
    let not_finite = |parts| match error(parts) {
        (1, EtfErrorKind::Term(TermError::NotFinite { .. })) => (),
        other => panic!("{other:?}"),
    };
    not_finite(&[&[70, 127, 240, 0, 0, 0, 0, 0, 0]]);
    not_finite(&[&[70, 127, 248, 0, 0, 0, 0, 0, 0]]);
    not_finite(&[&float(b"1.0e400")]);
    let bits = |bytes, bits| (1, EtfErrorKind::BadBits { bytes, bits });
    assert_eq!(error(&[&[77, 0, 0, 0, 1, 0, 65]]), bits(1, 0));
    assert_eq!(error(&[&[77, 0, 0, 0, 1, 9, 65]]), bits(1, 9));
    assert_eq!(error(&[&[77, 0, 0, 0, 0, 8]]), bits(0, 8));
    assert_eq!(
        error(&[&[110, 1, 2, 5]]),
        (1, EtfErrorKind::BadSign { sign: 2 })
    );
    assert_eq!(error(&[&[119, 1, 229]]), (1, EtfErrorKind::NotUtf8));
    let long = AtomError::TooLong {
        characters: 256,
        characters_max: 255,
    };
    let long = EtfErrorKind::Term(TermError::Atom(long));
    assert_eq!(error(&[&[100, 1, 0], &[b'a'; 256]]), (1, long));
    assert_eq!(Term::from_etf(&[]).map_err(|error| error.offset), Err(0));
    assert_eq!(
        Term::from_etf(&[130, 106]).map_err(|error| error.kind),
        Err(EtfErrorKind::Version { found: 130 })
    );
    assert_eq!(
        error(&[&[97, 1, 0]]),
        (3, EtfErrorKind::TrailingBytes { bytes: 1 })
    );
}

#[test]
fn equal_keys_are_refused_where_the_map_begins() {
    let duplicate = EtfErrorKind::Term(TermError::DuplicateKey);
    let map = [116, 0, 0, 0, 2, 97, 1, 97, 2, 97, 1, 97, 3];
    assert_eq!(error(&[&[104, 2, 106], &map]), (4, duplicate.clone()));
    // Text and raw bytes are equal.
    let binaries = [
        &[116, 0, 0, 0, 2][..],
        &[109, 0, 0, 0, 0, 106],
        &[77, 0, 0, 0, 0, 0, 106],
    ];
    assert_eq!(error(&binaries), (1, duplicate));
    let floats = [116, 0, 0, 0, 2, 97, 0, 106, 70, 0, 0, 0, 0, 0, 0, 0, 0, 106];
    assert!(
        Term::from_etf(&bytes(&[&floats])).is_ok(),
        "0 and 0.0 are two keys"
    );
}

/// A few bytes that announce gigabytes, alone and inside each other, are refused where they say so.
#[test]
fn lengths_that_lie_cost_nothing() {
    let huge = [255; 4];
    for tag in [105, 108, 109, 111, 116] {
        let parts: [&[u8]; 2] = [&[tag], &huge];
        let (_, kind) = error(&parts);
        assert!(
            matches!(kind, EtfErrorKind::Truncated { .. }),
            "{tag}: {kind:?}"
        );
    }
    let (offset, kind) = error(&[&[77], &huge, &[8]]);
    assert!(matches!(
        (offset, kind),
        (7, EtfErrorKind::Truncated { left: 0, .. })
    ));
    // Each tuple by itself could be there; all of them together can't.
    let (offset, kind) = error(&[&[104, 5, 104, 4, 104, 3, 106]]);
    let expected = EtfErrorKind::Truncated { needed: 8, left: 3 };
    assert_eq!((offset, kind), (5, expected));
}

#[test]
fn limits_hold() {
    let decode = |text: &str, limits: &Limits| {
        let bytes = term(text).to_etf().expect("small");
        Term::from_etf_with(&bytes, limits).map_err(|error| error.kind)
    };
    let too_deep = |depth_max| Err(EtfErrorKind::TooDeep { depth_max });
    let depth = |depth_max| Limits::default().with_depth_max(depth_max);
    assert_eq!(decode("{[#{1 => 2}]}", &depth(2)), too_deep(2));
    assert!(decode("{[#{1 => 2}]}", &depth(3)).is_ok());
    for text in ["{}", r#""string""#, "[a]", "#{}"] {
        assert_eq!(decode(text, &depth(0)), too_deep(0));
        assert!(decode(text, &depth(1)).is_ok());
    }
    assert!(decode("[]", &depth(0)).is_ok());
    let bytes_max = 16;
    let limits = Limits::default().with_bytes_max(bytes_max);
    assert_eq!(
        decode("<<0:128>>", &limits),
        Err(EtfErrorKind::TooLong {
            bytes: 22,
            bytes_max
        })
    );
    // Eight bytes of input, two cells of 16 bytes each.
    let too_large = EtfErrorKind::Term(TermError::TooManyBytes { bytes_max });
    assert_eq!(decode("[1,2]", &limits), Err(too_large));
    let elements_max = 2;
    let limits = Limits::default().with_elements_max(elements_max);
    let too_many = EtfErrorKind::Term(TermError::TooManyElements { elements_max });
    assert_eq!(decode("{1,2,3}", &limits), Err(too_many));
    let bits = EtfErrorKind::Term(TermError::IntegerTooLarge {
        bits: 1 << 22,
        bits_max: (1 << 22) - 1,
    });
    let large = bytes(&[&[111, 0, 8, 0, 0, 0], &vec![255; 1 << 19]]);
    assert_eq!(
        Term::from_etf(&large).map_err(|error| error.kind),
        Err(bits)
    );
}

mod deep {
    use super::*;

    /// Depth of nesting.
    const DEPTH: usize = 1_000_000;
    /// Size of the stack in bytes.
    const STACK_BYTES: usize = 64 * 1024;

    /// What opens a level, and what closes it.
    const FORMS: &[(&[u8], &[u8])] = &[
        (&[104, 1], &[]),
        (&[104, 3, 97, 1], &[97, 2]),
        (&[108, 0, 0, 0, 1], &[106]),
        (&[108, 0, 0, 0, 1, 97, 1], &[]),
        (&[116, 0, 0, 0, 1, 97, 1], &[]),
        (&[116, 0, 0, 0, 1], &[97, 1]),
    ];

    fn nested((open, close): &(&[u8], &[u8])) -> Vec<u8> {
        bytes(&[&open.repeat(DEPTH), &[119, 1, b'x'], &close.repeat(DEPTH)])
    }

    fn on_small_stack(test: impl FnOnce() + Send + 'static) {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(test);
        thread.expect("a thread").join().expect("the test passes");
    }

    #[test]
    fn the_default_limit_stops_it() {
        on_small_stack(|| {
            for form in FORMS {
                let depth_max = Limits::DEPTH_MAX_DEFAULT;
                let expected = EtfErrorKind::TooDeep { depth_max };
                let result = Term::from_etf(&nested(form));
                assert_eq!(result.map_err(|error| error.kind), Err(expected));
            }
        });
    }

    #[test]
    fn a_raised_limit_lets_it_through() {
        on_small_stack(|| {
            let limits = Limits::default().with_depth_max(DEPTH);
            for form in FORMS {
                let bytes = nested(form);
                let term = Term::from_etf_with(&bytes, &limits).expect("deep enough");
                let again = term.to_etf().expect("small enough");
                // A list whose tail is a list is written as one.
                assert_eq!(again == bytes, form.1 == [106] || form.0[0] != 108);
                assert_eq!(Term::from_etf_with(&again, &limits), Ok(term));
            }
        });
    }
}

fn made<T: ToTerm>(value: T) -> Term {
    value.to_term().expect("a term")
}

/// A bit string of either origin.
fn bits(bytes: &[u8], unused: usize, origin: Origin) -> Term {
    let mut builder = TermBuilder::new();
    let bit_length = (bytes.len() * 8).saturating_sub(unused);
    builder
        .push_bits(bytes, bit_length, origin)
        .expect("enough bits");
    builder.finish().expect("one value")
}

fn leaf() -> impl Strategy<Value = Term> {
    let origin = prop_oneof![Just(Origin::Text), Just(Origin::Raw)];
    let finite = any::<f64>().prop_filter("finite", |value| value.is_finite());
    let power = (30u32..3000, -1i8..=1, any::<bool>());
    prop_oneof![
        any::<i8>().prop_map(made),
        any::<i32>().prop_map(made),
        any::<i64>().prop_map(made),
        any::<i128>().prop_map(made),
        power.prop_map(|(bits, offset, negative)| {
            let value = BigInt::from(2).pow(bits) + offset;
            made(if negative { -value } else { value })
        }),
        finite.prop_map(made),
        Just(made(-0.0)),
        "[a-zé日]{0,3}".prop_map(|text| Term::atom(&text).expect("short")),
        any::<String>().prop_map(made),
        (vec(any::<u8>(), 0..20), 0usize..8, origin)
            .prop_map(|(bytes, unused, origin)| bits(&bytes, unused, origin)),
        "[ -~é]{0,5}".prop_map(|text| Term::list(text.chars()).expect("characters")),
        (0u64..1 << 28, 0u64..1 << 30).prop_map(|(a, b)| term(&format!("<0.{a}.{b}>"))),
        (0u64..1 << 26, any::<u32>()).prop_map(|(a, b)| term(&format!("#Ref<0.0.{a}.{b}>"))),
        Just(Term::NIL),
    ]
}

/// A map of those pairs whose keys are not there yet.
fn map(mut pairs: Vec<(Term, Term)>) -> Term {
    pairs.sort();
    pairs.dedup_by(|(a, _), (b, _)| a == b);
    Term::map(pairs).expect("no duplicates")
}

fn any_term() -> impl Strategy<Value = Term> {
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

/// What decodes encodes again, to something that decodes to the same.
fn check_any_input(bytes: &[u8]) {
    if let Ok(term) = Term::from_etf(bytes) {
        let again = term.to_etf().expect("small enough");
        assert_eq!(Term::from_etf(&again), Ok(term));
    }
}

/// Encodings of every form, small enough to try all that can happen to them.
fn corpus() -> Vec<Vec<u8>> {
    let float = [&b"1.50000000000000000000e+00"[..], &[0; 5]].concat();
    let mixed = r#"{ok,[1,-2,3000000000|x],#{k => 1.5,<<"t">> => "str",[] => {}},<<5:3>>,<0.1.2>,#Ref<0.0.3.4>}"#;
    let mut corpus: Vec<_> = known().into_iter().map(|(_, bytes)| bytes).collect();
    corpus.push(term(mixed).to_etf().expect("small"));
    corpus.push(bytes(&[
        &[104, 3, 99],
        &float,
        &[115, 1, 229],
        &[100, 0, 1, 229],
    ]));
    corpus.push(bytes(&[&[103], NODE, &[0, 0, 0, 9, 0, 0, 0, 1, 0]]));
    corpus.retain(|bytes| bytes.len() < 1000);
    corpus
}

#[test]
fn every_truncation_is_an_error() {
    for bytes in corpus() {
        for length in 0..bytes.len() {
            let result = Term::from_etf(&bytes[..length]);
            assert!(
                matches!(
                    &result,
                    Err(EtfError {
                        kind: EtfErrorKind::Truncated { .. },
                        ..
                    })
                ),
                "{:?}: {result:?}",
                &bytes[..length]
            );
        }
    }
}

#[test]
fn every_mutation_of_a_byte_is_a_term_or_an_error() {
    for mut bytes in corpus() {
        for place in 0..bytes.len() {
            let original = bytes[place];
            for byte in 0..=255 {
                bytes[place] = byte;
                check_any_input(&bytes);
            }
            bytes[place] = original;
        }
    }
}

proptest! {
    #[test]
    fn terms_come_back(term in any_term()) {
        let bytes = term.to_etf().expect("small enough");
        let back = Term::from_etf(&bytes).expect("what was written");
        prop_assert_eq!(&back, &term);
        // Printed alike and encoded alike, so the origins of all parts are the same.
        prop_assert_eq!(back.to_etf(), Ok(bytes));
    }

    #[test]
    fn parts_encode_like_copies_of_them(term in any_term()) {
        let inside = Term::tuple([&made(0), &term]).expect("a tuple");
        let part = inside.element(2).expect("two elements");
        prop_assert_eq!(part.to_etf(), term.to_etf());
    }

    #[test]
    fn cut_and_altered_encodings_do_no_harm(
        term in any_term(),
        place in any::<prop::sample::Index>(),
        insert in vec(any::<u8>(), 0..3),
        remove in 0usize..3,
    ) {
        let mut bytes = term.to_etf().expect("small enough");
        let place = place.index(bytes.len());
        let end = bytes.len().min(place + remove);
        bytes.splice(place..end, insert);
        check_any_input(&bytes);
    }

    #[test]
    fn any_bytes_do_no_harm(mut bytes in vec(prop_oneof![any::<u8>(), 97u8..120, 0u8..4], 1..40)) {
        bytes[0] = 131;
        check_any_input(&bytes);
    }
}
