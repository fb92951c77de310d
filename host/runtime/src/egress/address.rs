//! Which addresses a plugin may never reach, whatever a name resolves to: everything that is not on the public internet.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The rule on addresses. The operator may open networks, for a provider inside the house or a test.
#[derive(Clone, Debug, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
    /// The public internet is closed too.
    inside_only: bool,
}

/// Special-purpose networks of the IANA registries (RFC 6890 and its updates), and metadata services in public space.
const DENIED_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10), // holds Aliyun's metadata service, 100.100.100.200
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24), // holds Azure's and Oracle's, 192.0.0.192
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's platform service
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

impl AddressPolicy {
    /// A rule with these networks opened.
    pub fn allowing(allowed: Vec<IpNet>) -> Self {
        Self { allowed, inside_only: false }
    }

    /// A rule with nothing but these networks.
    pub fn only(allowed: Vec<IpNet>) -> Self {
        Self { allowed, inside_only: true }
    }

    /// Whether a connection may be made to this address.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address)) || (!self.inside_only && is_public(address))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !DENIED_V4.iter().any(|(network, length)| in_network(v4, *network, *length)),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn in_network(address: Ipv4Addr, network: Ipv4Addr, length: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    address.to_bits() & mask == network.to_bits() & mask
}

/// Only global unicast (2000::/3), less what is reserved in it; addresses that wrap an IPv4 one are judged by that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public(embedded(high, low).into()),
        [0x2002, high, low, ..] => is_public(embedded(high, low).into()),
        [0x2001, second, ..] if second < 0x200 => false, // Teredo, benchmarking, ORCHID
        [0x2001, 0xdb8, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inside_the_house_is_public() {
        let inside = "127.0.0.1 ::1 0.0.0.0 ::ffff:127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 169.254.1.1 \
            fc00::1 fd12:3456::1 fe80::1 64:ff9b::7f00:1 2002:7f00:1:: 169.254.169.254 100.100.100.200 fd00:ec2::254 192.0.0.192 \
            168.63.129.16 224.0.0.1 255.255.255.255 :: ff02::1 2001:db8::1 2001::1 ::127.0.0.1 198.18.0.1";
        for text in inside.split_whitespace() {
            assert!(!AddressPolicy::default().permits(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn the_internet_is_public() {
        for text in ["8.8.8.8", "47.88.1.1", "172.32.0.1", "2606:4700::1111", "2002:808:808::", "64:ff9b::808:808"] {
            assert!(AddressPolicy::default().permits(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn the_operator_opens_networks() {
        let policy = AddressPolicy::allowing(vec!["127.0.0.0/8".parse().expect("a network")]);
        assert!(policy.permits("127.0.0.1".parse().expect("v4")));
        assert!(policy.permits("::ffff:127.0.0.1".parse().expect("mapped")));
        assert!(!policy.permits("10.0.0.1".parse().expect("v4")));
        let policy = AddressPolicy::only(vec!["127.0.0.0/8".parse().expect("a network")]);
        assert!(policy.permits("127.0.0.1".parse().expect("v4")));
        assert!(!policy.permits("8.8.8.8".parse().expect("v4")), "the internet is not opened by this");
    }
}
