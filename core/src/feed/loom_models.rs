//! Models of change feeds: this very code under loom.

use super::*;
use crate::loom_support::{check, start};
use crate::sync::Arc;

#[test]
fn who_subscribes_while_the_table_goes_hears_of_its_end() {
    check(Mutant::WokenBeforeTold, || {
        let feed = Arc::new(Feed::new(2));
        let subscriber = {
            let feed = Arc::clone(&feed);
            start(1, move || feed.subscribe().receive())
        };
        feed.end();
        // It never waits for ever.
        subscriber.join().is_ok_and(|notice| notice.is_none())
    });
}

#[test]
fn who_subscribes_while_the_last_one_goes_hears_of_changes() {
    check(Mutant::LastSubscriptionAskedApart, || {
        let feed = Arc::new(Feed::new(2));
        let last = feed.subscribe();
        let other = start(1, move || drop(last));
        let mut subscription = feed.subscribe();
        let key = Term::from(1);
        feed.tell_changed(key.as_ref());
        let heard = subscription.try_receive();
        other.join().is_ok() && heard == Some(Notice::Changed(key))
    });
}

#[test]
fn who_waits_hears_of_a_change() {
    check(Mutant::WokenBeforeTold, || {
        let feed = Arc::new(Feed::new(1));
        let mut subscription = feed.subscribe();
        let writer = {
            let feed = Arc::clone(&feed);
            start(1, move || feed.clear(&|| {}))
        };
        let heard = subscription.receive();
        writer.join().is_ok() && heard == Some(Notice::Cleared)
    });
}
