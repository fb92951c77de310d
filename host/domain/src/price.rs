//! What a segment costs: an [`Amount`] that can be compared.

use crate::attempt::Amount;

/// Decimals that a price may have.
const DECIMALS: usize = 6;
/// Digits before the point: a million a segment is a mistake.
const WHOLE_DIGITS: usize = 6;

/// The amount is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrice {
    /// Not a plain decimal.
    #[error(
        "expected a decimal of 0 or more as text, with at most 6 digits before the point and 6 after it: \"0.045\""
    )]
    Value,
    /// Not a currency.
    #[error("expected a currency by ISO 4217: CNY, USD")]
    Unit,
}

impl Amount {
    /// Checks it as the price of a segment.
    ///
    /// # Errors
    /// Where it is negative, no plain decimal, or in no currency.
    pub fn check_price(&self) -> Result<(), InvalidPrice> {
        self.micros().ok_or(InvalidPrice::Value)?;
        // What people write for CNY: letters of the right shape that name no currency.
        let shaped =
            self.unit.len() == 3 && self.unit.bytes().all(|byte| byte.is_ascii_uppercase()) && self.unit != "RMB";
        if shaped { Ok(()) } else { Err(InvalidPrice::Unit) }
    }

    /// Its value in millionths of its unit; `None` where it is not a decimal of at most 6 digits before the point and 6 after it.
    pub fn micros(&self) -> Option<u64> {
        let (whole, fraction) = self.value.split_once('.').unwrap_or((&self.value, "0"));
        let plain =
            |digits: &str, most| (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole, WHOLE_DIGITS) || !plain(fraction, DECIMALS) {
            return None;
        }
        let scale = 10_u64.pow(u32::try_from(DECIMALS - fraction.len()).ok()?);
        Some(whole.parse::<u64>().ok()? * 1_000_000 + fraction.parse::<u64>().ok()? * scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(value: &str, unit: &str) -> Amount {
        Amount { value: value.to_owned(), unit: unit.to_owned() }
    }

    #[test]
    fn decimals_become_millionths() {
        let cases =
            [("0", 0), ("0.045", 45_000), ("1", 1_000_000), ("12.5", 12_500_000), ("999999.999999", 999_999_999_999)];
        for (value, micros) in cases {
            assert_eq!(amount(value, "CNY").micros(), Some(micros), "{value}");
            assert_eq!(amount(value, "CNY").check_price(), Ok(()), "{value}");
        }
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for value in ["", "-1", "+1", "1.", ".5", "1e3", "0.0000001", "1,5", " 1", "1000000", "1.2.3", "１"] {
            assert_eq!(amount(value, "CNY").check_price(), Err(InvalidPrice::Value), "{value}");
        }
        for unit in ["", "cny", "RMB", "message", "¥", "CN"] {
            assert_eq!(amount("1", unit).check_price(), Err(InvalidPrice::Unit), "{unit}");
        }
    }
}
