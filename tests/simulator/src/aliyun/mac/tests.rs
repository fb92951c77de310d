//! The worked vectors of the provider's fact sheet: A and B for V1, C and D for V3.

use hyper::Request;
use hyper::http::request::Parts;

use super::{TOLERANCE_MS, check_date, v1, v3};
use crate::aliyun::request::Rpc;
use crate::dates::parse_utc;

const SECRET: &str = "exampleKeySecret";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SIGNED: &str = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
const BUSINESS: &str = "OutId=msg-0001&PhoneNumbers=13800000000&SignName=%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D\
    &TemplateCode=SMS_000000&TemplateParam=%7B%22code%22%3A%2212%2034%2A~%2B%2F%3D%26%22%7D";
const FORM_A: &str = "AccessKeyId=LTAIexampleKeyId&Action=SendSms&Format=JSON&OutId=msg-0001&PhoneNumbers=13800000000\
    &RegionId=cn-hangzhou&SignName=%E7%A4%BA%E4%BE%8B%E7%AD%BE%E5%90%8D&SignatureMethod=HMAC-SHA1\
    &SignatureNonce=00000000-0000-4000-8000-000000000001&SignatureVersion=1.0&TemplateCode=SMS_000000\
    &TemplateParam=%7B%22code%22%3A%2212%2034%2A~%2B%2F%3D%26%22%7D&Timestamp=2024-01-02T03%3A04%3A05Z\
    &Version=2017-05-25&Signature=4rZFWHR4g%2By102SjkATVtNkN7es%3D";
const STRING_A: &str = "POST&%2F&AccessKeyId%3DLTAIexampleKeyId%26Action%3DSendSms%26Format%3DJSON%26OutId%3Dmsg-0001\
    %26PhoneNumbers%3D13800000000%26RegionId%3Dcn-hangzhou%26SignName%3D%25E7%25A4%25BA%25E4%25BE%258B%25E7%25AD%25BE\
    %25E5%2590%258D%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D00000000-0000-4000-8000-000000000001\
    %26SignatureVersion%3D1.0%26TemplateCode%3DSMS_000000%26TemplateParam%3D%257B%2522code%2522%253A%252212%252034%252A~\
    %252B%252F%253D%2526%2522%257D%26Timestamp%3D2024-01-02T03%253A04%253A05Z%26Version%3D2017-05-25";

fn form(uri: &str) -> Parts {
    let request = Request::post(uri).header("content-type", "application/x-www-form-urlencoded");
    request.body(()).expect("a request").into_parts().0
}

fn v3_head(uri: &str, payload: &str) -> Parts {
    let request = Request::post(uri)
        .header("host", "dysmsapi.aliyuncs.com")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-acs-action", "SendSms")
        .header("x-acs-content-sha256", payload)
        .header("x-acs-date", "2024-01-02T03:04:05Z")
        .header("x-acs-signature-nonce", "00000000000040008000000000000001")
        .header("x-acs-version", "2017-05-25");
    request.body(()).expect("a request").into_parts().0
}

#[test]
fn vector_a() {
    let head = form("/");
    let rpc = Rpc::new(&head, FORM_A.as_bytes());
    let claim = v1::claim(&rpc).expect("a claim");
    assert_eq!(claim.string_to_sign, STRING_A);
    assert_eq!(claim.mac, "4rZFWHR4g+y102SjkATVtNkN7es=");
    assert_eq!(claim.check(SECRET), Ok(()));
    assert!(claim.check("another").is_err());
}

#[test]
fn vector_a_with_an_empty_signature_type() {
    let head = form("/");
    let body = FORM_A.replace("&SignatureVersion", "&SignatureType=&SignatureVersion");
    let string = v1::string_to_sign(&Rpc::new(&head, body.as_bytes()));
    assert_eq!(v1::mac(SECRET, &string), "zo5qPiuJ7X2lK2QVNL/hGMSeaXs=");
}

