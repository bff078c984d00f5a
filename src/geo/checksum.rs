//! XXH64, the checksum that a Zstandard frame carries of its content (RFC 8878 §3.1.1).
//!
//! An unpacked database is checked with the very number its compressed form carries, so nothing has to be stored
//! beside it. Written from the description of the algorithm (xxHash specification 0.1.1, "XXH64").

use std::io::{self, Read};

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;

/// Bytes that go through the four lanes at once.
const STRIPE: usize = 32;

/// Bytes read at once: a whole number of stripes.
const BLOCK: usize = 32 * 1024;

/// The checksum, seed 0, of everything that `reader` gives, and how many bytes that was.
///
/// # Errors
/// When `reader` fails.
pub(super) fn xxh64(mut reader: impl Read) -> io::Result<(u64, u64)> {
    let mut lanes = [PRIME_1.wrapping_add(PRIME_2), PRIME_2, 0, PRIME_1.wrapping_neg()];
    let mut block = vec![0; BLOCK];
    let mut total_bytes = 0;
    loop {
        let filled = fill(&mut reader, &mut block)?;
        let (stripes, rest) = block[..filled].as_chunks::<STRIPE>();
        for stripe in stripes {
            let (words, _) = stripe.as_chunks::<8>();
            for (lane, word) in lanes.iter_mut().zip(words) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        total_bytes += filled as u64;
        if filled < BLOCK {
            return Ok((finish(lanes, rest, total_bytes), total_bytes));
        }
    }
}

/// Reads until `block` is full or the reader has no more.
fn fill(reader: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match reader.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1)
}

/// Joins the lanes, then takes in the `rest`, which is shorter than a stripe.
fn finish(lanes: [u64; 4], rest: &[u8], total_bytes: u64) -> u64 {
    let mut hash = PRIME_5;
    if total_bytes >= STRIPE as u64 {
        let [a, b, c, d] = lanes;
        hash = a.rotate_left(1).wrapping_add(b.rotate_left(7));
        hash = hash.wrapping_add(c.rotate_left(12)).wrapping_add(d.rotate_left(18));
        for lane in lanes {
            hash = (hash ^ round(0, lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
        }
    }
    hash = hash.wrapping_add(total_bytes);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash = (hash ^ round(0, u64::from_le_bytes(*word))).rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIME_1);
        hash = hash.rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
    }
    for byte in rest {
        hash = (hash ^ u64::from(*byte).wrapping_mul(PRIME_5)).rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_checksums_come_out() {
        // Reference values of the xxHash project for seed 0.
        for (text, expected) in [
            ("", 0xEF46_DB37_51D8_E999),
            ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999),
            ("The quick brown fox jumps over the lazy dog", 0x0B24_2D36_1FDA_71BC),
        ] {
            assert_eq!(xxh64(text.as_bytes()).expect("bytes in memory"), (expected, text.len() as u64), "{text:?}");
        }
    }

    #[test]
    fn one_flipped_bit_anywhere_changes_the_checksum() {
        let mut bytes: Vec<u8> = (0..3 * BLOCK + 13).map(|at| (at % 251) as u8).collect();
        let whole = xxh64(bytes.as_slice()).expect("bytes in memory");
        for at in [0, 31, 32, BLOCK - 1, BLOCK, 2 * BLOCK + 7, bytes.len() - 1] {
            bytes[at] ^= 1;
            assert_ne!(xxh64(bytes.as_slice()).expect("bytes in memory"), whole, "byte {at}");
            bytes[at] ^= 1;
        }
    }
}
