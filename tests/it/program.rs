//! The program: start, stop and commands.

use std::process::{Output, Stdio};
use std::time::Duration;

use boxoffice::demo;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::harness::{DatabaseKind, TestApp, TestDatabase, TestProcess, eventually};

/// Runs a command that needs no database.
async fn program(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(folder.path());
    command.output().await.unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

on_each_database! {
    /// The probes and metrics show that the program works, and it stops on request.
    async fn it_reports_readiness_and_metrics(kind) {
        let app = TestApp::start(kind).await;
        let operator = app.shop.operator();
        operator.get("//livez").await.expect(200);
        operator.get("//readyz").await.expect(200);
        app.shop.fan("ana").await;
        for line in [
            "boxoffice_worker_runs_total{worker=\"hold_expiry\",outcome=\"idle\"}",
            "boxoffice_worker_runs_total{worker=\"audit_log\",outcome=\"worked\"}",
            "boxoffice_pool_connections_in_use{pool=\"units\"}",
            "boxoffice_pool_wait_seconds_count{pool=\"reads\"}",
        ] {
            let read = || async {
                let metrics = operator.get("//metrics").await.text;
                if metrics.contains(line) { Ok(()) } else { Err(metrics) }
            };
            eventually(Duration::from_secs(10), line, read).await;
        }
        app.finish().await;
    }

    /// A confirmed registration survives a killed process.
    async fn a_killed_process_loses_no_confirmed_change(kind) {
        let mut process = TestProcess::start(TestDatabase::create(kind).await, &[]).await;
        let ana = process.shop.fan("ana").await;
        process.kill().await;
        process.start_again().await;
        let profile = ana.get("/users/me").await.expect(200);
        assert_eq!(profile["username"], "ana");
        process.shop.log_in("ana").await;
        process.audit().await;
        assert!(process.terminate().await, "{}", process.log());
    }

    /// A closed terminal or a log rotation does not end the program.
    async fn unrelated_signals_are_ignored(kind) {
        let mut process = TestProcess::start(TestDatabase::create(kind).await, &[("LOG__FILTER", "info")]).await;
        for (signal, name) in [("-HUP", "SIGHUP"), ("-USR1", "SIGUSR1")] {
            process.signal(signal).await;
            let noted = || async { if process.log().contains(name) { Ok(()) } else { Err(process.log()) } };
            eventually(Duration::from_secs(10), name, noted).await;
        }
        process.shop.anonymous().get("/concerts").await.expect(200);
        assert!(process.terminate().await, "{}", process.log());
    }

    /// Migrations can be applied, listed and reverted.
    async fn migrations_are_applied_listed_and_reverted(kind) {
        let database = TestDatabase::create(kind).await;
        let variables = [("BOXOFFICE__DATABASE__URL", database.url())];
        let before = stdout(&program(&["migrate", "status"], &variables).await);
        assert!(before.lines().count() > 10 && before.lines().all(|line| line.starts_with("missing")), "{before}");

        let refused = program(&["serve", "--no-migrate"], &variables).await;
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains("boxoffice migrate up"), "{}", stderr(&refused));

        assert!(program(&["migrate", "up"], &variables).await.status.success());
        let after = stdout(&program(&["migrate", "status"], &variables).await);
        assert_eq!(after, before.replace("missing", "applied"));
        let again = program(&["migrate", "up"], &variables).await;
        assert_eq!(stdout(&again).trim(), "nothing to do");

        assert!(program(&["migrate", "down"], &variables).await.status.success());
        let back = stdout(&program(&["migrate", "status"], &variables).await);
        assert_eq!(back.lines().filter(|line| line.starts_with("missing")).count(), 1, "{back}");
    }
}

