//! The canonical request that Amazon's fourth signature made common: Aliyun, Huawei, JD Cloud and Tencent hash
//! the same lines, and differ in which headers they sign and in what they do with the hash.

use crate::digest::sha256;
use crate::encoding::hex;

/// What of a request is signed.
pub struct CanonicalRequest<'a> {
    /// In capitals.
    pub method: &'a str,
    /// Percent-encoded.
    pub path: &'a str,
    /// Sorted and percent-encoded; empty where there is none.
    pub query: &'a str,
    /// Lower-case names, sorted by them.
    pub headers: &'a [(&'a str, String)],
    /// What stands for the body: mostly [`hashed`].
    pub payload: &'a str,
}

impl CanonicalRequest<'_> {
    /// The lines.
    #[must_use]
    pub fn text(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let names = self.signed_headers();
        format!("{}\n{}\n{}\n{headers}\n{names}\n{}", self.method, self.path, self.query, self.payload)
    }

    /// Lower-case hex of the lines' SHA-256.
    #[must_use]
    pub fn hash(&self) -> String {
        hashed(self.text().as_bytes())
    }

    /// The names of the signed headers, joined by ";".
    #[must_use]
    pub fn signed_headers(&self) -> String {
        self.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";")
    }
}

/// Lower-case hex of SHA-256.
#[must_use]
pub fn hashed(data: &[u8]) -> String {
    hex(&sha256(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_stand_as_amazon_set_them() {
        let headers = [("content-type", "application/json ".to_owned()), ("host", "api.example.com".to_owned())];
        let request =
            CanonicalRequest { method: "POST", path: "/v1/", query: "", headers: &headers, payload: &hashed(b"") };
        assert_eq!(
            request.text(),
            "POST\n/v1/\n\ncontent-type:application/json\nhost:api.example.com\n\ncontent-type;host\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(request.hash(), hashed(request.text().as_bytes()));
    }
}
