//! What is stored and what is asked: kinds of object, cells, and streams of keys.
//!
//! Every key is computed from an index by a few multiplications, the same for every contender, so no table of keys
//! competes with the contenders for the cache. Keys that own memory are made in place, in one that is used again.

mod array;
mod cell;
mod int;
mod ordered;
mod rows;
mod shape;
mod stream;
mod typed;

pub use cell::{Cell, KeyDistribution, Work, count_title};
pub use int::belongs;
pub use ordered::{Named, NamedKey, OrderedInts, OrderedShape};
pub use rows::{
    AMOUNTS, HALF_FROM, HUNDREDTH_FROM, ORDERS_EACH, Question, RANGE_CUSTOMERS, Row, State,
};
pub use shape::{Binaries, Ints, Shape, ShapeKind};
pub use stream::{
    BLOCK_OPERATIONS, INDEX_MASK, STREAM_OPERATIONS_MAX, STREAM_OPERATIONS_MIN, Stream, WRITE_BIT,
    Walk, drawn, shuffled, streams,
};
pub use typed::{Arcs, SmallU64s, Strings, U64s, WideU64s};

/// Values are made in this many generations, so that an overwriting insert changes the value.
pub const GENERATIONS: u64 = 4096;

/// 2^64 divided by the golden ratio, made odd: neighbouring indices become distant keys.
const SCATTER_A: u64 = 0x9E37_79B9_7F4A_7C15;
/// Another odd constant, for the second word of a binary key (from MurmurHash3's finaliser).
const SCATTER_B: u64 = 0xC2B2_AE3D_27D4_EB4F;