on_each_database! {
    /// The demo has concerts with past sales and accounts of each role, and a second run adds nothing.
    async fn the_demo_is_written_once(kind) {
        let database = TestDatabase::create(kind).await;
        let variables = [
            ("BOXOFFICE_ENV", "test"),
            ("BOXOFFICE__DATABASE__URL", database.url()),
            // Longer than anybody waits for hundreds of payments.
            ("BOXOFFICE__PAYMENTS__SANDBOX_LATENCY_MS", "60000"),
        ];
        for _ in 0..2 {
            let output = program(&["demo"], &variables).await;
            assert!(output.status.success(), "{}", stderr(&output));
        }
        let app = TestApp::start_on(database, &[]).await;

        let page = app.shop.anonymous().get("/concerts").await.expect(200);
        let concerts = page["items"].as_array().unwrap();
        let all: Vec<_> = concerts.iter().map(|concert| (concert["name"].as_str(), concert["total"].as_u64())).collect();
        let expected = [("Late Set", 500), ("Strings and Shadows", 1_800), ("Stadium Night", 60_000)];
        assert_eq!(all, expected.map(|(name, total)| (Some(name), Some(total))), "soonest first");

        for account in demo::ACCOUNTS {
            let log_in = json!({"login": account.username, "password": account.password});
            let session = app.shop.anonymous().post("/sessions", log_in).await.expect(200);
            assert_eq!(session["user"]["role"], account.role.as_str());
        }
        let admin = app.shop.admin().await;
        for (concert, sold_at_least) in concerts.iter().zip([200, 400, 800]) {
            let id = concert["id"].as_str().unwrap();
            let report = admin.get(&format!("/reports/concerts/{id}/sales")).await.expect(200);
            assert!(report["tickets"]["sold"].as_u64().unwrap() >= sold_at_least, "{report}");
            assert_eq!(report["bookings"]["pending"], 4, "{report}");
            for outcome in ["expired", "cancelled"] {
                assert!(report["bookings"][outcome].as_u64().unwrap() > 0, "{report}");
            }
            assert_eq!(report["sales"].as_array().unwrap().len(), 13, "each day since the sale began: {report}");
        }
        app.finish().await;
    }
}

/// It stops also while it is not serving yet.
#[tokio::test(flavor = "multi_thread")]
async fn writing_the_demo_ends_when_it_is_told_to_stop() {
    let database = TestDatabase::create(DatabaseKind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    command.args(["serve", "--demo"]).env_clear().current_dir(folder.path()).kill_on_drop(true);
    command.envs([
        ("BOXOFFICE_ENV", "test"),
        ("BOXOFFICE__DATABASE__URL", database.url()),
        ("BOXOFFICE__HTTP__ADDRESS", "127.0.0.1:0"),
        ("BOXOFFICE__ADMIN__ADDRESS", "127.0.0.1:0"),
        ("BOXOFFICE__LOG__FILTER", "info"),
    ]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    while let Some(line) = log.next_line().await.unwrap() {
        if line.contains("writing the demo") {
            break;
        }
    }
    let id = process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    let rest = tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
    let output = process.wait_with_output().await.unwrap();
    rest.await.unwrap();
    assert!(output.status.success());
    assert_eq!(stdout(&output), "", "it does not serve before it stops");
}

#[tokio::test]
async fn all_faults_of_the_settings_are_listed_with_an_exit_code() {
    let faulty = [
        ("BOXOFFICE_ENV", "production"),
        ("BOXOFFICE__HTTP__ADDRESS", "everywhere"),
        ("BOXOFFICE__HTTP__COLOUR", "blue"),
    ];
    for command in ["check-config", "serve"] {
        let output = program(&[command], &faulty).await;
        assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
        for name in ["http.address", "http.colour", "database.url", "payments.gateway", "auth.signing_key"] {
            assert!(stderr(&output).contains(name), "{name} is missing in:\n{}", stderr(&output));
        }
    }
    assert!(program(&["check-config"], &[]).await.status.success());
}

/// Each process would refuse the access tokens of the others.
#[tokio::test]
async fn services_apart_need_a_key_that_they_share() {
    let variables = [("BOXOFFICE_ENV", "test"), ("BOXOFFICE__AUTH__ALLOW_GENERATED_KEY", "true")];
    let output = program(&["serve", "--only", "users,worker"], &variables).await;
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(stderr(&output).contains("serve.only: needs auth.signing_key"), "{}", stderr(&output));
    let unknown = program(&["serve", "--only", "kitchen"], &variables).await;
    assert!(stderr(&unknown).contains("must be users, bookings, payments or worker"), "{}", stderr(&unknown));
}

#[tokio::test]
async fn the_demo_is_refused_in_production() {
    let production = [
        ("BOXOFFICE_ENV", "production"),
        ("BOXOFFICE__DATABASE__ALLOW_SQLITE", "true"),
        ("BOXOFFICE__PAYMENTS__ALLOW_SANDBOX", "true"),
        ("BOXOFFICE__AUTH__ALLOW_GENERATED_KEY", "true"),
    ];
    for arguments in [["demo"].as_slice(), &["serve", "--demo"]] {
        let output = program(arguments, &production).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("production"), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let variables = [("BOXOFFICE_ENV", "test"), ("BOXOFFICE__HTTP__ADDRESS", address.as_str())];
    let output = program(&["serve"], &variables).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&address), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_document_is_the_served_one() {
    let app = TestApp::start(DatabaseKind::Sqlite).await;
    let served = app.shop.anonymous().get("//openapi.json").await;
    let printed = program(&["openapi"], &[]).await;
    assert_eq!(stdout(&printed).trim_end(), served.text.trim_end());
    app.finish().await;
}
