//! A server's process, which ends with the test's, however that ends.

use anyhow::Context as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};

/// Killed when it is dropped.
pub(crate) struct Server(Child);

impl Server {
    /// Starts a program with its output in `folder/log`. `package` is where Debian has it.
    pub(crate) fn start(program: &str, package: &str, arguments: &[String], folder: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(
            is_there(program),
            "there is no {program}: install {package} (Debian), or run `cargo xtask test`"
        );
        let log = std::fs::File::options().create(true).append(true).open(folder.join("log"))?;
        // The kernel kills it when this process ends, also where that is killed itself.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", program])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = spawn(command).with_context(|| format!("cannot start {program}"))?;
        Ok(Self(child))
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Sends it a signal, for example `TERM`.
    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let told = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status()?;
        anyhow::ensure!(told.success(), "the server is gone already");
        Ok(())
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a process from a thread that lives as long as this process: to the kernel the thread is the parent, and a test's own ends with it.
fn spawn(command: Command) -> std::io::Result<Child> {
    type Job = (Command, mpsc::Sender<std::io::Result<Child>>);
    static STARTER: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
        let (jobs_tx, jobs_rx) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, started_tx) in jobs_rx {
                // Whoever asked waits for it.
                let _ = started_tx.send(command.spawn());
            }
        });
        jobs_tx
    });
    let (started_tx, started_rx) = mpsc::channel();
    let gone = || std::io::Error::other("the thread that starts servers is gone");
    STARTER.send((command, started_tx)).map_err(|_| gone())?;
    started_rx.recv().map_err(|_| gone())?
}

fn is_there(program: &str) -> bool {
    let found = |folder: std::path::PathBuf| folder.join(program).is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]).any(found)
}
