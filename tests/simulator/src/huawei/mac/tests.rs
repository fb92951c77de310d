//! The worked vectors of the provider's fact sheet.

use hyper::Request;

use super::{sdk, wsse};
use crate::huawei::options::Digest;
use crate::wire::RawRequest;

const SECRET: &str = "appsecretEXAMPLE0001";
const DATE: &str = "20240102T030405Z";
const HOST: &str = "smsapi.cn-north-4.myhuaweicloud.com";
const JSON: &str = r#"{"from":"8820000000000","statusCallback":"https://gw.example.com/cb/huawei","smsContent":[{"to":["+8613800000000"],"templateId":"00000000000000000000000000000000","templateParas":["369751"],"signature":"示例签名"}]}"#;

fn request(path: &str, headers: &[(&str, &str)], body: &'static str) -> RawRequest {
    let mut request = Request::post(path).header("host", HOST).header("x-sdk-date", DATE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    RawRequest { head: request.body(()).expect("a request").into_parts().0, body: body.into() }
}

#[test]
fn both_forms_of_the_digest() {
    let (nonce, created) = ("66C92B11FF8A425FB8D4CCFE0ED9ED1F", "2018-02-12T15:30:20Z");
    let digest = |form| wsse::digest(nonce, created, SECRET, form);
    let hex = "ZDViNzU1YmJlYWVhNDlkNTdiYWExNTJjNTAyYjVjZjUzZjBhNTdmYzgxMjlmOTAwN2Y5NjZjYmY4YjE1ZDExOA==";
    assert_eq!(digest(Digest::Hex), hex);
    assert_eq!(digest(Digest::Raw), "1bdVu+rqSdV7qhUsUCtc9T8KV/yBKfkAf5Zsv4sV0Rg=");
}

#[test]
fn the_headers_of_the_vector_are_understood() {
    let wsse = r#"UsernameToken Username="appkeyEXAMPLE0001",PasswordDigest="ZA==",Nonce="66C9",Created="2018-02-12T15:30:20Z""#;
    let request = request("/", &[("x-wsse", wsse)], "");
    let authorization = r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#;
    assert_eq!(wsse::key(&request, authorization), Ok("appkeyEXAMPLE0001"));
    let code = |authorization| wsse::key(&request, authorization).map_err(|refusal| refusal.code);
    assert_eq!(code(r#"WSSE realm="SDP",profile="UsernameToken",type="App""#), Err("E000006".to_owned()));
    assert_eq!(code("Basic x"), Err("E000008".to_owned()));
}

#[test]
fn a_signed_json_body() {
    let request = request("/sms/batchSendDiffSms/v1", &[("content-type", "application/json")], JSON);
    let canonical = sdk::canonical_request(&request, "content-type;host;x-sdk-date").expect("all sent");
    let expected = "POST\n/sms/batchSendDiffSms/v1/\n\ncontent-type:application/json\n\
        host:smsapi.cn-north-4.myhuaweicloud.com\nx-sdk-date:20240102T030405Z\n\ncontent-type;host;x-sdk-date\n\
        3a5ec616bf569e52ff063027bddf264e291b8098d80e27303a3b89b9508a1437";
    assert_eq!(canonical, expected);
    let mac = sdk::mac(SECRET, DATE, &canonical);
    assert_eq!(mac, "00feab411a1425de6e66069043caccb1df1d237ba5cea8310759629fbbb9b3cf");
}

#[test]
fn a_form_body_is_not_signed() {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-sdk-content-sha256", "UNSIGNED-PAYLOAD")];
    let request = request("/sms/batchSendSms/v1", &headers, "from=1");
    let names = "content-type;host;x-sdk-content-sha256;x-sdk-date";
    let canonical = sdk::canonical_request(&request, names).expect("all sent");
    let mac = sdk::mac(SECRET, DATE, &canonical);
    assert_eq!(mac, "5201ee05ddfd979dc9b10912fdc47100bd7c08f82ff1327af29a2b4d0de17365");
}

#[test]
fn an_old_date_is_refused() {
    let request = request("/sms/batchSendSms/v1", &[], "");
    let authorization = "SDK-HMAC-SHA256 Access=k, SignedHeaders=host;x-sdk-date, Signature=00";
    assert_eq!(sdk::key(authorization), Ok("k"));
    let refusal = sdk::check(&request, authorization, SECRET).expect_err("it is long ago");
    assert_eq!(refusal.message, "X-Sdk-Date is missing or more than 15 minutes off");
}
