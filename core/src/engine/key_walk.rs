//! A walk through the objects of given keys, one key after the other.
//!
//! It stands in front of a key or, in a bag, in the midst of its objects; then it knows which ones are
//! still to come, like a walk through a hash table.

use super::Engine;
use super::walk::{Piece, retain_awaited};
use crate::sync::Arc;
use crate::term::Term;

/// See the module.
#[derive(Clone)]
pub(crate) struct KeyWalk {
    keys: Arc<[Term]>,
    /// The key that it comes to next.
    next: usize,
    /// In the midst of that key's objects, those that are still to come.
    rest: Vec<Term>,
}

impl KeyWalk {
    pub(super) fn new(keys: Vec<Term>) -> KeyWalk {
        KeyWalk {
            keys: Arc::from(keys),
            next: 0,
            rest: Vec::new(),
        }
    }

    /// See `Walk::read`.
    pub(super) fn read(&self, engine: &Engine, piece: &mut Piece) -> bool {
        piece.clear();
        piece.key_position = engine.key_position();
        let Some(key) = self.keys.get(self.next) else {
            return false;
        };
        engine.fetch_all(key.as_ref(), &mut piece.objects);
        piece.order.extend(0..piece.objects.len());
        if !self.rest.is_empty() {
            retain_awaited(&piece.objects, &mut piece.order, 0, &self.rest);
        }
        piece.first_key_len = piece.order.len();
        true
    }

    /// See `Walk::advance`.
    pub(super) fn advance(&mut self, piece: &Piece, count: usize) {
        if count >= piece.len() {
            self.next += 1;
            self.rest.clear();
        } else if count > 0 {
            self.rest = (count..piece.len())
                .map(|index| piece.to_term(index))
                .collect();
        }
    }
}
