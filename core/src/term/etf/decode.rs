//! Bytes to terms.
//!
//! Values are read in order and pushed onto a [`TermBuilder`]; a container waits on a stack of our own until its parts have been read.
//! Every value takes at least a byte, so at any time the values still owed to open containers can't be more than the bytes left: a length that lies
//! is found where it is read, and nothing is reserved because of it.

use super::error::{EtfError, EtfErrorKind};
use super::{
    CREATION, NODE, REFERENCE_FIRST_BITS, REFERENCE_WORD_BITS, REFERENCE_WORDS, VERSION, tag,
};
use crate::term::layout::IDENTIFIER_MAX;
use crate::term::{Atom, Limits, Origin, Pid, TableId, Term, TermBuilder, TermError};

/// Size in bytes of the text of a `FLOAT`.
const FLOAT_TEXT_BYTES: usize = 31;

/// Reads one term, and nothing after it.
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Term, EtfError> {
    if bytes.len() > limits.bytes_max {
        let kind = EtfErrorKind::TooLong {
            bytes: bytes.len(),
            bytes_max: limits.bytes_max,
        };
        return Err(kind.at(0));
    }
    let mut input = Input { bytes, at: 0 };
    match input.u8()? {
        VERSION => Decoder::new(input, limits).run(),
        found => Err(EtfErrorKind::Version { found }.at(0)),
    }
}

/// Bytes, and how far they have been read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// How many bytes are left.
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// That there are so many bytes.
    fn check(&self, needed: usize) -> Result<(), EtfError> {
        let left = self.left();
        if needed > left {
            return Err(EtfErrorKind::Truncated { needed, left }.at(self.at));
        }
        Ok(())
    }

    /// The next bytes.
    fn take(&mut self, count: usize) -> Result<&'a [u8], EtfError> {
        self.check(count)?;
        let taken = &self.bytes[self.at..][..count];
        self.at += count;
        Ok(taken)
    }

    /// The next bytes, of a number known beforehand.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], EtfError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, EtfError> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, EtfError> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, EtfError> {
        self.array().map(u32::from_be_bytes)
    }

    /// A length of four bytes.
    fn length(&mut self) -> Result<usize, EtfError> {
        self.u32().map(|length| length as usize)
    }

    /// The text of an atom whose tag has been read; `None` if it is none of an atom's.
    fn atom_text(&mut self, tag: u8) -> Result<Option<&'a [u8]>, EtfError> {
        let length = match tag {
            tag::ATOM | tag::ATOM_UTF8 => usize::from(self.u16()?),
            tag::SMALL_ATOM | tag::SMALL_ATOM_UTF8 => usize::from(self.u8()?),
            _ => return Ok(None),
        };
        self.take(length).map(Some)
    }
}

/// What a container becomes when its parts are there.
#[derive(Clone, Copy)]
enum Kind {
    Tuple,
    List,
    Map,
}

/// A container some of whose parts are still to be read.
struct Open {
    kind: Kind,
    /// Elements or pairs.
    count: usize,
    /// Values still to come.
    left: usize,
    /// Where its tag stands.
    offset: usize,
}

/// What reading one term needs.
struct Decoder<'a> {
    input: Input<'a>,
    builder: TermBuilder,
    open: Vec<Open>,
    /// Values that the open containers still lack, or that the whole lacks.
    owed: usize,
    /// Where the value begins that is being read.
    begin: usize,
    depth_max: usize,
}

