//! Samples for native tests: an account, messages, a provider's call, and outcomes in a few words.

use crate::callbacks::Call;
use crate::encoding::parse_form;
use crate::http::Request;
use crate::lookup::Sent;
use crate::types::{Account, Batch, Message, Outcome};

/// 2024-01-02T03:04:05Z, 11:04:05 in Beijing.
pub const NOW: u64 = 1_704_164_645_000;

/// An account with these settings, called back at `https://gw.example.com/cb/acc_1/token`.
#[must_use]
pub fn account(config: &str) -> Account {
    Account {
        id: "acc_1".into(),
        config: config.into(),
        callback_url: Some("https://gw.example.com/cb/acc_1/token".into()),
    }
}

/// Batch `cal_1`, serial 9000.
#[must_use]
pub fn batch() -> Batch {
    Batch { id: "cal_1".into(), serial: "9000".into() }
}

/// Message `msg_<n>`, serial `<n>`, a notice to 1380000<n, four digits>.
#[must_use]
pub fn message(n: u32) -> Message {
    Message {
        id: format!("msg_{n}"),
        serial: n.to_string(),
        recipient: format!("+861380000{n:04}"),
        country_code: 86,
        category: "notice".into(),
        sign_name: "示例签名".into(),
        sign_code: None,
        text: "验证码：6666".into(),
        template_code: Some("000001".into()),
        params: vec![("code".into(), "369751".into()), ("minutes".into(), "5".into())],
        extension: None,
        attempt: 1,
        maybe_sent: false,
        validity_seconds: None,
        extra: Vec::new(),
    }
}

/// What is asked about [`message`] after it was sent at [`NOW`].
#[must_use]
pub fn sent(n: u32, upstream_id: Option<&str>) -> Sent {
    let Message { id, serial, recipient, .. } = message(n);
    Sent { id, serial, batch: batch(), upstream_id: upstream_id.map(str::to_owned), recipient, at: NOW }
}

/// A provider's POST to the callback URL itself.
#[must_use]
pub fn call(content_type: &str, body: impl Into<Vec<u8>>) -> Call {
    Call {
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        headers: vec![("Content-Type".into(), content_type.into()), ("Host".into(), "gw.example.com".into())],
        body: body.into(),
        remote_address: "127.0.0.1".into(),
    }
}

/// A field of a request's form.
#[must_use]
pub fn field(request: &Request, name: &str) -> Option<String> {
    let form = parse_form(&body(request));
    form.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A request's body.
///
/// # Panics
/// Where it is not UTF-8.
#[must_use]
pub fn body(request: &Request) -> String {
    String::from_utf8(request.body.clone()).expect("a text")
}

/// The first header of that name, in any case.
#[must_use]
pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// An outcome in a few words: `rejected BadRecipient nowhere`, `deferred RateLimited Account 1000`, `uncertain`.
#[must_use]
pub fn brief(outcome: &Outcome) -> String {
    let word = |word: String| word.rsplit("::").next().unwrap_or_default().to_owned();
    match outcome {
        Outcome::Accepted(it) => {
            format!("accepted {}", it.upstream_id.as_deref().unwrap_or_default()).trim_end().to_owned()
        }
        Outcome::Rejected(it) => {
            let where_else = if it.elsewhere { "elsewhere" } else { "nowhere" };
            format!("rejected {} {where_else}", word(format!("{:?}", it.reason)))
        }
        Outcome::Deferred(it) => {
            let pause = it.retry_after_ms.map(|pause| format!(" {pause}")).unwrap_or_default();
            format!("deferred {} {}{pause}", word(format!("{:?}", it.reason)), word(format!("{:?}", it.scope)))
        }
        Outcome::Uncertain(it) => {
            format!("uncertain {}", it.upstream_id.as_deref().unwrap_or_default()).trim_end().to_owned()
        }
    }
}

/// Outcomes in a few words each.
#[must_use]
pub fn briefs(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(brief).collect()
}
