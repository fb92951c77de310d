//! A real `jixinda serve` in a folder of its own, that can be killed and started again.

use crate::client::Client;
use crate::engines;
use crate::process;
use crate::wait::until;
use anyhow::Context as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const START_PATIENCE: Duration = Duration::from_secs(60);
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How a gateway is started.
#[derive(Clone, Debug, Default)]
pub struct GatewayOptions {
    /// The program; found beside this one where it is not told.
    pub program: Option<PathBuf>,
    /// Settings as `SECTION__KEY` and value.
    pub settings: Vec<(String, String)>,
    /// Environment variables beside the settings.
    pub environment: Vec<(String, String)>,
    /// Its data folder; one of its own where it is not told.
    pub data: Option<PathBuf>,
    /// Where it is to listen; a free port where it is not told.
    pub port: Option<u16>,
    /// Which parts of the gateway it runs, as `--role` says them; all where it is not told.
    pub role: Option<&'static str>,
}

/// A running gateway process. Dropping it kills it.
pub struct Gateway {
    options: GatewayOptions,
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
    token: String,
}

impl Gateway {
    /// Starts one in a fresh folder with these components, and waits until it listens.
    ///
    /// # Errors
    /// Where it does not start; its log is in the error.
    pub async fn start(options: GatewayOptions, components: &[PathBuf]) -> anyhow::Result<Self> {
        let program = match &options.program {
            Some(program) => program.clone(),
            None => beside_me("jixinda")?,
        };
        let folder = tempfile::tempdir()?;
        let data = options.data.clone().unwrap_or_else(|| folder.path().join("data"));
        let plugins = data.join("plugins");
        std::fs::create_dir_all(&plugins)?;
        for component in components {
            let name = component.file_name().context("a component has a name")?;
            std::fs::copy(component, plugins.join(name))
                .with_context(|| format!("cannot copy {}: run `cargo xtask plugins`", component.display()))?;
        }
        let mut settings = engines::settings().await?;
        // Later ones outrank those before them.
        settings.extend(options.settings.iter().cloned());
        let options = GatewayOptions { data: Some(data), settings, ..options };
        let mut gateway = Self::launch(program, folder, options).await?;
        gateway.token = gateway.printed_token().context("the first start prints an admin token")?;
        Ok(gateway)
    }

