//! Bit strings put together segment by segment.

use num_bigint::BigInt;

/// Bits in the order in which they were appended, the highest bit of each byte first.
#[derive(Default)]
pub(super) struct BitBuffer {
    bytes: Vec<u8>,
    bit_length: usize,
}

impl BitBuffer {
    /// The bytes, unused bits at the end zero, and the length in bits.
    pub(super) fn parts(&self) -> (&[u8], usize) {
        (&self.bytes, self.bit_length)
    }

    /// Appends the low `size` bits of an integer in two's complement.
    pub(super) fn push_integer(&mut self, value: &BigInt, size: usize) {
        let low = value.to_signed_bytes_be();
        let sign = if value.sign() == num_bigint::Sign::Minus {
            u8::MAX
        } else {
            0
        };
        let byte_count = size.div_ceil(8);
        // The bytes of the value as wide as the segment: sign bytes in front, or high bytes left
        // out.
        let padding = byte_count.saturating_sub(low.len());
        let skipped = low.len().saturating_sub(byte_count);
        let wide = std::iter::repeat_n(sign, padding).chain(low[skipped..].iter().copied());
        let first_bits = size - 8 * byte_count.saturating_sub(1);
        for (index, byte) in wide.enumerate() {
            self.push_byte(byte, if index == 0 { first_bits } else { 8 });
        }
    }

    /// Appends whole bytes.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        if self.bit_length.is_multiple_of(8) {
            self.bytes.extend_from_slice(bytes);
            self.bit_length += 8 * bytes.len();
        } else {
            bytes.iter().for_each(|&byte| self.push_byte(byte, 8));
        }
    }

    /// Appends the low `count` bits of a byte; up to 8.
    fn push_byte(&mut self, byte: u8, count: usize) {
        if count == 0 {
            return;
        }
        // Left-aligned in 16 bits, then moved past the bits that the last byte has already.
        let used = self.bit_length % 8;
        let window = u16::from(byte) << (16 - count) >> used;
        let [high, low] = window.to_be_bytes();
        match self.bytes.last_mut() {
            Some(last) if used > 0 => *last |= high,
            _ => self.bytes.push(high),
        }
        if used + count > 8 {
            self.bytes.push(low);
        }
        self.bit_length += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(segments: &[(i64, usize)]) -> (Vec<u8>, usize) {
        let mut buffer = BitBuffer::default();
        for &(value, size) in segments {
            buffer.push_integer(&BigInt::from(value), size);
        }
        (buffer.bytes, buffer.bit_length)
    }

    #[test]
    fn integers_are_cut_and_padded() {
        assert_eq!(bits(&[(1, 8), (2, 4)]), (vec![1, 0x20], 12));
        assert_eq!(bits(&[(-1, 8), (256, 8)]), (vec![255, 0], 16));
        assert_eq!(bits(&[(1, 24)]), (vec![0, 0, 1], 24));
        assert_eq!(bits(&[(-2, 12)]), (vec![0xff, 0xe0], 12));
        assert_eq!(bits(&[(0x1234, 12)]), (vec![0x23, 0x40], 12));
        assert_eq!(
            bits(&[(5, 3), (0xabcd, 16), (1, 1)]),
            (vec![0b1011_0101, 0b0111_1001, 0b1011_0000], 20)
        );
        assert_eq!(bits(&[(7, 0)]), (vec![], 0));
    }
}
