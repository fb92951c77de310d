//! [`Destination`] (目的地): where a text goes, as coarsely as routing learns about it.

use crate::carrier::Carrier;
use crate::phone::{MAINLAND, PhoneNumber};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 目的地: a country, and within mainland China the carrier where its range tells it. Its text is `86/unicom` or `1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The country calling code.
    pub country_code: u16,
    /// By the number's range; approximate, as [`Carrier`] says.
    pub carrier: Option<Carrier>,
}

impl Destination {
    /// Where a text to this number goes.
    pub fn of(number: &PhoneNumber) -> Self {
        Self { country_code: number.country_code(), carrier: Carrier::of(number) }
    }

    /// Whether a restriction to these carriers lets it through. An empty list restricts nothing, and none concerns other countries.
    /// A mainland number whose carrier is not known is let through by no list: nobody said that it is reached.
    pub fn is_among(self, carriers: &[Carrier]) -> bool {
        carriers.is_empty()
            || self.country_code != MAINLAND
            || self.carrier.is_some_and(|carrier| carriers.contains(&carrier))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.country_code)?;
        self.carrier.map_or(Ok(()), |carrier| write!(f, "/{carrier}"))
    }
}

/// The text is no destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a country calling code, and for 86 a carrier after a slash where it is known: 1, 86, 86/unicom")]
pub struct InvalidDestination;

impl FromStr for Destination {
    type Err = InvalidDestination;

    fn from_str(text: &str) -> Result<Self, InvalidDestination> {
        let (country, carrier) =
            text.split_once('/').map_or((text, None), |(country, carrier)| (country, Some(carrier)));
        // What was printed and nothing else: "+86", "086" and " 86" would name one place by several words.
        let plain = !country.starts_with('0') && country.bytes().all(|byte| byte.is_ascii_digit());
        let country_code = country.parse().ok().filter(|code| plain && (1..1000).contains(code));
        let country_code = country_code.ok_or(InvalidDestination)?;
        let carrier = carrier.map(|word| word.parse().map_err(|_| InvalidDestination)).transpose()?;
        if carrier.is_some() && country_code != MAINLAND {
            return Err(InvalidDestination);
        }
        Ok(Self { country_code, carrier })
    }
}

impl Serialize for Destination {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn of(number: &str) -> Destination {
        Destination::of(&PhoneNumber::parse(number).expect(number))
    }

    /// A mainland number of this range; the rest are zeros.
    fn of_range(prefix: &str) -> Destination {
        of(&format!("{prefix:0<11}"))
    }

    #[test]
    fn a_number_tells_where_it_is() {
        assert_eq!(of("13800000001").to_string(), "86/mobile");
        assert_eq!(of_range("194").to_string(), "86");
        assert_eq!(of("+12025550123").to_string(), "1");
    }

    #[test]
    fn round_trips_through_text_and_as_a_key() {
        for text in ["86", "86/unicom", "86/broadnet", "1", "852"] {
            let destination: Destination = text.parse().expect(text);
            assert_eq!(destination.to_string(), text);
            let map = BTreeMap::from([(destination, 1)]);
            let written = serde_json::to_string(&map).expect("writes");
            assert_eq!(serde_json::from_str::<BTreeMap<Destination, i32>>(&written).expect("reads"), map);
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in
            ["", "+86", "086", "86/", "/unicom", "86/china", "1/unicom", "86/unicom/", "0", "1000", "99999", "8 6"]
        {
            assert_eq!(text.parse::<Destination>(), Err(InvalidDestination), "{text}");
        }
    }

    #[test]
    fn carriers_restrict_the_mainland_only() {
        let unicom_only = [Carrier::Unicom];
        assert!(of_range("130").is_among(&unicom_only) && !of("13800000001").is_among(&unicom_only));
        assert!(!of_range("194").is_among(&unicom_only), "an unknown carrier is not known to be reached");
        assert!(of_range("194").is_among(&[]) && of("+12025550123").is_among(&unicom_only));
    }
}
