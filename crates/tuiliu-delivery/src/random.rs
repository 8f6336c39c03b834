//! The engine's own seedable stream of random numbers, so that a decision can be repeated.

/// A stream of random numbers (xoshiro256++): fast, repeatable, not for secrets.
#[derive(Debug, Clone)]
pub struct Rng {
    state: [u64; 4],
}

/// The next number of the `SplitMix64` sequence after `input`: a bijection that spreads every bit.
#[must_use]
pub const fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The 64 bits that stand for an id where few can be had: in a directory, in a draw.
pub(crate) fn fold(id: u128) -> u64 {
    let [high, low] = halves(id);
    mix(mix(high) ^ low)
}

/// The upper and the lower half of 128 bits.
#[must_use]
pub fn halves(value: u128) -> [u64; 2] {
    let low = value & u128::from(u64::MAX);
    [value >> 64, low].map(|half| u64::try_from(half).expect("half of 128 bits"))
}

impl Rng {
    /// The stream that belongs to this seed.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        let a = mix(seed);
        let b = mix(a);
        let c = mix(b);
        // Four zeros would stay zero for ever; `mix` has one preimage of zero, so one `| 1` suffices.
        Self { state: [a, b, c, mix(c) | 1] }
    }

    /// The next 64 random bits.
    pub const fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below one million, each as likely as the others (to within 2⁻⁴⁴).
    pub fn below_million(&mut self) -> u32 {
        let product = u128::from(self.next_u64()) * 1_000_000;
        u32::try_from(product >> 64).expect("a 64-bit fraction of a million is below a million")
    }
}
