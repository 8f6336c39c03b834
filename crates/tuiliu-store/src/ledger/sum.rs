//! A sum over rows that does not depend on their order: two sets of rows are the same when their sums are.

/// A sum over any number of rows, each mixed on its own first, and how many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    rows: u64,
    high: u64,
    low: u64,
}

impl Sum {
    /// Adds a row.
    pub(super) fn add(&mut self, words: &[u128]) {
        let (mut high, mut low) = (0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03);
        for word in words {
            let b = word.to_be_bytes();
            high = mix(high ^ u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]));
            low = mix(low ^ u64::from_be_bytes([b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]) ^ high);
            high ^= low.rotate_left(29);
        }
        self.rows += 1;
        self.high = self.high.wrapping_add(mix(high));
        self.low = self.low.wrapping_add(mix(low ^ high));
    }
}

/// A bijection in which every bit depends on every other.
const fn mix(input: u64) -> u64 {
    let z = (input ^ (input >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Sum;

    fn sum(rows: &[[u128; 2]]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn a_sum_tells_sets_apart_and_not_orders() {
        assert_eq!(sum(&[[1, 2], [3, 4]]), sum(&[[3, 4], [1, 2]]));
        for other in [&[[1, 2], [3, 5]][..], &[[1, 4], [3, 2]], &[[2, 1], [4, 3]], &[[1, 2]], &[[1, 2], [3, 4], [0, 0]]]
        {
            assert_ne!(sum(&[[1, 2], [3, 4]]), sum(other), "{other:?}");
        }
        assert_ne!(sum(&[[1 << 64, 0]]), sum(&[[1, 0]]));
    }
}
