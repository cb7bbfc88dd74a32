//! Where a request really comes from when proxies stand before us. Not a firewall.
//! Invariant: a forwarding header counts only if a trusted proxy wrote it; a client cannot choose its own address.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// Walks `X-Forwarded-For` from our side outwards as long as the speaker is trusted.
pub(super) fn address(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let mut current = canonical(peer?);
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    for entry in forwarded.iter().rev() {
        if !is_trusted(current, trusted) {
            break;
        }
        let Ok(next) = entry.parse::<IpAddr>() else {
            break;
        };
        current = canonical(next);
    }
    Some(current)
}

/// Whether an address belongs to one of the networks.
pub(super) fn is_trusted(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// What one client can change at will counts as one: a whole /64 for IPv6.
pub(super) fn rate_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = TestRequest::default();
        for value in forwarded {
            request = request.append_header(("x-forwarded-for", *value));
        }
        let trusted: Vec<IpNet> = trusted
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        let request = request.to_http_request();
        address(Some(peer.parse().unwrap()), request.headers(), &trusted)
            .unwrap()
            .to_string()
    }

    #[test]
    fn believes_only_trusted_proxies() {
        assert_eq!(seen("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]), "1.1.1.1");
        // The client wrote the first entry itself; the proxy appended what it saw.
        assert_eq!(
            seen("10.0.0.1", &["6.6.6.6, 1.1.1.1"], &["10.0.0.0/8"]),
            "1.1.1.1"
        );
        assert_eq!(
            seen(
                "10.0.0.1",
                &["6.6.6.6", "1.1.1.1, 10.0.0.2"],
                &["10.0.0.0/8"]
            ),
            "1.1.1.1"
        );
        assert_eq!(seen("10.0.0.1", &["rubbish"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(
            seen("::ffff:10.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]),
            "1.1.1.1"
        );
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let key = |text: &str| rate_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }
}