#[test]
fn vector_b() {
    let query = "/?AccessKeyId=testId&Action=SendSms&Format=XML&OutId=123&PhoneNumbers=15300000001&RegionId=cn-hangzhou\
        &SignName=%E9%98%BF%E9%87%8C%E4%BA%91%E7%9F%AD%E4%BF%A1%E6%B5%8B%E8%AF%95%E4%B8%93%E7%94%A8\
        &SignatureMethod=HMAC-SHA1&SignatureNonce=45e25e9b-0a6f-4070-8c85-2956eda1b466&SignatureVersion=1.0\
        &TemplateCode=SMS_71390007&TemplateParam=%7B%22customer%22%3A%22test%22%7D&Timestamp=2017-07-12T02%3A42%3A19Z\
        &Version=2017-05-25";
    let head = Request::get(query).body(()).expect("a request").into_parts().0;
    let string = v1::string_to_sign(&Rpc::new(&head, b""));
    assert_eq!(v1::mac("testSecret", &string), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
}

#[test]
fn vector_c() {
    let head = v3_head(&format!("/?{BUSINESS}"), EMPTY);
    let canonical = v3::canonical_request(&Rpc::new(&head, b""), SIGNED, EMPTY);
    let string = v3::string_to_sign(&canonical);
    assert_eq!(string, "ACS3-HMAC-SHA256\n3efede6afc379ed85f7818f20de144c862821178e6ebf56dad42892b35e2e7d2");
    let expected = "9a63f4b2e86addbff7ca9fe5e35ed7b1c580e2adc10755e09aaf21ca8b06b549";
    assert_eq!(v3::mac(SECRET, &string), expected);
}

#[test]
fn vector_d() {
    let payload = "cc57263b9eeac93d79bfe1fdbb0ba6ff6bda4e6384aa1845ec0a6497b3626ed2";
    let mut head = v3_head("/", payload);
    let mac = "14b1325432bb2332160a2ca8c96e6d5a730df557986bd29a0db9df18b650abf6";
    let authorization =
        format!("ACS3-HMAC-SHA256 Credential=LTAIexampleKeyId,SignedHeaders=content-type;{SIGNED},Signature={mac}");
    head.headers.insert("authorization", authorization.parse().expect("a header"));
    let rpc = Rpc::new(&head, BUSINESS.as_bytes());
    let claim = v3::claim(&rpc).expect("a claim");
    let hash = "75186475f3a19524d812d0f597654226afb341d90925fb3305322201f3b40ed3";
    assert_eq!(claim.string_to_sign, format!("ACS3-HMAC-SHA256\n{hash}"));
    assert_eq!(claim.check(SECRET), Ok(()));
    assert!(claim.check("another").is_err());
}

#[test]
fn the_body_must_be_what_the_header_says() {
    let mut head = v3_head("/", EMPTY);
    let authorization = format!("ACS3-HMAC-SHA256 Credential=k,SignedHeaders=content-type;{SIGNED},Signature=00");
    head.headers.insert("authorization", authorization.parse().expect("a header"));
    let refusal = v3::claim(&Rpc::new(&head, BUSINESS.as_bytes())).err().expect("a refusal");
    assert_eq!(refusal.code, "SignatureDoesNotMatch");
}

#[test]
fn every_owed_header_must_be_signed() {
    let mut head = v3_head("/", EMPTY);
    let authorization = format!("ACS3-HMAC-SHA256 Credential=k,SignedHeaders={SIGNED},Signature=00");
    head.headers.insert("authorization", authorization.parse().expect("a header"));
    let refusal = v3::claim(&Rpc::new(&head, b"")).err().expect("a refusal");
    assert_eq!(refusal.message, "the header content-type is sent but not signed");
}

#[test]
fn dates_may_be_a_quarter_of_an_hour_off() {
    let date = "2024-01-02T03:04:05Z";
    let at = parse_utc(date).expect("a date");
    let tolerance = i64::try_from(TOLERANCE_MS).expect("small");
    let code = |now| check_date(date, now).map_err(|refusal| refusal.code);
    assert_eq!(code(at + tolerance), Ok(()));
    assert_eq!(code(at - tolerance), Ok(()));
    assert_eq!(code(at + tolerance + 1), Err("InvalidTimeStamp.Expired".to_owned()));
    assert_eq!(code(at - tolerance - 1), Err("InvalidTimeStamp.Expired".to_owned()));
    assert!(check_date("2024-01-02 03:04:05", at).is_err());
}
