//! What is asked of a cache, and of an object in it.

use super::moment::Moment;
use crate::clock::Clock;
use crate::sync::Arc;
use std::time::Duration;

/// What was asked of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// How long an object lives.
    pub(crate) ttl: Option<Duration>,
    /// How long an object lives that nobody uses.
    pub(crate) idle: Option<Duration>,
    /// How long an object that is over is kept for those who would rather have an old one than wait.
    pub(crate) stale: Duration,
    pub(crate) max_objects: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    /// Whether objects count for more bytes than their records take.
    pub(crate) weighed: bool,
    /// Whether objects may be given a time of their own.
    pub(crate) timed: bool,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// Whether objects may have tags.
    pub(crate) tagged: bool,
    /// Whether removals are kept until somebody asks for them.
    pub(crate) tells: bool,
}

impl Limits {
    /// Whether a table is asked for anything at all.
    pub(crate) fn are_set(&self) -> bool {
        self.is_timed()
            || self.max_objects.is_some()
            || self.max_bytes.is_some()
            || self.tagged
            || self.tells
    }

    pub(super) fn is_timed(&self) -> bool {
        self.timed || self.ttl.is_some() || self.idle.is_some()
    }
}

/// How long a new object is to live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifespan {
    /// As the table says.
    #[default]
    OfTable,
    /// So long; without a time until it is deleted or evicted.
    Of(Option<Duration>),
    /// Until the object would have expired in whose place it comes.
    OfFormer,
}

/// How an object comes into the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) lifespan: Lifespan,
    pub(crate) moment: Moment,
    /// Bytes that the object counts for, besides its record.
    pub(crate) weight: u64,
}

impl Birth {
    /// Where objects' lives have no limits.
    pub(crate) const NONE: Birth = Birth {
        lifespan: Lifespan::OfTable,
        moment: Moment::NONE,
        weight: 0,
    };
}
