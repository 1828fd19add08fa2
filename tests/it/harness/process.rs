//! The program as a process of its own, to be killed and started again.
#![expect(clippy::disallowed_methods, reason = "a test may wait for its log file")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::TestDatabase;
use super::app::variables;
use super::client::Base;
use super::shop::{ADMIN, PASSWORD, Shop, email};

/// How long the program may take to say where it listens: it migrates first.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// The program as a process of its own. Killed when the value goes.
pub(crate) struct TestProcess {
    /// What it offers. Clients stay usable when it is started again.
    pub(crate) shop: Shop,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    variables: Vec<(String, String)>,
    folder: TempDir,
    /// What it works on; it outlives the process.
    pub(crate) database: TestDatabase,
}

impl TestProcess {
    /// Creates the admin, starts `boxoffice serve` and waits until it can work.
    pub(crate) async fn start(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let variables: Vec<_> = variables(&database, settings).into_iter().collect();
        let folder = tempfile::tempdir().expect("a folder for the log");
        let migrated = run(&variables, &["migrate", "up"], "").await;
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        let address = email(ADMIN);
        let create = ["create-admin", "--username", ADMIN, "--email", &address, "--password-stdin"];
        let created = run(&variables, &create, PASSWORD).await;
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));

        let (child, stdout) = spawn(&variables, &folder);
        let shop = Shop { api: Base::default(), admin_port: Base::default() };
        let mut process = Self { shop, child, stdout, variables, folder, database };
        process.until_ready().await;
        process
    }

    /// Kill -9: no destructor runs, nothing is flushed.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("the process is killed");
    }

    /// Starts it again, on other ports, and waits until it can work.
    pub(crate) async fn start_again(&mut self) {
        (self.child, self.stdout) = spawn(&self.variables, &self.folder);
        self.until_ready().await;
    }

    /// SIGTERM, as an orchestrator stops it; returns whether it ended well.
    pub(crate) async fn terminate(&mut self) -> bool {
        self.signal("-TERM").await;
        self.child.wait().await.expect("it ends").success()
    }

    /// Sends a signal, named as `kill` names it.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it still runs").to_string();
        let sent = Command::new("kill").args([name, &id]).status().await.expect("kill is installed");
        assert!(sent.success());
    }

    /// Runs another command of the program on the same database.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Output {
        run(&self.variables, arguments, "").await
    }

    /// Fails if an invariant is broken.
    pub(crate) async fn audit(&self) {
        let audit = self.command(&["audit"]).await;
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }

    /// Everything it logged so far, in all its lives.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.folder)).expect("the log")
    }

    async fn until_ready(&mut self) {
        let (api, admin_port) = (self.printed_url("shop and API").await, self.printed_url("metrics and probes").await);
        self.shop.api.move_to(api);
        self.shop.admin_port.move_to(admin_port);
        self.shop.until_ready().await;
    }

    /// Reads on to the line that begins with `label`, and returns the address in it.
    async fn printed_url(&mut self, label: &str) -> String {
        loop {
            let line = tokio::time::timeout(START_TIMEOUT, self.stdout.next_line()).await;
            let Some(line) = line.ok().and_then(|line| line.expect("its output is text")) else {
                panic!("the program did not print its {label}; its log:\n{}", self.log());
            };
            if let Some(url) = line.strip_prefix(label) {
                return url.trim().to_owned();
            }
        }
    }
}

fn program(variables: &[(String, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    command.env_clear().envs(variables.iter().cloned()).kill_on_drop(true);
    command
}

fn spawn(variables: &[(String, String)], folder: &TempDir) -> (Child, Lines<BufReader<ChildStdout>>) {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_file(folder)).expect("a file for the log");
    let mut command = program(variables);
    command.arg("serve").current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().expect("the program starts");
    let stdout = child.stdout.take().expect("its output is piped");
    (child, BufReader::new(stdout).lines())
}

async fn run(variables: &[(String, String)], arguments: &[&str], input: &str) -> Output {
    let mut stdin = tempfile::tempfile().expect("a file for the input");
    stdin.write_all(input.as_bytes()).expect("the input is written");
    std::io::Seek::rewind(&mut stdin).expect("the input is rewound");
    program(variables).args(arguments).stdin(stdin).output().await.expect("the program runs")
}

fn log_file(folder: &TempDir) -> PathBuf {
    folder.path().join("boxoffice.log")
}
