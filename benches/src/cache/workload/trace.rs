//! The traces of the ARC paper ([`super::CITATION`]), kept compressed in `benches/traces`.
//!
//! ```text
//! 230027 8 0 0        first block, number of blocks, a flag, the request's number:
//! 1842745 64 0 1      one read of each block, in order
//! ```

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::ops::Range;

use ruzstd::decoding::StreamingDecoder;

use crate::error::CompareError;

/// Where the traces are.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/traces");

/// The blocks that are read, in order.
///
/// # Errors
/// A file that is not there or not such a trace.
pub(super) fn read(name: &str) -> Result<Vec<u64>, CompareError> {
    let path = format!("{DIRECTORY}/{name}.lis.zst");
    let file = File::open(&path).map_err(CompareError::io(&path))?;
    let text = StreamingDecoder::new(BufReader::new(file))
        .map_err(|error| CompareError::io(&path)(io::Error::other(error)))?;
    parse(&path, BufReader::new(text))
}

/// The blocks that the lines name.
fn parse(path: &str, lines: impl BufRead) -> Result<Vec<u64>, CompareError> {
    let mut requests = Vec::new();
    for (at, line) in lines.lines().enumerate() {
        let line = line.map_err(CompareError::io(path))?;
        let blocks = blocks(&line).ok_or_else(|| CompareError::Trace {
            trace: path.to_owned(),
            line: at + 1,
        })?;
        requests.extend(blocks);
    }
    Ok(requests)
}

/// The blocks of one line.
fn blocks(line: &str) -> Option<Range<u64>> {
    let mut words = line.split_ascii_whitespace();
    let first: u64 = words.next()?.parse().ok()?;
    let count: u64 = words.next()?.parse().ok()?;
    Some(first..first.checked_add(count)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_read_of_each_block() {
        let text = "230027 3 0 0\n7 1 0 1\n\r9 2 0 2\n";
        let requests = parse("text", text.as_bytes()).expect("a trace");
        assert_eq!(requests, [230_027, 230_028, 230_029, 7, 9, 10]);
    }

    #[test]
    fn a_line_that_is_none_is_told() {
        for wrong in [
            "7",
            "seven 1 0 1",
            "7 -1 0 1",
            "18446744073709551615 1 0 1",
            "",
        ] {
            let text = format!("1 1 0 0\n{wrong}\n");
            let refused = parse("text", text.as_bytes());
            assert!(
                matches!(refused, Err(CompareError::Trace { line: 2, .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_smaller_trace_is_whole() {
        let requests = read("OLTP").expect("the trace lies in the repository");
        assert_eq!(requests.len(), 914_145);
        assert_eq!(requests[..3], [1, 2, 3]);
    }
}
