//! The checker itself, on histories that are right, on histories that are wrong, and against a
//! second one that tries every order.

use super::history::{History, Recorded};
use super::program::{PALETTES, Random, Scene, calls};
use super::search::linearize;
use super::spec::{Answer, Call, Direction, Key, Kind, Met, State, Step};
use super::walks::{Order, in_parts};

const KINDS: [Kind; 4] = [Kind::Set, Kind::OrderedSet, Kind::Bag, Kind::DuplicateBag];

fn call(thread: usize, moments: (u64, u64), call: Call, answer: Answer) -> Recorded {
    Recorded {
        thread,
        turn: 0,
        call,
        answer,
        invoked: moments.0,
        returned: moments.1,
    }
}

fn insert(thread: usize, moments: (u64, u64), objects: &[(usize, i64)]) -> Recorded {
    call(
        thread,
        moments,
        Call::Insert(objects.to_vec()),
        Answer::Done,
    )
}

fn lookup(thread: usize, moments: (u64, u64), key: usize, numbers: &[i64]) -> Recorded {
    call(
        thread,
        moments,
        Call::Lookup(key),
        Answer::Numbers(numbers.to_vec()),
    )
}

fn add(thread: usize, moments: (u64, u64), key: usize, step: i64, sum: i64) -> Recorded {
    call(
        thread,
        moments,
        Call::UpdateCounter(key, step),
        Answer::Numbers(vec![sum]),
    )
}

/// The calls of a thread are in the order in which it made them.
fn accepts(kind: Kind, calls: &[Recorded]) -> bool {
    let in_order = |(turn, recorded): (usize, &Recorded)| Recorded {
        turn,
        ..recorded.clone()
    };
    let calls = calls.iter().enumerate().map(in_order).collect();
    linearize(&History { kind, calls }).is_some()
}

#[test]
fn a_read_beside_a_write_may_see_either() {
    let write = insert(0, (1, 4), &[(0, 7)]);
    for kind in KINDS {
        assert!(accepts(kind, &[write.clone(), lookup(1, (2, 3), 0, &[])]));
        assert!(accepts(kind, &[write.clone(), lookup(1, (2, 3), 0, &[7])]));
        assert!(
            !accepts(kind, &[write.clone(), lookup(1, (2, 3), 0, &[8])]),
            "a value that nobody wrote"
        );
    }
}

#[test]
fn a_stale_read_is_wrong() {
    let write = insert(0, (1, 2), &[(0, 7)]);
    assert!(accepts(
        Kind::Set,
        &[write.clone(), lookup(1, (3, 4), 0, &[7])]
    ));
    assert!(!accepts(Kind::Set, &[write, lookup(1, (3, 4), 0, &[])]));
}

#[test]
fn a_value_that_was_seen_stays_seen() {
    let write = insert(0, (1, 10), &[(0, 7)]);
    let [new, old] = [lookup(1, (2, 3), 0, &[7]), lookup(2, (4, 5), 0, &[])];
    assert!(
        !accepts(Kind::Set, &[write.clone(), new.clone(), old]),
        "seen, then not seen"
    );
    let [old, new] = [lookup(1, (2, 3), 0, &[]), lookup(2, (4, 5), 0, &[7])];
    assert!(accepts(Kind::Set, &[write, old, new]));
}

#[test]
fn a_lost_update_is_wrong() {
    let start = insert(0, (1, 2), &[(0, 0)]);
    let both = |first, second| {
        [
            start.clone(),
            add(0, (3, 6), 0, 1, first),
            add(1, (4, 5), 0, 1, second),
        ]
    };
    assert!(accepts(Kind::Set, &both(1, 2)));
    assert!(accepts(Kind::Set, &both(2, 1)));
    assert!(!accepts(Kind::Set, &both(1, 1)), "both counted from 0");
}