impl<'a> Decoder<'a> {
    fn new(input: Input<'a>, limits: &Limits) -> Decoder<'a> {
        Decoder {
            input,
            builder: TermBuilder::with_limits(limits),
            open: Vec::new(),
            owed: 1,
            begin: 0,
            depth_max: limits.depth_max,
        }
    }

    /// Reads values until the outermost is complete.
    fn run(mut self) -> Result<Term, EtfError> {
        while self.owed > 0 {
            self.begin = self.input.at;
            let tag = self.input.u8()?;
            self.owed -= 1;
            self.value(tag)?;
            self.close()?;
        }
        match self.input.left() {
            0 => self.builder.finish().map_err(|error| at(0, error)),
            bytes => Err(EtfErrorKind::TrailingBytes { bytes }.at(self.input.at)),
        }
    }

    /// Reads a leaf, or opens a container.
    fn value(&mut self, tag: u8) -> Result<(), EtfError> {
        match tag {
            tag::SMALL_INTEGER => self.small_integer(),
            tag::INTEGER => self.integer(),
            tag::SMALL_BIG | tag::LARGE_BIG => self.big(tag),
            tag::NEW_FLOAT => self.new_float(),
            tag::FLOAT => self.float(),
            tag::ATOM | tag::SMALL_ATOM | tag::ATOM_UTF8 | tag::SMALL_ATOM_UTF8 => self.atom(tag),
            tag::BINARY => self.binary(),
            tag::BIT_BINARY => self.bits(),
            tag::NEW_PID | tag::PID => self.pid(tag),
            tag::NEWER_REFERENCE => self.reference(),
            tag::STRING => self.string(),
            _ => self.container(tag),
        }
    }

    /// Opens a container. The empty list is one without parts.
    fn container(&mut self, tag: u8) -> Result<(), EtfError> {
        let (kind, count) = match tag {
            tag::NIL => return self.pushed(|builder| builder.push_nil()),
            tag::SMALL_TUPLE => (Kind::Tuple, usize::from(self.input.u8()?)),
            tag::LARGE_TUPLE => (Kind::Tuple, self.input.length()?),
            tag::LIST => (Kind::List, self.input.length()?),
            tag::MAP => (Kind::Map, self.input.length()?),
            _ => return Err(EtfErrorKind::UnsupportedTag { tag }.at(self.begin)),
        };
        let left = match kind {
            Kind::Tuple => count,
            Kind::List => count.saturating_add(1),
            Kind::Map => count.saturating_mul(2),
        };
        self.check_depth()?;
        self.owed = self.owed.saturating_add(left);
        self.input.check(self.owed)?;
        self.open.push(Open {
            kind,
            count,
            left: left.saturating_add(1),
            offset: self.begin,
        });
        Ok(())
    }

    /// Makes terms of the containers whose last part has just been read; a container just opened counts itself as the part read.
    fn close(&mut self) -> Result<(), EtfError> {
        while let Some(open) = self.open.last_mut() {
            open.left -= 1;
            if open.left > 0 {
                break;
            }
            let made = match open.kind {
                Kind::Tuple => self.builder.make_tuple(open.count),
                Kind::List => self.builder.make_improper_list(open.count),
                Kind::Map => self.builder.make_map(open.count),
            };
            made.map_err(|error| at(open.offset, error))?;
            self.open.pop();
        }
        Ok(())
    }

    /// That another container may be opened.
    fn check_depth(&self) -> Result<(), EtfError> {
        let depth_max = self.depth_max;
        if self.open.len() < depth_max {
            return Ok(());
        }
        Err(EtfErrorKind::TooDeep { depth_max }.at(self.begin))
    }

    /// Has the builder push something, and gives its errors their place.
    fn pushed(
        &mut self,
        push: impl FnOnce(&mut TermBuilder) -> Result<(), TermError>,
    ) -> Result<(), EtfError> {
        push(&mut self.builder).map_err(|error| at(self.begin, error))
    }

    fn small_integer(&mut self) -> Result<(), EtfError> {
        let value = i64::from(self.input.u8()?);
        self.pushed(|builder| builder.push_i64(value))
    }

    fn integer(&mut self) -> Result<(), EtfError> {
        let value = i64::from(i32::from_be_bytes(self.input.array()?));
        self.pushed(|builder| builder.push_i64(value))
    }

    /// An integer of sign and magnitude; leading zeros are not kept.
    fn big(&mut self, tag: u8) -> Result<(), EtfError> {
        let length = match tag {
            tag::SMALL_BIG => usize::from(self.input.u8()?),
            _ => self.input.length()?,
        };
        let sign = self.input.u8()?;
        let limbs = limbs(self.input.take(length)?);
        match sign {
            0 | 1 => self.pushed(|builder| builder.push_limbs(sign == 1, &limbs)),
            _ => Err(EtfErrorKind::BadSign { sign }.at(self.begin)),
        }
    }

    fn new_float(&mut self) -> Result<(), EtfError> {
        let value = f64::from_be_bytes(self.input.array()?);
        self.pushed(|builder| builder.push_f64(value))
    }

    /// A float as C's `%.20e` prints it.
    fn float(&mut self) -> Result<(), EtfError> {
        let text = self.input.take(FLOAT_TEXT_BYTES)?;
        let value = float(text).ok_or_else(|| EtfErrorKind::BadFloat.at(self.begin))?;
        self.pushed(|builder| builder.push_f64(value))
    }

    fn atom(&mut self, tag: u8) -> Result<(), EtfError> {
        let bytes = self.input.atom_text(tag)?.unwrap_or_default();
        let latin1 = matches!(tag, tag::ATOM | tag::SMALL_ATOM);
        let text = if latin1 && !bytes.is_ascii() {
            Atom::new(&bytes.iter().copied().map(char::from).collect::<String>())
        } else {
            let text = str::from_utf8(bytes).map_err(|_| EtfErrorKind::NotUtf8.at(self.begin))?;
            Atom::new(text)
        };
        self.pushed(|builder| builder.push_atom(text?))
    }

    fn binary(&mut self) -> Result<(), EtfError> {
        let length = self.input.length()?;
        let bytes = self.input.take(length)?;
        self.pushed(|builder| builder.push_bytes(bytes, Origin::Text))
    }

    /// A bit string; one of whole bytes has come from raw bytes.
    fn bits(&mut self) -> Result<(), EtfError> {
        let length = self.input.length()?;
        let last = self.input.u8()?;
        let bytes = self.input.take(length)?;
        match (length, last) {
            (0, 0) | (1.., 8) => self.pushed(|builder| builder.push_bytes(bytes, Origin::Raw)),
            (1.., 1..8) => {
                let bit_length = (length - 1) * 8 + usize::from(last);
                self.pushed(|builder| builder.push_bits(bytes, bit_length, Origin::Text))
            }
            (bytes, bits) => Err(EtfErrorKind::BadBits { bytes, bits }.at(self.begin)),
        }
    }

    /// A list of bytes.
    fn string(&mut self) -> Result<(), EtfError> {
        let length = usize::from(self.input.u16()?);
        let bytes = self.input.take(length)?;
        self.check_depth()?;
        self.pushed(|builder| {
            for &byte in bytes {
                builder.push_i64(i64::from(byte))?;
            }
            builder.make_list(length)
        })
    }

    /// A process id, in the new form or the old one, whose creation has one byte.
    fn pid(&mut self, tag: u8) -> Result<(), EtfError> {
        let ours = self.is_our_node()?;
        let (number, serial) = (self.input.u32()?, self.input.u32()?);
        let creation = match tag {
            tag::PID => u32::from(self.input.u8()?),
            _ => self.input.u32()?,
        };
        let pid = Pid::from_fields(u64::from(number), u64::from(serial));
        match pid.filter(|_| ours && creation == CREATION) {
            Some(pid) => self.pushed(|builder| builder.push_pid(pid)),
            None => Err(EtfErrorKind::ForeignIdentifier { tag }.at(self.begin)),
        }
    }

    /// A table id: a reference of the one shape that they are written in.
    fn reference(&mut self) -> Result<(), EtfError> {
        let words = usize::from(self.input.u16()?);
        let ours = self.is_our_node()? && self.input.u32()? == CREATION;
        if !ours || words != REFERENCE_WORDS {
            return Err(self.foreign_reference());
        }
        let fields = [self.input.u32()?, self.input.u32()?, self.input.u32()?];
        let table = table_id(fields).ok_or_else(|| self.foreign_reference())?;
        self.pushed(|builder| builder.push_table_id(table))
    }

    fn foreign_reference(&self) -> EtfError {
        let tag = tag::NEWER_REFERENCE;
        EtfErrorKind::ForeignIdentifier { tag }.at(self.begin)
    }

    /// Whether the atom that follows names the node our identifiers belong to.
    fn is_our_node(&mut self) -> Result<bool, EtfError> {
        let offset = self.input.at;
        let tag = self.input.u8()?;
        match self.input.atom_text(tag)? {
            Some(text) => Ok(text == NODE.as_bytes()),
            None => Err(EtfErrorKind::NotAnAtom { tag }.at(offset)),
        }
    }
}

/// An error of the builder at its place.
fn at(offset: usize, error: TermError) -> EtfError {
    EtfErrorKind::Term(error).at(offset)
}

/// A magnitude's bytes as limbs, both least significant first.
fn limbs(bytes: &[u8]) -> Vec<u64> {
    let limb = |chunk: &[u8]| {
        let mut limb = [0; 8];
        limb[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(limb)
    };
    bytes.chunks(8).map(limb).collect()
}

/// The float of a zero-padded decimal text with a point.
fn float(text: &[u8]) -> Option<f64> {
    let end = text.iter().position(|&byte| byte == 0);
    let text = str::from_utf8(&text[..end.unwrap_or(text.len())]).ok()?;
    // Rust would also read `inf` and `nan`.
    let decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let plausible = text.contains('.') && text.bytes().all(decimal);
    plausible.then(|| text.parse().ok()).flatten()
}

/// The table id of a reference's words, if they are in range.
fn table_id([first, second, third]: [u32; REFERENCE_WORDS]) -> Option<TableId> {
    let above = u64::from(third) << REFERENCE_WORD_BITS | u64::from(second);
    let fits =
        first >> REFERENCE_FIRST_BITS == 0 && above <= IDENTIFIER_MAX >> REFERENCE_FIRST_BITS;
    fits.then(|| TableId::from_raw(above << REFERENCE_FIRST_BITS | u64::from(first)))
}
