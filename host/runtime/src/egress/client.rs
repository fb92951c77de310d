//! The client: connections that are checked as they are made, kept for ten idle seconds, and never used to follow a redirect.

use super::address::AddressPolicy;
use super::request::{Checked, Problem, Request, Response, SendError, check};
use crate::grants::HostGrant;
use crate::limits::{MAX_HTTP_BODY, MAX_IGNORED_BODY};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::error::Error as _;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tower::Service;

/// A connection that idled this long is not used again: the far side may have closed it unseen, and a request lost on it would
/// make its messages uncertain.
const IDLE: Duration = Duration::from_secs(10);

/// How long an answer's body is read that nobody wants.
const IGNORED_BODY_PATIENCE: Duration = Duration::from_secs(1);

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct EgressOptions {
    /// Which addresses may be reached.
    pub addresses: AddressPolicy,
    /// How long connecting may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a request may take that names no time of its own.
    pub default_timeout: Duration,
}

impl Default for EgressOptions {
    fn default() -> Self {
        Self {
            addresses: AddressPolicy::default(),
            connect_timeout: Duration::from_secs(3),
            default_timeout: Duration::from_secs(10),
        }
    }
}

type Connector = BoundedConnector<HttpsConnector<HttpConnector<CheckedResolver>>>;

/// The plugins' way out.
#[derive(Clone)]
pub struct Egress {
    client: Client<Connector, Full<Bytes>>,
    options: Arc<EgressOptions>,
    /// Connections live on the gateway's own runtime, so that a spinning guest does not stall them.
    io: Handle,
}

impl Egress {
    /// A client whose connections live on the present tokio runtime.
    pub fn new(options: EgressOptions) -> Self {
        let mut http =
            HttpConnector::new_with_resolver(CheckedResolver { policy: Arc::new(options.addresses.clone()) });
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(options.connect_timeout));
        let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let connector = BoundedConnector { inner: https, timeout: options.connect_timeout };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(256)
            .build(connector);
        Self { client, options: Arc::new(options), io: Handle::current() }
    }

    /// Sends one request within the grants, and reads the whole answer. `left` is what remains of the call's own time.
    ///
    /// # Errors
    /// With the bit that says whether anything was sent.
    pub async fn send(&self, request: Request, grants: &[HostGrant], left: Duration) -> Result<Response, SendError> {
        let timeout = request.timeout.unwrap_or(self.options.default_timeout).min(left);
        self.exchange(check(request, grants)?, timeout, whole_answer).await
    }

    /// Posts what the gateway itself has to tell, to the host of the URL and no other. The head of the answer counts: its body is read
    /// a little way, so that the connection can be used again, and thrown away.
    ///
    /// # Errors
    /// With the bit that says whether anything was sent.
    pub async fn tell(&self, request: Request) -> Result<Response, SendError> {
        let timeout = request.timeout.unwrap_or(self.options.default_timeout);
        let grants: Vec<HostGrant> = request.url.parse().into_iter().collect();
        self.exchange(check(request, &grants)?, timeout, head_of_answer).await
    }

    async fn exchange<Reading>(
        &self,
        checked: Checked,
        timeout: Duration,
        read: fn(http::Response<Incoming>) -> Reading,
    ) -> Result<Response, SendError>
    where
        Reading: Future<Output = Result<Response, SendError>> + Send + 'static,
    {
        let Checked { url, mut request } = checked;
        if let Some(address) = literal(&url)
            && !self.options.addresses.permits(address)
        {
            return Err(denied_address(address));
        }
        let connection = capture_connection(&mut request);
        let client = self.client.clone();
        let exchange = async move { read(client.request(request).await.map_err(|error| describe(&error))?).await };
        // Dropped with the call, so that a cancelled call leaves no request behind.
        let task = AbortOnDrop(self.io.spawn(tokio::time::timeout(timeout, exchange)));
        match task.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) if connection.connection_metadata().is_none() => {
                Err(SendError::unsent(Problem::Connect, format!("no connection within {} ms", timeout.as_millis())))
            }
            Ok(Err(_)) => {
                Err(SendError::sent(Problem::Timeout, format!("no answer within {} ms", timeout.as_millis())))
            }
            Err(_) => Err(SendError::sent(Problem::Other, "the gateway is stopping")),
        }
    }
}

