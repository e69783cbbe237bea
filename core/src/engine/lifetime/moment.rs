//! When something happens, for those who do not want to ask the clock twice.

use std::time::Duration;

/// When a call happens, as far as objects' lives go: milliseconds of the clock that are over, and one more, so that all times are
/// above 0; and in the lowest bits, whether the next has begun, and whether it is a call that also takes what is stale. 0 stands for none: in tables whose objects do not expire, and for
/// objects that don't.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Of a call that nothing can have expired for.
    pub(crate) const NONE: Moment = Moment(0);

    pub(super) fn of_clock(time: Duration, takes_stale: bool) -> Moment {
        let has_begun = !time.subsec_nanos().is_multiple_of(1_000_000);
        let millis = millis(time).min(u64::MAX >> 3) + 1;
        Moment(millis << 2 | u64::from(takes_stale) << 1 | u64::from(has_begun))
    }

    pub(super) fn is_none(self) -> bool {
        self == Moment::NONE
    }

    pub(super) fn millis(self) -> u64 {
        self.0 >> 2
    }

    /// Whether it is a call that also takes what is stale.
    pub(super) fn takes_stale(self) -> bool {
        self.0 & 0b10 != 0
    }

    /// From when on what begins now is counted: nothing is to be over before its time.
    pub(super) fn millis_up(self) -> u64 {
        self.millis() + (self.0 & 1)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// So that nothing expires before its time.
pub(super) fn millis_up(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
