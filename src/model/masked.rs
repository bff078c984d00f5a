//! Addresses of stage mode: 2001:db8:5a5a:CLASS::/64, a part of the range for documentation (RFC 3849). They say the class of the
//! address that they stand for, because it decides where a peer is drawn and what can be known of it.

use super::AddressScope;
use std::net::{IpAddr, Ipv6Addr};

/// The first three groups of a masked address.
const PREFIX: [u16; 3] = [0x2001, 0x0db8, 0x5a5a];

/// The masked address of an address of the class `scope`; `number` distinguishes those of one class.
#[must_use]
pub fn masked_address(scope: AddressScope, number: u64) -> IpAddr {
    let class = AddressScope::ALL.iter().position(|(known, _)| *known == scope).unwrap_or_default() as u128;
    let [a, b, c] = PREFIX.map(u128::from);
    Ipv6Addr::from_bits((a << 112) | (b << 96) | (c << 80) | (class << 64) | u128::from(number)).into()
}

/// The class of the address that a masked one stands for; `None` for all other addresses.
#[must_use]
pub fn masked_scope(ip: IpAddr) -> Option<AddressScope> {
    let IpAddr::V6(ip) = ip else { return None };
    let [a, b, c, class, ..] = ip.segments();
    if [a, b, c] != PREFIX {
        return None;
    }
    AddressScope::ALL.get(usize::from(class)).map(|(scope, _)| *scope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::classify_address;

    #[test]
    fn a_masked_address_keeps_its_class_and_nothing_else() {
        for (scope, _) in AddressScope::ALL {
            let masked = masked_address(scope, u64::MAX);
            assert_eq!((masked_scope(masked), classify_address(masked)), (Some(scope), scope), "{masked}");
        }
        assert_eq!(masked_address(AddressScope::Public, 0x1a2b).to_string(), "2001:db8:5a5a:7::1a2b");
        for other in ["2001:db8::1", "2001:db8:5a5a:8::1", "81.2.69.142"] {
            assert_eq!(masked_scope(other.parse().expect("an address")), None, "{other}");
        }
    }
}
