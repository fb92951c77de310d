//! `X-Twilio-Signature`: how a callback proves where it comes from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::form::Form;

/// Over the URL and then every field of the form, by name, without anything between.
pub(super) fn of(auth_token: &str, url: &str, form: &[u8]) -> String {
    let form = Form::parse(form);
    let mut fields: Vec<_> = form.pairs().collect();
    fields.sort_unstable();
    fields.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::of;

    /// The sheet's vectors; the first is the vendor's own.
    #[test]
    fn worked_vectors() {
        let form = b"Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(of("12345", url, form), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let form = b"AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&From=%2B15550000001\
            &MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered\
            &SmsSid=SM00000000000000000000000000000001&SmsStatus=delivered&To=%2B8613800000000";
        let url = "https://gw.example.com/cb/twilio/status";
        assert_eq!(of("twilioAuthTokenExample", url, form), "GOXrI9so6uxzHNaAPo46wziL9Ms=");
    }
}
