//! The provider's message ids: 64 bits that its documents print signed and unsigned, and that are counted on from the
//! first message of a request. They are never taken through a double.

/// An id by its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(u64);

/// What the id of each part of a long text adds to the one before.
const PART_STEP: u64 = 1 << 34;

impl MessageId {
    /// Reads the digits, signed or unsigned; zero is no id.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let bits = text.parse::<u64>().ok().or_else(|| text.parse::<i64>().ok().map(i64::cast_unsigned))?;
        (bits != 0).then_some(Self(bits))
    }

    /// The id of the message so many places after the first.
    pub fn of_recipient(self, place: usize) -> Self {
        Self(self.0.wrapping_add(place as u64))
    }

    /// The id of the message that this part, counted from one, belongs to.
    pub fn of_whole(self, part: u32) -> Self {
        let parts_before = u64::from(part.saturating_sub(1));
        Self(self.0.wrapping_sub(parts_before.wrapping_mul(PART_STEP)))
    }

    /// The digits, signed as the documents say: one form for what may be printed in two.
    pub fn text(self) -> String {
        self.0.cast_signed().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        MessageId::read(text).map(MessageId::text)
    }

    #[test]
    fn signed_and_unsigned_are_the_same_id() {
        assert_eq!(normal("9223372036800000001").as_deref(), Some("9223372036800000001"));
        assert_eq!(normal("9223372036854775808").as_deref(), Some("-9223372036854775808"));
        assert_eq!(normal("-9223372036854775808").as_deref(), Some("-9223372036854775808"));
        assert_eq!(normal("18446744073709551615"), normal("-1"));
        for none in ["", "0", "x", "1.5", "1e3", "18446744073709551616"] {
            assert_eq!(normal(none), None, "{none}");
        }
    }

    #[test]
    fn the_arithmetic_wraps() {
        let last = MessageId::read("9223372036854775807").unwrap();
        assert_eq!(last.of_recipient(1).text(), "-9223372036854775808");
        let third_part = MessageId(5_u64.wrapping_add(2 * PART_STEP));
        assert_eq!((third_part.of_whole(3).text(), MessageId(5).of_whole(1).text()), ("5".into(), "5".into()));
        assert_eq!(MessageId(5).of_whole(0).text(), "5");
        assert_eq!(MessageId(1).of_whole(2).text(), (1_i64 - (1 << 34)).to_string());
    }
}
