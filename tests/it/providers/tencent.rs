//! 腾讯云: a code for each number of a call, receipts pushed or pulled.

use super::scene::{losing, refusing, refusing_number};
use super::*;

fn provided(polled: bool) -> Provided {
    Provided {
        id: "tencent",
        simulated: Provider::Tencent,
        key: "AKIDexample0001",
        secret: "SKexample0001",
        config: |url| json!({"secret_id": "AKIDexample0001", "secret_key": "SKexample0001", "sdk_app_id": "1400000000", "endpoint": url}),
        options: json!({}),
        polled,
        codes: Some(["000001", "000002"]),
        sign_code: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_pushes() {
    let scene = Scene::ordinary_day(&provided(false)).await;
    let received = scene.received("13800000002");
    assert_eq!((received.params, received.sign_name.as_str()), (json!(["3号柜", "王女士"]), "示例签名"));
    scene.hears_a_person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_day_of_pulling() {
    let scene = Scene::ordinary_day(&provided(true)).await;
    scene.hears_a_person().await;
    assert_eq!(scene.balance().await["unit"], "message");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome() {
    let rows = vec![
        refusing_number("InvalidParameterValue.IncorrectPhoneNumber", "rejected", "bad-recipient"),
        refusing_number("LimitExceeded.PhoneNumberThirtySecondLimit", "deferred", "rate-limited"),
        refusing("FailedOperation.InsufficientBalanceInSmsPackage", "deferred", "no-balance"),
        refusing("AuthFailure.SignatureFailure", "deferred", "auth-failed"),
        refusing("InternalError.Timeout", "uncertain", ""),
        losing(),
    ];
    Scene::outcomes(&provided(false), rows).await;
}
