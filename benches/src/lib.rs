//! Comparison of Heirloom's tables with what a Rust program would otherwise use, with real ETS, and with what the
//! machine's memory allows. Run it with `cargo run --release -p heirloom-benches --bin compare -- hash`, `ordered`,
//! `select`, `typed` or `cache`.
//!
//! One process holds the same objects in every contender; ETS is in an Erlang node of its own and takes part if there is
//! an `erl` on the path. Every map grows from empty with its default settings and the system's allocator.
//!
//! # `compare hash`
//!
//! Heirloom (a public `set`), dashmap, papaya, scc's `HashMap` and `HashIndex`, `RwLock<hashbrown::HashMap>`, ETS. The
//! Rust peers share one hash function; Heirloom and ETS have their own.
//!
//! * Objects: `{int, int}` (`u64` to `u64` for the peers) and `{binary16, binary64}` (`[u8; 16]` to `[u8; 64]`,
//!   copied out by a read).
//! * Operations: 100 %, 95 % and 50 % reads, the rest inserts that overwrite; and churn, half inserts and half
//!   deletes over twice as many keys as the table has objects, so that half of the keys are present.
//! * Keys: uniform, or Zipf with exponent 0.99, with ranks scattered over the key space.
//!
//! # `compare ordered`
//!
//! Heirloom (a public `ordered_set`), crossbeam's `SkipMap`, scc's `TreeIndex`, `RwLock<BTreeMap>`, ETS (an
//! `ordered_set` for readers and writers at the same time, as the hash table).
//!
//! * Objects: `{int, int}` (`u64` to `u64` for the peers), and `{{binary16, int}, int}`. A binary may have any length, so
//!   a peer's key is what one writes for such names in Rust, a struct with a `Box<[u8]>` and a `u64`; what is looked
//!   for is put into a key that is made once, so that peers allocate for what they keep and for nothing else. Each name
//!   has 16 objects. Keys are random ([`workload::OrderedShape`] says why that matters), and uniform where they are drawn.
//! * Operations: those of the hash tables, and ranges of 10, 100 and 10,000 objects from a key that is there; scans of
//!   everything, forwards and backwards; inserts of what isn't there, in random order (a small table doubles, a large
//!   one grows by 16,384) and in ascending order above all that is there (for names: the numbers of one last name, as in
//!   a log); and two threads that take out the least object.
//! * Ranges and scans read key and value of each object and add them up. `SkipMap` pins for each step; `TreeIndex` and
//!   the locked map hold a guard or the lock for the whole scan; ETS goes from key to key in a range, since a match
//!   specification can't begin at a key, and fetches a thousand objects at a time in a scan, which is its fastest way.
//!
//! # `compare select`
//!
//! Questions to a million orders, `{{Customer, Number}, Amount, State}`, in a `set` and an `ordered_set`: with the whole
//! key; with the key's first element; with two bounds for the key in the guards; and with a bound for the amount, which
//! looks at every object and wants one in a hundred or every other. An answer is `{Key, Amount}`. Heirloom and ETS are
//! measured from the values that are asked for to the list of answers: the specification is put together and compiled
//! for each question. (ETS draws no conclusion from guards, and looks at every object where the key has two bounds.)
//! Besides ETS Heirloom is held against a filter written by hand: a closure that folds over the same rows of the same table
//! ([`contender::heirloom_asked`]). What terms themselves cost is told by a loop over plain Rust rows in a map of their own
//! ([`contender::filter`]).
//!
//! # `compare typed`
//!
//! Heirloom's typed tables, and the peers of `compare hash` but for ETS, in the same cells. The peers hold the same Rust
//! types.
//!
//! * Objects: `u64` to `u64`, once below 2^59 as in `compare hash`, which are small integers for Heirloom, and once of all
//!   64 bits, which are not; `String` to `String`, 16 letters and 64; `u64` to `Arc<[u8; 256]>`. Heirloom has a
//!   `Set<u64, u64>`, a `Set<String, String>`, whose objects are terms, and a `Cache<u64, Arc<[u8; 256]>>` without limits.
//! * A read hands out a value of the caller's own, and everybody does the same for it: copies the integer, makes a new
//!   `String`, clones the `Arc`. A write brings a key and a value of its own: it makes them, whether or not the map keeps
//!   the key that it gets, as a program does that has just read them. A removal is the map's own, and gives back the value
//!   where that call does.
//! * The memory of a table is looked at while it grows, too, for all comparisons ([`measure::memory`]).
//! * One hot key is counted up (`fetch_add`) where values are integers.
//!
//! # `compare cache`
//!
//! Tables that evict, beside caches: see [`cache`], which has a plan, results and a report of its own, since there is more to
//! a cache than how fast it is.
//!
//! # How it is measured
//!
//! A *cell* is one combination of object, number of objects, operations, keys and threads. In each round of a
//! cell every contender has one short slice, in an order that rotates from round to round, so that noise from
//! outside hits all alike; the figure is the median of the rounds. A slice starts with a warm-up that is not
//! counted. Time in which a single thread was ready but another process had its core is taken off, as the kernel counts it;
//! figures of several threads to which that happened are marked.
//! Work that uses itself up is done in episodes, after each of which the table is made as it was, off the clock
//! ([`measure::episodes`]). A cell whose slices are long, such as a scan of a large table, has fewer rounds.
//! The threads live as long as the run. Keys come from streams drawn beforehand (see [`workload`]).
//! Every value that is read is checked to be one that belongs to its key; a wrong one ends the run. Ordered tables are
//! looked at from both ends after they are filled, and the answers to each kind of question are compared with each other.
//!
//! # Reading order
//!
//! [`workload`], [`contender`], [`plan`], [`measure`], [`limits`], [`report`]; then [`cache`].

#![forbid(unsafe_code)]

pub mod cache;
pub mod contender;
pub mod error;
pub mod ets;
pub mod limits;
pub mod machine;
pub mod measure;
pub mod plan;
pub mod report;
pub mod results;
pub mod run;
pub mod workload;
