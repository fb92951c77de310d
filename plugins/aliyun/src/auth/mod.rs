//! Request signatures (请求签名): V3 in `v3`, the older RPC style in `v1`. Both take time and nonce as
//! arguments, so that the worked vectors are tests.

pub mod v1;
pub mod v3;

use jixinda_plugin_kit::{Gateway, china_time, encoding};

/// The version of the SMS API; each operation is of this one.
pub const API_VERSION: &str = "2017-05-25";

/// Parameters of an operation, by name.
pub type Params = Vec<(&'static str, String)>;

/// What signs a request.
pub struct Credentials {
    pub key_id: String,
    pub key_secret: String,
    /// Only with temporary (STS) credentials.
    pub security_token: Option<String>,
}

/// When a request is signed, and the number that makes it singular. Never used twice.
pub struct Stamp {
    pub date: String,
    pub nonce: String,
}

impl Stamp {
    pub fn fresh(gateway: &dyn Gateway) -> Self {
        Self { date: china_time::iso_utc(gateway.now()), nonce: encoding::hex(&gateway.random(16)) }
    }
}

/// Sorted by name in byte order, percent-encoded, joined: both signatures' canonical form.
fn canonical(params: &Params) -> String {
    let mut sorted: Vec<_> = params.iter().map(|(name, value)| (*name, value)).collect();
    sorted.sort_unstable();
    encoding::pairs(sorted)
}

#[cfg(test)]
pub mod vectors {
    //! The inputs that the vectors of both versions share.

    use super::{Credentials, Params};

    pub fn credentials() -> Credentials {
        Credentials { key_id: "LTAIexampleKeyId".into(), key_secret: "exampleKeySecret".into(), security_token: None }
    }

    pub fn params() -> Params {
        vec![
            ("PhoneNumbers", "13800000000".into()),
            ("SignName", "示例签名".into()),
            ("TemplateCode", "SMS_000000".into()),
            ("TemplateParam", r#"{"code":"12 34*~+/=&"}"#.into()),
            ("OutId", "msg-0001".into()),
        ]
    }
}
