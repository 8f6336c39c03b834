//! Where a request comes from, seen through the proxies that are trusted.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::api::Api;

/// Entries of `X-Forwarded-For` that are looked at, from the right.
const FORWARDED_MAX: usize = 16;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The address of the client: the peer's own, or what the trusted proxies before us have seen.
///
/// Walks `X-Forwarded-For` from the right for as long as the address is a trusted proxy; whatever stands further
/// left can be made up by the client.
pub(crate) fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let mut address = extensions.get::<Peer>().map_or(IpAddr::V6(Ipv6Addr::LOCALHOST), |peer| peer.0.ip());
    let entries = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    for entry in entries.flat_map(|value| value.rsplit(',')).take(FORWARDED_MAX) {
        if !trusted.contains(&address.to_canonical()) {
            break;
        }
        let Ok(next) = entry.trim().parse() else { break };
        address = next;
    }
    address.to_canonical()
}

/// The address of the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<Api> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        Ok(Self(client(&parts.extensions, &parts.headers, &api.settings().trusted_proxies)))
    }
}

/// The part of an address that one client has to itself: IPv6 clients own a whole /64.
pub(crate) fn network(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).octets()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn believes_only_trusted_proxies() {
        let check = |peer: &str, forwarded: &[&str], expected: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
            }
            let trusted = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
            assert_eq!(client(&extensions, &headers, &trusted).to_string(), expected, "{peer} {forwarded:?}");
        };
        check("1.2.3.4", &[], "1.2.3.4");
        check("1.2.3.4", &["9.9.9.9"], "1.2.3.4");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["9.9.9.9"], "9.9.9.9");
        check("::ffff:10.0.0.1", &["9.9.9.9"], "9.9.9.9");
        check("10.0.0.1", &["6.6.6.6, 9.9.9.9, 10.0.0.2"], "9.9.9.9");
        check("10.0.0.1", &["6.6.6.6", "9.9.9.9"], "9.9.9.9");
        check("10.0.0.1", &["9.9.9.9, nonsense"], "10.0.0.1");
    }

    #[test]
    fn one_client_owns_a_v6_network() {
        let same = |one: &str, other: &str| network(one.parse().unwrap()) == network(other.parse().unwrap());
        assert!(same("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
        assert!(!same("2001:db8:0:1::1", "2001:db8:0:2::1"));
        assert!(same("1.2.3.4", "::ffff:1.2.3.4"));
        assert!(!same("1.2.3.4", "1.2.3.5"));
    }
}
