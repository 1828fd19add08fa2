//! Ranges of addresses, such as the proxies of an installation.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// A range of addresses in CIDR notation, such as `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    network: u128,
    bits: u8,
}

/// The bits that precede an IPv4 address in its IPv6-mapped form.
const BITS_BEFORE_V4: u8 = 96;
/// The shortest prefix of a range that a single network can have, in bits.
const NETWORK_BITS_MIN: u8 = 8;

/// The text is not a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no range of addresses such as 10.0.0.0/8")]
pub struct NoAddressRange(String);

impl FromStr for AddressRange {
    type Err = NoAddressRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NoAddressRange(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse().map_err(|_| refused()))?;
        if prefix > width {
            return Err(refused());
        }
        let bits = prefix + (128 - width);
        Ok(Self { network: leading(number(address), bits), bits })
    }
}

impl AddressRange {
    /// Whether it is larger than any single network: the largest are 10.0.0.0/8 and fd00::/8.
    pub fn is_wider_than_a_network(&self) -> bool {
        let of_v4 = number(Ipv4Addr::UNSPECIFIED.into());
        let is_v4 = self.bits >= BITS_BEFORE_V4 && leading(self.network, BITS_BEFORE_V4) == of_v4;
        self.bits < if is_v4 { BITS_BEFORE_V4 + NETWORK_BITS_MIN } else { NETWORK_BITS_MIN }
    }

    /// Whether it contains the address.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        leading(number(address), self.bits) == self.network
    }
}

/// The address as an IPv6 number; IPv4 is mapped into `::ffff:0:0/96`.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The first bits of a number, the rest 0.
pub(super) fn leading(number: u128, bits: u8) -> u128 {
    let dropped = 128_u32.saturating_sub(bits.into());
    number.checked_shr(dropped).and_then(|kept| kept.checked_shl(dropped)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::AddressRange;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_contains_its_addresses_and_no_others() {
        let range: AddressRange = "2001:db8::/32".parse().unwrap();
        assert!(range.contains(address("2001:db8:ffff::1")) && !range.contains(address("2001:db9::1")));
        let single: AddressRange = "192.0.2.7".parse().unwrap();
        assert!(single.contains(address("192.0.2.7")) && !single.contains(address("192.0.2.8")));
        let all: AddressRange = "::/0".parse().unwrap();
        assert!(all.contains(address("203.0.113.9")));
        for text in ["::/0", "2000::/3", "::/7", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/7"] {
            assert!(text.parse::<AddressRange>().unwrap().is_wider_than_a_network(), "{text}");
        }
        for text in ["fd00::/8", "2001:db8::/32", "::1", "10.0.0.0/8", "192.0.2.0/24", "127.0.0.1"] {
            assert!(!text.parse::<AddressRange>().unwrap().is_wider_than_a_network(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::1/x", "localhost"] {
            assert!(text.parse::<AddressRange>().is_err(), "{text}");
        }
    }
}
