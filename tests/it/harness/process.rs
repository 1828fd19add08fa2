//! The program as a separate process, which can be killed and restarted.
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

/// How long the program may take to print its addresses. It applies the migrations first.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// The program as a separate process. It is killed when the value is dropped.
pub(crate) struct TestProcess {
    /// Clients and helpers. They remain valid after a restart.
    pub(crate) shop: Shop,
    process: Process,
    /// The database, which outlives the process.
    pub(crate) database: TestDatabase,
}

impl TestProcess {
    /// Creates the admin, starts `boxoffice serve` and waits until it is ready.
    pub(crate) async fn start(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let variables: Vec<_> = variables(&database, settings).into_iter().collect();
        prepare(&variables).await;
        let process = Process::spawn(variables, &["serve"]);
        let shop = Shop { api: Base::default(), admin_port: Base::default() };
        let mut process = Self { shop, process, database };
        process.until_ready().await;
        process
    }

    /// Sends SIGKILL: no destructor runs and nothing is flushed.
    pub(crate) async fn kill(&mut self) {
        self.process.child.kill().await.expect("the process is killed");
    }

    /// Restarts the program on other ports and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        self.process.spawn_again();
        self.until_ready().await;
    }

    /// Sends SIGTERM, as an orchestrator does. Returns whether the program exited successfully.
    pub(crate) async fn terminate(&mut self) -> bool {
        self.process.terminate().await
    }

    /// Sends a signal, named as for `kill`.
    pub(crate) async fn signal(&self, name: &str) {
        self.process.signal(name).await;
    }

    /// Fails if an invariant is violated.
    pub(crate) async fn audit(&self) {
        audit(&self.process.variables).await;
    }

    /// The log so far, including that of earlier starts.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    async fn until_ready(&mut self) {
        let (api, admin_port) = self.process.addresses().await;
        self.shop.api.move_to(api);
        self.shop.admin_port.move_to(admin_port);
        self.shop.until_ready().await;
    }
}

/// Applies the migrations and creates the admin.
pub(super) async fn prepare(variables: &[(String, String)]) {
    let migrated = run(variables, &["migrate", "up"], "").await;
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let address = email(ADMIN);
    let create = ["create-admin", "--username", ADMIN, "--email", &address, "--password-stdin"];
    let created = run(variables, &create, PASSWORD).await;
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
}

/// Fails if an invariant is violated.
pub(super) async fn audit(variables: &[(String, String)]) {
    let audit = run(variables, &["audit"], "").await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}

/// A process of the program with its log.
pub(super) struct Process {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Process {
    /// Starts the program with a command.
    pub(super) fn spawn(variables: Vec<(String, String)>, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the log");
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (child, stdout) = spawn(&variables, &arguments, &folder);
        Self { child, stdout, variables, arguments, folder }
    }

    fn spawn_again(&mut self) {
        (self.child, self.stdout) = spawn(&self.variables, &self.arguments, &self.folder);
    }

    /// The addresses of the API and of the admin port, which it prints when it is built.
    pub(super) async fn addresses(&mut self) -> (String, String) {
        (self.printed_url("shop and API").await, self.printed_url("metrics and probes").await)
    }

    /// Sends SIGTERM. Returns whether the program exited successfully.
    pub(super) async fn terminate(&mut self) -> bool {
        self.signal("-TERM").await;
        self.child.wait().await.expect("it ends").success()
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it still runs").to_string();
        let sent = Command::new("kill").args([name, &id]).status().await.expect("kill is installed");
        assert!(sent.success());
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.folder)).expect("the log")
    }

    /// Reads up to the line that begins with `label`, and returns its address.
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

fn spawn(
    variables: &[(String, String)],
    arguments: &[String],
    folder: &TempDir,
) -> (Child, Lines<BufReader<ChildStdout>>) {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log_file(folder)).expect("a file for the log");
    let mut command = program(variables);
    command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
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
