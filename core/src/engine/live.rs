//! Live values: those that are no terms, in tables that own them.
//!
//! ```text
//!  object   {Key, Word}            Word is a small integer: the value's address
//!                   |
//!                   v
//!               [ value ]          on the heap, given back by way of the epoch, and then the graveyard
//! ```
//!
//! An object in such a table is a pair or a row like any other, so there is one protocol for all. What is different: who reads a
//! value pins the epoch before it looks for the object, and clones under the pin; and the value of an object that
//! was taken out is retired. The epoch's functions run anywhere, also under locks; so what they do with a value that nobody can see
//! any more is to put it into the *graveyard* of its table, and destructors, which are the user's, run where nothing is
//! held: when a call ends ([`Engine::bury`]).

use super::reclaim::{self, Pin, pin};
use super::record::RowBuffer;
use super::walk::{Direction, Piece, Walk};
use super::{Admission, Change, Engine, GateChanged, Objects};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, global, lock};
use crate::term::layout::{is_immediate, small_value};
use crate::term::{Term, TermRef};
use std::any::TypeId;
use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::catch_unwind;

/// Where the key is in an object's words.
const KEY: usize = 1;
/// Where the value is.
pub(super) const VALUE: usize = 2;

/// What a value is wrapped in, so that its address is the word of a small integer, and no other value's.
#[repr(align(8))]
struct Aligned<V> {
    value: V,
    _not_nothing: u8,
}

/// Which values a table has.
#[derive(Clone, Copy)]
pub(crate) struct LiveType {
    id: TypeId,
    drop: unsafe fn(u64),
}

impl LiveType {
    pub(crate) fn of<V: Send + Sync + 'static>() -> LiveType {
        LiveType {
            id: TypeId::of::<V>(),
            drop: drop_word::<V>,
        }
    }
}

impl std::fmt::Debug for LiveType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LiveType").field(&self.id).finish()
    }
}

/// # Safety
/// The word is that of a value of this type, which nobody else uses, and this is called once.
unsafe fn drop_word<V>(word: u64) {
    let address = std::ptr::with_exposed_provenance_mut::<Aligned<V>>(word as usize);
    // SAFETY: `Unpublished::new` made it from a box, and the caller promises the rest.
    drop(unsafe { Box::from_raw(address) });
}

/// The live values of one table that nobody can see any more.
pub(super) struct Graveyard {
    values: LiveType,
    dead: Mutex<Vec<u64>>,
    /// Whether there are some: so that who has nothing to bury need not lock.
    has_dead: AtomicBool,
}

/// The dead of tables that are gone themselves: they went when a reader was about.
static ORPHANS: global::Mutex<Vec<(u64, LiveType)>> = global::Mutex::new(Vec::new());

impl Graveyard {
    pub(super) fn new(values: LiveType) -> Arc<Graveyard> {
        Arc::new(Graveyard {
            values,
            dead: Mutex::new(Vec::new()),
            has_dead: AtomicBool::new(false),
        })
    }

    /// Gives up a value once nobody can be looking at it.
    ///
    /// # Safety
    /// The word is of an object that was in the table of this graveyard; the caller has taken it out, and this is called once
    /// for it.
    pub(super) unsafe fn retire(self: &Arc<Graveyard>, word: u64) {
        let graveyard = Arc::clone(self);
        reclaim::defer(move || {
            let mut dead = lock(&graveyard.dead);
            dead.push(word);
            graveyard.has_dead.store(true, Ordering::Relaxed);
        });
    }

    /// Runs the destructors of those that nobody can see any more. The caller holds nothing. If one panics, the rest are left for
    /// the next time; and so they are by a destructor that uses a table.
    fn bury(&self) {
        let Some(_burying) = Burying::begin() else {
            return;
        };
        while self.has_dead.load(Ordering::Relaxed) {
            let Some(word) = self.next_dead() else {
                return;
            };
            // SAFETY: what is here was retired, of this type, and is taken out once.
            unsafe { (self.values.drop)(word) };
        }
    }

    fn next_dead(&self) -> Option<u64> {
        let mut dead = lock(&self.dead);
        let next = dead.pop();
        self.has_dead.store(!dead.is_empty(), Ordering::Relaxed);
        next
    }
}

/// Runs the destructors of what tables left behind that are gone themselves. The caller holds nothing.
pub(super) fn bury_orphans() {
    let Some(_burying) = Burying::begin() else {
        return;
    };
    loop {
        let mut orphans = ORPHANS
            .lock()
            .unwrap_or_else(global::PoisonError::into_inner);
        let Some((word, values)) = orphans.pop() else {
            return;
        };
        drop(orphans);
        // Nobody who calls now has anything to do with it, nor with its panic.
        let _ = catch_unwind(|| {
            // SAFETY: it was retired, of this type, and is taken out once.
            unsafe { (values.drop)(word) };
        });
    }
}

std::thread_local! {
    static IS_BURYING: Cell<bool> = const { Cell::new(false) };
}

