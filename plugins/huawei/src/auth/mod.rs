//! How a request proves who sends it: X-WSSE in `wsse`, AK/SK signatures (请求签名) in `aksk`, which some
//! applications also put on their pushes. Time and nonce are arguments, so that the worked vectors are tests.

pub mod aksk;
pub mod wsse;

/// An application's key and secret.
pub struct Credentials {
    pub key: String,
    pub secret: String,
}

/// The credentials of every worked vector.
#[cfg(test)]
pub fn example() -> Credentials {
    Credentials { key: "appkeyEXAMPLE0001".into(), secret: "appsecretEXAMPLE0001".into() }
}