#[test]
fn a_list_seen_in_part_is_wrong() {
    let list = insert(0, (1, 10), &[(0, 7), (1, 7)]);
    let reads = |first: &[i64], second: &[i64]| {
        [
            list.clone(),
            lookup(1, (2, 3), 0, first),
            lookup(1, (4, 5), 1, second),
        ]
    };
    for kind in KINDS {
        assert!(accepts(kind, &reads(&[], &[])));
        assert!(
            accepts(kind, &reads(&[], &[7])),
            "the list came between the reads"
        );
        assert!(accepts(kind, &reads(&[7], &[7])));
        assert!(!accepts(kind, &reads(&[7], &[])));
    }
}

#[test]
fn two_insert_new_of_lists_that_meet_do_not_both_succeed() {
    let new = |thread, moments, objects: &[(usize, i64)], truth| {
        call(
            thread,
            moments,
            Call::InsertNew(objects.to_vec()),
            Answer::Truth(truth),
        )
    };
    let both = |second| {
        [
            new(0, (1, 4), &[(0, 1), (1, 1)], true),
            new(1, (2, 3), &[(1, 2), (2, 2)], second),
        ]
    };
    assert!(accepts(Kind::Bag, &both(false)));
    assert!(!accepts(Kind::Bag, &both(true)));
}

/// Two threads each insert their own key and then look the other's up. A store that waits in a
/// processor's buffer would let both see nothing; each reads after its own insert, so one of them
/// has to see the other's. The moments say nothing here: within a thread the order counts all the
/// same.
#[test]
fn store_buffering_is_wrong() {
    let any = (0, 1);
    let outcome = |first: &[i64], second: &[i64]| {
        [
            insert(0, any, &[(0, 7)]),
            insert(1, any, &[(1, 7)]),
            lookup(0, any, 1, first),
            lookup(1, any, 0, second),
        ]
    };
    for kind in KINDS {
        assert!(accepts(kind, &outcome(&[7], &[7])));
        assert!(accepts(kind, &outcome(&[], &[7])));
        assert!(accepts(kind, &outcome(&[7], &[])));
        assert!(!accepts(kind, &outcome(&[], &[])));
    }
}

#[test]
fn two_readers_agree_on_the_order_of_two_writes() {
    let any = (0, 1);
    let reads = |thread, first: (usize, &[i64]), second: (usize, &[i64])| {
        [
            lookup(thread, any, first.0, first.1),
            lookup(thread, any, second.0, second.1),
        ]
    };
    let writes = [insert(0, any, &[(0, 7)]), insert(1, any, &[(1, 7)])];
    let history = |last: &[i64]| {
        [
            writes.to_vec(),
            reads(2, (0, &[7]), (1, &[])).into(),
            reads(3, (1, &[7]), (0, last)).into(),
        ]
        .concat()
    };
    assert!(accepts(Kind::Set, &history(&[7])));
    assert!(
        !accepts(Kind::Set, &history(&[])),
        "one saw the first write first, the other the second"
    );
}

#[test]
fn an_object_is_taken_once() {
    let take = |thread, moments, numbers: &[i64]| {
        call(
            thread,
            moments,
            Call::Take(0),
            Answer::Numbers(numbers.to_vec()),
        )
    };
    let start = insert(0, (1, 2), &[(0, 7)]);
    assert!(accepts(
        Kind::Set,
        &[start.clone(), take(0, (3, 6), &[7]), take(1, (4, 5), &[])]
    ));
    assert!(!accepts(
        Kind::Set,
        &[start.clone(), take(0, (3, 6), &[7]), take(1, (4, 5), &[7])]
    ));
    assert!(!accepts(
        Kind::Set,
        &[start, take(0, (3, 6), &[]), take(1, (4, 5), &[])]
    ));
}

#[test]
fn bags_keep_the_order_of_time() {
    let writes = [insert(0, (1, 2), &[(0, 1)]), insert(0, (3, 4), &[(0, 2)])];
    let history = |numbers: &[i64]| [writes.to_vec(), vec![lookup(1, (5, 6), 0, numbers)]].concat();
    for kind in [Kind::Bag, Kind::DuplicateBag] {
        assert!(accepts(kind, &history(&[1, 2])));
        assert!(!accepts(kind, &history(&[2, 1])));
    }
    let again = |numbers: &[i64]| {
        [
            insert(0, (1, 2), &[(0, 1)]),
            insert(1, (3, 4), &[(0, 1)]),
            lookup(0, (5, 6), 0, numbers),
        ]
    };
    assert!(accepts(Kind::Bag, &again(&[1])) && !accepts(Kind::Bag, &again(&[1, 1])));
    assert!(
        accepts(Kind::DuplicateBag, &again(&[1, 1])) && !accepts(Kind::DuplicateBag, &again(&[1]))
    );
}