/// A thread's running of destructors. They may use tables, and these must not run more of them within.
struct Burying;

impl Burying {
    /// `None` if it runs some already, or its memory is gone.
    fn begin() -> Option<Burying> {
        let was = IS_BURYING.try_with(|burying| burying.replace(true));
        (was == Ok(false)).then(|| Burying)
    }
}

impl Drop for Burying {
    fn drop(&mut self) {
        let _ = IS_BURYING.try_with(|burying| burying.set(false));
    }
}

impl Drop for Graveyard {
    fn drop(&mut self) {
        // By a function of the epoch, perhaps under a lock.
        let dead = std::mem::take(&mut *lock(&self.dead));
        if !dead.is_empty() {
            let orphans = dead.into_iter().map(|word| (word, self.values));
            ORPHANS
                .lock()
                .unwrap_or_else(global::PoisonError::into_inner)
                .extend(orphans);
        }
    }
}

/// A value on its way into a table. If it is forgotten it leaks, rather than being freed under somebody's eyes.
pub(crate) struct Unpublished<V> {
    word: u64,
    value: PhantomData<V>,
}

impl<V> Unpublished<V> {
    pub(crate) fn new(value: V) -> Unpublished<V> {
        let address = Box::into_raw(Box::new(Aligned {
            value,
            _not_nothing: 0,
        }));
        let word = address.expose_provenance() as u64;
        debug_assert!(is_immediate(word) && small_value(word) > 0);
        Unpublished {
            word,
            value: PhantomData,
        }
    }

    /// What stands for it in an object.
    pub(crate) fn term(&self) -> TermRef<'static> {
        TermRef::from_immediate(self.word)
    }

    /// The value, which did not get into the table.
    pub(crate) fn into_value(self) -> V {
        let address = std::ptr::with_exposed_provenance_mut::<Aligned<V>>(self.word as usize);
        // SAFETY: it is a box's, of this type, and nobody else has it.
        unsafe { Box::from_raw(address) }.value
    }
}

/// A look at the live values of a table, all of which stay while this lives.
pub(crate) struct LiveView<'t, V> {
    engine: &'t Engine,
    _pin: Pin,
    values: PhantomData<fn() -> V>,
}

impl Engine {
    fn graveyard(&self) -> Option<&Arc<Graveyard>> {
        self.rows().graveyard()
    }

    /// Whether the values are live.
    pub(crate) fn is_live(&self) -> bool {
        self.graveyard().is_some()
    }

    /// A look at the live values, if they are of this type.
    #[inline]
    pub(crate) fn view<V: Send + Sync + 'static>(&self) -> Option<LiveView<'_, V>> {
        let values = self.graveyard()?.values;
        (values.id == TypeId::of::<V>()).then(|| LiveView {
            engine: self,
            _pin: pin(),
            values: PhantomData,
        })
    }

    /// As `bury`, also of those that were given up only just now, and of what other tables left behind.
    pub(crate) fn bury_all(&self) {
        if self.is_live() {
            reclaim::settle();
            self.bury();
        }
        bury_orphans();
    }

    /// Runs the destructors of live values that nobody can see any more. The caller holds nothing.
    pub(crate) fn bury(&self) {
        if let Some(graveyard) = self.graveyard() {
            graveyard.bury();
        }
    }
}

impl<V: Send + Sync + 'static> LiveView<'_, V> {
    /// The value of an object that was read after the pin.
    ///
    /// # Safety
    /// The object was in the table at some moment after the view was made.
    unsafe fn value(&self, object: &[u64]) -> &V {
        let address = std::ptr::with_exposed_provenance::<Aligned<V>>(object[VALUE] as usize);
        // SAFETY: the table has values of this type, all written by `Unpublished`; this one was in it after the pin, so it is not
        // given back before that ends.
        &unsafe { &*address }.value
    }

    /// Reads the value of a key (in a bag: the oldest), with what stands for it.
    #[inline]
    pub(crate) fn get<R>(&self, key: TermRef<'_>, read: impl FnOnce(&V) -> R) -> Option<(u64, R)> {
        if key.is_immediate()
            && let Some(found) = self.engine.get_word(key.root())
        {
            // SAFETY: it was found just now.
            return found.map(|word| (word, read(unsafe { self.value(&[2, 0, word]) })));
        }
        self.get_row(key, read)
    }

    fn get_row<R>(&self, key: TermRef<'_>, read: impl FnOnce(&V) -> R) -> Option<(u64, R)> {
        let mut buffer = RowBuffer::new();
        let found = self.engine.fetch(key, &mut buffer);
        // SAFETY: it was found just now.
        found.then(|| unsafe { self.fetched(&buffer, read) })
    }

