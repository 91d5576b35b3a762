//! The first gate: what can be said of a URL before anything is asked.

use std::net::IpAddr;

use reqwest::Url;
use url::Host;

use super::{AllowList, OutboundError};

/// Longer ones are no addresses but attempts.
const MAX_LENGTH: usize = 8 * 1024;

/// Ports where something listens that reads lines of text and may take an HTTP request for commands, or
/// where a request would make us look like an attacker. All others are open to people: what they host
/// speaks HTTP on any port, and what is private is kept by its address.
const PORTS_OF_OTHERS: [u16; 37] = [
    0, 7, 9, 13, 19, 20, 21, 22, 23, 25, 37, 53, 79, 110, 111, 119, 135, 139, 143, 179, 389, 445, 465, 514,
    515, 587, 636, 873, 993, 995, 3306, 5432, 6379, 6667, 6697, 11211, 27017,
];

/// Names by which clouds hand out credentials. No allow list lifts them.
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// Endings that belong to nobody on the internet: such a name is one of the operator's network.
const PRIVATE_ENDINGS: [&str; 4] = ["localhost", "local", "internal", "home.arpa"];

/// The URL, if everything that is written in it may be asked.
pub(super) fn checked(text: &str, allow: &AllowList) -> Result<Url, OutboundError> {
    if text.len() > MAX_LENGTH {
        return Err(OutboundError::InvalidUrl);
    }
    let mut url = Url::parse(text).map_err(|_| OutboundError::InvalidUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(OutboundError::SchemeRefused);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OutboundError::CredentialsRefused);
    }
    // Decimal, octal, hexadecimal and short forms have become plain addresses by now.
    let permitted = match url.host().ok_or(OutboundError::InvalidUrl)? {
        Host::Ipv4(address) => allow.permits(IpAddr::V4(address)),
        Host::Ipv6(address) => allow.permits(IpAddr::V6(address)),
        Host::Domain(name) => may_be_looked_up(name, allow)?,
    };
    if !permitted {
        return Err(OutboundError::AddressRefused);
    }
    if let Some(port) = url.port().filter(|port| PORTS_OF_OTHERS.contains(port)) {
        return Err(OutboundError::PortRefused(port));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether a name may go to the resolver, which then judges its addresses. Without an allow list no private
/// name can lead to a permitted address, and looking it up would only tell strangers whether it exists.
fn may_be_looked_up(name: &str, allow: &AllowList) -> Result<bool, OutboundError> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        return Err(OutboundError::InvalidUrl);
    }
    let is_metadata = METADATA_NAMES.iter().any(|known| is_below(name, known));
    Ok(!is_metadata && (!allow.is_empty() || !is_private(name)))
}

fn is_private(name: &str) -> bool {
    !name.contains('.') || PRIVATE_ENDINGS.iter().any(|ending| is_below(name, ending))
}

/// Whether a name is this one, or ends with it.
pub(super) fn is_below(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(allowed: &str, url: &str) -> Result<String, OutboundError> {
        checked(url, &allowed.parse().expect("networks")).map(String::from)
    }

    #[test]
    fn a_public_address_passes_in_its_normal_form() {
        for (url, normal) in [
            ("https://example.com", "https://example.com/"),
            ("http://EXAMPLE.com:8080/a?b=c#d", "http://example.com:8080/a?b=c"),
            ("http://134744072/", "http://8.8.8.8/"),
            ("https://[2606:4700:4700::1111]:8443/x", "https://[2606:4700:4700::1111]:8443/x"),
            ("https://internal.example.com/", "https://internal.example.com/"),
            ("https://notlocalhost.com/", "https://notlocalhost.com/"),
            ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ] {
            assert_eq!(judged("", url).as_deref(), Ok(normal), "{url}");
        }
    }

    #[test]
    fn what_is_no_web_address_says_why() {
        use OutboundError::{CredentialsRefused, InvalidUrl, PortRefused, SchemeRefused};
        for (url, expected) in [
            ("", InvalidUrl),
            ("example.com/feed", InvalidUrl),
            ("//example.com", InvalidUrl),
            ("http://", InvalidUrl),
            ("http://./", InvalidUrl),
            ("http://1.2.3.256/", InvalidUrl),
            ("http://exa mple.com/", InvalidUrl),
            ("http://[fe80::1%25eth0]/", InvalidUrl),
            ("http://example.com:65536/", InvalidUrl),
            ("ftp://example.com/", SchemeRefused),
            ("file:///etc/passwd", SchemeRefused),
            ("gopher://127.0.0.1:6379/_PING", SchemeRefused),
            ("data:text/plain,hello", SchemeRefused),
            ("unix:/run/postgres", SchemeRefused),
            ("http://ann@example.com/", CredentialsRefused),
            ("http://ann:secret@example.com/", CredentialsRefused),
            ("http://:secret@example.com/", CredentialsRefused),
            ("http://example.com@127.0.0.1/", CredentialsRefused),
            ("http://example.com:25/", PortRefused(25)),
            ("https://example.com:6379/", PortRefused(6379)),
            ("http://example.com:0/", PortRefused(0)),
        ] {
            assert_eq!(judged("", url), Err(expected), "{url}");
        }
        let long = format!("http://example.com/{}", "a".repeat(MAX_LENGTH));
        assert_eq!(judged("", &long), Err(InvalidUrl));
    }

    #[test]
    fn private_names_are_not_looked_up_unless_networks_are_allowed() {
        for name in [
            "localhost",
            "localhost.",
            "LOCALHOST",
            "a.localhost",
            "postgres",
            "printer.local",
            "host.docker.internal",
            "nas.home.arpa",
        ] {
            let url = format!("http://{name}/");
            assert_eq!(judged("", &url), Err(OutboundError::AddressRefused), "{name}");
            assert!(judged("10.0.0.0/8", &url).is_ok(), "{name}");
        }
    }

    #[test]
    fn metadata_names_are_refused_whatever_is_allowed() {
        for name in ["metadata.google.internal", "METADATA.google.internal.", "a.metadata.goog"] {
            let url = format!("http://{name}/computeMetadata/v1/");
            for allowed in ["", "0.0.0.0/0,169.254.169.254"] {
                assert_eq!(judged(allowed, &url), Err(OutboundError::AddressRefused), "{name}");
            }
        }
    }

    #[test]
    fn the_allow_list_opens_an_address_but_no_port_of_others() {
        assert_eq!(judged("10.0.0.0/8", "http://10.1.2.3:3000/").as_deref(), Ok("http://10.1.2.3:3000/"));
        assert_eq!(judged("10.0.0.0/8", "http://10.1.2.3:6379/"), Err(OutboundError::PortRefused(6379)));
    }
}
