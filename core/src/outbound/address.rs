//! Which IP addresses may be asked: public ones, and those the operator has allowed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 outside the public internet, after IANA's registry of special-purpose addresses.
const RESERVED_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),        // this network
    v4([10, 0, 0, 0], 8),       // private
    v4([100, 64, 0, 0], 10),    // carrier-grade NAT
    v4([127, 0, 0, 0], 8),      // loopback
    v4([169, 254, 0, 0], 16),   // link-local; clouds answer with credentials here
    v4([172, 16, 0, 0], 12),    // private
    v4([192, 0, 0, 0], 24),     // protocol assignments
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 88, 99, 0], 24),   // relays from 6to4, deprecated
    v4([192, 168, 0, 0], 16),   // private
    v4([198, 18, 0, 0], 15),    // benchmarking
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 4),      // multicast
    v4([240, 0, 0, 0], 4),      // reserved, and broadcast
    v4([168, 63, 129, 16], 32), // the host that Azure's machines run on, beside the public ones
];

/// Everything outside of this is reserved, local, multicast, or an IPv4 address in disguise: `::1`, `::`,
/// `fc00::/7`, `fe80::/10`, `fec0::/10`, `ff00::/8`, `::/96`, `64:ff9b::/96`, `64:ff9b:1::/48`, …
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// What is special within it.
const RESERVED_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),     // protocol assignments: Teredo, benchmarking, ORCHID
    v6([0x2001, 0xdb8, 0], 32), // documentation
    v6([0x2002, 0, 0], 16),     // 6to4, which carries an IPv4 address
    v6([0x3ffe, 0, 0], 16),     // the 6bone, given back
    v6([0x3fff, 0, 0], 20),     // documentation
];

/// Where clouds hand out credentials to whoever asks from the machine.
const METADATA: [IpAddr; 8] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

const fn v4(address: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 3], prefix: u8) -> Ipv6Net {
    let [a, b, c] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Networks that may be asked although they are not public: `10.0.0.0/8,192.168.1.5/32`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<IpNet>);

impl AllowList {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a connection to this address may be made.
    pub fn permits(&self, address: IpAddr) -> bool {
        // The system connects to the IPv4 address in `::ffff:a.b.c.d`: judge that one.
        let address = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| lifts(network, address))
    }
}

/// A metadata address is lifted only by its own name, not by a wide network around it.
fn lifts(network: &IpNet, address: IpAddr) -> bool {
    let is_alone = network.prefix_len() == network.max_prefix_len();
    network.contains(&address) && (is_alone || !METADATA.contains(&address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !RESERVED_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !RESERVED_V6.iter().any(|network| network.contains(&address))
        }
    }
}

/// Why a text is not a list of networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowListError {
    #[error("\"{0}\" is no network: write 10.0.0.0/8 or 192.168.1.5")]
    NotANetwork(String),
    #[error("{0} says more than its prefix covers: did you mean {1}?")]
    MoreThanItsPrefix(IpNet, IpNet),
    #[error("{0} is IPv4 in disguise: write it as IPv4")]
    Disguised(IpNet),
}

impl FromStr for AllowList {
    type Err = AllowListError;

    fn from_str(text: &str) -> Result<Self, AllowListError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(","))
    }
}

fn network(text: &str) -> Result<IpNet, AllowListError> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    let network: IpNet =
        text.parse().or_else(|_| alone()).map_err(|_| AllowListError::NotANetwork(text.into()))?;
    if network.trunc() != network {
        return Err(AllowListError::MoreThanItsPrefix(network, network.trunc()));
    }
    if network.addr().to_canonical() != network.addr() {
        return Err(AllowListError::Disguised(network));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(allowed: &str, address: &str) -> bool {
        let allowed: AllowList = allowed.parse().expect("networks");
        allowed.permits(address.parse().expect("an address"))
    }

    #[test]
    fn reserved_networks_are_refused_from_their_first_address_to_their_last() {
        // First and last inside, then the neighbours outside; `-` where the neighbour is reserved too.
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", "-", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255", "-"),
            ("168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"),
            ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "2000::"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"),
            ("3ffe::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffd:ffff::", "3fff:1000::"),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", "-"),
        ] {
            for inside in [first, last] {
                assert!(!permits("", inside), "{inside}");
            }
            for outside in [before, after].into_iter().filter(|address| *address != "-") {
                assert!(permits("", outside), "{outside}");
            }
        }
    }

    #[test]
    fn ipv4_in_the_clothes_of_ipv6_is_refused() {
        for address in [
            "::ffff:127.0.0.1",         // mapped
            "::ffff:a9fe:a9fe",         // mapped, the metadata address
            "::127.0.0.1",              // compatible
            "64:ff9b::7f00:1",          // NAT64
            "64:ff9b:1::10.0.0.1",      // NAT64 of one's own
            "2002:7f00:1::",            // 6to4
            "2001:0:7f00:1::f5ff:fffe", // Teredo
            "::ffff:0:127.0.0.1",       // translated
            "fe80::5efe:127.0.0.1",     // ISATAP
        ] {
            assert!(!permits("", address), "{address}");
            assert!(!permits("10.0.0.0/8", address), "{address}");
        }
        assert!(permits("", "::ffff:8.8.8.8"));
    }

    #[test]
    fn the_allow_list_lifts_what_it_names_and_nothing_else() {
        let allowed = "10.0.0.0/8, 192.168.1.5/32,fd12::/16,::1";
        for address in ["10.1.2.3", "192.168.1.5", "fd12::7", "::1", "::ffff:10.1.2.3", "8.8.8.8"] {
            assert!(permits(allowed, address), "{address}");
        }
        for address in ["192.168.1.6", "172.16.0.1", "127.0.0.1", "fd13::7", "64:ff9b::10.1.2.3"] {
            assert!(!permits(allowed, address), "{address}");
        }
    }

    #[test]
    fn a_metadata_address_must_be_named_alone() {
        for address in METADATA.map(|address| address.to_string()) {
            assert!(!permits("0.0.0.0/0,::/0", &address), "{address}");
            assert!(permits(&address, &address), "{address}");
        }
        assert!(permits("0.0.0.0/0,::/0", "169.254.169.253"));
    }

    #[test]
    fn a_list_that_is_none_says_what_is_wrong() {
        for (text, expected) in [
            ("10.0.0.0/33", "\"10.0.0.0/33\" is no network: write 10.0.0.0/8 or 192.168.1.5"),
            ("10.0.0.0/8;::1", "\"10.0.0.0/8;::1\" is no network: write 10.0.0.0/8 or 192.168.1.5"),
            ("localhost", "\"localhost\" is no network: write 10.0.0.0/8 or 192.168.1.5"),
            ("10.0.0.1/8", "10.0.0.1/8 says more than its prefix covers: did you mean 10.0.0.0/8?"),
            ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104 is IPv4 in disguise: write it as IPv4"),
        ] {
            let error = text.parse::<AllowList>().expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
        for none in ["", " , ,"] {
            assert!(none.parse::<AllowList>().expect("nothing").is_empty());
        }
        let shown = "10.0.0.0/8,fd12::/16".parse::<AllowList>().expect("networks").to_string();
        assert_eq!(shown, "10.0.0.0/8,fd12::/16");
    }
}
