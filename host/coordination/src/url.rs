//! [`RedisUrl`]: where Redis is and how to get in, in one line of the configuration.
//!
//! The `url` crate knows one host only, so the parts are taken apart here.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

const SERVER_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// Where Redis is: `redis://[user:password@]host[:port][/db]`,
/// `redis+sentinel://[user:password@]h1[:26379],h2,h3/master[/db][?sentinel_user=&sentinel_password=]` or
/// `redis+cluster://[user:password@]h1[:6379],h2…`. With `rediss` instead of `redis` over TLS; `?ca=/path/to/ca.pem`
/// names a private authority. Its text forms never show a password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(crate) form: Form,
    /// One server, the sentinels, or some of the cluster's nodes.
    pub(crate) hosts: Vec<Host>,
    pub(crate) credentials: Credentials,
    /// For the sentinels themselves.
    pub(crate) sentinel_credentials: Credentials,
    pub(crate) database: i64,
    pub(crate) tls: bool,
    /// Certificates that are trusted instead of the public ones, PEM.
    pub(crate) authority: Option<PathBuf>,
}

/// How the servers stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Standalone,
    Sentinel { master: String },
    Cluster,
}

/// A server's name or address, and its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// A user and a password, where the server asks for them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

/// The text is not a Redis URL; the message says what is expected and never repeats the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a Redis URL {0}; it must look like redis://host:6379, redis+sentinel://host1,host2,host3/mymaster \
     or redis+cluster://host1,host2,host3 (rediss for TLS)"
)]
pub struct RedisUrlError(String);

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(text: &str) -> Result<Self, RedisUrlError> {
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(|| wrong("starts with redis://"))?;
        let (tls, kind) = match scheme.split_once('+').unwrap_or((scheme, "")) {
            ("redis", kind) => (false, kind),
            ("rediss", kind) => (true, kind),
            _ => return Err(wrong("starts with redis:// or rediss://")),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // A password may hold an unescaped '/' or '@': the last '@' ends it.
        let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
        let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
        let mut path = path.split('/').filter(|part| !part.is_empty());

        let port = if kind == "sentinel" { SENTINEL_PORT } else { SERVER_PORT };
        let form = match kind {
            "" => Form::Standalone,
            "cluster" => Form::Cluster,
            "sentinel" => Form::Sentinel {
                master: path
                    .next()
                    .map(decode)
                    .ok_or_else(|| wrong("with sentinels names the master after the hosts"))??,
            },
            _ => return Err(wrong("is of a kind that is not known")),
        };
        let mut url = Self {
            hosts: hosts.split(',').map(|host| Host::parse(host, port)).collect::<Result<_, _>>()?,
            credentials: login.map(Credentials::parse).transpose()?.unwrap_or_default(),
            sentinel_credentials: Credentials::default(),
            database: path.next().map_or(Ok(0), database)?,
            tls,
            authority: None,
            form,
        };
        url.check(path.next().is_some())?;
        url.read_options(query)?;
        Ok(url)
    }
}

impl RedisUrl {
    fn check(&self, more_path: bool) -> Result<(), RedisUrlError> {
        match self.form {
            _ if more_path => Err(wrong("has a longer path than is understood")),
            Form::Standalone if self.hosts.len() > 1 => {
                Err(wrong("with several hosts says redis+sentinel:// or redis+cluster://"))
            }
            Form::Cluster if self.database != 0 => Err(wrong("of a cluster has no database number")),
            _ => Ok(()),
        }
    }

    fn read_options(&mut self, query: &str) -> Result<(), RedisUrlError> {
        let sentinel = matches!(self.form, Form::Sentinel { .. });
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = Some(decode(value)?).filter(|value| !value.is_empty());
            match name {
                "ca" if self.tls => self.authority = value.map(PathBuf::from),
                "ca" => return Err(wrong("with ca= starts with rediss")),
                "sentinel_user" if sentinel => self.sentinel_credentials.user = value,
                "sentinel_password" if sentinel => self.sentinel_credentials.password = value,
                _ => return Err(wrong("takes the options ca, and with sentinels sentinel_user and sentinel_password")),
            }
        }
        Ok(())
    }
}

