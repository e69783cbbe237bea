//! Going through a pattern without recursion.

use smallvec::SmallVec;

use super::variable::Meaning;
use crate::term::{TermKind, TermRef};

/// The parts of a pattern, itself first, from left to right. Keys of maps are left out: in a pattern
/// they are literals.
pub(super) struct Parts<'a> {
    waiting: SmallVec<[TermRef<'a>; 8]>,
}

impl<'a> Parts<'a> {
    pub(super) fn of_pattern(pattern: TermRef<'a>) -> Parts<'a> {
        let mut waiting = SmallVec::new();
        waiting.push(pattern);
        Parts { waiting }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = TermRef<'a>;

    fn next(&mut self) -> Option<TermRef<'a>> {
        let part = self.waiting.pop()?;
        if let Some(elements) = part.elements() {
            self.waiting.extend(elements.rev());
        } else if let Some((head, tail)) = part.uncons() {
            self.waiting.extend([tail, head]);
        } else if let Some(pairs) = part.map_pairs() {
            let first = self.waiting.len();
            self.waiting.extend(pairs.map(|(_, value)| value));
            self.waiting[first..].reverse();
        }
        Some(part)
    }
}

/// Whether a pattern matches exactly one term, itself: it has neither variables nor `'_'`, nor maps,
/// which in a pattern match larger ones too.
pub(super) fn is_literal(pattern: TermRef<'_>) -> bool {
    Parts::of_pattern(pattern)
        .all(|part| Meaning::of_term(part) == Meaning::Itself && part.kind() != TermKind::Map)
}
