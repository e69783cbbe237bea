//! Telling those who subscribe what has changed. See [`feed`](crate::feed) for why this is done after the change, with nothing held.

use super::Engine;
use crate::feed::Feed;
use crate::sync::Arc;
use crate::term::TermRef;

impl Engine {
    /// Where those hear of changes who subscribe, if they may.
    pub(crate) fn feed(&self) -> Option<&Arc<Feed>> {
        self.rows().feed()
    }

    /// The object of a key was changed; of a bag: its objects.
    #[inline]
    pub(crate) fn tell_changed(&self, key: TermRef<'_>) {
        if let Some(feed) = self.feed() {
            feed.tell_changed(key);
        }
    }

    /// The keys of these objects were changed.
    #[inline]
    pub(super) fn tell_changed_objects(&self, objects: &[&[u64]]) {
        if let Some(feed) = self.feed() {
            let position = self.key_position();
            let key =
                |object: &&[u64]| feed.tell_changed(TermRef::from_parts(object[position], object));
            objects.iter().for_each(key);
        }
    }

    /// Does the step that deletes everything, and tells it.
    pub(super) fn clear_telling(&self, clear: &dyn Fn()) {
        match self.feed() {
            Some(feed) => feed.clear(clear),
            None => clear(),
        }
    }
}
