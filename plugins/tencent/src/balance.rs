//! What is left of the account's packages: `SmsPackagesStatistics`, summed over those that have not expired.

use jixinda_plugin_kit::china_time::Zone;
use jixinda_plugin_kit::json;
use jixinda_plugin_kit::types::{Amount, Failure};
use serde_json::{Value, json};

use crate::client::Client;
use crate::poll::elements;
use crate::receipt::instant;

/// The most packages that one answer holds.
const MOST: u32 = 500;
/// Packages are asked for by when they were bought; they last two years.
const LIFETIME_MS: u64 = 2 * 366 * 24 * 3_600_000;

pub fn get(client: &Client) -> Result<Amount, Failure> {
    let now = client.gateway.now();
    let body = json!({
        "SmsSdkAppId": client.config.sdk_app_id,
        "Limit": MOST,
        "Offset": 0,
        "BeginTime": hour(now.saturating_sub(LIFETIME_MS)),
        "EndTime": hour(now),
    });
    let response = client.ask("SmsPackagesStatistics", body)?;
    let left: i64 = elements(&response).iter().filter(|package| !has_expired(package, now)).map(left).sum();
    Ok(Amount { value: left.to_string(), unit: "message".into() })
}

/// `yyyyMMddHH`, in Beijing.
fn hour(instant: u64) -> String {
    let mut compact = Zone::CHINA.format_compact(instant);
    compact.truncate(10);
    compact
}

fn has_expired(package: &Value, now: u64) -> bool {
    json::text(package, "PackageExpiredTime").and_then(|time| instant(&time)).is_some_and(|end| end <= now)
}

fn left(package: &Value) -> i64 {
    let number = |key: &str| json::integer(package, key).and_then(|number| i64::try_from(number).ok()).unwrap_or(0);
    number("PackageAmount").saturating_sub(number("CurrentUsage"))
}

#[cfg(test)]
mod tests {
    use jixinda_plugin_kit::samples::body;

    use super::*;
    use crate::testing::{account, gateway};

    #[test]
    fn packages_are_summed_but_for_expired_ones() {
        let gateway = gateway().answer(
            200,
            r#"{"Response":{"SmsPackagesStatisticsSet":[
                {"PackageAmount":1000,"CurrentUsage":400,"PackageExpiredTime":1799999999},
                {"PackageAmount":1000,"CurrentUsage":0,"PackageExpiredTime":1600000000},
                {"PackageAmount":"10","CurrentUsage":"3"}],"RequestId":"r"}}"#,
        );
        let account = account("");
        let client = Client::open(&gateway, &account).unwrap_or_else(|_| panic!("opens"));
        assert_eq!(get(&client), Ok(Amount { value: "607".into(), unit: "message".into() }));
        let asked: Value = serde_json::from_str(&body(&gateway.requests()[0])).unwrap();
        assert_eq!((&asked["EndTime"], &asked["BeginTime"]), (&json!("2024010211"), &json!("2021123111")));
    }
}
