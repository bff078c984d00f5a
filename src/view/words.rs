//! The short words for what a connection is, the same in the window, in lists and in answers. All are escaped.

use crate::{
    model::{AddressScope, Location, Owner, OwnerMissing, PlaceKind, PlaceMissing},
    text::escape_untrusted,
};

/// Why no process is known, in a word or two: `(other user)`.
fn owner_reason(reason: OwnerMissing) -> &'static str {
    match reason {
        OwnerMissing::NoProcess => "(no process)",
        OwnerMissing::NotPermitted => "(other user)",
        OwnerMissing::NotFound => "(not found)",
        OwnerMissing::ProcUnavailable => "(no /proc)",
        OwnerMissing::ClosedTooSoon => "(too short)",
        OwnerMissing::NotMeasured => "(not told)",
    }
}

/// Name of the process, or why there is none, in a word or two.
#[must_use]
pub fn process_words(owner: &Owner) -> String {
    match owner {
        Owner::Process(process) => escape_untrusted(&process.name).into_owned(),
        Owner::Missing(reason) => owner_reason(*reason).to_owned(),
    }
}

/// The place with its kind, or a few words for why there is none.
#[must_use]
pub fn place_words(location: &Location, scope: AddressScope) -> String {
    match &location.place {
        Ok(place) => {
            let label = place.label();
            let label = escape_untrusted(&label);
            match place.kind {
                PlaceKind::City => label.into_owned(),
                PlaceKind::Country => format!("{label} (country)"),
                PlaceKind::Anycast => format!("{label} (anycast)"),
            }
        }
        Err(PlaceMissing::NotPublic) => match scope {
            AddressScope::Loopback => "this machine".to_owned(),
            AddressScope::Private | AddressScope::LinkLocal | AddressScope::Cgnat => format!("LAN ({})", scope.name()),
            AddressScope::Unspecified => "any address".to_owned(),
            other => other.name().to_owned(),
        },
        Err(PlaceMissing::NotInDatabase) => "(not in database)".to_owned(),
        Err(PlaceMissing::NoLocation) => "(no location)".to_owned(),
        Err(PlaceMissing::DatabaseUnavailable) => "(no database)".to_owned(),
    }
}

/// `AS29518 Bredband2 AB`, or empty.
#[must_use]
pub fn operator_words(location: &Location) -> String {
    let name = location.as_organization.as_deref().map(escape_untrusted);
    match (location.asn, name) {
        (Some(asn), Some(name)) => format!("{asn} {name}"),
        (Some(asn), None) => asn.to_string(),
        (None, Some(name)) => name.into_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_with_its_kind_or_its_reason() {
        for (missing, scope, words) in [
            (PlaceMissing::NotPublic, AddressScope::Loopback, "this machine"),
            (PlaceMissing::NotPublic, AddressScope::LinkLocal, "LAN (link-local)"),
            (PlaceMissing::NotPublic, AddressScope::Multicast, "multicast"),
            (PlaceMissing::NotInDatabase, AddressScope::Public, "(not in database)"),
        ] {
            assert_eq!(place_words(&Location::missing(missing), scope), words);
        }
    }
}
