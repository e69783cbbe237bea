//! The format, byte by byte. That it keeps the order is tested with all that is known of terms, in
//! `term/tests/order_key.rs`.

use super::*;
use crate::term::Term;

fn parsed(text: &str) -> Term {
    text.parse().expect("a term")
}

fn assert_bytes(key: &OrderKey, text: &str, expected: &str) {
    assert_eq!(
        format!("{key:?}"),
        format!("OrderKey({expected})"),
        "{text}"
    );
}

/// Recorded: stores keep such bytes, so a change of any is a new [`OrderKey::FORMAT`].
#[test]
fn numeric_bytes_stay_as_they_are() {
    for (text, bytes) in [
        ("0", "19"),
        ("-0.0", "19"),
        ("1", "1a01"),
        ("1.0", "1a01"),
        ("256", "1b0100"),
        ("18446744073709551615", "21ffffffffffffffff"),
        ("18446744073709551616", "2200000009010000000000000000"),
        ("1.8446744073709552e19", "2200000009010000000000000000"),
        ("-1", "17feff"),
        ("-18446744073709551615", "100000000000000000ff"),
        ("-18446744073709551616", "0ffffffff6feffffffffffffffffff"),
        ("1.5", "1a01fe3fe0000000000000"),
        ("-1.5", "17fe01c01fffffffffffff"),
        ("-0.5", "1801c01fffffffffffff"),
        ("'a\\000b'", "306100ff6200"),
        ("#Ref<0.0.0.9>", "340000000000000009"),
        ("<0.1.0>", "400000000000000001"),
        ("{}", "48"),
        ("{a,1}", "49023061001a01"),
        ("#{}", "50"),
        ("#{a=>1}", "51013061001a01"),
        ("#{1.0=>1.0}", "51012fbff00000000000001a01"),
        ("#{-0.0=>{}}", "51012f7fffffffffffffff48"),
        ("[]", "58"),
        ("[1|2]", "5c1a011a02"),
        ("<<\"hello\">>", "6068656c6c6f0008"),
        ("<<>>", "600008"),
        ("<<0,1:1>>", "6000ff800001"),
        ("{user,<<\"al\">>,42}", "490330757365720060616c00081a2a"),
    ] {
        assert_bytes(&OrderKey::numeric(parsed(text).as_ref()), text, bytes);
    }
}

#[test]
fn exact_bytes_say_what_numbers_were() {
    for (text, bytes) in [
        ("1", "1a0100"),
        ("1.0", "1a010300"),
        ("-0.0", "190200"),
        ("1.5", "1a01fe3fe000000000000000"),
        (
            "{1,-0.0,1.5,2,2.0,3}",
            "49061a01191a01fe3fe00000000000001a021a021a030102010300",
        ),
        ("#{1.0=>1}", "51012fbff00000000000001a0100"),
    ] {
        assert_bytes(&OrderKey::exact(parsed(text).as_ref()), text, bytes);
    }
}

#[test]
fn sizes_take_the_bytes_they_need() {
    let tuple = |arity: usize| Term::tuple(vec![Term::NIL; arity]).expect("a tuple");
    let beginning = |arity| OrderKey::numeric(tuple(arity).as_ref()).as_bytes()[..4].to_vec();
    assert_eq!(beginning(255), [0x49, 0xff, 0x58, 0x58]);
    assert_eq!(beginning(256), [0x4a, 0x01, 0x00, 0x58]);
    assert_eq!(beginning(65_536), [0x4b, 0x01, 0x00, 0x00]);
}

#[test]
fn heads_are_the_first_eight_bytes() {
    let head = |bytes: &[u8]| OrderKey::head_of(bytes);
    assert_eq!(head(&[]), 0);
    assert_eq!(head(&[0x1a, 1]), 0x1a01_0000_0000_0000);
    assert_eq!(head(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), 0x0102_0304_0506_0708);
    assert_eq!(OrderKey::numeric(parsed("1").as_ref()).head(), 0x1a01 << 48);
}

#[test]
fn appending_leaves_what_is_there() {
    let term = parsed("{a,[1.0,2.5],#{k=>1.0}}");
    let mut bytes = vec![7];
    OrderKey::append_numeric(term.as_ref(), &mut bytes);
    OrderKey::append_exact(term.as_ref(), &mut bytes);
    let numeric = OrderKey::numeric(term.as_ref());
    let exact = OrderKey::exact(term.as_ref());
    assert_eq!(bytes, [&[7], numeric.as_bytes(), exact.as_bytes()].concat());
}