    /// Starts another node on the same store and queue, with the same components. `more` are settings that outrank those of this one.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn join(&self, role: Option<&'static str>, more: &[(String, String)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let mut settings = self.options.settings.clone();
        settings.push(("MASTER_KEY__FILE".to_owned(), self.data().join("master.key").display().to_string()));
        settings.push(("PLUGINS__FOLDER".to_owned(), self.plugins().display().to_string()));
        settings.extend(more.iter().cloned());
        let options = GatewayOptions { data: Some(data), settings, port: None, role, ..self.options.clone() };
        let mut gateway = Self::launch(self.program.clone(), folder, options).await?;
        gateway.token.clone_from(&self.token);
        Ok(gateway)
    }

    async fn launch(program: PathBuf, folder: TempDir, options: GatewayOptions) -> anyhow::Result<Self> {
        let port = options.port.map_or_else(free_port, Ok)?;
        let child = spawn(&program, folder.path(), port, &options)?;
        let mut gateway = Self { options, program, folder, port, child, token: String::new() };
        gateway.wait_until_it_listens().await?;
        Ok(gateway)
    }

    /// Where it listens, for example `http://127.0.0.1:8770`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its folder of plugins.
    pub fn plugins(&self) -> PathBuf {
        self.data().join("plugins")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.options.data.clone().unwrap_or_default()
    }

    /// The environment of a command that works on its store and its data folder.
    pub fn environment(&self) -> Vec<(String, String)> {
        let settings = self.options.settings.iter().map(|(name, value)| (format!("JIXINDA__{name}"), value.clone()));
        settings.chain([("JIXINDA__DATA__DIR".to_owned(), self.data().display().to_string())]).collect()
    }

    /// A client of its admin API.
    pub fn admin(&self) -> Client {
        Client::new(format!("{}/admin/v1", self.url()), Some(self.token.clone()))
    }

    /// The admin token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client of its API for applications.
    pub fn api(&self, key: &str) -> Client {
        Client::new(self.url(), Some(key.to_owned()))
    }

    /// Whether its process has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal, for example `STOP`.
    ///
    /// # Errors
    /// Where it is gone already.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let told = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status()?;
        anyhow::ensure!(told.success(), "the gateway is gone already");
        Ok(())
    }

    /// Kills it as a power cut would (SIGKILL).
    ///
    /// # Errors
    /// Where it is gone already.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    ///
    /// # Errors
    /// Where it does not stop, or stops with an error.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        let mut ended = None;
        until("the gateway to stop", Duration::from_secs(60), || {
            ended = self.child.try_wait().ok().flatten();
            std::future::ready(ended)
        })
        .await?;
        let status = ended.context("it has ended")?;
        anyhow::ensure!(status.success(), "the gateway stopped with {status}: {}", self.log());
        Ok(())
    }

    /// Starts it again on the same folder and port, after [`kill`](Self::kill) or [`terminate`](Self::terminate).
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&self.program, self.folder.path(), self.port, &self.options)?;
        self.wait_until_it_listens().await
    }

    /// The largest resident memory so far, in bytes.
    pub fn peak_memory(&self) -> u64 {
        process::peak_memory(self.child.id()).unwrap_or(0)
    }

    /// The resident memory now, in bytes.
    pub fn memory(&self) -> u64 {
        process::memory(self.child.id()).unwrap_or(0)
    }

    /// Processor time used, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        process::cpu_seconds(self.child.id()).unwrap_or(0.0)
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    async fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let ready = Client::new(self.url(), None);
        let mut ended = None;
        let up = until("the gateway to listen", START_PATIENCE, || {
            ended = self.child.try_wait().ok().flatten();
            let (ready, gone) = (ready.clone(), ended.is_some());
            async move { (gone || ready.get("/readyz").await.is_ok_and(|answer| answer.status == 200)).then_some(()) }
        })
        .await;
        up.with_context(|| self.log())?;
        match ended {
            Some(status) => anyhow::bail!("the gateway ended with {status}: {}", self.log()),
            None => Ok(()),
        }
    }

    fn printed_token(&self) -> Option<String> {
        let printed = std::fs::read_to_string(self.folder.path().join("out")).ok()?;
        let line = printed.lines().find(|line| line.starts_with("admin token"))?;
        line.rsplit_once(": ").map(|(_, token)| token.to_owned())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &Path, folder: &Path, port: u16, options: &GatewayOptions) -> anyhow::Result<Child> {
    let append = |name: &str| std::fs::File::options().create(true).append(true).open(folder.join(name));
    let mut command = Command::new(program);
    command
        .args(["serve", "--role", options.role.unwrap_or("all")])
        .current_dir(folder)
        .env("JIXINDA__SERVER__LISTEN", format!("127.0.0.1:{port}"))
        .env("JIXINDA__SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}"))
        .env("JIXINDA__EGRESS__ALLOW_NETWORKS", r#"["127.0.0.0/8"]"#)
        .stdin(Stdio::null())
        .stdout(append("out")?)
        .stderr(append("log")?);
    if let Some(data) = &options.data {
        command.env("JIXINDA__DATA__DIR", data);
    }
    for (name, value) in &options.settings {
        command.env(format!("JIXINDA__{name}"), value);
    }
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    command.spawn().with_context(|| format!("cannot start {}", program.display()))
}

/// Below the range that the kernel takes ports of outgoing connections from: there a client that calls a gateway which is down may be
/// given the very port it calls, connect to itself, and keep the gateway from coming back.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..PORTS.len() {
        let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed)).wrapping_add(start);
        let port = PORTS.start + u16::try_from(turn % PORTS.len() as u32).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no port of {PORTS:?} is free")
}

/// A program that cargo put into the same folder as this one, or into the one above (tests lie in `deps`).
fn beside_me(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe()?;
    let found = me.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("there is no {name} beside {}: run `cargo build --workspace`", me.display()))
}
