use super::*;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

fn allowed(allow: &[&str], addr: &str) -> bool {
    let allow = allow.iter().map(|net| net.parse().unwrap()).collect();
    EgressGuard::public_only(EgressConfig { allow })
        .check("mail.example.org", addr.parse().unwrap())
        .is_ok()
}

fn message(host: &str, addr: &str) -> String {
    let fault = EgressGuard::public_only(EgressConfig::default())
        .check(host, addr.parse().unwrap())
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::EgressDenied);
    fault.message
}

const REFUSED: &[&str] = &[
    // First and last of every IPv4 block.
    "0.0.0.0",
    "0.0.0.1",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "100.100.100.200",
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.0.255",
    "192.0.2.0",
    "192.0.2.255",
    "192.88.99.0",
    "192.88.99.255",
    "192.168.0.0",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.0",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.255",
    "224.0.0.0",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.254",
    "255.255.255.255",
    // IPv6 blocks.
    "::",
    "::1",
    "64:ff9b:1::",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::",
    "100::ffff:ffff:ffff:ffff",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff::",
    "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
    "5f00::1",
    "fc00::",
    "fd00:ec2::254",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::",
    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fec0::1",
    "ff00::",
    "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "1::",
    "4000::1",
    "e000::1",
    // IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo server and client.
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::127.0.0.1",
    "::10.1.2.3",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::c0a8:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:101::1",
    "2001:0:7f00:1::",
    "2001:0:808:808:0:0:80ff:fffe",
];

const PUBLIC: &[&str] = &[
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "8.8.8.8",
    "2001:200::1",
    "2001:db7::1",
    "2001:db9::1",
    "2606:4700::1111",
    "2a00:1450:4001::6d",
    "3ffe::1",
    "3fff:1000::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2001:0:808:808:0:0:f7f7:f7f7",
];

#[test]
fn every_address_that_is_not_public_is_refused() {
    for addr in REFUSED {
        assert!(!allowed(&[], addr), "{addr} must be refused");
    }
}

#[test]
fn public_addresses_up_to_the_edge_of_a_block_are_allowed() {
    for addr in PUBLIC {
        assert!(allowed(&[], addr), "{addr} must be allowed");
    }
}

#[test]
fn the_unrestricted_guard_allows_everything() {
    for addr in REFUSED.iter().chain(PUBLIC) {
        let guard = EgressGuard::unrestricted();
        assert!(guard.check("host", addr.parse().unwrap()).is_ok());
    }
}

#[test]
fn a_refusal_names_the_address_and_the_setting() {
    assert_eq!(
        message("127.0.0.1", "127.0.0.1"),
        "127.0.0.1 is a loopback address; to allow it set upstream.allow_networks = [\"127.0.0.0/8\"] in the configuration"
    );
    assert_eq!(
        message("mail.example.org", "10.1.2.3"),
        "mail.example.org resolves to 10.1.2.3, and that is a private address; to allow it set upstream.allow_networks = [\"10.0.0.0/8\"] in the configuration"
    );
    assert!(
        message("h", "64:ff9b::127.0.0.1")
            .contains("a NAT64 form of 127.0.0.1, a loopback address")
    );
}

#[test]
fn the_network_that_a_refusal_names_allows_the_address() {
    for addr in REFUSED {
        let message = message("h", addr);
        let net = message.split('"').rev().nth(1).unwrap();
        assert!(allowed(&[net], addr), "{net} must allow {addr}");
    }
}

#[test]
fn allowing_one_network_opens_no_other() {
    let allow = ["127.0.0.0/8", "fd00::/8"];
    assert!(allowed(&allow, "127.0.0.1"));
    assert!(allowed(&allow, "::ffff:127.0.0.1"));
    assert!(allowed(&allow, "fd00::7"));
    for addr in [
        "10.0.0.1",
        "::1",
        "fc00::1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
    ] {
        assert!(!allowed(&allow, addr), "{addr} must stay refused");
    }
}

#[test]
fn the_configuration_refuses_unknown_keys_and_bad_networks() {
    let config: EgressConfig = toml::from_str("allow = [\"127.0.0.0/8\", \"::1/128\"]").unwrap();
    assert_eq!(config.allow.len(), 2);
    assert!(toml::from_str::<EgressConfig>("deny = []").is_err());
    assert!(toml::from_str::<EgressConfig>("allow = [\"127.0.0.0/33\"]").is_err());
}

/// What the standard library knows of IPv4, as a second opinion.
fn std_says_special(addr: Ipv4Addr) -> bool {
    addr.is_private()
        || addr.is_loopback()
        || addr.is_link_local()
        || addr.is_broadcast()
        || addr.is_documentation()
        || addr.is_multicast()
        || addr.octets()[0] == 0
        || addr.octets()[0] >= 240
}

proptest! {
    #[test]
    fn what_the_standard_library_calls_special_is_refused(bits: u32) {
        let addr = Ipv4Addr::from(bits);
        if std_says_special(addr) {
            prop_assert!(!allowed(&[], &addr.to_string()));
        }
    }

    #[test]
    fn wrapping_a_refused_address_in_ipv6_never_frees_it(block in 0..REFUSED.len(), low: u16) {
        let Ok(addr) = REFUSED[block].parse::<Ipv4Addr>() else { return Ok(()) };
        let [a, b, c, d] = addr.octets();
        let (high, last) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for wrapped in [
            addr.to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, last),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, last),
            Ipv6Addr::new(0x2002, high, last, low, 0, 0, 0, low),
            Ipv6Addr::new(0x2001, 0, high, last, low, low, 0xf7f7, 0xf7f7),
            Ipv6Addr::new(0x2001, 0, 0x808, 0x808, low, low, !high, !last),
        ] {
            prop_assert!(!allowed(&[], &wrapped.to_string()), "{wrapped}");
        }
    }

    #[test]
    fn an_ipv6_address_outside_global_unicast_is_refused(bits: u128) {
        let addr = Ipv6Addr::from(bits);
        if addr.segments()[0] & 0xe000 != 0x2000 && addr.to_ipv4().is_none() && addr.segments()[0] != 0x64 {
            prop_assert!(!allowed(&[], &addr.to_string()));
        }
    }
}
