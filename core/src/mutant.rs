//! Deliberate faults, one for each concurrent protocol, that the models must catch.
//!
//! A model that passes proves something only if it fails when the protocol is broken. In a build
//! for loom or shuttle a test switches one fault on for its own thread (both run all threads of a
//! model on one); in every other build [`is_on`] is the constant `false` and the faults are
//! gone.

/// The faults. Each is named for what is left out or done wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Readers do not look at the bucket's version again.
    NoValidation,
    /// A writer takes a bucket without excluding other writers.
    NoBucketLock,
    /// A reused cell's words are written without the fence before.
    NoFenceOnReuse,
    /// Nothing stands between a write and the same thread's later reads.
    NoBarrier,
    /// Readers do not look at a page's version again.
    NoPageValidation,
    /// A writer takes a page without excluding other writers.
    NoPageLock,
    /// A reader on its way down does not ask whether the page above has changed.
    NoParentValidation,
    /// A page that is split does not show that it is being written.
    SplitWithoutWriting,
    /// A page that takes in its neighbour does not show that it is being written.
    MergeWithoutWriting,
    /// A writer lets the pages above its leaf claim what was below.
    CountsKept,
    /// A list is written and released bucket by bucket.
    BatchBucketByBucket,
    /// A long list's objects are published without a commit stamp.
    NoCommitStamp,
    /// A migrated bucket is not marked as forwarded.
    NoForwarding,
    /// The owner's right is checked only before the bucket is locked.
    NoGateUnderLock,
    /// A gate that changes and changes back is the same as before.
    UncountedGate,
    /// An owner's exit tells the heir of a table before the table is the heir's.
    MessageBeforeTable,
    /// A table gets its owner before it can be found, and nobody has to wait for that.
    UnlockedCreation,
    /// An owner's exit keeps to the heir that it saw before it took the table's lock.
    HeirNotAskedAgain,
    /// `next` in a fixed table insists on its key being there.
    FixationIgnored,
    /// Who is to load a value does not look again whether it is there.
    NoSecondLook,
    /// Who goes without having loaded a value does not tell those who wait for it.
    FlightLostInSilence,
    /// A value that was loaded is said to be there before it is stored.
    LandBeforeStore,
    /// Who waits for a value is told what came of it while others may still begin to wait.
    ToldBeforeLeaving,
    /// Whether waiting would close a circle is asked first, and waited later.
    CircleAskedApart,
    /// Those who wait for a value are not woken when it is there.
    LandingUnheard,
    /// The cell of an object that somebody is about to evict is freed by another.
    LeavingFreed,
    /// Who finds no object for an entry of a queue forgets the entry.
    EntryForgotten,
    /// An object whose time was over is taken out, though it has got another time meanwhile.
    ExpiryNotAskedAgain,
    /// An entry of an index is counted by reading it first and writing it later.
    EntryCountedApart,
    /// What an index says is believed, and the object itself not looked at.
    IndexBelieved,
    /// Who waits for a notice is woken before the notice is there.
    WokenBeforeTold,
    /// Whether a subscription is the last one is asked first, and what is in its ring forgotten later.
    LastSubscriptionAskedApart,
    /// A count is added to the table's size whatever generation it belongs to.
    CountWithoutGeneration,
}

#[cfg(any(heirloom_loom, heirloom_shuttle))]
mod switch {
    use super::Mutant;
    use std::cell::Cell;

    thread_local! {
        static ON: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    pub(crate) fn is_on(mutant: Mutant) -> bool {
        ON.get() == Some(mutant)
    }

    /// Runs `body` with one fault switched on.
    #[cfg(test)]
    pub(crate) fn with<R>(mutant: Mutant, body: impl FnOnce() -> R) -> R {
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                ON.set(None);
            }
        }
        ON.set(Some(mutant));
        let _off = Off;
        body()
    }
}

#[cfg(any(heirloom_loom, heirloom_shuttle))]
pub(crate) use switch::*;

/// Whether this fault is switched on: never, outside models.
#[cfg(not(any(heirloom_loom, heirloom_shuttle)))]
#[inline(always)]
pub(crate) const fn is_on(_mutant: Mutant) -> bool {
    false
}
