//! Numbers of three representations, compared without loss.
//!
//! Small integers, large integers and floats are one numeric line: `1 == 1.0`, and 2^53 + 1 is
//! *not* equal to the float 2^53.

use std::cmp::Ordering;

use super::layout::{Node, SMALL_MAX, SMALL_MIN};

/// A number as it stands in a term.
#[derive(Clone, Copy)]
pub(crate) enum Number<'a> {
    /// An integer that fits 61 bits.
    Small(i64),
    /// An integer that does not.
    Big { negative: bool, limbs: &'a [u64] },
    /// A finite float.
    Float(f64),
}

/// 2^60: floats below it in magnitude can be converted to a 64-bit integer, those from it on have
/// no fraction.
const TWO_TO_60: f64 = (1u64 << 60) as f64;
/// Bits of a float's significand, the hidden one included.
const SIGNIFICAND_BITS: u32 = 53;
/// What is added to a float's exponent in its bits.
const EXPONENT_BIAS: u64 = 1023;

impl<'a> Number<'a> {
    /// The number at a node, if it is one.
    #[inline]
    pub(crate) fn of(node: Node<'a>) -> Option<Number<'a>> {
        match node {
            Node::Small(value) => Some(Number::Small(value)),
            Node::Big { negative, limbs } => Some(Number::Big { negative, limbs }),
            Node::Float(value) => Some(Number::Float(value)),
            _ => None,
        }
    }

    /// By value: `1` and `1.0` are equal, and so are `0.0` and `-0.0`.
    pub(crate) fn numeric_cmp(self, other: Number<'_>) -> Ordering {
        use Number::{Big, Float, Small};
        match (self, other) {
            (Small(a), Small(b)) => a.cmp(&b),
            (Float(a), Float(b)) => float_cmp(a, b),
            (Small(a), Float(b)) => small_float_cmp(a, b),
            (Float(a), Small(b)) => small_float_cmp(b, a).reverse(),
            (Big { negative, .. }, Small(_)) => beyond(negative),
            (Small(_), Big { negative, .. }) => beyond(negative).reverse(),
            (
                Big {
                    negative: a,
                    limbs: x,
                },
                Big {
                    negative: b,
                    limbs: y,
                },
            ) => big_cmp(a, x, b, y),
            (Big { negative, limbs }, Float(b)) => big_float_cmp(negative, limbs, b),
            (Float(a), Big { negative, limbs }) => big_float_cmp(negative, limbs, a).reverse(),
        }
    }

    /// The order of map keys: integers before floats whatever their values, `-0.0` directly before
    /// `0.0`.
    pub(crate) fn key_cmp(self, other: Number<'_>) -> Ordering {
        use Number::Float;
        match (self, other) {
            (Float(a), Float(b)) => a.total_cmp(&b),
            (Float(_), _) => Ordering::Greater,
            (_, Float(_)) => Ordering::Less,
            _ => self.numeric_cmp(other),
        }
    }

    /// One representation for all numbers that are numerically equal: small where the value is an
    /// integer of 61 bits, else float where it can be had without loss.
    pub(crate) fn normalised(self) -> Number<'a> {
        match self {
            Number::Float(value) if value.abs() < TWO_TO_60 && value.trunc() == value => {
                Number::Small(value as i64)
            }
            // -2^60 is small, 2^60 is not.
            Number::Float(value) if value == -TWO_TO_60 => Number::Small(SMALL_MIN),
            Number::Big { negative, limbs } => {
                big_to_float(negative, limbs).map_or(self, Number::Float)
            }
            _ => self,
        }
    }
}

