//! What a table tells about itself.

use super::options::{TableOptions, WriteConcurrency};
use super::{Access, Kind, Table, TableError};
use crate::sync::lock;
use crate::term::{Atom, Pid, TableId, Term, TermError, ToTerm};

/// Options that are advice to Erlang and without effect here.
pub(super) struct Advice {
    read_concurrency: bool,
    write_concurrency: WriteConcurrency,
    decentralized_counters: bool,
    compressed: bool,
}

impl Advice {
    /// As Erlang would report them: a private table has no concurrency, and with automatic write
    /// concurrency the counters are decentralised unless the options say otherwise.
    pub(super) fn of(options: &TableOptions) -> Advice {
        let shared = options.access != Access::Private;
        let write_concurrency = if shared {
            options.write_concurrency
        } else {
            WriteConcurrency::Off
        };
        let by_default = write_concurrency == WriteConcurrency::Auto;
        Advice {
            read_concurrency: options.read_concurrency && shared,
            write_concurrency,
            decentralized_counters: write_concurrency != WriteConcurrency::Off
                && options.decentralized_counters.unwrap_or(by_default),
            compressed: options.compressed,
        }
    }
}

/// What [`Table::info`] returns.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Info {
    /// The table's id.
    pub id: TableId,
    /// Its name, whether or not it can be found by it.
    pub name: Atom,
    /// Whether [`Table::whereis`] finds it by its name.
    pub named_table: bool,
    /// How it treats objects of one key.
    pub kind: Kind,
    /// Which element of an object is the key, from 1.
    pub key_position: usize,
    /// Who may use it.
    pub protection: Access,
    /// Who owns it.
    pub owner: Pid,
    /// Who gets it when its owner ends.
    pub heir: Option<Pid>,
    /// Number of objects; exact when nobody is in the middle of a change.
    pub size: u64,
    /// Bytes of memory, the table's own structures included.
    pub memory_bytes: usize,
    /// Which processes have it fixed, and how often.
    pub fixations: Vec<(Pid, u64)>,
    /// As given when it was made, where it means something.
    pub read_concurrency: bool,
    /// As given when it was made, where it means something.
    pub write_concurrency: WriteConcurrency,
    /// As given when it was made, where it means something.
    pub decentralized_counters: bool,
    /// As given when it was made.
    pub compressed: bool,
}

/// Bytes of an Erlang word, in which `memory` is told.
const WORD_BYTES: usize = 8;

impl Table {
    /// Everything about the table; `None` if it is gone. For everybody, whatever the protection.
    ///
    /// ```
    /// use heirloom::Table;
    ///
    /// let table = Table::set("cats").create()?;
    /// table.insert(("tom", 3))?;
    /// let info = table.info().expect("it is there");
    /// assert_eq!((info.size, info.key_position), (1, 1));
    /// table.delete_table()?;
    /// assert_eq!(table.info(), None);
    /// # Ok::<(), heirloom::TableError>(())
    /// ```
    pub fn info(&self) -> Option<Info> {
        let shared = &self.shared;
        // Before the lock, since a cache asks its clock.
        let (size, memory_bytes) = (shared.engine.len(), shared.engine.bytes());
        let admin = lock(&shared.admin);
        let rights = shared.gate.rights();
        if rights.is_gone() {
            return None;
        }
        Some(Info {
            id: shared.id,
            name: admin.name,
            named_table: admin.named,
            kind: shared.kind,
            key_position: shared.key_position,
            protection: rights.access(),
            owner: rights.owner(),
            heir: admin.heir.as_ref().map(|heir| heir.pid),
            size,
            memory_bytes: memory_bytes + size_of_val(&**shared),
            fixations: admin
                .fixations
                .iter()
                .map(|(&pid, &count)| (pid, count))
                .collect(),
            read_concurrency: shared.advice.read_concurrency,
            write_concurrency: shared.advice.write_concurrency,
            decentralized_counters: shared.advice.decentralized_counters,
            compressed: shared.advice.compressed,
        })
    }

    /// One item of information under Erlang's name, in Erlang's form; `None` if the table is gone.
    ///
    /// Items are `compressed`, `decentralized_counters`, `fixed`, `heir`, `id`, `keypos`, `memory`
    /// (in words of 8 bytes), `name`, `named_table`, `owner`, `protection`, `read_concurrency`,
    /// `safe_fixed` (`false`, or a list of processes and counts: Heirloom reads no clock), `size`,
    /// `type` and `write_concurrency`. Erlang's `node`, `binary` and `stats` mean nothing here.
    ///
    /// # Errors
    /// [`TableError::NoSuchItem`], [`TableError::Term`] if `item` has no term.
    pub fn info_item(&self, item: impl ToTerm) -> Result<Option<Term>, TableError> {
        let item = item.to_term()?;
        let Some(info) = self.info() else {
            return Ok(None);
        };
        let name = item.as_atom().map_or("", Atom::as_str);
        match info.item(name)? {
            Some(value) => Ok(Some(value)),
            None => Err(TableError::NoSuchItem { item }),
        }
    }

    /// Number of objects; exact when nobody is in the middle of a change.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`].
    pub fn size(&self) -> Result<u64, TableError> {
        self.if_there(|| self.engine().len())
    }

    /// Bytes of memory that the table holds.
    ///
    /// # Errors
    /// [`TableError::NoSuchTable`].
    pub fn memory_bytes(&self) -> Result<usize, TableError> {
        self.if_there(|| self.engine().bytes() + size_of_val(&*self.shared))
    }

    pub(super) fn if_there<R>(&self, read: impl FnOnce() -> R) -> Result<R, TableError> {
        let result = read();
        if self.shared.gate.rights().is_gone() {
            return Err(TableError::NoSuchTable {
                table: self.shared.id,
            });
        }
        Ok(result)
    }
}

impl Info {
    /// An item under Erlang's name, in Erlang's form.
    fn item(&self, name: &str) -> Result<Option<Term>, TermError> {
        let atom = |text: &str| Term::atom(text);
        Ok(Some(match name {
            "id" => self.id.into(),
            "name" => self.name.into(),
            "named_table" => self.named_table.into(),
            "type" => atom(self.kind.name())?,
            "keypos" => self.key_position.to_term()?,
            "protection" => atom(self.protection.name())?,
            "owner" => self.owner.into(),
            "heir" => match self.heir {
                Some(heir) => heir.into(),
                None => atom("none")?,
            },
            "size" => self.size.to_term()?,
            "memory" => (self.memory_bytes.div_ceil(WORD_BYTES)).to_term()?,
            "fixed" => (!self.fixations.is_empty()).into(),
            "safe_fixed" if self.fixations.is_empty() => false.into(),
            "safe_fixed" => Term::list(self.fixations.iter().copied())?,
            "read_concurrency" => self.read_concurrency.into(),
            "write_concurrency" => atom(self.write_concurrency.name())?,
            "decentralized_counters" => self.decentralized_counters.into(),
            "compressed" => self.compressed.into(),
            _ => return Ok(None),
        }))
    }
}
