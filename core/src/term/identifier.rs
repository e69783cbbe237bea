//! Identifiers of processes and tables.

use std::fmt;

use super::layout::IDENTIFIER_MAX;

/// Bits of a process id that are its number; the ones above are its serial, as in Erlang.
const PID_NUMBER_BITS: u32 = 28;
/// Bits of one field of a reference as it is printed.
const REFERENCE_FIELD_BITS: u32 = 32;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The identifier of a number; only its low 58 bits count.
            #[inline]
            pub(crate) const fn from_raw(raw: u64) -> Self {
                $name(raw & IDENTIFIER_MAX)
            }

            /// The number: at most 58 bits.
            #[inline]
            pub(crate) const fn raw(self) -> u64 {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }
    };
}

identifier! {
    /// The id of a process: `<0.17.0>`. Never used twice in a program's life.
    Pid
}

identifier! {
    /// The id of a table: `#Ref<0.0.0.17>`. Never used twice in a program's life.
    TableId
}

impl Pid {
    /// The id made of the second and third field of its text, if they are in range.
    pub(crate) fn from_fields(number: u64, serial: u64) -> Option<Pid> {
        let fits = number >> PID_NUMBER_BITS == 0 && serial <= IDENTIFIER_MAX >> PID_NUMBER_BITS;
        fits.then_some(Pid(serial << PID_NUMBER_BITS | number))
    }

    /// The second and third field of its text: number and serial.
    pub(crate) fn fields(self) -> (u64, u64) {
        (
            self.0 & ((1 << PID_NUMBER_BITS) - 1),
            self.0 >> PID_NUMBER_BITS,
        )
    }
}

impl TableId {
    /// The id made of the last two fields of its text, if they are in range.
    pub(crate) fn from_fields(high: u64, low: u64) -> Option<TableId> {
        let fits =
            low >> REFERENCE_FIELD_BITS == 0 && high <= IDENTIFIER_MAX >> REFERENCE_FIELD_BITS;
        fits.then_some(TableId(high << REFERENCE_FIELD_BITS | low))
    }

    /// The last two fields of its text, of 26 and 32 bits.
    pub(crate) fn fields(self) -> (u64, u64) {
        (
            self.0 >> REFERENCE_FIELD_BITS,
            self.0 & ((1 << REFERENCE_FIELD_BITS) - 1),
        )
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, serial) = self.fields();
        write!(formatter, "<0.{number}.{serial}>")
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = self.fields();
        write!(formatter, "#Ref<0.0.{high}.{low}>")
    }
}
