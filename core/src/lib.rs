//! Heirloom is ETS, Erlang's term storage, for Rust: concurrent tables of tuples inside your
//! program, with owners that can end and heirs that go on.
//!
//! A [`Table`] holds *objects*: tuples of [terms](Term), each found by one of its elements, its
//! *key*. A `set` has one object a key, a `bag` several different ones, a `duplicate_bag` several.
//! Any thread may use a table, as far as its protection allows. A table belongs to a [process]:
//! when that ends, the table is deleted or passes to its heir. The functions are ETS's, under
//! ETS's names.
//!
//! A [`MatchSpec`] says which terms are wanted and what of them, in ETS's language;
//! [`match_spec!`] writes one like a closure. Tables are asked with it: [`select`](Table::select),
//! [`match_`](Table::match_) and their relatives.
//!
//! A [`Set`], [`OrderedSet`], [`Bag`] or [`DuplicateBag`] is the same sort of table with keys and values of
//! Rust types.
//!
//! Tables forget if they are [told to](TableOptions#caches): what expires, what is unused, what is too much. A [`Cache`] is such a
//! table of live values.
//!
//! A table may be found by other elements than its key ([`index`](TableOptions::index)), and tell those who
//! [`subscribe`](Table::subscribe) what changes in it.
//!
//! Tables on disk, C and Python are not there yet.
//!
//! # Consistency
//! * **One object.** Each read and each write of an object is atomic, and these calls are
//!   linearizable, for a table as a whole: they happen as if one after the other, each between its
//!   call and its return.
//! * **One call.** [`insert`](Table::insert) and [`insert_new`](Table::insert_new) of a list of any
//!   length, [`take`](Table::take), [`update_counter`](Table::update_counter) with several
//!   operations, [`update_element`](Table::update_element) with several changes and
//!   [`delete_all_objects`](Table::delete_all_objects) are atomic and isolated as a whole.
//!   [`insert_many`](Table::insert_many), [`lookup_many`](Table::lookup_many) and
//!   [`init_table`](Table::init_table) are many calls in one, and atomic for each object only.
//! * **Walks.** [`first`](Table::first) and [`next`](Table::next), [`foldl`](Table::foldl),
//!   [`tab2list`](Table::tab2list), [`select`](Table::select), [`iter`](Table::iter) and their like
//!   visit each object that stays throughout exactly once, none twice, and none that was never there.
//!   They are no snapshot. Those that change objects ([`select_delete`](Table::select_delete),
//!   [`select_replace`](Table::select_replace), [`select_take`](Table::select_take)) decide and change in
//!   one step for each object.
//! * **Rights.** A call that overlaps a change of owner or protection, or the deletion of the
//!   table, counts wholly as before or wholly as after.
//! * **No guards.** What a call returns is yours and blocks nobody. Closures run outside any lock
//!   and may use the same table.
//! * **Size.** [`size`](Table::size) is exact while nobody is in the middle of a change.
//! * **Errors.** A call that fails has changed nothing, except that `insert_many` and `init_table`
//!   have inserted the objects before the faulty one, `init_table` after it has emptied the table, and
//!   walks that change objects have changed those before.
//!
//! # Trade-offs
//! * A lookup copies the object, or shares it if it is over 1 KiB; [`with`](Table::with) shows a
//!   copy on the stack and allocates nothing. In return a reader of a `set` stores nothing that
//!   other threads see (large objects aside), and one that stops in the middle holds nothing up.
//! * Readers wait while a writer changes their bucket: a few words' time, or longer if the system
//!   stops that writer just then.
//! * Values are terms. Other Rust values must be made terms ([`ToTerm`], [`term!`]); closures,
//!   sockets and the like cannot be, and go into tables of [live values](Live) only.
//! * No transactions over several calls. For read-modify-write there are `update_counter`,
//!   `update_element`, `insert_new` and `take`, and `select_replace` as compare-and-swap.
//! * A table lives as long as its owner and not as long as its handles. What the root process owns
//!   stays until [`delete_table`](Table::delete_table).
//! * Code that has entered no process is the root process, on whatever thread. Protection separates
//!   processes, not threads.
//! * Everything is in memory. Deleted objects' memory is used again at once by the same table; it
//!   goes back to the system in blocks, on Linux.
//! * [Atoms](Atom) are never freed and bounded in number. Text from outside belongs in binaries.
//!
//! # Example
//! A private named set, with one object:
//! ```
//! # use heirloom::Term;
//! let cache = heirloom::Table::set("fancy_erlang_cache").private().named().create()?;
//! cache.insert(("cache key", "some value"))?;
//! assert_eq!(cache.lookup("cache key")?, [Term::tuple(["cache key", "some value"])?]);
//! # Ok::<(), heirloom::TableError>(())
//! ```
//!
//! Words counted by several threads, in a table that outlives the process that began it:
//! ```
//! use heirloom::{Process, Table, process};
//!
//! let heir = Process::new();
//! let keeper = heir.clone();
//! let counting = process::spawn(move || {
//!     let words = Table::set("words").public().heir(&keeper, "go on").create()?;
//!     std::thread::scope(|scope| {
//!         for line in ["one two", "two one", "two"] {
//!             let words = &words;
//!             scope.spawn(move || {
//!                 for word in line.split(' ') {
//!                     words.update_counter_or(word, 1, ("", 0)).expect("the table is public");
//!                 }
//!             });
//!         }
//!     });
//!     Ok::<Table, heirloom::TableError>(words)
//! });
//! let words = counting.join().expect("it did not panic")?;
//!
//! // The process that made the table has ended, and its heir owns it.
//! assert_eq!(words.owner(), Some(heir.pid()));
//! assert_eq!(words.lookup_element("two", 2)?.as_i64(), Some(3));
//! # Ok::<(), heirloom::TableError>(())
//! ```