#[test]
fn deleting_everything_is_one_step() {
    let start = insert(0, (1, 2), &[(0, 7), (1, 7)]);
    let clear = call(0, (3, 8), Call::DeleteAllObjects, Answer::Done);
    let history = |first: &[i64], second: &[i64]| {
        [
            start.clone(),
            clear.clone(),
            lookup(1, (4, 5), 0, first),
            lookup(1, (6, 7), 1, second),
        ]
    };
    assert!(accepts(Kind::Set, &history(&[7], &[])));
    assert!(!accepts(Kind::Set, &history(&[], &[7])));
}

fn step(thread: usize, moments: (u64, u64), from: Option<Key>, met: Met) -> Recorded {
    let step = Step {
        from,
        direction: Direction::Forward,
        with_objects: false,
    };
    call(thread, moments, Call::Step(step), Answer::Met(met, vec![]))
}

fn accepts_in_parts(kind: Kind, order: Option<&Order>, calls: &[Recorded]) -> bool {
    accepts(kind, &in_parts(calls.to_vec(), order))
}

/// There is always a key, but not always the same one.
#[test]
fn a_walk_in_an_ordered_set_sees_one_moment() {
    let keys_change = [
        insert(0, (1, 2), &[(1, 7)]),
        insert(0, (5, 6), &[(0, 7)]),
        call(0, (7, 8), Call::Delete(1), Answer::Done),
    ];
    let history = |met| [keys_change.to_vec(), vec![step(1, (3, 10), None, met)]].concat();
    for met in [Met::Key(0), Met::Key(1)] {
        assert!(accepts(Kind::OrderedSet, &history(met)));
    }
    for met in [Met::Key(2), Met::End] {
        assert!(!accepts(Kind::OrderedSet, &history(met)));
    }
    let order = [0, 1, 2];
    assert!(
        accepts_in_parts(Kind::Set, Some(&order), &history(Met::End)),
        "the place of each was looked at while it was not there"
    );
    assert!(!accepts_in_parts(
        Kind::Set,
        Some(&order),
        &history(Met::Key(2))
    ));
}

#[test]
fn a_walk_passes_no_key_by() {
    let start = insert(0, (1, 2), &[(0, 7), (1, 7), (2, 7)]);
    let next = |from, met| [start.clone(), step(0, (3, 4), Some(from), met)];
    for kind in [Kind::Set, Kind::Bag] {
        let accepts = |order, from, met| accepts_in_parts(kind, order, &next(from, met));
        let order = Some(&[2, 0, 1]);
        assert!(accepts(order, 2, Met::Key(0)) && accepts(order, 1, Met::End));
        assert!(!accepts(order, 2, Met::Key(1)) && !accepts(order, 0, Met::End));
        assert!(accepts(None, 2, Met::Key(1)) && accepts(order, 0, Met::Other));
    }
    assert!(accepts(Kind::OrderedSet, &next(0, Met::Key(1))));
    assert!(!accepts(Kind::OrderedSet, &next(0, Met::Key(2))));
    let first = |met| [start.clone(), step(0, (3, 4), None, met)];
    assert!(
        !accepts_in_parts(Kind::Set, None, &first(Met::End)),
        "no key was ever missing"
    );
}

#[test]
fn a_walk_goes_on_from_keys_that_are_there() {
    let step_from = |answer| {
        let from = step(0, (3, 4), Some(0), Met::End);
        [Recorded { answer, ..from }]
    };
    let gone = step_from(Answer::NoSuchKey);
    assert!(accepts_in_parts(Kind::Set, None, &gone));
    assert!(!accepts(Kind::OrderedSet, &gone), "any key will do");
    let end = step_from(Answer::Met(Met::End, vec![]));
    assert!(!accepts_in_parts(Kind::Set, None, &end));
    assert!(accepts(Kind::OrderedSet, &end));
}