    /// As `get`, also what is stale.
    pub(crate) fn get_stale<R>(
        &self,
        key: TermRef<'_>,
        read: impl FnOnce(&V) -> R,
    ) -> Option<(u64, R)> {
        let mut buffer = RowBuffer::new();
        let found = self.engine.fetch_stale(key, &mut buffer);
        // SAFETY: it was found just now.
        found.then(|| unsafe { self.fetched(&buffer, read) })
    }

    /// Reads the value of an object that was fetched.
    ///
    /// # Safety
    /// As `value`.
    unsafe fn fetched<R>(&self, buffer: &RowBuffer, read: impl FnOnce(&V) -> R) -> (u64, R) {
        let object = buffer.object();
        let words = object.words();
        // SAFETY: the caller's promise.
        (words[VALUE], read(unsafe { self.value(words) }))
    }

    /// Takes all objects of a key out, and reads their values, oldest first. Atomic.
    pub(crate) fn take<R>(
        &self,
        key: TermRef<'_>,
        admission: &Admission<'_>,
        read: impl Fn(&V) -> R,
    ) -> Result<Vec<R>, GateChanged> {
        let mut taken = Objects::default();
        self.engine.remove(key, Some(&mut taken), admission)?;
        // SAFETY: they were taken out just now.
        Ok(unsafe { self.values(&taken, |_, value| read(value)) })
    }

    /// Puts an object in the place of that whose value `old` stands for, if that is still there; whether it was. Atomic.
    pub(crate) fn exchange(
        &self,
        key: TermRef<'_>,
        old: u64,
        new: &Term,
        admission: &Admission<'_>,
    ) -> Result<bool, GateChanged> {
        let mut is_old = false;
        let updated = self.engine.update(key, admission, |object| {
            // Nothing else can have this address while this view lives.
            is_old = object.words()[VALUE] == old;
            Ok::<_, std::convert::Infallible>(if is_old {
                Change::Replace(new.clone())
            } else {
                Change::Keep
            })
        })?;
        Ok(updated.is_some() && is_old)
    }

    /// Reads the values of all objects of a key, oldest first.
    pub(crate) fn get_all<R>(&self, key: TermRef<'_>, read: impl Fn(&V) -> R) -> Vec<R> {
        let mut objects = Objects::default();
        self.engine.fetch_used(key, &mut objects);
        // SAFETY: they were found just now.
        unsafe { self.values(&objects, |_, value| read(value)) }
    }

    /// Reads the values of objects that were found.
    ///
    /// # Safety
    /// As `value`, for each of them.
    unsafe fn values<R>(&self, objects: &Objects, read: impl Fn(TermRef<'_>, &V) -> R) -> Vec<R> {
        let values = (0..objects.len()).map(|index| {
            let words = objects.get(index).words();
            let key = TermRef::from_parts(words[KEY], words);
            // SAFETY: the caller's promise.
            read(key, unsafe { self.value(words) })
        });
        values.collect()
    }

    /// Takes the object out of a tree that a walk in this direction would meet first. Atomic.
    pub(crate) fn pop<R>(
        &self,
        direction: Direction,
        admission: &Admission<'_>,
        read: impl Fn(TermRef<'_>, &V) -> R,
    ) -> Result<Option<R>, GateChanged> {
        let mut taken = Objects::default();
        self.engine.pop(direction, &mut taken, admission)?;
        // SAFETY: it was taken out just now.
        Ok(unsafe { self.values(&taken, read) }.pop())
    }

    /// Reads what comes next on a walk, which stays where it is: keys with what is read of their values. `None` at the end.
    pub(crate) fn read<R>(
        &self,
        walk: &mut Walk,
        piece: &mut Piece,
        found: impl Fn(TermRef<'_>, &V) -> R,
    ) -> Option<Vec<R>> {
        if !walk.read(self.engine, piece) {
            return None;
        }
        let read = (0..piece.len()).map(|index| {
            // SAFETY: the piece was read just now.
            let value = unsafe { self.value(piece.get(index).words()) };
            found(piece.key(index), value)
        });
        Some(read.collect())
    }
}

/// A live value that was taken out of its table. Who drops it gives the value up.
pub(crate) struct Remains {
    word: u64,
    graveyard: Arc<Graveyard>,
}

impl Remains {
    /// # Safety
    /// As [`Graveyard::retire`]: this does it.
    pub(super) unsafe fn new(word: u64, graveyard: &Arc<Graveyard>) -> Remains {
        Remains {
            word,
            graveyard: Arc::clone(graveyard),
        }
    }

    /// The value, if it is of this type.
    pub(crate) fn value<V: 'static>(&self) -> Option<&V> {
        let address = std::ptr::with_exposed_provenance::<Aligned<V>>(self.word as usize);
        let is_of_type = self.graveyard.values.id == TypeId::of::<V>();
        // SAFETY: it is of this type, and is not given up before `self` is dropped.
        is_of_type.then(|| &unsafe { &*address }.value)
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        // SAFETY: the promise that was made to `new`.
        unsafe { self.graveyard.retire(self.word) };
    }
}

impl std::fmt::Debug for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remains")
    }
}
