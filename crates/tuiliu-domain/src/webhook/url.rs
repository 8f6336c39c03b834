//! Where an endpoint is: read as far as the guard needs it, and kept as it was written.

use std::net::{IpAddr, Ipv6Addr};

use thiserror::Error;

use super::address::is_public;
use crate::limits::WEBHOOK_URL_BYTES_MAX;

/// What endpoints may be at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachable {
    /// Public addresses, by TLS.
    Public,
    /// Any address, with and without TLS: for trying out, and where the host's servers are in one's own network.
    Anything,
}

/// An address of a server, `https://host/path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointUrl(String);

/// Why this is no address that events are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EndpointUrlError {
    #[error("use an address of more than `{max}` bytes")]
    TooLong { max: usize },
    #[error("use an address that does not begin with `https://`")]
    NotSecure,
    #[error("use an address without a host, or with anything but letters, digits and `.`, `-`, `_`, `:` in it")]
    BadHost,
    #[error("use an address with spaces, a fragment, or signs that are no ASCII")]
    BadText,
    #[error("use an address of a private network")]
    Private,
}

impl EndpointUrl {
    /// The address in a text; what its host resolves to is looked at with each sending.
    pub fn parse(text: &str, reachable: Reachable) -> Result<Self, EndpointUrlError> {
        if text.len() > WEBHOOK_URL_BYTES_MAX {
            return Err(EndpointUrlError::TooLong { max: WEBHOOK_URL_BYTES_MAX });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}".contains(&byte)) {
            return Err(EndpointUrlError::BadText);
        }
        let secure = text.strip_prefix("https://");
        let rest = match (secure, text.strip_prefix("http://"), reachable) {
            (Some(rest), _, _) | (None, Some(rest), Reachable::Anything) => rest,
            _ => return Err(EndpointUrlError::NotSecure),
        };
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host(authority).ok_or(EndpointUrlError::BadHost)?;
        if reachable == Reachable::Public && !may_be_public(host) {
            return Err(EndpointUrlError::Private);
        }
        Ok(Self(text.to_owned()))
    }

    /// The address as it was checked when it was kept.
    #[must_use]
    pub const fn kept(text: String) -> Self {
        Self(text)
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The host of `host:port` or `[host]:port`; nobody's name and password.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, port.strip_prefix(':').or(port.is_empty().then_some("443"))?)
        }
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
            let lettered = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            (Some(host).filter(|host| lettered && !host.is_empty())?, port)
        }
    };
    let numbered = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = Some(port).filter(|_| numbered)?.parse::<u16>().ok()?;
    (port > 0).then_some(host)
}

/// What the text alone tells: an address in numbers, or a name that means one's own network.
fn may_be_public(host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_public(address);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    // `2130706433`, `0x7f.1` and `127.1` are addresses to those who resolve them.
    let in_numbers = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    let own = ["localhost", "local", "internal", "lan", "home", "localdomain"].contains(&last);
    name.contains('.') && !in_numbers && !own
}