mod clock;
mod engine;
mod feed;
mod flight;
#[cfg(all(test, heirloom_loom))]
mod loom_support;
mod matchspec;
mod mutant;
pub mod process;
#[cfg(all(test, heirloom_shuttle))]
mod shuttle_support;
mod slab;
mod sync;
mod table;
mod term;
mod typed;
mod wakers;

pub use clock::{Clock, ManualClock, SystemClock};
pub use feed::{Notice, Receive, Subscription};
pub use matchspec::{
    MatchSpec, RunError, RunOptions, Selected, SpecError, SpecPart, SpecPlace, TestError,
    match_spec_run, test_ms,
};
pub use process::Process;
pub use table::{
    Access, CacheStatistics, Continuation, CounterOperation, CounterOps, ElementChanges,
    Explanation, Info, Iter, Keys, Kind, Objects, Removal, RemovalCause, SelectIter, SelectOptions,
    Selection, Table, TableError, TableOptions, WriteConcurrency,
};
pub use term::{
    Atom, AtomError, BigInt, Bits, ConvertError, Elements, EtfError, EtfErrorKind, FromTerm,
    Immediate, KeyPrefix, Limits, ListElements, MapPairs, OrderKey, Origin, ParseError,
    ParseErrorKind, Pid, SERDE_DEPTH_MAX, SerdeError, Slot, TableId, Term, TermBuilder, TermError,
    TermKind, TermRef, ToTerm, Writer, from_term, from_term_with_depth, to_term,
    to_term_with_depth,
};

pub use typed::{
    AlwaysTerm, Bag, Blob, Cache, Counter, DuplicateBag, Equivalent, Live, LoadError, OrderedSet,
    Rows, Set, Terms, TypedIter, TypedOptions, TypedSubscription, TypedTable, kinds,
};

/// What the macros of this crate expand to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::matchspec::SpecBuilder;
    pub use crate::term::MacroBuilder;
}

/// The README's examples, compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
