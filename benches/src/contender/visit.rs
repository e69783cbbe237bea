//! From a contender's name to its type.

use super::filter::{AsRows, AsTerms, Filter};
use super::heirloom_asked::{HeirloomFolded, HeirloomOrders};
use super::{
    Asked, Contender, Counters, Hashed, HashedShape, Label, Ordered, dashmap, heirloom, locked,
    locked_tree, papaya, scc_index, scc_map, skip_map, tree_index,
};
use crate::workload::{
    Arcs, Binaries, Ints, Named, OrderedInts, OrderedShape, Shape, ShapeKind, SmallU64s, Strings,
    WideU64s,
};

/// Something to be done with a table that is only known when the program runs.
pub trait Visitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<S: Shape, C: Contender<S>>(self) -> Self::Output;
}

/// Something to be done with a hash table.
pub trait HashedVisitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<S: Shape, C: Hashed<S>>(self) -> Self::Output;
}

/// Something to be done with a contender that counts.
pub trait CountersVisitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<S: Shape<Key = u64, Value = u64>, C: Counters<S>>(self) -> Self::Output;
}

/// Something to be done with an ordered table.
pub trait OrderedVisitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<S: OrderedShape, C: Ordered<S>>(self) -> Self::Output;
}

/// Something to be done with who is asked questions.
pub trait AskedVisitor {
    /// What comes out.
    type Output;
    /// Does it.
    fn visit<C: Asked>(self) -> Self::Output;
}

/// Takes any table for a hash table or an ordered one.
struct Any<V>(V);

impl<V: Visitor> HashedVisitor for Any<V> {
    type Output = V::Output;

    fn visit<S: Shape, C: Hashed<S>>(self) -> V::Output {
        self.0.visit::<S, C>()
    }
}

impl<V: Visitor> OrderedVisitor for Any<V> {
    type Output = V::Output;

    fn visit<S: OrderedShape, C: Ordered<S>>(self) -> V::Output {
        self.0.visit::<S, C>()
    }
}

/// Calls the visitor with the type of the contender; `None` for what is no hash table in this process, and so for the
/// others.
pub fn visit_hashed<S: HashedShape, V: HashedVisitor>(
    label: Label,
    visitor: V,
) -> Option<V::Output> {
    Some(match label {
        Label::Heirloom => visitor.visit::<S, S::Heirloom>(),
        Label::Dashmap => visitor.visit::<S, dashmap::Dashmap<S>>(),
        Label::Papaya => visitor.visit::<S, papaya::Papaya<S>>(),
        Label::SccHashMap => visitor.visit::<S, scc_map::SccMap<S>>(),
        Label::SccHashIndex => visitor.visit::<S, scc_index::SccIndex<S>>(),
        Label::RwLockHashbrown => visitor.visit::<S, locked::Locked<S>>(),
        _ => return None,
    })
}

/// The same where the kind of object, too, is only known when the program runs.
pub fn visit_hashed_kind<V: HashedVisitor>(
    label: Label,
    shape: ShapeKind,
    visitor: V,
) -> Option<V::Output> {
    match shape {
        ShapeKind::Ints => visit_hashed::<Ints, _>(label, visitor),
        ShapeKind::Binaries => visit_hashed::<Binaries, _>(label, visitor),
        ShapeKind::U64s => visit_hashed::<SmallU64s, _>(label, visitor),
        ShapeKind::WideU64s => visit_hashed::<WideU64s, _>(label, visitor),
        ShapeKind::Strings => visit_hashed::<Strings, _>(label, visitor),
        ShapeKind::Arcs => visit_hashed::<Arcs, _>(label, visitor),
        _ => None,
    }
}

/// Calls the visitor with the type of the contender that counts; `None` where values are no counts.
pub fn visit_counters<V: CountersVisitor>(
    label: Label,
    shape: ShapeKind,
    visitor: V,
) -> Option<V::Output> {
    match shape {
        ShapeKind::Ints => visit_counters_of::<Ints, _>(label, visitor),
        ShapeKind::U64s => visit_counters_of::<SmallU64s, _>(label, visitor),
        _ => None,
    }
}

/// The same for one kind of object.
fn visit_counters_of<S, V: CountersVisitor>(label: Label, visitor: V) -> Option<V::Output>
where
    S: HashedShape<Key = u64, Value = u64, Heirloom: Counters<S>>,
{
    Some(match label {
        Label::Heirloom => visitor.visit::<S, S::Heirloom>(),
        Label::Dashmap => visitor.visit::<S, dashmap::Dashmap<S>>(),
        Label::Papaya => visitor.visit::<S, papaya::Papaya<S>>(),
        Label::SccHashMap => visitor.visit::<S, scc_map::SccMap<S>>(),
        Label::SccHashIndex => visitor.visit::<S, scc_index::SccIndex<S>>(),
        Label::RwLockHashbrown => visitor.visit::<S, locked::Locked<S>>(),
        _ => return None,
    })
}

/// Calls the visitor with the type of the ordered table.
pub fn visit_ordered<S: OrderedShape, V: OrderedVisitor>(
    label: Label,
    visitor: V,
) -> Option<V::Output> {
    Some(match label {
        Label::Heirloom => visitor.visit::<S, heirloom::HeirloomTable<S>>(),
        Label::CrossbeamSkipMap => visitor.visit::<S, skip_map::CrossbeamSkipMap<S>>(),
        Label::SccTreeIndex => visitor.visit::<S, tree_index::SccTree<S>>(),
        Label::RwLockBtreemap => visitor.visit::<S, locked_tree::LockedTree<S>>(),
        _ => return None,
    })
}

/// Calls the visitor with the type of who is asked.
pub fn visit_asked<V: AskedVisitor>(label: Label, visitor: V) -> Option<V::Output> {
    Some(match label {
        Label::Heirloom => visitor.visit::<HeirloomOrders>(),
        Label::FilterFold => visitor.visit::<HeirloomFolded>(),
        Label::FilterTerms => visitor.visit::<Filter<AsTerms>>(),
        Label::FilterRows => visitor.visit::<Filter<AsRows>>(),
        _ => return None,
    })
}

/// Calls the visitor with the type of the table, where its kind of object, too, is only known when the program runs.
pub fn visit_shape<V: Visitor>(label: Label, shape: ShapeKind, visitor: V) -> Option<V::Output> {
    match shape {
        ShapeKind::OrderedInts => visit_ordered::<OrderedInts, _>(label, Any(visitor)),
        ShapeKind::Named => visit_ordered::<Named, _>(label, Any(visitor)),
        _ => visit_hashed_kind(label, shape, Any(visitor)),
    }
}
