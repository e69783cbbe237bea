//! Keys of which only the beginning is known.

use std::ops::Range;

use super::{KeyBytes, OrderKey, encode, number, tag};
use crate::term::TermRef;
use crate::term::layout::TUPLE_ARITY_MAX;

/// The beginning of a key: for all keys like `{user, 17, _}`, `{{a, _}, _}` or `[a, b | _]`.
///
/// What is known of the key is given in the order in which it stands in the text. The rest is left
/// open.
///
/// ```
/// # use heirloom::{KeyPrefix, OrderKey, Term, term};
/// let users = KeyPrefix::new().open_tuple(3).bind(term!(user)?.as_ref()).range();
/// let is_inside = |key: Term| users.contains(&OrderKey::numeric(key.as_ref()));
/// assert!(is_inside(term!({user, 17, "a"})?));
/// assert!(!is_inside(term!({users, 17, "a"})?));
/// assert!(!is_inside(term!({user, 17})?));
/// # Ok::<(), heirloom::TermError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyPrefix {
    bytes: KeyBytes,
}

impl KeyPrefix {
    /// Nothing is known yet: all keys.
    pub fn new() -> KeyPrefix {
        KeyPrefix::default()
    }

    /// What comes next is a tuple of so many elements. The parts that follow are its elements; when
    /// it has them all, those of what is around it go on.
    #[must_use]
    pub fn open_tuple(mut self, arity: usize) -> KeyPrefix {
        // No tuple is larger. One more is a prefix of nothing, whatever number was asked for.
        let arity = arity.min(TUPLE_ARITY_MAX + 1);
        number::append_size(tag::TUPLE, arity, &mut self.bytes);
        self
    }

    /// What comes next is a list of at least one element. The first part that follows is its head,
    /// the second its tail.
    #[must_use]
    pub fn open_list(mut self) -> KeyPrefix {
        self.bytes.push(tag::CONS);
        self
    }

    /// What comes next is this term.
    #[must_use]
    pub fn bind(mut self, part: TermRef<'_>) -> KeyPrefix {
        encode::numeric(part, &mut self.bytes);
        self
    }

    /// The bytes of all keys that begin so, and of no others: from the lower bound on, up to the
    /// upper bound. It is empty where no term is like that, such as a pair of three elements.
    ///
    /// Parts are compared numerically, as in an ordered set. The range holds good for exact keys as
    /// well; there it has the keys that begin with 1.0 where 1 was bound, since these stand among
    /// each other: `{1, a}`, `{1.0, b}`, `{1, c}` is their order.
    pub fn range(&self) -> Range<OrderKey> {
        let start = OrderKey {
            bytes: self.bytes.clone(),
        };
        let end = start.clone().past();
        start..end
    }
}
