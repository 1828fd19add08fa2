//! The client's address: the peer's, or the one that trusted proxies forward.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use poem::http::HeaderMap;
use poem::{FromRequest, Request, RequestBody};

use super::address_range::{AddressRange, leading};
use super::request_context::RequestContext;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address; `None` when the request did not come from a socket, as in tests.
pub(crate) fn client_address(request: &Request, trusted_proxies: &[AddressRange]) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    Some(behind_proxies(peer, request.headers(), trusted_proxies))
}

/// The address by which limits count a request; `None` when it comes from a trusted proxy that names no client, or from
/// no socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimitAddress(pub(crate) Option<IpAddr>);

impl<'request> FromRequest<'request> for RateLimitAddress {
    async fn from_request(request: &'request Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let trusted_proxies = &RequestContext::of(request)?.trusted_proxies;
        let is_proxy = |address: &IpAddr| trusted_proxies.iter().any(|range| range.contains(*address));
        let address = client_address(request, trusted_proxies).filter(|address| !is_proxy(address));
        Ok(Self(address.map(counted_by)))
    }
}

/// Follows `X-Forwarded-For` from the nearest hop to the farthest and stops at the first that is not a trusted proxy:
/// anything left of it may be forged.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[AddressRange]) -> IpAddr {
    let trusted = |address: IpAddr| trusted_proxies.iter().any(|range| range.contains(address));
    let lines: Vec<&str> = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut client = peer;
    while trusted(client)
        && let Some(hop) = hops.next().and_then(hop_address)
    {
        client = hop.to_canonical();
    }
    client
}

/// Parses a hop in the formats that proxies write: `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` or
/// `[2001:db8::1]:443`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = || text.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(in_brackets)
}

/// The address that limits count by: the IPv4 address, or the /64 network of an IPv6 address, since one customer gets a
/// whole /64.
pub(crate) fn counted_by(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(leading(address.to_bits(), 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use poem::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{AddressRange, X_FORWARDED_FOR, behind_proxies, counted_by};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> IpAddr {
        let line = |text: &&'static str| (HeaderName::from_static(X_FORWARDED_FOR), HeaderValue::from_static(text));
        let mut headers = HeaderMap::new();
        for (name, value) in forwarded.iter().map(line) {
            headers.append(name, value);
        }
        let trusted: Vec<AddressRange> = trusted.iter().map(|range| range.parse().unwrap()).collect();
        behind_proxies(address(peer), &headers, &trusted)
    }

    #[test]
    fn forwarded_addresses_are_used_only_as_far_as_proxies_are_trusted() {
        assert_eq!(client("203.0.113.9", &["198.51.100.1"], &[]), address("203.0.113.9"));
        assert_eq!(client("10.0.0.1", &["198.51.100.1"], &["10.0.0.0/8"]), address("198.51.100.1"));
        let forged = &["1.1.1.1, 198.51.100.1", "10.2.3.4"];
        assert_eq!(client("10.0.0.1", forged, &["10.0.0.0/8"]), address("198.51.100.1"));
        assert_eq!(client("10.0.0.1", &["nonsense"], &["10.0.0.0/8"]), address("10.0.0.1"));
        assert_eq!(client("10.0.0.1", &[], &["10.0.0.0/8"]), address("10.0.0.1"));
    }

    #[test]
    fn a_hop_may_come_with_its_port_and_in_brackets() {
        for (hop, expected) in [
            ("198.51.100.1:52044", "198.51.100.1"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            (" 2001:db8::7 ", "2001:db8::7"),
            ("[::ffff:198.51.100.1]:80", "198.51.100.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[hop], &["10.0.0.0/8"]), address(expected), "{hop}");
        }
        for nonsense in ["[198.51.100.1]", "2001:db8::7]", "198.51.100.1:", "[2001:db8::7", "unknown", "_hidden"] {
            assert_eq!(client("10.0.0.1", &[nonsense], &["10.0.0.0/8"]), address("10.0.0.1"), "{nonsense}");
        }
    }

    #[test]
    fn ipv6_is_counted_by_network() {
        assert_eq!(counted_by(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1:2::"));
        assert_eq!(counted_by(address("192.0.2.7")), address("192.0.2.7"));
    }
}