/// How an integer that is beyond 61 bits compares with one that is not.
fn beyond(negative: bool) -> Ordering {
    if negative {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

/// Finite floats by value.
fn float_cmp(a: f64, b: f64) -> Ordering {
    // Terms hold no NaN, so there always is an answer.
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Compares the integer with the float's integral part, then with what is left of the float.
fn small_float_cmp(integer: i64, float: f64) -> Ordering {
    if float >= TWO_TO_60 {
        return Ordering::Less;
    }
    if float < -TWO_TO_60 {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    integer
        .cmp(&(whole as i64))
        .then_with(|| float_cmp(whole, float))
}

/// By sign, then by magnitude.
fn big_cmp(a_negative: bool, a: &[u64], b_negative: bool, b: &[u64]) -> Ordering {
    match (a_negative, b_negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => magnitude_cmp(a, b),
        (true, true) => magnitude_cmp(b, a),
    }
}

/// Magnitudes without leading zero limbs.
pub(crate) fn magnitude_cmp(a: &[u64], b: &[u64]) -> Ordering {
    a.len()
        .cmp(&b.len())
        .then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// The size of a magnitude in bits.
pub(crate) fn magnitude_bits(limbs: &[u64]) -> u64 {
    match limbs.last() {
        Some(top) => limbs.len() as u64 * 64 - u64::from(top.leading_zeros()),
        None => 0,
    }
}

/// Compares a large integer with a float: by sign, by size in bits, then by the leading 64 bits,
/// then by what is below them.
fn big_float_cmp(negative: bool, limbs: &[u64], float: f64) -> Ordering {
    let magnitude = float.abs();
    if magnitude < TWO_TO_60 || (float < 0.0) != negative {
        return beyond(negative);
    }
    let order = magnitude_float_cmp(limbs, magnitude);
    if negative { order.reverse() } else { order }
}

/// Compares a magnitude of at least 2^60 with a float of at least 2^60.
fn magnitude_float_cmp(limbs: &[u64], float: f64) -> Ordering {
    let float_bits = (float.to_bits() >> (SIGNIFICAND_BITS - 1)) - EXPONENT_BIAS + 1;
    magnitude_bits(limbs).cmp(&float_bits).then_with(|| {
        let (leading, rest) = leading_bits(limbs);
        leading.cmp(&significand(float)).then(if rest {
            Ordering::Greater
        } else {
            Ordering::Equal
        })
    })
}

/// A normal float's significand with its highest bit at bit 63.
fn significand(float: f64) -> u64 {
    (float.to_bits() | 1 << (SIGNIFICAND_BITS - 1)) << (64 - SIGNIFICAND_BITS)
}

/// The 64 highest bits of a magnitude of at least one limb, and whether any bit below them is set.
fn leading_bits(limbs: &[u64]) -> (u64, bool) {
    let top = limbs.len() - 1;
    let shift = limbs[top].leading_zeros();
    let below = if top > 0 { limbs[top - 1] } else { 0 };
    // Two shifts, since shifting a word by 64 at once is not defined.
    let leading = limbs[top] << shift | below >> 1 >> (63 - shift);
    let rest = below << shift != 0 || limbs[..top.saturating_sub(1)].iter().any(|&limb| limb != 0);
    (leading, rest)
}

/// The float of exactly this value, if there is one.
fn big_to_float(negative: bool, limbs: &[u64]) -> Option<f64> {
    let bits = magnitude_bits(limbs);
    let (leading, rest) = leading_bits(limbs);
    let below_significand = leading << SIGNIFICAND_BITS;
    if rest || below_significand != 0 || bits > EXPONENT_BIAS + 1 {
        return None;
    }
    let exponent = (bits - 1 + EXPONENT_BIAS) << (SIGNIFICAND_BITS - 1);
    let fraction = leading << 1 >> (64 - SIGNIFICAND_BITS + 1);
    Some(f64::from_bits(
        u64::from(negative) << 63 | exponent | fraction,
    ))
}

/// A magnitude in limbs as a term holds it: without leading zeros.
pub(crate) fn trimmed(limbs: &[u64]) -> &[u64] {
    let used = limbs
        .iter()
        .rposition(|&limb| limb != 0)
        .map_or(0, |top| top + 1);
    &limbs[..used]
}

/// The value of sign and trimmed magnitude, if it fits 61 bits.
pub(crate) fn to_small(negative: bool, limbs: &[u64]) -> Option<i64> {
    match (limbs, negative) {
        ([], _) => Some(0),
        (&[limb], false) if limb <= SMALL_MAX as u64 => Some(limb as i64),
        (&[limb], true) if limb <= SMALL_MIN.unsigned_abs() => Some((limb as i64).wrapping_neg()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Big, Float, Small};

    /// 2^n as limbs.
    fn power(n: usize) -> Vec<u64> {
        let mut limbs = vec![0; n / 64 + 1];
        limbs[n / 64] = 1 << (n % 64);
        limbs
    }

    #[test]
    fn small_and_float_compare_without_loss() {
        let exact = 1i64 << 53;
        assert_eq!(
            Small(exact).numeric_cmp(Float(exact as f64)),
            Ordering::Equal
        );
        assert_eq!(
            Small(exact + 1).numeric_cmp(Float(exact as f64)),
            Ordering::Greater
        );
        assert_eq!(
            Small(-exact - 1).numeric_cmp(Float(-exact as f64)),
            Ordering::Less
        );
        assert_eq!(Small(0).numeric_cmp(Float(-0.0)), Ordering::Equal);
        assert_eq!(Small(1).numeric_cmp(Float(1.5)), Ordering::Less);
        assert_eq!(Small(-1).numeric_cmp(Float(-1.5)), Ordering::Greater);
        assert_eq!(
            Small(SMALL_MIN).numeric_cmp(Float(-TWO_TO_60)),
            Ordering::Equal
        );
        assert_eq!(
            Small(SMALL_MAX).numeric_cmp(Float(TWO_TO_60)),
            Ordering::Less
        );
        assert_eq!(
            Small(SMALL_MAX).numeric_cmp(Float(f64::MAX)),
            Ordering::Less
        );
    }

    #[test]
    fn large_and_float_compare_without_loss() {
        for n in [60, 63, 64, 65, 127, 128, 500, 1023] {
            let mut limbs = power(n);
            let float = 2f64.powi(n as i32);
            assert_eq!(
                Big {
                    negative: false,
                    limbs: &limbs
                }
                .numeric_cmp(Float(float)),
                Ordering::Equal,
                "2^{n}"
            );
            assert_eq!(
                Big {
                    negative: true,
                    limbs: &limbs
                }
                .numeric_cmp(Float(-float)),
                Ordering::Equal,
                "-2^{n}"
            );
            assert_eq!(
                Big {
                    negative: true,
                    limbs: &limbs
                }
                .numeric_cmp(Float(float)),
                Ordering::Less
            );
            limbs[0] |= 1;
            assert_eq!(
                Big {
                    negative: false,
                    limbs: &limbs
                }
                .numeric_cmp(Float(float)),
                Ordering::Greater,
                "2^{n} + 1"
            );
            assert_eq!(
                Float(-float).numeric_cmp(Big {
                    negative: true,
                    limbs: &limbs
                }),
                Ordering::Greater
            );
        }
        let limbs = power(1100);
        assert_eq!(
            Big {
                negative: false,
                limbs: &limbs
            }
            .numeric_cmp(Float(1.0e308)),
            Ordering::Greater
        );
    }

    #[test]
    fn normal_forms_agree_where_values_do() {
        assert!(matches!(Float(-0.0).normalised(), Small(0)));
        assert!(matches!(Float(3.0).normalised(), Small(3)));
        assert!(matches!(Float(-TWO_TO_60).normalised(), Small(SMALL_MIN)));
        assert!(matches!(Float(TWO_TO_60).normalised(), Float(_)));
        for n in [60, 61, 64, 100, 1023] {
            let limbs = power(n);
            let normal = Big {
                negative: true,
                limbs: &limbs,
            }
            .normalised();
            assert!(
                matches!(normal, Float(value) if value == -(2f64.powi(n as i32))),
                "-2^{n}"
            );
        }
        let (limbs, large) = ([u64::MAX], power(1024));
        assert!(matches!(
            Big {
                negative: false,
                limbs: &limbs
            }
            .normalised(),
            Big { .. }
        ));
        assert!(matches!(
            Big {
                negative: false,
                limbs: &large
            }
            .normalised(),
            Big { .. }
        ));
    }
}
