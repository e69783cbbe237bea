//! Random calls for the threads of a history.

use super::spec::{Call, Direction, KEYS, Key, Kind, Step};

/// Sebastiano Vigna's SplitMix64: a seed printed by a failure means the same calls for ever.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

/// What the calls of a history are about: a few kinds of call that meet often, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Each thread inserts and looks up what the others insert.
    InsertAndLookup,
    /// Lists of objects and reads of their keys.
    Lists,
    /// Counters (in sets) and reads.
    Counters,
    /// Insertions, and every way to remove.
    Removals,
    /// Insertions, removals, and steps from key to key.
    Walks,
    All,
}

pub const PALETTES: [Palette; 6] = [
    Palette::InsertAndLookup,
    Palette::Lists,
    Palette::Counters,
    Palette::Removals,
    Palette::Walks,
    Palette::All,
];

/// The names of calls; the rest of a call is drawn when it is made.
#[derive(Clone, Copy)]
enum Name {
    Insert,
    InsertList,
    InsertNew,
    InsertNewList,
    Lookup,
    LookupElement,
    Member,
    Take,
    Delete,
    DeleteObject,
    DeleteAllObjects,
    UpdateCounter,
    UpdateCounterOr,
    UpdateElement,
    First,
    Next,
    Pop,
}

use Name::*;

impl Palette {
    fn names(self, kind: Kind) -> &'static [Name] {
        match (self, kind) {
            (Palette::InsertAndLookup, _) => &[Insert, Insert, Lookup, Lookup, Member],
            (Palette::Lists, _) => &[
                InsertList,
                InsertList,
                InsertNewList,
                Lookup,
                Lookup,
                Lookup,
                Member,
                LookupElement,
            ],
            (Palette::Counters, Kind::Set | Kind::OrderedSet) => &[
                UpdateCounter,
                UpdateCounterOr,
                UpdateElement,
                Insert,
                Lookup,
                Take,
                Delete,
            ],
            (Palette::Removals, _) => &[
                Insert,
                InsertList,
                Take,
                Delete,
                DeleteObject,
                DeleteAllObjects,
                Lookup,
            ],
            (Palette::Walks, Kind::OrderedSet) => &[
                Insert, Insert, InsertList, Delete, Take, First, First, Next, Next, Next, Pop, Pop,
            ],
            (Palette::Walks, _) => &[Insert, Insert, Delete, Take, First, Next, Next],
            (Palette::All, Kind::Set | Kind::OrderedSet) => &[
                Insert,
                InsertList,
                InsertNew,
                InsertNewList,
                Lookup,
                LookupElement,
                Member,
                Take,
                Delete,
                DeleteObject,
                DeleteAllObjects,
                UpdateCounter,
                UpdateCounterOr,
                UpdateElement,
            ],
            (Palette::All | Palette::Counters, _) => &[
                Insert,
                InsertList,
                InsertNew,
                InsertNewList,
                Lookup,
                LookupElement,
                Member,
                Take,
                Delete,
                DeleteObject,
                DeleteAllObjects,
            ],
        }
    }
}

/// What a thread of a history does.
#[derive(Clone, Debug)]
pub struct Planned {
    pub call: Call,
    pub pause: Pause,
}

/// What a thread does before a call.
#[derive(Clone, Copy, Debug)]
pub enum Pause {
    None,
    /// Turns of an empty loop.
    Spin(usize),
    /// Gives the processor away.
    Yield,
}

/// What calls are drawn for.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    pub kind: Kind,
    /// Which way a walk goes that begins at an end of an ordered set: at the other end there are
    /// keys that the history is not about.
    pub free_end: Direction,
    pub palette: Palette,
}

/// The calls of one thread, `calls_max` at most.
pub fn calls(random: &mut Random, scene: Scene, calls_max: usize) -> Vec<Planned> {
    (0..=random.below(calls_max))
        .map(|_| Planned {
            call: call(random, scene),
            pause: pause(random),
        })
        .collect()
}

fn pause(random: &mut Random) -> Pause {
    match random.below(16) {
        0..8 => Pause::None,
        8..15 => Pause::Spin(random.below(120)),
        _ => Pause::Yield,
    }
}

fn call(random: &mut Random, scene: Scene) -> Call {
    let name = random.one_of(scene.palette.names(scene.kind));
    let key = random.below(KEYS);
    match name {
        Insert => Call::Insert(vec![(key, number(random))]),
        InsertNew => Call::InsertNew(vec![(key, number(random))]),
        InsertList => Call::Insert(list(random, key)),
        InsertNewList => Call::InsertNew(list(random, key)),
        Lookup => Call::Lookup(key),
        LookupElement => Call::LookupElement(key),
        Member => Call::Member(key),
        Take => Call::Take(key),
        Delete => Call::Delete(key),
        DeleteObject => Call::DeleteObject(key, number(random)),
        DeleteAllObjects => Call::DeleteAllObjects,
        UpdateCounter => Call::UpdateCounter(key, increment(random)),
        UpdateCounterOr => Call::UpdateCounterOr(key, increment(random), number(random)),
        UpdateElement => Call::UpdateElement(key, number(random)),
        First => step(random, None, scene.free_end),
        Pop => Call::Pop(scene.free_end),
        Next => {
            let direction = random.one_of(&[Direction::Forward, Direction::Backward]);
            step(random, Some(key), direction)
        }
    }
}

fn step(random: &mut Random, from: Option<Key>, direction: Direction) -> Call {
    Call::Step(Step {
        from,
        direction,
        with_objects: random.below(2) == 0,
    })
}

/// Numbers that are often equal, so that bags meet duplicates, and often are the only ones of their
/// kind, so that one write can't be taken for another.
fn number(random: &mut Random) -> i64 {
    match random.below(2) {
        0 => random.below(3) as i64,
        _ => random.below(100_000) as i64 * 1000,
    }
}

/// Increments whose sums tell which of them were made.
fn increment(random: &mut Random) -> i64 {
    1 << random.below(12)
}

/// Two or three keys, each once.
fn list(random: &mut Random, first: Key) -> Vec<(Key, i64)> {
    let length = 2 + random.below(KEYS - 1);
    let number_of_all = number(random);
    (0..length)
        .map(|offset| ((first + offset) % KEYS, number_of_all))
        .collect()
}
