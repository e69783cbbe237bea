//! Going from object to object.

use super::{Table, TableError};
use crate::engine::{Piece, Walk};

/// How a visit goes on after an object.
pub(super) enum Visit {
    /// To the next one.
    On,
    /// Not at all. The walk stands in front of this object, which comes first when it is gone on with.
    StopBefore,
    /// Not at all. The walk stands behind this object.
    StopBehind,
}

impl Table {
    /// Calls `see` with the number of each object in its piece, until it says to stop. True if the
    /// walk came to its end.
    #[inline]
    pub(super) fn visit(
        &self,
        walk: &mut Walk,
        mut see: impl FnMut(&Piece, usize) -> Result<Visit, TableError>,
    ) -> Result<bool, TableError> {
        let mut piece = Piece::default();
        while self.reading(|| walk.read(self.engine(), &mut piece))? {
            walk.prefetch(self.engine());
            for index in 0..piece.len() {
                let seen = match see(&piece, index)? {
                    Visit::On => continue,
                    Visit::StopBefore => index,
                    Visit::StopBehind => index + 1,
                };
                walk.advance(self.engine(), &piece, seen);
                return Ok(false);
            }
            walk.advance(self.engine(), &piece, piece.len());
        }
        Ok(true)
    }
}
