//! The bridge to serde: every form of type both ways, what is refused, depth, and terms in other formats.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;

use heirloom::{
    Atom, Origin, SERDE_DEPTH_MAX, SerdeError, Term, TermBuilder, TermError, TermKind, ToTerm,
    from_term, from_term_with_depth, to_term, to_term_with_depth,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The term of a text.
fn term(text: &str) -> Term {
    text.parse().expect("a term")
}

/// That a value is a term and comes back from it.
fn both_ways<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, text: &str) {
    let made = to_term(&value).expect("a term");
    assert_eq!(made, term(text), "{value:?}");
    assert_eq!(from_term(made.as_ref()), Ok(value));
}

/// Why a text's term is no `T`.
fn refused<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> SerdeError {
    from_term::<T>(term(text).as_ref()).expect_err("an error")
}

/// A list in a list in a list, so many times, around an empty one.
fn nested(depth: usize) -> Term {
    let mut builder = TermBuilder::new();
    builder.push_nil().expect("no limit");
    for _ in 0..depth {
        builder.make_list(1).expect("no limit");
    }
    builder.finish().expect("one value")
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair(i32, String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Nothing();

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Point((i8, i8)),
    Line(u8, u8),
    NoLine(),
    Box { width: u32, name: Option<String> },
}

#[test]
fn every_form_of_type_has_its_term() {
    both_ways(true, "true");
    both_ways(-7i8, "-7");
    both_ways(u64::MAX, "18446744073709551615");
    both_ways(i128::MIN, "-170141183460469231731687303715884105728");
    both_ways(u128::MAX, "340282366920938463463374607431768211455");
    both_ways(1.5f32, "1.5");
    both_ways(-0.0f64, "-0.0");
    both_ways('å', "229");
    both_ways("å".to_owned(), "<<\"å\"/utf8>>");
    both_ways(ByteBuf::from(vec![0, 255]), "<<0,255>>");
    both_ways((), "{}");
    both_ways(Unit, "'Unit'");
    both_ways(Meters(2.5), "2.5");
    both_ways(Pair(1, "a".to_owned()), r#"{1,<<"a">>}"#);
    both_ways(Nothing(), "{}");
    both_ways(vec![1, 2], "[1,2]");
    both_ways(BTreeSet::from([2, 1]), "[1,2]");
    both_ways(Vec::<i32>::new(), "[]");
    both_ways([1, 2, 3], "{1,2,3}");
    both_ways((1, (true,), Unit), "{1,{true},'Unit'}");
    both_ways(BTreeMap::from([(2, 'a'), (1, 'b')]), "#{1 => $b,2 => $a}");
    both_ways(HashMap::from([((1, 2), Unit)]), "#{{1,2} => 'Unit'}");
    both_ways(Ipv4Addr::LOCALHOST, "{127,0,0,1}");
}

#[test]
fn every_form_of_variant_has_its_term() {
    let name = Some("b".to_owned());
    both_ways(Shape::Empty, "'Empty'");
    both_ways(Shape::Circle(1.0), "{'Circle',1.0}");
    both_ways(Shape::Point((1, 2)), "{'Point',{1,2}}");
    both_ways(Shape::Line(1, 2), "{'Line',1,2}");
    both_ways(Shape::NoLine(), "{'NoLine'}");
    both_ways(
        Shape::Box { width: 1, name },
        r#"{'Box',#{width => 1,name => <<"b">>}}"#,
    );
}

#[test]
fn options_are_transparent() {
    both_ways(None::<i32>, "undefined");
    both_ways(Some(5), "5");
    both_ways(Some(()), "{}");
    both_ways(vec![Some(Unit), None], "['Unit',undefined]");
    // As documented: the inner `None` is the outer one.
    let nested = to_term(&Some(None::<i32>)).expect("a term");
    assert_eq!(nested, term("undefined"));
    assert_eq!(from_term::<Option<Option<i32>>>(nested.as_ref()), Ok(None));
    both_ways(Some(Some(1)), "1");
}

#[test]
fn text_and_bytes_keep_their_origins_and_are_borrowed() {
    assert_eq!(
        to_term("a").map(|term| term.origin()),
        Ok(Some(Origin::Text))
    );
    let raw = to_term(serde_bytes::Bytes::new(b"a"));
    assert_eq!(raw.as_ref().map(Term::origin), Ok(Some(Origin::Raw)));
    // Reading does not ask for the origin.
    let raw = raw.expect("a term");
    assert_eq!(from_term::<&str>(raw.as_ref()), Ok("a"));
    assert_eq!(
        from_term::<&[u8]>(term(r#"<<"a">>"#).as_ref()),
        Ok(&b"a"[..])
    );
    assert_eq!(from_term::<char>(term(r#"<<"a">>"#).as_ref()), Ok('a'));
}

#[test]
fn names_of_fields_may_be_binaries_and_more_may_be_there() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: i32,
        #[serde(default)]
        y: i32,
    }
    let read = |text| from_term::<Point>(term(text).as_ref());
    assert_eq!(read(r#"#{<<"x">> => 1,y => 2}"#), Ok(Point { x: 1, y: 2 }));
    assert_eq!(read("#{x => 1,z => [a|b]}"), Ok(Point { x: 1, y: 0 }));
    assert_eq!(
        read(r#"#{x => 1,<<"x">> => 2}"#),
        Err(SerdeError::DuplicateField { field: "x" })
    );
    assert_eq!(
        read("#{y => 1}"),
        Err(SerdeError::MissingField { field: "x" })
    );
}

#[test]
fn what_is_refused_says_what_was_expected_and_found() {
    let kind = |expected: &str, found| SerdeError::Kind {
        expected: expected.to_owned(),
        found,
    };
    let range = |target, found: &str| SerdeError::Range {
        target,
        found: found.to_owned(),
    };
    assert_eq!(refused::<i64>("1.0"), kind("i64", TermKind::Float));
    assert_eq!(refused::<f64>("1"), kind("f64", TermKind::Integer));
    assert_eq!(refused::<String>("ok"), kind("a string", TermKind::Atom));
    assert_eq!(
        refused::<Vec<u8>>("{1}"),
        kind("a sequence", TermKind::Tuple)
    );
    assert_eq!(
        refused::<(i32,)>("[1]"),
        kind("a tuple of size 1", TermKind::List)
    );
    assert_eq!(refused::<Shape>("1"), kind("enum Shape", TermKind::Integer));
    assert_eq!(refused::<()>("ok"), kind("unit", TermKind::Atom));
    assert_eq!(
        refused::<BTreeMap<i32, i32>>("[]"),
        kind("a map", TermKind::Nil)
    );
    assert_eq!(refused::<u8>("256"), range("u8", "256"));
    assert_eq!(refused::<u64>("-1"), range("u64", "-1"));
    assert_eq!(refused::<char>("16#d800"), range("char", "55296"));
    assert_eq!(refused::<f32>("1.0e300"), range("f32", "1.0e300"));
    let large = to_term(&u128::MAX).expect("a term");
    assert_eq!(
        from_term::<i128>(large.as_ref()),
        Err(range("i128", &u128::MAX.to_string()))
    );
    let larger = format!("16#1{}", "0".repeat(50));
    assert_eq!(
        refused::<i128>(&larger),
        range("i128", "an integer of 201 bits")
    );
    let length = |expected, found| SerdeError::Length { expected, found };
    assert_eq!(refused::<(i32, i32)>("{1}"), length(2, 1));
    assert_eq!(refused::<[i32; 2]>("{1,2,3}"), length(2, 3));
    assert_eq!(refused::<Shape>("{'Line',1}"), length(3, 2));
    assert_eq!(refused::<Shape>("{'Circle',1.0,2}"), length(2, 3));
    assert_eq!(refused::<String>("<<255>>"), SerdeError::NotUtf8);
    let improper = SerdeError::ImproperList {
        expected: "a sequence".to_owned(),
    };
    assert_eq!(refused::<Vec<i32>>("[1|2]"), improper);
    assert!(matches!(
        refused::<Shape>("'Triangle'"),
        SerdeError::UnknownVariant { variant, expected } if variant == "Triangle" && expected.len() == 6
    ));
    assert!(matches!(
        refused::<Shape>("'Circle'"),
        SerdeError::Kind {
            found: TermKind::Atom,
            ..
        }
    ));
    assert!(matches!(
        refused::<Shape>("{'Empty'}"),
        SerdeError::Kind {
            found: TermKind::Tuple,
            ..
        }
    ));
    let invalid = |expected: &str, found: &str| SerdeError::Invalid {
        expected: expected.to_owned(),
        found: found.to_owned(),
    };
    assert_eq!(
        refused::<Unit>("ok"),
        invalid("unit struct Unit", "the atom ok")
    );
    assert_eq!(
        refused::<char>(r#"<<"ab">>"#),
        invalid("a character", "string \"ab\"")
    );
    assert_eq!(
        refused::<std::num::NonZeroU8>("0"),
        invalid("a nonzero u8", "integer `0`")
    );
}

#[test]
fn what_has_no_term_is_refused() {
    let not_finite = |error| matches!(error, SerdeError::Term(TermError::NotFinite { .. }));
    assert!(not_finite(to_term(&f64::NAN).expect_err("NaN")));
    assert!(not_finite(
        to_term(&[Some(f32::INFINITY)]).expect_err("infinite")
    ));

    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(1, 1), (1, 2)])
        }
    }
    assert_eq!(
        to_term(&Twice),
        Err(SerdeError::Term(TermError::DuplicateKey))
    );

    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let message = "not today".to_owned();
    assert_eq!(to_term(&(1, Refuses)), Err(SerdeError::Custom { message }));
}

/// Serde sees a flattened struct as a map, and keeps what it doesn't know the type of yet in its own words.
#[test]
fn the_ways_to_tag_enums_and_flatten_structs() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Internal {
        Idle,
        Busy { since: u64 },
    }
    both_ways(Internal::Idle, r#"#{type => <<"idle">>}"#);
    both_ways(
        Internal::Busy { since: 1 },
        r#"#{type => <<"busy">>,since => 1}"#,
    );
    let from_erlang = term("#{type => busy,since => 2}");
    assert_eq!(
        from_term(from_erlang.as_ref()),
        Ok(Internal::Busy { since: 2 })
    );

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        A,
        B(i32, i32),
    }
    both_ways(Adjacent::A, "#{t => 'A'}");
    both_ways(Adjacent::B(1, 2), "#{t => 'B',c => {1,2}}");

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Nothing,
        Flag(bool),
        Number(i64),
        Text(String),
        Both(i32, i32),
        Bytes(ByteBuf),
        Fields { x: Option<f64> },
    }
    both_ways(Untagged::Nothing, "{}");
    both_ways(Untagged::Flag(true), "true");
    both_ways(Untagged::Number(-1), "-1");
    both_ways(Untagged::Text("t".to_owned()), r#"<<"t">>"#);
    both_ways(Untagged::Bytes(ByteBuf::from([255])), "<<255>>");
    both_ways(Untagged::Both(1, 2), "{1,2}");
    both_ways(Untagged::Fields { x: None }, "#{x => undefined}");
    both_ways(Untagged::Fields { x: Some(0.5) }, "#{x => 0.5}");

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        id: u32,
        #[serde(flatten)]
        rest: BTreeMap<String, bool>,
    }
    let rest = BTreeMap::from([("more".to_owned(), true)]);
    both_ways(
        Outer { id: 1, rest },
        r#"#{<<"id">> => 1,<<"more">> => true}"#,
    );
}

mod depth {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Tree {
        label: String,
        children: Vec<Tree>,
        next: Option<Box<Tree>>,
    }

    impl Tree {
        /// So many trees in a row; each is two levels, since `Some` is one.
        fn row(length: usize) -> Tree {
            (1..length).fold(Tree::default(), |tree, _| Tree {
                next: Some(Box::new(tree)),
                ..Tree::default()
            })
        }
    }

    /// A type that contains itself and nothing else.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Endless(Option<Box<Endless>>);

    #[test]
    fn what_is_within_the_limit_fits_a_thread() {
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
            // The vector inside the last one is a level too.
            let tree = Tree::row(SERDE_DEPTH_MAX / 2);
            let term = to_term(&tree).expect("not too deep");
            assert_eq!(from_term(term.as_ref()), Ok(tree));
        });
        thread.expect("a thread").join().expect("the test passes");
    }

    #[test]
    fn what_is_deeper_is_an_error() {
        let depth_max = SERDE_DEPTH_MAX;
        let too_deep = SerdeError::TooDeep { depth_max };
        let tree = Tree::row(depth_max / 2 + 1);
        assert_eq!(to_term(&tree), Err(too_deep.clone()));
        let term = to_term_with_depth(&tree, depth_max + 2).expect("not too deep");
        assert_eq!(from_term::<Tree>(term.as_ref()), Err(too_deep.clone()));
        assert_eq!(from_term_with_depth(term.as_ref(), depth_max + 2), Ok(tree));
        assert_eq!(from_term::<Endless>(term.as_ref()), Err(too_deep.clone()));
        assert_eq!(
            from_term(Term::from(Atom::UNDEFINED).as_ref()),
            Ok(Endless(None))
        );
        let lists = nested(depth_max + 1);
        let value = from_term::<serde_json::Value>(lists.as_ref());
        assert_eq!(value, Err(too_deep));
        assert!(from_term::<serde::de::IgnoredAny>(lists.as_ref()).is_ok());
    }
}

mod terms {
    use super::*;

    /// What every kind of term is in, and what no other format has.
    const EVERYTHING: &str = r##"{ok,[1,1.5|tail],#{k => <<5:3>>,{} => []},<<"t">>,<0.1.2>,#Ref<0.0.3.4>,"str",1606938044258990275541962092341162602522202993782792835301376}"##;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        term: Term,
        terms: Vec<Term>,
        maybe: Option<Term>,
        map: BTreeMap<Term, Atom>,
    }

    fn holder() -> Holder {
        let raw = Term::binary(b"raw");
        Holder {
            term: term(EVERYTHING),
            terms: vec![raw, Term::NIL],
            maybe: Some(term("ok")),
            map: BTreeMap::from([(term("{a,1.0}"), Atom::OK)]),
        }
    }

    #[test]
    fn terms_pass_the_bridge_whole() {
        let made = to_term(&holder()).expect("a term");
        let key = Term::atom("term").expect("short");
        let inside = made.map_get(key.as_ref()).map(|term| term.to_term());
        assert_eq!(inside, Some(term(EVERYTHING)));
        let back: Holder = from_term(made.as_ref()).expect("the same");
        assert_eq!(back.terms[0].origin(), Some(Origin::Raw));
        assert_eq!(back, holder());
        assert_eq!(to_term(&made), Ok(made.clone()));
        assert_eq!(to_term(&made.as_ref()), Ok(made.clone()));
        assert_eq!(from_term(made.as_ref()), Ok(made));
        assert_eq!(from_term(term("ok").as_ref()), Ok(Atom::OK));
        assert!(from_term::<Atom>(term("1").as_ref()).is_err());
    }

    #[test]
    fn depth_of_a_term_inside_does_not_count() {
        let deep = nested(50_000);
        let made = to_term(&(1, &deep)).expect("a term");
        assert_eq!(from_term(made.as_ref()), Ok((1, deep)));
    }

    #[test]
    fn binary_formats_keep_everything() {
        let config = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(holder(), config).expect("small");
        let back = bincode::serde::decode_from_slice(&bytes, config);
        let (back, read): (Holder, usize) = back.expect("what was written");
        assert_eq!(read, bytes.len());
        assert_eq!(back.terms[0].origin(), Some(Origin::Raw));
        assert_eq!(back, holder());
        let bad = bincode::serde::encode_to_vec(serde_bytes::Bytes::new(&[130]), config);
        let bad = bincode::serde::decode_from_slice::<Term, _>(&bad.expect("small"), config);
        let error = bad.expect_err("no version").to_string();
        assert!(error.contains("the version is 130, not 131"), "{error}");
    }

    #[test]
    fn json_looks_like_the_term() {
        let cases = [
            (
                EVERYTHING,
                r##"["ok","[1,1.5|tail]",{"k":"<<5:3>>","{}":[]},"t","<0.1.2>","#Ref<0.0.3.4>",[115,116,114],"1606938044258990275541962092341162602522202993782792835301376"]"##,
            ),
            ("[true,false,undefined,nil]", r#"[true,false,null,"nil"]"#),
            ("18446744073709551615", "18446744073709551615"),
            (
                "-170141183460469231731687303715884105728",
                "-170141183460469231731687303715884105728",
            ),
            ("<<255>>", "[255]"),
            ("{}", "[]"),
            (
                r#"#{1 => a,true => b,<<"x">> => c,1.5 => d}"#,
                r#"{"1":"a","1.5":"d","true":"b","x":"c"}"#,
            ),
        ];
        for (text, json) in cases {
            assert_eq!(serde_json::to_string(&term(text)).expect("JSON"), json);
        }
        assert_eq!(
            serde_json::to_string(&Term::binary(b"ab")).expect("JSON"),
            "[97,98]"
        );
        assert_eq!(
            serde_json::to_string(&Atom::TRUE).expect("JSON"),
            r#""true""#
        );
        assert_eq!(serde_json::from_str::<Atom>(r#""ok""#).ok(), Some(Atom::OK));
    }

    #[test]
    fn json_that_no_term_is_made_of() {
        let error = serde_json::from_str::<Term>(r#"{"a":1,"a":2}"#).expect_err("two equal keys");
        assert!(error.to_string().contains("two equal keys"), "{error}");
        let long = format!("\"{}\"", "x".repeat(256));
        assert!(serde_json::from_str::<Atom>(&long).is_err());
        assert!(serde_json::from_str::<Term>(&long).is_ok());
    }

    /// JSON of every shape, without floats: their text is not the matter here.
    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<u64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |part| {
            prop_oneof![
                vec(part.clone(), 0..5).prop_map(serde_json::Value::from),
                btree_map(any::<String>(), part, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_comes_back(json in json()) {
            let term: Term = serde_json::from_value(json.clone()).expect("a term");
            prop_assert_eq!(serde_json::to_value(&term).expect("JSON"), json.clone());
            // The bridge makes the same of it, but that `null` is a unit there.
            let bridged = to_term(&json).expect("a term");
            prop_assert_eq!(from_term(bridged.as_ref()), Ok(json));
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Rich {
    flag: bool,
    numbers: (i8, u16, i32, u64, i128, u128),
    floats: (f32, f64),
    letter: char,
    text: String,
    bytes: ByteBuf,
    nothing: (),
    unit: Unit,
    meters: Meters,
    pair: Pair,
    maybe: Option<Pair>,
    shapes: Vec<Shape>,
    by_name: BTreeMap<String, Shape>,
    by_number: HashMap<i16, Option<u8>>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let finite = any::<f64>().prop_filter("finite", |value| value.is_finite());
    prop_oneof![
        Just(Shape::Empty),
        finite.prop_map(Shape::Circle),
        any::<(i8, i8)>().prop_map(Shape::Point),
        any::<(u8, u8)>().prop_map(|(a, b)| Shape::Line(a, b)),
        Just(Shape::NoLine()),
        any::<(u32, Option<String>)>().prop_map(|(width, name)| Shape::Box { width, name }),
    ]
}

prop_compose! {
    fn rich()(
        (flag, letter, text, bytes) in any::<(bool, char, String, Vec<u8>)>(),
        numbers in any::<(i8, u16, i32, u64, i128, u128)>(),
        floats in any::<(f32, f64)>().prop_filter("finite", |(a, b)| a.is_finite() && b.is_finite()),
        (pair, maybe) in any::<((i32, String), Option<(i32, String)>)>(),
        shapes in vec(shape(), 0..5),
        by_name in btree_map(any::<String>(), shape(), 0..5),
        by_number in any::<HashMap<i16, Option<u8>>>(),
    ) -> Rich {
        Rich {
            flag, numbers, floats, letter, text, by_number, shapes, by_name,
            bytes: ByteBuf::from(bytes),
            nothing: (),
            unit: Unit,
            meters: Meters(floats.1),
            pair: Pair(pair.0, pair.1),
            maybe: maybe.map(|(number, text)| Pair(number, text)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn values_come_back(value in rich()) {
        let made = to_term(&value).expect("a term");
        prop_assert_eq!(from_term(made.as_ref()), Ok(value));
        // And through bytes.
        let bytes = made.to_etf().expect("small enough");
        prop_assert_eq!(Term::from_etf(&bytes), Ok(made));
    }

    /// The bridge and the crate's own conversion agree where both have a say.
    #[test]
    fn the_two_conversions_agree(
        value in any::<(bool, i64, u128, String, Option<char>, Vec<String>)>(),
        map in any::<BTreeMap<String, i32>>(),
    ) {
        prop_assert_eq!(to_term(&value).ok(), ToTerm::to_term(&value).ok());
        prop_assert_eq!(to_term(&map).ok(), ToTerm::to_term(&map).ok());
    }
}
