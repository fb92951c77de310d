//! X-WSSE: a salted hash of the secret in a header. It proves the secret, not the body.

use jixinda_plugin_kit::digest::sha256;
use jixinda_plugin_kit::encoding::{base64, hex};

use super::Credentials;
use crate::config::DigestForm;

const AUTHORIZATION: &str = r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#;

/// The headers to send. The nonce is letters and digits and never used twice; `created` is real UTC, as the vendor
/// asks, even though a day's error would pass.
pub fn headers(credentials: &Credentials, nonce: &str, created: &str, form: DigestForm) -> Vec<(String, String)> {
    let token = format!(
        r#"UsernameToken Username="{}",PasswordDigest="{}",Nonce="{nonce}",Created="{created}""#,
        credentials.key,
        digest(&credentials.secret, nonce, created, form)
    );
    vec![("authorization".into(), AUTHORIZATION.into()), ("x-wsse".into(), token)]
}

fn digest(secret: &str, nonce: &str, created: &str, form: DigestForm) -> String {
    let hash = sha256(format!("{nonce}{created}{secret}").as_bytes());
    match form {
        DigestForm::Hex => base64(hex(&hash).as_bytes()),
        DigestForm::Raw => base64(&hash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::example;

    const NONCE: &str = "66C92B11FF8A425FB8D4CCFE0ED9ED1F";
    const CREATED: &str = "2018-02-12T15:30:20Z";
    const HEX: &str = "ZDViNzU1YmJlYWVhNDlkNTdiYWExNTJjNTAyYjVjZjUzZjBhNTdmYzgxMjlmOTAwN2Y5NjZjYmY4YjE1ZDExOA==";

    #[test]
    fn the_vector_in_both_forms() {
        let digest = |form| digest(&example().secret, NONCE, CREATED, form);
        assert_eq!(digest(DigestForm::Hex), HEX);
        assert_eq!(digest(DigestForm::Raw), "1bdVu+rqSdV7qhUsUCtc9T8KV/yBKfkAf5Zsv4sV0Rg=");
    }

    #[test]
    fn the_vectors_header() {
        let headers = headers(&example(), NONCE, CREATED, DigestForm::Hex);
        assert_eq!(headers[0].1, r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#);
        assert_eq!(
            headers[1].1,
            format!(
                r#"UsernameToken Username="appkeyEXAMPLE0001",PasswordDigest="{HEX}",Nonce="{NONCE}",Created="{CREATED}""#
            )
        );
    }
}
