//! The signature of callbacks (请求签名): over the URL that Twilio called, and the fields of a form. It covers no time, so a
//! replay is not noticed here; the same events twice change nothing.

use jixinda_plugin_kit::callbacks::Call;
use jixinda_plugin_kit::canonical::hashed;
use jixinda_plugin_kit::digest::{constant_time_eq, hmac_sha1, hmac_sha256};
use jixinda_plugin_kit::encoding::{base64, parse_form};

/// What callbacks are verified with.
pub struct Keys {
    pub auth_token: String,
    /// Of the newer scheme, which is UNCONFIRMED.
    pub webhook_key: Option<String>,
}

/// Whether a callback bears the account's signature; if not, why. `url` is the public one that was called.
pub fn verify(keys: &Keys, call: &Call, url: &str) -> Result<(), &'static str> {
    let told = call.header("x-twilio-signature").ok_or("the callback is not signed")?;
    let fields = if is_json(call) {
        check_body(call)?;
        Vec::new()
    } else {
        parse_form(&call.text())
    };
    let fits = |url: &String| {
        let text = signed_text(url, &fields);
        let with_key = keys.webhook_key.as_ref().filter(|_| is_newer_scheme(call));
        let expected = match with_key {
            Some(key) => base64(&hmac_sha256(key.as_bytes(), text.as_bytes())),
            None => base64(&hmac_sha1(keys.auth_token.as_bytes(), text.as_bytes())),
        };
        constant_time_eq(expected.as_bytes(), told.as_bytes())
    };
    if spellings(url).iter().any(fits) { Ok(()) } else { Err("the callback's signature does not verify") }
}

/// The URL, then name and value of each field in byte order of the names; a name's value counts once.
fn signed_text(url: &str, fields: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value)
}

/// Twilio may sign the URL with its port or without.
fn spellings(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |end| rest.split_at(end));
    let other = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.to_owned(),
        _ => format!("{authority}:{}", if scheme == "https" { 443 } else { 80 }),
    };
    vec![url.to_owned(), format!("{scheme}://{other}{path}")]
}

fn is_json(call: &Call) -> bool {
    call.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"))
}

/// A body that is no form is signed by way of the query.
fn check_body(call: &Call) -> Result<(), &'static str> {
    let query = parse_form(&call.query);
    let told = query.iter().find(|(name, _)| name == "bodySHA256").ok_or("the body is not signed")?;
    let is_same = constant_time_eq(told.1.to_ascii_lowercase().as_bytes(), hashed(&call.body).as_bytes());
    if is_same { Ok(()) } else { Err("the body is not the one that was signed") }
}

fn is_newer_scheme(call: &Call) -> bool {
    call.header("x-twilio-webhooks-signature-settings").is_some_and(|settings| settings.contains("HMAC_SHA256"))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples;

    use super::*;
    use crate::testing::STATUS;

    const FORM: &str = "application/x-www-form-urlencoded";
    const VECTOR_A: &str =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    const URL_A: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const URL_B: &str = "https://gw.example.com/cb/twilio/status";
    const SIGNATURE_B: &str = "GOXrI9so6uxzHNaAPo46wziL9Ms=";

    fn keys(auth_token: &str) -> Keys {
        Keys { auth_token: auth_token.into(), webhook_key: None }
    }

    fn call(body: &str, signature: &str) -> Call {
        let mut call = samples::call(FORM, body);
        call.headers.push(("X-Twilio-Signature".into(), signature.into()));
        call
    }

    #[test]
    fn both_vectors() {
        assert_eq!(verify(&keys("12345"), &call(VECTOR_A, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), URL_A), Ok(()));
        assert_eq!(verify(&keys("twilioAuthTokenExample"), &call(STATUS, SIGNATURE_B), URL_B), Ok(()));
        let text = signed_text(URL_B, &parse_form(STATUS));
        assert_eq!(
            text,
            "https://gw.example.com/cb/twilio/statusAccountSidAC00000000000000000000000000000001ApiVersion2010-04-01\
             From+15550000001MessageSidSM00000000000000000000000000000001MessageStatusdelivered\
             SmsSidSM00000000000000000000000000000001SmsStatusdeliveredTo+8613800000000"
        );
    }

    #[test]
    fn the_vector_of_the_newer_scheme() {
        let keys = Keys { auth_token: "other".into(), webhook_key: Some("twilioAuthTokenExample".into()) };
        let mut call = call(STATUS, "5NefaMFxFErnPtrFt1YU5ZD3gmLadXKZTXAx3zkDfJw=");
        assert!(verify(&keys, &call, URL_B).is_err(), "only where the callback says so");
        let settings = "key=k,algorithm=HMAC_SHA256".to_owned();
        call.headers.push(("X-Twilio-Webhooks-Signature-Settings".into(), settings));
        assert_eq!(verify(&keys, &call, URL_B), Ok(()));
    }

    #[test]
    fn a_forged_callback_does_not_verify() {
        let keys = keys("twilioAuthTokenExample");
        assert!(verify(&keys, &samples::call(FORM, STATUS), URL_B).is_err());
        assert!(verify(&keys, &call(&STATUS.replace("delivered", "failed"), SIGNATURE_B), URL_B).is_err());
        assert!(verify(&keys, &call(STATUS, SIGNATURE_B), "https://gw.example.com/cb/other/status").is_err());
        assert!(verify(&keys, &call(STATUS, ""), URL_B).is_err());
    }

    #[test]
    fn a_url_is_tried_with_its_port_and_without() {
        let keys = keys("twilioAuthTokenExample");
        assert_eq!(verify(&keys, &call(STATUS, SIGNATURE_B), "https://gw.example.com:443/cb/twilio/status"), Ok(()));
        assert_eq!(spellings("http://a.example.com/x"), ["http://a.example.com/x", "http://a.example.com:80/x"]);
        assert_eq!(spellings("https://a.example.com:8443"), ["https://a.example.com:8443", "https://a.example.com"]);
    }

    #[test]
    fn a_json_body_is_signed_by_the_query() {
        let keys = keys("12345");
        let body = r#"{"a":1}"#;
        let query = format!("bodySHA256={}", hashed(body.as_bytes()));
        let url = format!("{URL_B}?{query}");
        let signature = base64(&hmac_sha1(b"12345", url.as_bytes()));
        let mut call = samples::call("application/json; charset=utf-8", body);
        call.headers.push(("x-twilio-signature".into(), signature));
        call.query = query;
        assert_eq!(verify(&keys, &call, &url), Ok(()));
        let changed = Call { body: b"{}".to_vec(), ..call.clone() };
        assert_eq!(verify(&keys, &changed, &url), Err("the body is not the one that was signed"));
        let bare = Call { query: String::new(), ..call };
        assert_eq!(verify(&keys, &bare, &url), Err("the body is not signed"));
    }

    #[test]
    fn a_repeated_name_counts_each_value_once() {
        let fields = parse_form("b=2&a=1&b=1&b=2");
        assert_eq!(signed_text("u", &fields), "ua1b1b2");
    }
}
