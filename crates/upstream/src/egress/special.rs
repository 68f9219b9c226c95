//! Addresses that are not public unicast, by the IANA special-purpose registries (RFC 6890).

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is special.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Special {
    /// What it is, with its article: "a loopback address".
    pub(super) what: String,
    /// The network to allow if it is wanted.
    pub(super) net: IpNet,
}

/// Networks of RFC 6890 and its successors; of those that contain an address, the first counts.
const V4: &[(Ipv4Net, &str)] = &[
    (v4(169, 254, 169, 254, 32), "a cloud metadata address"),
    (v4(168, 63, 129, 16, 32), "a cloud metadata address"),
    (v4(100, 100, 100, 200, 32), "a cloud metadata address"),
    (v4(0, 0, 0, 0, 32), "the unspecified address"),
    (v4(0, 0, 0, 0, 8), "an address of \"this network\""),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "a shared (carrier NAT) address"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a protocol assignment address"),
    (v4(192, 0, 2, 0, 24), "a documentation address"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay address"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "a benchmarking address"),
    (v4(198, 51, 100, 0, 24), "a documentation address"),
    (v4(203, 0, 113, 0, 24), "a documentation address"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

const V6: &[(Ipv6Net, &str)] = &[
    (v6([0; 8], 128), "the unspecified address"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "a loopback address"),
    (
        v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
        "a cloud metadata address",
    ),
    (
        v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
        "a local NAT64 address",
    ),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "a discard address"),
    (
        v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
        "a documentation address",
    ),
    (
        v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
        "a documentation address",
    ),
    (
        v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
        "a unique local (private) address",
    ),
    (
        v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        "a link-local address",
    ),
    (
        v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
        "a site-local (private) address",
    ),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "a multicast address"),
];

/// Protocol assignments (RFC 2928). Teredo, which lies inside, is looked into before.
const ASSIGNMENTS: Ipv6Net = v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23);

/// All that is assigned for global unicast so far (RFC 4291, section 2.4).
const GLOBAL: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(s: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(
        Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]),
        prefix,
    )
}

/// Why `addr` is not a public unicast address; `None` if it is one.
pub(super) fn of(addr: IpAddr) -> Option<Special> {
    match addr.to_canonical() {
        IpAddr::V4(addr) => of_v4(addr),
        IpAddr::V6(addr) => of_v6(addr),
    }
}

fn of_v4(addr: Ipv4Addr) -> Option<Special> {
    let (net, what) = V4.iter().find(|(net, _)| net.contains(&addr))?;
    Some(Special {
        what: (*what).to_owned(),
        net: (*net).into(),
    })
}

fn of_v6(addr: Ipv6Addr) -> Option<Special> {
    if let Some((net, what)) = V6.iter().find(|(net, _)| net.contains(&addr)) {
        return Some(Special {
            what: (*what).to_owned(),
            net: (*net).into(),
        });
    }
    let carried = Carried::by(addr);
    if let Some(carried) = &carried
        && let Some(special) = carried.special(addr)
    {
        return Some(special);
    }
    if ASSIGNMENTS.contains(&addr) && carried.is_none() {
        return Some(Special {
            what: "a protocol assignment address".to_owned(),
            net: ASSIGNMENTS.into(),
        });
    }
    if GLOBAL.contains(&addr) || carried.is_some() {
        return None;
    }
    Some(Special {
        what: "outside the public address range".to_owned(),
        net: Ipv6Net::from(addr).into(),
    })
}

/// IPv4 addresses that an IPv6 address leads to.
struct Carried {
    form: &'static str,
    addresses: Vec<Ipv4Addr>,
}

impl Carried {
    /// What `addr` carries, if it is of a form that carries anything.
    fn by(addr: Ipv6Addr) -> Option<Self> {
        let octets = addr.octets();
        let at = |index: usize| {
            Ipv4Addr::new(
                octets[index],
                octets[index + 1],
                octets[index + 2],
                octets[index + 3],
            )
        };
        let (form, addresses) = match addr.segments() {
            // IPv4-compatible (RFC 4291, section 2.5.5.1); IPv4-translated (RFC 2765).
            [0, 0, 0, 0, 0, 0, _, _] => ("an IPv4-compatible", vec![at(12)]),
            [0, 0, 0, 0, 0xffff, 0, _, _] => ("an IPv4-translated", vec![at(12)]),
            // RFC 6052, section 2.1.
            [0x64, 0xff9b, 0, 0, 0, 0, _, _] => ("a NAT64", vec![at(12)]),
            // RFC 3056, section 2.
            [0x2002, ..] => ("a 6to4", vec![at(2)]),
            // RFC 4380, section 4: the server's address, and the client's with its bits turned.
            [0x2001, 0, ..] => ("a Teredo", vec![at(4), Ipv4Addr::from(!u32::from(at(12)))]),
            _ => return None,
        };
        Some(Self { form, addresses })
    }

    fn special(&self, addr: Ipv6Addr) -> Option<Special> {
        self.addresses.iter().find_map(|inner| {
            let special = of_v4(*inner)?;
            Some(Special {
                what: format!("{} form of {inner}, {}", self.form, special.what),
                net: Ipv6Net::from(addr).into(),
            })
        })
    }
}
