//! An inbound text: a form to the callback.

use crate::dates;
use crate::form;
use crate::mailbox::ArrivedText;
use crate::push::PushBody;
use crate::wire::Provider;

/// It comes to the channel number and whatever extension the person wrote to.
pub(super) fn body(sender: &str, arrived: &ArrivedText) -> PushBody {
    let id = Provider::Huawei.wire().provider_id(arrived.id, 0);
    let to = format!("{sender}{}", arrived.text.dest_code.as_deref().unwrap_or_default());
    let fields = [
        ("smsMsgId", id),
        ("from", with_country(&arrived.text.number)),
        ("to", to),
        ("body", arrived.content.to_string()),
        ("createTime", dates::utc(arrived.at_ms)),
    ];
    PushBody::form(form::write(fields.iter().map(|(name, value)| (*name, Some(value.as_str())))))
}

/// Numbers are always told with `+` and country code; a test may have left them out for a mainland one.
fn with_country(number: &str) -> String {
    match number {
        _ if number.starts_with('+') => number.to_owned(),
        _ if number.len() == 11 && number.starts_with('1') => format!("+86{number}"),
        _ => format!("+{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbound_text_reads_like_the_providers() {
        let expected = "smsMsgId=00000000-0000-0001-0000-000000000000_0&from=%2B8613800000000&to=8820000000000&body=T\
            &createTime=1970-01-01T00%3A00%3A00Z";
        assert_eq!(body("8820000000000", &ArrivedText::example("T")).body, expected);
        assert_eq!(with_country("13000001234"), "+8613000001234", "eleven digits with a 1 are a mainland number");
        assert_eq!(with_country("85200000000"), "+85200000000");
    }
}
