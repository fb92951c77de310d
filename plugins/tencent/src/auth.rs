//! TC3-HMAC-SHA256 (请求签名). Type and host are signed, and the time is in what is signed; it is an argument, so that the
//! worked vectors are tests.

use jixinda_plugin_kit::canonical::{CanonicalRequest, hashed};
use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::digest::{hmac_sha256, hmac_sha256_chain};
use jixinda_plugin_kit::encoding::hex;
use jixinda_plugin_kit::request::authority;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const SERVICE: &str = "sms";
const END: &str = "tc3_request";

/// What signs a request.
pub struct Credentials {
    pub secret_id: String,
    pub secret_key: String,
    /// Only with temporary credentials.
    pub token: Option<String>,
}

/// The value of `Authorization` for a POST to "/" at this instant. `content_type` must be the header that is sent, to the
/// letter.
pub fn authorization(credentials: &Credentials, endpoint: &str, content_type: &str, body: &str, now: u64) -> String {
    let headers = [("content-type", content_type.to_owned()), ("host", authority(endpoint).to_owned())];
    let payload = hashed(body.as_bytes());
    let request = CanonicalRequest { method: "POST", path: "/", query: "", headers: &headers, payload: &payload };
    let day = Zone::UTC.format_date(now);
    let scope = format!("{day}/{SERVICE}/{END}");
    let to_sign = format!("{ALGORITHM}\n{}\n{scope}\n{}", now / 1000, request.hash());
    let key = hmac_sha256_chain(format!("TC3{}", credentials.secret_key).as_bytes(), &[&day, SERVICE, END]);
    let signature = hex(&hmac_sha256(&key, to_sign.as_bytes()));
    let names = request.signed_headers();
    format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credentials.secret_id)
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::NOW;

    use super::*;

    const BODY: &str = r#"{"PhoneNumberSet":["+8613800000000"],"SmsSdkAppId":"1400000000","TemplateId":"000001","SignName":"示例签名","TemplateParamSet":["369751","5"],"SessionContext":"msg-0001"}"#;

    #[test]
    fn the_vectors_of_both_content_types() {
        assert_eq!(hashed(BODY.as_bytes()), "90bab5a908a65588411e5ecf9b0ae8cd643b6e1951dfdb18086848233ce2e51e");
        let credentials =
            Credentials { secret_id: "AKIDexample0001".into(), secret_key: "SKexample0001".into(), token: None };
        for (content_type, hash, signature) in [
            (
                "application/json",
                "0bdccb4ae822dc735da2b42e607c6f128e3924ef00682680c6f4c7b5a72ddfba",
                "b10405d3631d0d4f9abeee2c119788f6851b372d66ce9059df89221c72eebba2",
            ),
            (
                "application/json; charset=utf-8",
                "61fd40bfd6780fac68ed4f14ad31cee1af7bab9979110d09dbecc8f499dc2a03",
                "bc53bb26921ce021608e8016f85d1513105c4d88cf4587793dcf8ff41f29f0c0",
            ),
        ] {
            let headers = [("content-type", content_type.to_owned()), ("host", "sms.tencentcloudapi.com".to_owned())];
            let payload = hashed(BODY.as_bytes());
            let request =
                CanonicalRequest { method: "POST", path: "/", query: "", headers: &headers, payload: &payload };
            assert_eq!(request.hash(), hash);
            assert_eq!(
                authorization(&credentials, "https://sms.tencentcloudapi.com", content_type, BODY, NOW),
                format!(
                    "TC3-HMAC-SHA256 Credential=AKIDexample0001/2024-01-02/sms/tc3_request, \
                     SignedHeaders=content-type;host, Signature={signature}"
                )
            );
        }
    }
}
