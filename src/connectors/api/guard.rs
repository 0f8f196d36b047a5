//! The guard against calling our own network in somebody's name (SSRF): for every address that came from a person.
//!
//! A name is looked up once, by the client itself, and only its public addresses are connected to, so that no second
//! look-up can answer otherwise.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::Fault;

/// Whether an address that a person gave may be called: `https`, no sign-in in it, no private host written out.
///
/// # Errors
/// `BadInput` on the field, saying what is wrong with the address.
pub(crate) fn check(field: &str, url: &Url) -> Result<(), Fault> {
    let refuse = |why: &str| Err(Fault::bad_input(field, format!("This address is not called: {why}.")));
    if url.scheme() != "https" {
        return refuse("it must begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it holds a sign-in");
    }
    match url.host() {
        Some(Host::Ipv4(ip)) if !is_public(ip.into()) => refuse("it is not on the public internet"),
        Some(Host::Ipv6(ip)) if !is_public(ip.into()) => refuse("it is not on the public internet"),
        Some(Host::Domain(name)) if is_local(name) => refuse("it is not on the public internet"),
        Some(_) => Ok(()),
        None => refuse("it names no host"),
    }
}

/// Names that are never public (RFC 6761, RFC 6762, RFC 8375).
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.')
        || ["localhost", "local", "internal", "home.arpa", "lan", "intranet"]
            .iter()
            .any(|end| name == *end || name.ends_with(&format!(".{end}")))
}

/// Whether an address is one of the public internet (IANA's special-purpose registries).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        // Shared address space, protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // What stands for an IPv4 address is as public as that is.
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_public_v4(ip);
    }
    let segments = ip.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Only 2000::/3 is given out; of it, 2001::/23 and the documentation are not for hosts.
        [first, second, ..] => {
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && second < 0x200)
                && !(first == 0x2001 && second == 0xdb8)
                && !(first == 0x3fff && second < 0x1000)
        }
    }
}

/// Looks names up and gives only public addresses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_called() {
        for (url, good) in [
            ("https://files.example.com/a.pdf", true),
            ("https://93.184.215.14/a", true),
            ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", true),
            ("http://files.example.com/", false),
            ("https://me:pw@example.com/", false),
            ("https://localhost/", false),
            ("https://db.internal/", false),
            ("https://intranet/", false),
            ("https://127.0.0.1/", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://10.1.2.3/", false),
            ("https://100.64.0.1/", false),
            ("https://169.254.169.254/latest/meta-data", false),
            ("https://[::1]/", false),
            ("https://[fe80::1]/", false),
            ("https://[fd00::1]/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("https://[64:ff9b::7f00:1]/", false),
            ("https://[2002:7f00:1::]/", false),
            ("https://[2001:db8::1]/", false),
        ] {
            let checked = check("url", &Url::parse(url).unwrap());
            assert_eq!(checked.is_ok(), good, "{url}: {checked:?}");
        }
    }

    #[tokio::test]
    async fn a_name_that_means_ourselves_is_not_connected_to() {
        let error = Public.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert_eq!(error.to_string(), "the name has no public address");
    }
}
