//! Opens connections: finds the server that takes writes and checks that it does.

pub(crate) mod link;
mod sentinel;

use crate::error::RedisError;
use crate::url::{Credentials, Form, Host, RedisUrl};
use futures_util::FutureExt as _;
use link::Link;
use redis::cluster::ClusterClient;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion,
    RedisConnectionInfo, TlsCertificates, cluster::ClusterClientBuilder,
};
use std::future::Future;
use std::time::Duration;

/// How long a command may take, and how long opening a connection may.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);
/// No blocking read lasts longer.
pub(crate) const LONGEST_BLOCK: Duration = Duration::from_secs(30);
/// A cluster's client may ask again where a slot has moved or its node is just away.
const CLUSTER_RETRIES: u32 = 3;

/// Where connections lead; found once and used until something there breaks.
#[derive(Clone)]
pub(crate) enum Place {
    /// The one server, or the master that the sentinels named.
    Server { client: Client, host: Host },
    /// A cluster, and its nodes as configured.
    Cluster { url: RedisUrl, certificates: Option<TlsCertificates> },
}

impl Place {
    /// Finds the place that the URL means now.
    pub(crate) async fn find(url: &RedisUrl) -> Result<Self, RedisError> {
        let certificates = certificates(url)?;
        let host = match &url.form {
            Form::Cluster => return Ok(Self::Cluster { url: url.clone(), certificates }),
            Form::Standalone => url.hosts[0].clone(),
            Form::Sentinel { master } => sentinel::find_master(url, master, certificates.as_ref()).await?,
        };
        let client = client(&host, url.tls, &url.credentials, url.database, certificates.as_ref())?;
        Ok(Self::Server { client, host })
    }

    /// A connection that many callers share.
    pub(crate) async fn open(&self) -> Result<Link, RedisError> {
        self.open_with(CLUSTER_RETRIES).await
    }

    /// A connection for one caller at a time, who waits on it. Nothing is tried again behind the caller's back: an
    /// answer that got lost on the way holds entries that are now this consumer's.
    pub(crate) async fn open_for_one(&self) -> Result<Link, RedisError> {
        self.open_with(0).await
    }

    async fn open_with(&self, retries: u32) -> Result<Link, RedisError> {
        match self {
            Self::Server { client, .. } => {
                let config =
                    AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(None);
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                Ok(Link::Server(within(PATIENCE, connection).await?))
            }
            Self::Cluster { url, certificates } => {
                let client = cluster_client(url, certificates.clone(), retries)?;
                // Its future is large: several nodes are asked at once.
                Ok(Link::Cluster(within(PATIENCE * 2, client.get_async_connection().boxed()).await?))
            }
        }
    }

    /// Clients that may subscribe: in a cluster every node hears what is published at any.
    pub(crate) fn listeners(&self) -> Result<Vec<Client>, RedisError> {
        match self {
            Self::Server { client, .. } => Ok(vec![client.clone()]),
            Self::Cluster { url, certificates } => {
                let client = |host| client(host, url.tls, &url.credentials, 0, certificates.as_ref());
                url.hosts.iter().map(client).collect()
            }
        }
    }

    /// Whether the sentinels name another master by now. Where they do not answer, nothing is known and nothing changes.
    pub(crate) async fn has_moved(&self, url: &RedisUrl) -> bool {
        let (Self::Server { host, .. }, Form::Sentinel { master }) = (self, &url.form) else { return false };
        let Ok(certificates) = certificates(url) else { return false };
        sentinel::find_master(url, master, certificates.as_ref()).await.is_ok_and(|found| found != *host)
    }
}

/// The same limit for whatever may hang, with our own error.
pub(crate) async fn within<T>(
    patience: Duration,
    work: impl Future<Output = redis::RedisResult<T>>,
) -> Result<T, RedisError> {
    match tokio::time::timeout(patience, work).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(RedisError::Timeout),
    }
}

fn client(
    host: &Host,
    tls: bool,
    credentials: &Credentials,
    database: i64,
    certificates: Option<&TlsCertificates>,
) -> Result<Client, RedisError> {
    let info = address(host, tls)?.set_redis_settings(login(credentials, database));
    Ok(match certificates {
        Some(certificates) => Client::build_with_tls(info, certificates.clone())?,
        None => Client::open(info)?,
    })
}

fn cluster_client(
    url: &RedisUrl,
    certificates: Option<TlsCertificates>,
    retries: u32,
) -> Result<ClusterClient, RedisError> {
    let nodes: Vec<ConnectionInfo> = url
        .hosts
        .iter()
        .map(|host| Ok(address(host, url.tls)?.set_redis_settings(login(&url.credentials, 0))))
        .collect::<Result<_, RedisError>>()?;
    let mut builder = ClusterClientBuilder::new(nodes)
        .retries(retries)
        .min_retry_wait(20)
        .max_retry_wait(200)
        .connection_timeout(PATIENCE)
        // Every caller has a limit of its own; this one must not cut a blocking read short.
        .response_timeout(LONGEST_BLOCK + PATIENCE);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    Ok(builder.build()?)
}

fn address(host: &Host, tls: bool) -> Result<ConnectionInfo, RedisError> {
    let (name, port) = (host.name.clone(), host.port);
    let address = if tls {
        ConnectionAddr::TcpTls { host: name, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(name, port)
    };
    Ok(address.into_connection_info()?)
}

fn login(credentials: &Credentials, database: i64) -> RedisConnectionInfo {
    let mut login =
        RedisConnectionInfo::default().set_db(database).set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    if let Some(user) = &credentials.user {
        login = login.set_username(user);
    }
    if let Some(password) = &credentials.password {
        login = login.set_password(password);
    }
    login
}

/// The file is read at each look, so that a renewed authority needs no restart.
fn certificates(url: &RedisUrl) -> Result<Option<TlsCertificates>, RedisError> {
    let Some(path) = &url.authority else { return Ok(None) };
    let pem = std::fs::read(path)
        .map_err(|error| RedisError::Broken(format!("cannot read {} named by ca=: {error}", path.display())))?;
    Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(pem) }))
}