impl Host {
    fn parse(text: &str, default_port: u16) -> Result<Self, RedisUrlError> {
        let (name, port) = match text.strip_prefix('[').map(|text| text.split_once(']')) {
            // An IPv6 address stands in brackets.
            Some(Some((name, port))) => (name, port.strip_prefix(':')),
            Some(None) => return Err(wrong("closes the brackets of an IPv6 address")),
            None => text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port))),
        };
        if name.is_empty() {
            return Err(wrong("names a host"));
        }
        let port = match port {
            Some(port) => port.parse().map_err(|_| wrong("has a port from 1 to 65535"))?,
            None => default_port,
        };
        Ok(Self { name: name.to_owned(), port })
    }
}

impl Credentials {
    /// `user:password`, `:password`, or a password alone where there is no colon, as other clients take it.
    fn parse(text: &str) -> Result<Self, RedisUrlError> {
        let (user, password) = text.split_once(':').unwrap_or(("", text));
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Self { user: some(decode(user)?), password: some(decode(password)?) })
    }
}

fn database(text: &str) -> Result<i64, RedisUrlError> {
    text.parse().ok().filter(|number| *number >= 0).ok_or_else(|| wrong("ends with the number of a database"))
}

fn decode(text: &str) -> Result<String, RedisUrlError> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| wrong("is UTF-8"))
}

fn wrong(what: &str) -> RedisUrlError {
    RedisUrlError(what.to_owned())
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "rediss" } else { "redis" })?;
        f.write_str(match self.form {
            Form::Standalone => "://",
            Form::Sentinel { .. } => "+sentinel://",
            Form::Cluster => "+cluster://",
        })?;
        for (index, host) in self.hosts.iter().enumerate() {
            write!(f, "{}{host}", if index == 0 { "" } else { "," })?;
        }
        if let Form::Sentinel { master } = &self.form {
            write!(f, "/{master}")?;
        }
        if self.database != 0 {
            write!(f, "/{}", self.database)?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RedisUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_server_has_defaults() {
        let url = parse("redis://localhost");
        assert_eq!(url.to_string(), "redis://localhost:6379");
        assert!(!url.tls && url.database == 0 && url.credentials == Credentials::default());
        assert_eq!(parse("rediss://[::1]:7000/3?ca=/etc/ca.pem").to_string(), "rediss://[::1]:7000/3");
    }

    #[test]
    fn passwords_are_read_and_never_shown() {
        let url = parse("redis://worker:p%40ss:w@rd/x@cache:7000/2");
        assert_eq!(url.credentials.user.as_deref(), Some("worker"));
        assert_eq!(url.credentials.password.as_deref(), Some("p@ss:w@rd/x"));
        assert_eq!(format!("{url} {url:?}"), "redis://cache:7000/2 redis://cache:7000/2");
        assert_eq!(parse("redis://:secret@cache").credentials.password.as_deref(), Some("secret"));
    }

    #[test]
    fn sentinels_name_their_master() {
        let url = parse("redis+sentinel://:a@h1,h2:5000,h3/mymaster/1?sentinel_user=u&sentinel_password=b");
        assert_eq!(url.to_string(), "redis+sentinel://h1:26379,h2:5000,h3:26379/mymaster/1");
        assert_eq!(url.sentinel_credentials.password.as_deref(), Some("b"));
        assert!("redis+sentinel://h1".parse::<RedisUrl>().is_err());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("cache:6379", "must look like redis://host:6379"),
            ("http://cache", "starts with redis://"),
            ("redis://", "names a host"),
            ("redis://a,b", "redis+sentinel://"),
            ("redis://a:x", "a port"),
            ("redis://a/x", "number of a database"),
            ("redis+cluster://a/1", "has no database number"),
            ("redis://a?ca=/x", "starts with rediss"),
            ("redis://a?tls=off", "takes the options"),
        ] {
            let error = text.parse::<RedisUrl>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
