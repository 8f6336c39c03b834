//! Ranges of addresses, as lists of data centres publish them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// Why a line is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    #[error("read `{text}` as a range of addresses like `192.0.2.0/24`")]
    Malformed { text: String },
}

/// A range of addresses in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    first: u128,
    last: u128,
}

/// IPv4 addresses lie where IPv6 maps them, so that both compare in one order.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let malformed = || NetworkError::Malformed { text: text.chars().take(64).collect() };
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_error| malformed())?;
        let (width, full) = match address {
            IpAddr::V4(_) => (Ipv4Addr::BITS, 96),
            IpAddr::V6(_) => (Ipv6Addr::BITS, 0),
        };
        let length: u32 = length.map_or(Ok(width), str::parse).map_err(|_error| malformed())?;
        if length > width {
            return Err(malformed());
        }
        let free = u128::BITS - full - length;
        let mask = 1_u128.checked_shl(free).map_or(u128::MAX, |next| next - 1);
        let first = number(address) & !mask;
        Ok(Self { first, last: first | mask })
    }
}

/// Ranges, sorted and joined where they overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks {
    ranges: Vec<Network>,
}

impl Networks {
    /// Whether an address lies in any of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = number(address);
        let after = self.ranges.partition_point(|range| range.first <= address);
        after.checked_sub(1).is_some_and(|place| address <= self.ranges[place].last)
    }

    /// How many ranges there are once overlaps are joined.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        let mut sorted: Vec<Network> = networks.into_iter().collect();
        sorted.sort_unstable();
        let mut ranges: Vec<Network> = Vec::with_capacity(sorted.len());
        for next in sorted {
            match ranges.last_mut() {
                Some(last) if next.first <= last.last => last.last = last.last.max(next.last),
                _ => ranges.push(next),
            }
        }
        Self { ranges }
    }
}
