//! Values of a record of any type: unexpected values count as absent, and do not invalidate the record.

use crate::model::{Asn, CountryIso};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};

/// Strings that mean "unknown" in place of a name.
const NO_NAMES: [&str; 6] = ["", "-", "n/a", "unknown", "null", "not available"];

/// A value of any type; maps are read as `M`.
pub(super) enum Value<'a, M> {
    Text(&'a str),
    Number(f64),
    Map(M),
    Other,
}

impl<'de: 'a, 'a, M: Deserialize<'de>> Deserialize<'de> for Value<'a, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any<'a, M>(PhantomData<Value<'a, M>>);
        impl<'de: 'a, 'a, M: Deserialize<'de>> Visitor<'de> for Any<'a, M> {
            type Value = Value<'a, M>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(text))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Value::Number(number))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Value::Number(number as f64))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Value::Number(number as f64))
            }
            fn visit_u128<E: Error>(self, number: u128) -> Result<Self::Value, E> {
                Ok(Value::Number(number as f64))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(MapAccessDeserializer::new(map)).map(Value::Map)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }
            fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(Any(PhantomData))
    }
}

/// A decoded field.
pub(super) trait Field: Default {
    /// Whether no usable value was found.
    fn is_absent(&self) -> bool;
}

impl<T> Field for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Implements a field that is read from a string or a number.
macro_rules! read_scalar {
    ($name:ident<$content:ty>, $read:expr) => {
        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: fn(Value<'a, IgnoredAny>) -> Option<$content> = $read;
                Value::deserialize(deserializer).map(|value| Self(read(value), PhantomData))
            }
        }
        impl Field for $name<'_> {
            fn is_absent(&self) -> bool {
                self.0.is_none()
            }
        }
    };
}

/// A finite number, or a string that contains one.
#[derive(Clone, Copy, Default)]
pub(super) struct Number<'a>(pub(super) Option<f64>, PhantomData<&'a ()>);
read_scalar!(Number<f64>, |value| {
    let number = match value {
        Value::Number(number) => Some(number),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Map(_) | Value::Other => None,
    };
    number.filter(|number: &f64| number.is_finite())
});

/// A string that is a name.
#[derive(Clone, Copy, Default)]
pub(super) struct Name<'a>(pub(super) Option<&'a str>, PhantomData<&'a ()>);
read_scalar!(Name<&'a str>, |value| match value {
    Value::Text(text) => name(text),
    Value::Number(_) | Value::Map(_) | Value::Other => None,
});

/// A string that is a country code.
#[derive(Clone, Copy, Default)]
pub(super) struct CountryCode<'a>(pub(super) Option<CountryIso>, PhantomData<&'a ()>);
read_scalar!(CountryCode<CountryIso>, |value| match value {
    Value::Text(text) => country_code(text),
    Value::Number(_) | Value::Map(_) | Value::Other => None,
});

/// An autonomous system number: an integer, or a string with or without `AS` in front.
#[derive(Clone, Copy, Default)]
pub(super) struct AsNumber<'a>(pub(super) Option<Asn>, PhantomData<&'a ()>);
read_scalar!(AsNumber<Asn>, |value| match value {
    Value::Number(number) if number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&number) => {
        Some(Asn(number as u32))
    }
    Value::Text(text) => as_number(text),
    Value::Number(_) | Value::Map(_) | Value::Other => None,
});

/// A string without surrounding whitespace, unless it means "unknown".
pub(super) fn name(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_name = !NO_NAMES.iter().any(|no_name| no_name.eq_ignore_ascii_case(text));
    is_name.then_some(text)
}

/// Two letters; `ZZ` is reserved for "unknown".
pub(super) fn country_code(text: &str) -> Option<CountryIso> {
    CountryIso::parse(text.trim()).filter(|iso| iso.as_str() != "ZZ")
}

/// `20712`, `AS20712`; never 0, which is not assigned.
pub(super) fn as_number(text: &str) -> Option<Asn> {
    let text = text.trim();
    let digits = match text.split_at_checked(2) {
        Some((start, digits)) if start.eq_ignore_ascii_case("AS") => digits,
        _ => text,
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && *number > 0).map(Asn)
}

/// A map of which only some keys are read. If several keys stand for one field, the first usable value wins.
macro_rules! read_map {
    (
        $(#[$meta:meta])*
        struct $name:ident { $($($key:literal)|+ => $field:ident: $content:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        struct $name<'a> {
            $($field: $content,)*
            marker: std::marker::PhantomData<&'a ()>,
        }
        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct MapVisitor<'a>(std::marker::PhantomData<&'a ()>);
                impl<'de: 'a, 'a> serde::de::Visitor<'de> for MapVisitor<'a> {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a map")
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut fields = $name::default();
                        while let Some(key) = map.next_key::<&str>()? {
                            match key {
                                $($($key)|+ if $crate::geo::databases::record::value::Field::is_absent(&fields.$field) => {
                                    fields.$field = map.next_value()?;
                                })*
                                _ => {
                                    map.next_value::<serde::de::IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(fields)
                    }
                }
                deserializer.deserialize_map(MapVisitor(std::marker::PhantomData))
            }
        }
        impl $crate::geo::databases::record::value::Field for $name<'_> {
            fn is_absent(&self) -> bool {
                true $(&& $crate::geo::databases::record::value::Field::is_absent(&self.$field))*
            }
        }
    };
}
pub(super) use read_map;
