//! MariaDB in a folder of its own, that can be killed and started again; or another server that is started as MySQL is.

use crate::process::{Server, free_port};
use anyhow::Context as _;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// The path of a `mysqld` of Oracle's that takes MariaDB's place in all tests.
const MYSQLD: &str = "JIXINDA_TEST_MYSQLD";

/// How it is started.
#[derive(Clone, Debug, Default)]
pub struct MariaDbOptions {
    /// Arguments beside our own, for example `--innodb-buffer-pool-size=256M`.
    pub arguments: Vec<String>,
}

/// A running MariaDB. Every commit is on the disk before it is answered, as in production.
pub struct MariaDb {
    server: Server,
    folder: TempDir,
    port: u16,
    options: MariaDbOptions,
}

impl MariaDb {
    /// Makes an empty database server and waits until it answers.
    ///
    /// # Errors
    /// Where it is not installed or does not start; its log is in the error.
    pub fn start(options: MariaDbOptions) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        make_system_tables(&folder)?;
        let port = free_port();
        let server = launch(&folder, port, &options)?;
        let mut started = Self { server, folder, port, options };
        started.wait_until_it_answers()?;
        Ok(started)
    }

    /// A database of this name, made where there is none; answers its address.
    ///
    /// # Errors
    /// Where the server does not answer.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        self.execute(&format!("CREATE DATABASE IF NOT EXISTS {name}"))?;
        Ok(format!("mysql://root@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs a statement; answers its rows as text.
    ///
    /// # Errors
    /// Where it is refused.
    pub fn execute(&self, statement: &str) -> anyhow::Result<String> {
        let port = self.port.to_string();
        let done = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--protocol=tcp",
                "-h127.0.0.1",
                "-uroot",
                "-P",
                &port,
                "-N",
                "-B",
                "-e",
                statement,
            ])
            .output()?;
        anyhow::ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// At which port of 127.0.0.1 it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again on the same folder and port, and waits until it answers.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.server = launch(&self.folder, self.port, &self.options)?;
        self.wait_until_it_answers()
    }

    /// Sends it a signal, for example `STOP`.
    ///
    /// # Errors
    /// Where it is gone already.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        self.server.signal(name)
    }

    fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.execute("SELECT 1").is_err() {
            anyhow::ensure!(
                !self.server.has_ended() && begun.elapsed() < PATIENCE,
                "MariaDB did not start: {}",
                std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

fn mysqld() -> Option<String> {
    std::env::var(MYSQLD).ok().filter(|path| !path.is_empty())
}

fn make_system_tables(folder: &TempDir) -> anyhow::Result<()> {
    let mut command = match mysqld() {
        Some(mysqld) => {
            let mut command = Command::new(mysqld);
            command.args(["--no-defaults", "--initialize-insecure"]);
            command
        }
        None => {
            let mut command = Command::new("mariadb-install-db");
            command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
            command
        }
    };
    let made = command
        .arg("--user=root")
        .arg(format!("--datadir={}", folder.path().join("data").display()))
        .output()
        .context("there is no mariadb-install-db: install mariadb-server (Debian), or run `cargo xtask test`")?;
    anyhow::ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(())
}

fn launch(folder: &TempDir, port: u16, options: &MariaDbOptions) -> anyhow::Result<Server> {
    let folder = folder.path();
    let mut arguments = vec!["--no-defaults".to_owned(), "--user=root".to_owned()];
    arguments.push(format!("--datadir={}", folder.join("data").display()));
    arguments.push(format!("--socket={}", folder.join("socket").display()));
    arguments.push(format!("--pid-file={}", folder.join("pid").display()));
    arguments.push(format!("--port={port}"));
    for fixed in [
        "--bind-address=127.0.0.1",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-buffer-pool-size=64M",
        "--max-connections=500",
        "--table-open-cache=4000",
    ] {
        arguments.push(fixed.to_owned());
    }
    arguments.extend(options.arguments.iter().cloned());
    match mysqld() {
        Some(mysqld) => {
            // Its only user is root@localhost, which 127.0.0.1 is when names are resolved.
            arguments
                .extend(["--innodb-redo-log-capacity=64M", "--mysqlx=OFF", "--secure-file-priv="].map(str::to_owned));
            Server::start(&mysqld, "mysql-server", &arguments, folder)
        }
        None => {
            arguments.extend(["--innodb-log-file-size=64M", "--skip-name-resolve"].map(str::to_owned));
            Server::start("mariadbd", "mariadb-server", &arguments, folder)
        }
    }
}
