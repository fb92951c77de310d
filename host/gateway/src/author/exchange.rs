//! One recorded HTTP exchange of a plugin, as it stands in a case file: the request it made, and what came back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jixinda_runtime::egress::{Problem, Request, Response, SendError};
use serde::{Deserialize, Serialize};

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub request: RecordedRequest,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedRequest {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    #[serde(default)]
    pub body: Body,
}

/// What came back: an answer, or none and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    Response {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        body: Body,
    },
    Error {
        problem: ProblemWord,
        /// Whether the provider may have acted.
        sent: bool,
    },
}

/// Text where it is text, else base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Body {
    Text(String),
    Binary { base64: String },
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Body {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Binary { base64: STANDARD.encode(bytes) },
        }
    }

    /// Base64 that is none is an empty body.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Binary { base64 } => STANDARD.decode(base64).unwrap_or_default(),
        }
    }
}

/// The words of the provider interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemWord {
    Denied,
    InvalidRequest,
    BudgetExceeded,
    Dns,
    Connect,
    Tls,
    Timeout,
    ConnectionLost,
    ResponseTooLarge,
    Other,
}

impl From<&Request> for RecordedRequest {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: Body::of(&request.body),
        }
    }
}

impl From<&Result<Response, SendError>> for Answer {
    fn from(answer: &Result<Response, SendError>) -> Self {
        match answer {
            Ok(response) => Self::Response {
                status: response.status,
                headers: response.headers.clone(),
                body: Body::of(&response.body),
            },
            Err(error) => Self::Error { problem: error.problem.into(), sent: error.sent },
        }
    }
}

impl From<&Answer> for Result<Response, SendError> {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Response { status, headers, body } => {
                Ok(Response { status: *status, headers: headers.clone(), body: body.bytes() })
            }
            Answer::Error { problem, sent } => {
                Err(SendError { problem: (*problem).into(), sent: *sent, detail: "as the case says".to_owned() })
            }
        }
    }
}

/// Headers of answers that say something to a plugin; the others are of one moment, or somebody's cookies.
const TELLING_HEADERS: [&str; 2] = ["content-type", "retry-after"];

impl Exchange {
    /// What may stand in a file: secrets scrubbed by `clean`, of an answer's headers only those that tell something.
    pub fn kept(&self, clean: impl Fn(&str) -> String) -> Self {
        let body = |body: &Body| match body {
            Body::Text(text) => Body::Text(clean(text)),
            Body::Binary { .. } => body.clone(),
        };
        let answer = match &self.answer {
            Answer::Response { status, headers, body: told } => {
                let telling = |name: &str| TELLING_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name));
                let headers = headers.iter().filter(|(name, _)| telling(name));
                Answer::Response {
                    status: *status,
                    headers: headers.map(|(name, value)| (name.clone(), clean(value))).collect(),
                    body: body(told),
                }
            }
            error @ Answer::Error { .. } => error.clone(),
        };
        let request = &self.request;
        Self {
            request: RecordedRequest {
                method: request.method.clone(),
                url: clean(&request.url),
                headers: request.headers.iter().map(|(name, value)| (name.clone(), clean(value))).collect(),
                body: body(&request.body),
            },
            answer,
        }
    }
}

/// Both ways, one line a word.
macro_rules! problem_words {
    ($($word:ident),+) => {
        impl From<Problem> for ProblemWord {
            fn from(problem: Problem) -> Self {
                match problem { $(Problem::$word => Self::$word,)+ }
            }
        }

        impl From<ProblemWord> for Problem {
            fn from(word: ProblemWord) -> Self {
                match word { $(ProblemWord::$word => Self::$word,)+ }
            }
        }
    };
}

problem_words!(
    Denied,
    InvalidRequest,
    BudgetExceeded,
    Dns,
    Connect,
    Tls,
    Timeout,
    ConnectionLost,
    ResponseTooLarge,
    Other
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_survive_the_file() {
        for bytes in [&b"{}"[..], &[0xd1, 0xe9, 0xff], b""] {
            let text = serde_json::to_string(&Body::of(bytes)).expect("JSON");
            let read: Body = serde_json::from_str(&text).expect("a body");
            assert_eq!(read.bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn an_answer_reads_as_people_write_it() {
        let answer: Answer =
            serde_json::from_str(r#"{"error": {"problem": "connection-lost", "sent": true}}"#).expect("an answer");
        let came: Result<Response, SendError> = (&answer).into();
        let error = came.expect_err("no answer");
        assert_eq!((error.problem, error.sent), (Problem::ConnectionLost, true));
        serde_json::from_str::<Answer>(r#"{"response": {"status": 200, "colour": "red"}}"#)
            .expect_err("an unknown word");
    }
}
