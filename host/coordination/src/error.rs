//! What can go wrong between a caller and Redis.

use redis::ErrorKind;

/// A command did not do what was asked. The store holds the truth, so a caller may go on without.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisError {
    /// There is no connection now; one is being looked for in the background.
    #[error("redis is away")]
    Away,
    /// No answer within the command's patience. The command may have been carried out all the same.
    #[error("redis did not answer in time")]
    Timeout,
    /// The connection broke. The command may have been carried out all the same.
    #[error("the connection to redis broke: {0}")]
    Broken(String),
    /// The server answered, with a refusal.
    #[error("redis refused: {code} {message}")]
    Refused {
        /// The server's word, for example `NOGROUP`.
        code: String,
        /// The server's sentence.
        message: String,
    },
}

impl RedisError {
    /// Whether this was the server's answer with this code.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the connection is of no more use: it broke, or leads to a server that does not take what we write.
    pub(crate) fn needs_new_look(&self) -> bool {
        const CODES: [&str; 9] =
            ["READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOAUTH", "WRONGPASS", "MOVED", "REPLICA"];
        match self {
            Self::Away => false,
            Self::Timeout | Self::Broken(_) => true,
            Self::Refused { code, .. } => CODES.contains(&code.as_str()),
        }
    }

    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), message: message.into() }
    }
}

impl From<redis::RedisError> for RedisError {
    fn from(error: redis::RedisError) -> Self {
        if let Some(code) = error.code() {
            return Self::refused(code, error.detail().unwrap_or_default());
        }
        match error.kind() {
            ErrorKind::UnexpectedReturnType | ErrorKind::InvalidClientConfig => {
                Self::refused("CLIENT", error.to_string())
            }
            // A pipeline's own text repeats every command's error: the first says enough.
            ErrorKind::Extension => match error.clone().into_server_errors().as_deref() {
                Some([(_, first), ..]) => Self::refused(first.code(), first.details().unwrap_or_default()),
                _ => Self::refused("ERR", error.to_string()),
            },
            ErrorKind::AuthenticationFailed => {
                Self::refused("WRONGPASS", format!("the user or the password is wrong ({error})"))
            }
            _ if error.is_timeout() => Self::Timeout,
            _ => Self::Broken(error.to_string()),
        }
    }
}
