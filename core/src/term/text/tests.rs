//! Tests of reading and printing text.

use super::ParseErrorKind;
use crate::term::{Limits, Origin, Term, TermError, ToTerm};

fn parse(text: &str) -> Term {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> ParseErrorKind {
    text.parse::<Term>().expect_err(text).kind
}

/// Texts that print as they are.
#[test]
fn printed_as_written() {
    for text in [
        "0",
        "-1",
        "1152921504606846976",
        "-18446744073709551616",
        "1.0",
        "-0.0",
        "0.1",
        "123456.0",
        "1.0e10",
        "1.0e300",
        "1.0e-10",
        "9.007199254740992e15",
        "a",
        "a@b_C1",
        "'A'",
        "'hello world'",
        "''",
        "'end'",
        "'å'",
        r"'\'\\\n'",
        "[]",
        "[a]",
        "[a,b|c]",
        "[[]]",
        r#""text""#,
        r#""tab\t\"quoted\"""#,
        "\"é\"",
        "[0,1]",
        "[256]",
        r#"["a","b"]"#,
        "{}",
        "{a,{b},[]}",
        "<<>>",
        r#"<<"text">>"#,
        r#"<<"é"/utf8>>"#,
        "<<0,255>>",
        "<<1,2:4>>",
        "<<5:3>>",
        "#{}",
        "#{a => 1,b => #{}}",
        "#{1 => a,1.0 => b}",
        "<0.17.0>",
        "<0.17.3>",
        "#Ref<0.0.0.5>",
        "#Ref<0.0.1.5>",
        "{<0.1.0>,<<>>}",
    ] {
        assert_eq!(parse(text).to_string(), text);
        assert_eq!(parse(&format!("  {text} . % comment")).to_string(), text);
    }
}

/// Other ways of writing the same.
#[test]
fn read_in_all_forms() {
    for (text, same) in [
        ("16#fF", "255"),
        ("2#1010", "10"),
        ("36#z", "35"),
        ("1_000", "1000"),
        ("1_0.0_1", "10.01"),
        ("+5", "5"),
        ("- 5", "-5"),
        ("007", "7"),
        ("0_0", "0"),
        ("$a", "97"),
        (r"$\n", "10"),
        ("$ ", "32"),
        (r"$\x41", "65"),
        (r"$\^a", "1"),
        ("1.5E3", "1500.0"),
        ("1.0e+2", "100.0"),
        (
            r#""a" "b"%c
        "c""#,
            r#""abc""#,
        ),
        (r#""\x{263A}\101\s\d\e""#, r"[9786,65,32,127,27]"),
        (r#""""#, "[]"),
        ("'ok'", "ok"),
        ("[a|[b|[]]]", "[a,b]"),
        ("[1,2|[3|d]]", "[1,2,3|d]"),
        ("#{b=>1,a=>2}", "#{a => 2,b => 1}"),
        ("<<\"a\",98,\"c\" \"d\">>", r#"<<"abcd">>"#),
        ("<<-1>>", "<<255>>"),
        ("<<256:16/integer-unsigned>>", "<<1,0>>"),
        ("<<1:1,0:6,1:1>>", "<<129>>"),
        ("<<\"é\">>", "<<233>>"),
        ("<<8364/utf8>>", "<<\"€\"/utf8>>"),
        ("<<\"ab\":16>>", "<<0,97,0,98>>"),
        ("\n{ }", "{}"),
    ] {
        assert_eq!(parse(text), parse(same), "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    let error = "{a,\n [b, c}]}"
        .parse::<Term>()
        .expect_err("brackets don't match");
    assert_eq!((error.line, error.column, error.offset), (2, 7, 10));
    assert_eq!(
        error.to_string(),
        "line 2, column 7: expected `,`, `|` or `]`, found \"}]}\""
    );
}

#[test]
fn what_is_no_term() {
    for text in [
        "",
        ".",
        "{",
        "{a",
        "{a,",
        "{a,}",
        "[a|b,c]",
        "[|a]",
        "#{a}",
        "#{a=>1,b}",
        "}",
        "a b",
        "1 2",
        "{a}. b",
        "<<a>>",
        "<<1",
        "<<1,>>",
        "- a",
        "<0.1>",
        "<1.2.3>",
        "#Ref<1>",
        "1e5",
        "a]",
    ] {
        let kind = text.parse::<Term>();
        assert!(kind.is_err() || text == "1e5", "{text} is {kind:?}");
    }
    assert!(matches!(error("X"), ParseErrorKind::Variable { .. }));
    assert!(matches!(error("_"), ParseErrorKind::Variable { .. }));
    assert!(matches!(error("\"a"), ParseErrorKind::Unterminated { .. }));
    assert!(matches!(error("'a"), ParseErrorKind::Unterminated { .. }));
    assert!(matches!(error("$"), ParseErrorKind::Unterminated { .. }));
    assert!(matches!(error(r#""\x{110000}""#), ParseErrorKind::Escape));
    assert!(matches!(error(r#""\xé""#), ParseErrorKind::Escape));
    assert!(matches!(error("1#0"), ParseErrorKind::Number { .. }));
    assert!(matches!(error("99#0"), ParseErrorKind::Number { .. }));
    assert!(matches!(error("16#"), ParseErrorKind::Number { .. }));
    assert!(matches!(error("1.0e"), ParseErrorKind::Number { .. }));
    assert!(matches!(error("1.0e999"), ParseErrorKind::Number { .. }));
    assert!(matches!(
        error("<<1/float>>"),
        ParseErrorKind::Segment { .. }
    ));
    assert!(matches!(
        error("<<1:99999999999>>"),
        ParseErrorKind::Segment { .. }
    ));
    assert!(matches!(
        error("<<55296/utf8>>"),
        ParseErrorKind::Segment { .. }
    ));
    assert!(matches!(
        error("#{a=>1,a=>2}"),
        ParseErrorKind::Term(TermError::DuplicateKey)
    ));
    assert!(matches!(
        error(&format!("'{}'", "x".repeat(256))),
        ParseErrorKind::Term(TermError::Atom(_))
    ));
}

#[test]
fn limits_hold() {
    let limits = Limits::default().with_depth_max(2);
    assert!(
        Term::parse("{[a,{}]}", &limits)
            .is_err_and(|error| error.kind == ParseErrorKind::TooDeep { depth_max: 2 })
    );
    assert!(Term::parse("{[a],[b]}", &limits).is_ok());
    let limits = Limits::default().with_elements_max(3);
    assert!(Term::parse("[a,b]", &limits).is_ok());
    assert!(Term::parse("[a,b,c]", &limits).is_err());
    let limits = Limits::default().with_bytes_max(20);
    assert!(
        matches!(Term::parse("[a,b,c]", &limits), Err(error) if matches!(error.kind, ParseErrorKind::Term(TermError::TooManyBytes { .. })))
    );
    assert!(
        Term::parse(&" ".repeat(21), &limits)
            .is_err_and(|error| matches!(error.kind, ParseErrorKind::TooLong { .. }))
    );
    assert!(Term::parse("<<0:999>>", &limits).is_err());
}

#[test]
fn long_integers_are_read_and_bounded() {
    let digits: String = (0..40_000)
        .map(|n| char::from(b'1' + (n % 9) as u8))
        .collect();
    assert_eq!(parse(&digits).to_string(), digits);
    assert_eq!(parse(&format!("{}7", "0".repeat(5000))), parse("7"));
    assert!(matches!(
        error(&"9".repeat(3_000_000)),
        ParseErrorKind::Term(TermError::IntegerTooLarge { .. })
    ));
}

#[test]
fn origins_and_bits_survive_in_part() {
    let raw = b"text"[..].to_term().expect("a term");
    let read = parse(&raw.to_string());
    assert_eq!(read, raw);
    assert_eq!(
        (raw.origin(), read.origin()),
        (Some(Origin::Raw), Some(Origin::Text))
    );
    assert_eq!(
        parse("<<7:3>>"),
        Term::bitstring(&[0xff], 3).expect("enough bits")
    );
}