/// Tries every order of the calls.
fn has_order(history: &History, done: u64, state: &State) -> bool {
    let predecessors = history.predecessors();
    let remaining: Vec<usize> = (0..history.calls.len())
        .filter(|position| done & 1 << position == 0)
        .collect();
    let can_be_next = |position: &usize| {
        let mut after = state.clone();
        predecessors[*position] & !done == 0
            && after.apply(history.kind, &history.calls[*position].call)
                == history.calls[*position].answer
            && has_order(history, done | 1 << *position, &after)
    };
    remaining.is_empty() || remaining.iter().any(can_be_next)
}

/// A right history: calls made one after the other, each recorded with moments from before and
/// after it happened.
fn random_history(random: &mut Random, kind: Kind) -> History {
    let scene = Scene {
        kind,
        free_end: random.one_of(&[Direction::Forward, Direction::Backward]),
        palette: random.one_of(&PALETTES),
    };
    let mut state = State::default();
    let mut free_from = [0; 3];
    let mut calls_of_threads: Vec<_> = (0..3)
        .map(|_| calls(random, scene, 3).into_iter())
        .collect();
    let mut recorded = Vec::new();
    let mut now = 0u64;
    while let Some(thread) = next_thread(random, &calls_of_threads) {
        let call = calls_of_threads[thread]
            .next()
            .expect("the thread has a call left")
            .call;
        let answer = state.apply(kind, &call);
        now = free_from[thread].max(now + 10);
        let invoked = free_from[thread].max(now.saturating_sub(random.below(25) as u64));
        let returned = now + random.below(25) as u64;
        free_from[thread] = returned + 1;
        recorded.push(Recorded {
            thread,
            turn: recorded.len(),
            call,
            answer,
            invoked,
            returned,
        });
    }
    History {
        kind,
        calls: recorded,
    }
}

fn next_thread<T: ExactSizeIterator>(random: &mut Random, calls: &[T]) -> Option<usize> {
    let busy: Vec<usize> = (0..calls.len())
        .filter(|&thread| calls[thread].len() > 0)
        .collect();
    (!busy.is_empty()).then(|| random.one_of(&busy))
}

/// Replaces one answer by that of another call.
fn spoil(random: &mut Random, history: &mut History) {
    let [from, to] = [
        random.below(history.calls.len()),
        random.below(history.calls.len()),
    ];
    history.calls[to].answer = history.calls[from].answer.clone();
}

#[test]
fn random_histories_are_judged_as_by_trying_every_order() {
    let mut random = Random(1);
    let mut wrong = 0;
    for round in 0..3_000 {
        let mut history = random_history(&mut random, KINDS[round % 4]);
        assert!(
            linearize(&history).is_some(),
            "a right history is refused:\n{history}"
        );
        spoil(&mut random, &mut history);
        let explained = linearize(&history).is_some();
        assert_eq!(
            explained,
            has_order(&history, 0, &State::default()),
            "{history}"
        );
        wrong += usize::from(!explained);
    }
    assert!(
        wrong > 300,
        "only {wrong} of the spoiled histories were wrong: the test has lost its teeth"
    );
}

/// Steps that happened at one moment are right in parts too.
#[test]
fn parts_allow_what_the_whole_allows() {
    let mut random = Random(3);
    for round in 0..1_000 {
        let History { kind, calls } =
            random_history(&mut random, [Kind::Set, Kind::Bag][round % 2]);
        for order in [None, Some(&[0, 1, 2])] {
            let calls = in_parts(calls.clone(), order);
            let history = History { kind, calls };
            assert!(linearize(&history).is_some(), "{history}");
        }
    }
}

#[test]
fn the_order_found_explains_the_history() {
    let mut random = Random(2);
    for round in 0..300 {
        let history = random_history(&mut random, KINDS[round % 4]);
        let order = linearize(&history).expect("the history is right");
        let mut state = State::default();
        for position in order {
            let recorded = &history.calls[position];
            assert_eq!(state.apply(history.kind, &recorded.call), recorded.answer);
        }
    }
}
