//! The older RPC signature, HMAC-SHA1: everything is a parameter, and the signature is one more.

use jixinda_plugin_kit::digest::hmac_sha1;
use jixinda_plugin_kit::encoding::{base64, percent};

use super::{API_VERSION, Credentials, Params, Stamp, canonical};

/// The form body of an operation: common and own parameters, the signature last.
pub fn body(action: &str, region: &str, params: &Params, credentials: &Credentials, stamp: &Stamp) -> String {
    let mut all = params.clone();
    all.extend([
        ("AccessKeyId", credentials.key_id.clone()),
        ("Action", action.to_owned()),
        ("Format", "JSON".to_owned()),
        ("RegionId", region.to_owned()),
        ("SignatureMethod", "HMAC-SHA1".to_owned()),
        ("SignatureNonce", stamp.nonce.clone()),
        ("SignatureVersion", "1.0".to_owned()),
        ("Timestamp", stamp.date.clone()),
        ("Version", API_VERSION.to_owned()),
    ]);
    if let Some(token) = &credentials.security_token {
        all.push(("SecurityToken", token.clone()));
    }
    let canonical = canonical(&all);
    let signature = signature("POST", &canonical, &credentials.key_secret);
    format!("{canonical}&Signature={}", percent(&signature))
}

fn signature(method: &str, canonical: &str, key_secret: &str) -> String {
    let to_sign = string_to_sign(method, canonical);
    base64(&hmac_sha1(format!("{key_secret}&").as_bytes(), to_sign.as_bytes()))
}

fn string_to_sign(method: &str, canonical: &str) -> String {
    format!("{method}&%2F&{}", percent(canonical))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::vectors::{credentials, params};

    const NONCE: &str = "00000000-0000-4000-8000-000000000001";

    #[test]
    fn vector_a_post() {
        let stamp = Stamp { date: "2024-01-02T03:04:05Z".into(), nonce: NONCE.into() };
        let body = body("SendSms", "cn-hangzhou", &params(), &credentials(), &stamp);
        assert_eq!(
            body,
            "AccessKeyId=LTAIexampleKeyId&Action=SendSms&Format=JSON&OutId=msg-0001&PhoneNumbers=13800000000&\
             RegionId=cn-hangzhou&SignName=%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D&SignatureMethod=HMAC-SHA1&\
             SignatureNonce=00000000-0000-4000-8000-000000000001&SignatureVersion=1.0&TemplateCode=SMS_000000&\
             TemplateParam=%7B%22code%22%3A%2212%2034%2A~%2B%2F%3D%26%22%7D&Timestamp=2024-01-02T03%3A04%3A05Z&\
             Version=2017-05-25&Signature=4rZFWHR4g%2By102SjkATVtNkN7es%3D"
        );
    }

    #[test]
    fn vector_a_string_to_sign() {
        let start = string_to_sign("POST", "AccessKeyId=LTAIexampleKeyId&TemplateParam=%7B%22code%22");
        assert_eq!(start, "POST&%2F&AccessKeyId%3DLTAIexampleKeyId%26TemplateParam%3D%257B%2522code%2522");
    }

    #[test]
    fn vector_a_with_an_empty_signature_type() {
        let params = vec![
            ("AccessKeyId", "LTAIexampleKeyId".to_owned()),
            ("Action", "SendSms".into()),
            ("Format", "JSON".into()),
            ("RegionId", "cn-hangzhou".into()),
            ("SignatureMethod", "HMAC-SHA1".into()),
            ("SignatureNonce", NONCE.into()),
            ("SignatureType", String::new()),
            ("SignatureVersion", "1.0".into()),
            ("Timestamp", "2024-01-02T03:04:05Z".into()),
            ("Version", API_VERSION.into()),
        ];
        let canonical = canonical(&[params, crate::auth::vectors::params()].concat());
        assert_eq!(signature("POST", &canonical, "exampleKeySecret"), "zo5qPiuJ7X2lK2QVNL/hGMSeaXs=");
    }

    #[test]
    fn vector_b_get() {
        let params = vec![
            ("AccessKeyId", "testId".to_owned()),
            ("Action", "SendSms".into()),
            ("Format", "XML".into()),
            ("OutId", "123".into()),
            ("PhoneNumbers", "15300000001".into()),
            ("RegionId", "cn-hangzhou".into()),
            ("SignName", "阿里云短信测试专用".into()),
            ("SignatureMethod", "HMAC-SHA1".into()),
            ("SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466".into()),
            ("SignatureVersion", "1.0".into()),
            ("TemplateCode", "SMS_71390007".into()),
            ("TemplateParam", r#"{"customer":"test"}"#.into()),
            ("Timestamp", "2017-07-12T02:42:19Z".into()),
            ("Version", API_VERSION.into()),
        ];
        assert_eq!(signature("GET", &canonical(&params), "testSecret"), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
    }
}
