//! [`Carrier`] (运营商): which network of mainland China a number belongs to, by its range.
//!
//! The ranges are those that the ministry (工业和信息化部) gave out by its numbering plan (《电信网编号计划》, 2017, and the ranges given
//! out since, up to 190, 192, 195, 196 and 197). Virtual operators count as the network that carries them. A number can move to another
//! carrier and keep its range (携号转网), so the answer is a good guess and no more: use it to prefer, not to promise.

use crate::phone::PhoneNumber;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 运营商: a mobile network of mainland China.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// 中国移动.
    Mobile,
    /// 中国联通.
    Unicom,
    /// 中国电信.
    Telecom,
    /// 中国广电.
    Broadnet,
}

impl Carrier {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mobile, Self::Unicom, Self::Telecom, Self::Broadnet];

    /// Its word in the API and the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mobile => "mobile",
            Self::Unicom => "unicom",
            Self::Telecom => "telecom",
            Self::Broadnet => "broadnet",
        }
    }

    /// The carrier that the number's range was given to; `None` outside mainland China and for ranges that nobody has.
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        if !number.is_mainland() {
            return None;
        }
        // "+86", then "1", then the three digits that decide.
        let deciding = number.e164().as_bytes().get(4..7)?;
        let index = deciding.iter().try_fold(0, |index, digit| match digit {
            b'0'..=b'9' => Some(index * 10 + usize::from(digit - b'0')),
            _ => None,
        })?;
        BY_PREFIX[index]
    }
}

use Carrier::{Broadnet, Mobile, Telecom, Unicom};

/// Ranges of three digits, and of four where one is shared. A longer one outranks the shorter that it lies in, so it comes later.
const RANGES: [(u16, Carrier); 68] = [
    (130, Unicom),
    (131, Unicom),
    (132, Unicom),
    (133, Telecom),
    (134, Mobile),
    (1349, Telecom), // satellite
    (135, Mobile),
    (136, Mobile),
    (137, Mobile),
    (138, Mobile),
    (139, Mobile),
    (1410, Telecom), // things
    (1440, Mobile),  // things
    (145, Unicom),
    (146, Unicom), // things
    (147, Mobile),
    (148, Mobile), // things
    (149, Telecom),
    (150, Mobile),
    (151, Mobile),
    (152, Mobile),
    (153, Telecom),
    (155, Unicom),
    (156, Unicom),
    (157, Mobile),
    (158, Mobile),
    (159, Mobile),
    (162, Telecom), // virtual
    (165, Mobile),  // virtual
    (166, Unicom),
    (167, Unicom), // virtual
    // 170 and 171 are virtual operators' throughout.
    (1700, Telecom),
    (1701, Telecom),
    (1702, Telecom),
    (1703, Mobile),
    (1704, Unicom),
    (1705, Mobile),
    (1706, Mobile),
    (1707, Unicom),
    (1708, Unicom),
    (1709, Unicom),
    (171, Unicom),
    (172, Mobile), // things
    (173, Telecom),
    (1740, Telecom), // satellite; its upper part is the ministry's own, for emergencies
    (175, Unicom),
    (176, Unicom),
    (177, Telecom),
    (178, Mobile),
    (180, Telecom),
    (181, Telecom),
    (182, Mobile),
    (183, Mobile),
    (184, Mobile),
    (185, Unicom),
    (186, Unicom),
    (187, Mobile),
    (188, Mobile),
    (189, Telecom),
    (190, Telecom),
    (191, Telecom),
    (192, Broadnet),
    (193, Telecom),
    (195, Mobile),
    (196, Unicom),
    (197, Mobile),
    (198, Mobile),
    (199, Telecom),
];

/// The same by the second to fourth digit: a look at one byte for each number.
const BY_PREFIX: [Option<Carrier>; 1000] = by_prefix();

const fn by_prefix() -> [Option<Carrier>; 1000] {
    let mut table = [None; 1000];
    let mut range = 0;
    while range < RANGES.len() {
        let (prefix, carrier) = RANGES[range];
        let (first, width) = if prefix < 1000 { (prefix * 10, 10) } else { (prefix, 1) };
        let mut offset = 0;
        while offset < width {
            table[(first % 1000) as usize + offset] = Some(carrier);
            offset += 1;
        }
        range += 1;
    }
    table
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no carrier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown carrier {0:?}: expected mobile, unicom, telecom or broadnet")]
pub struct UnknownCarrier(pub String);

impl FromStr for Carrier {
    type Err = UnknownCarrier;

    fn from_str(text: &str) -> Result<Self, UnknownCarrier> {
        Self::ALL.into_iter().find(|carrier| carrier.as_str() == text).ok_or_else(|| UnknownCarrier(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of this range; the rest are zeros.
    fn of(prefix: &str) -> Option<Carrier> {
        Carrier::of(&PhoneNumber::parse(&format!("{prefix:0<11}")).expect(prefix))
    }

    #[test]
    fn whole_ranges_belong_to_their_carrier() {
        let ranges = [
            (Mobile, "135 136 137 138 139 147 150 151 152 157 158 159 165 172 178 182 183 184 187 188 195 197 198"),
            (Unicom, "130 131 132 145 146 155 156 166 167 171 175 176 185 186 196"),
            (Telecom, "133 149 153 162 173 177 180 181 189 190 191 193 199"),
            (Broadnet, "192"),
        ];
        for (carrier, prefixes) in ranges {
            for prefix in prefixes.split(' ') {
                for fourth in 0..10 {
                    assert_eq!(of(&format!("{prefix}{fourth}")), Some(carrier), "{prefix}{fourth}");
                }
            }
        }
    }

    #[test]
    fn shared_ranges_are_told_by_the_fourth_digit() {
        for fourth in 0..9 {
            assert_eq!(of(&format!("134{fourth}")), Some(Mobile), "134{fourth}");
        }
        assert_eq!(of("1349"), Some(Telecom));
        let hosts = [Telecom, Telecom, Telecom, Mobile, Unicom, Mobile, Mobile, Unicom, Unicom, Unicom];
        for (fourth, host) in hosts.into_iter().enumerate() {
            assert_eq!(of(&format!("170{fourth}")), Some(host), "170{fourth}");
        }
        assert_eq!((of("1740"), of("1741"), of("1410"), of("1411")), (Some(Telecom), None, Some(Telecom), None));
    }

    #[test]
    fn ranges_that_nobody_has_and_other_countries_have_none() {
        for prefix in ["142", "143", "154", "161", "163", "164", "168", "169", "179", "194"] {
            assert_eq!(of(prefix), None, "{prefix}");
        }
        for foreign in ["+12025550123", "+85261234567", "+8613"] {
            assert_eq!(Carrier::of(&PhoneNumber::from_trusted_e164(foreign, 1)), None, "{foreign}");
        }
        for masked in ["+86138****0000", "****"] {
            assert_eq!(Carrier::of(&PhoneNumber::from_trusted_e164(masked, 86)), None, "{masked}");
        }
    }

    #[test]
    fn words_round_trip() {
        for carrier in Carrier::ALL {
            assert_eq!(carrier.as_str().parse(), Ok(carrier));
            assert_eq!(serde_json::to_string(&carrier).expect("writes"), format!("{:?}", carrier.as_str()));
        }
        assert!("China Mobile".parse::<Carrier>().is_err());
    }
}