async fn whole_answer(response: http::Response<Incoming>) -> Result<Response, SendError> {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, MAX_HTTP_BODY).collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            SendError::sent(Problem::ResponseTooLarge, "the answer is larger than 1 MiB")
        } else {
            SendError::sent(Problem::ConnectionLost, "the connection broke while the answer was read")
        }
    })?;
    Ok(Response { body: body.to_bytes().to_vec(), ..head(&parts) })
}

async fn head_of_answer(response: http::Response<Incoming>) -> Result<Response, SendError> {
    let (parts, body) = response.into_parts();
    let reading = Limited::new(body, MAX_IGNORED_BODY).collect();
    // Too long, too slow or broken: the far side has decided all the same.
    let _ = tokio::time::timeout(IGNORED_BODY_PATIENCE, reading).await;
    Ok(head(&parts))
}

fn head(parts: &http::response::Parts) -> Response {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    Response { status: parts.status.as_u16(), headers: headers.collect(), body: Vec::new() }
}

/// Says what failed and whether the request left. Only failures to connect are certain: hyper gives a request that a dying pooled
/// connection had not begun to write to the next connection by itself.
fn describe(error: &ClientError) -> SendError {
    if !error.is_connect() {
        return SendError::sent(Problem::ConnectionLost, "the connection broke before an answer came");
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<DeniedAddress>() {
            return denied_address(refused.0);
        }
        if cause.is::<ConnectTimeout>() {
            return SendError::unsent(Problem::Connect, "no connection in time");
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return SendError::unsent(Problem::Tls, tls.to_string());
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            if let Some(inner) = io.get_ref() {
                if let Some(refused) = inner.downcast_ref::<DeniedAddress>() {
                    return denied_address(refused.0);
                }
                if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
                    return SendError::unsent(Problem::Tls, tls.to_string());
                }
            }
            let words = io.to_string();
            let problem =
                if words.contains("lookup") || words.contains("resolve") { Problem::Dns } else { Problem::Connect };
            return SendError::unsent(problem, words);
        }
        source = cause.source();
    }
    SendError::unsent(Problem::Connect, error.to_string())
}

fn denied_address(address: IpAddr) -> SendError {
    SendError::unsent(
        Problem::Denied,
        format!("{address} is not a public address: open it with egress.allow_networks if it is meant"),
    )
}

/// An address written as such never reaches the resolver.
fn literal(url: &url::Url) -> Option<IpAddr> {
    match url.host()? {
        url::Host::Ipv4(address) => Some(address.into()),
        url::Host::Ipv6(address) => Some(address.into()),
        url::Host::Domain(_) => None,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} is not a public address")]
struct DeniedAddress(IpAddr);

#[derive(Debug, thiserror::Error)]
#[error("no connection in time")]
struct ConnectTimeout;

/// Resolves once for each connection and hands on only addresses that may be reached, so that what was checked is what is used.
#[derive(Clone)]
struct CheckedResolver {
    policy: Arc<AddressPolicy>,
}

impl Service<Name> for CheckedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let policy = self.policy.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let refused = found.first().map(SocketAddr::ip);
            let permitted: Vec<SocketAddr> = found.into_iter().filter(|address| policy.permits(address.ip())).collect();
            match (permitted.is_empty(), refused) {
                (true, Some(address)) => Err(std::io::Error::other(DeniedAddress(address))),
                _ => Ok(permitted.into_iter()),
            }
        })
    }
}

/// Bounds connecting as a whole, TLS included: a far side that accepts and says nothing has still received no request.
#[derive(Clone)]
struct BoundedConnector<C> {
    inner: C,
    timeout: Duration,
}

impl<C> Service<http::Uri> for BoundedConnector<C>
where
    C: Service<http::Uri>,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = C::Response;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.inner.call(uri));
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(Box::new(ConnectTimeout) as _),
            }
        })
    }
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}
