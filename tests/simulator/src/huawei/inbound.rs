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
