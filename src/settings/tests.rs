use std::collections::BTreeMap;
use std::fs;

use secrecy::ExposeSecret;

use super::{CommitMode, Environment, Gateway, LogFormat, Service, Settings, Sources};

fn sources(variables: &[(&str, &str)]) -> Sources {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { folder: None, variables }
}

fn faults(variables: &[(&str, &str)]) -> Vec<String> {
    Settings::load_checked(&sources(variables)).unwrap_err().as_slice().to_vec()
}

const KEY: &str = "d41c8cd98f00b204e9800998ecf8427e";

/// The minimum settings of production.
const PRODUCTION: [(&str, &str); 4] = [
    ("BOXOFFICE_ENV", "production"),
    ("BOXOFFICE__DATABASE__URL", "mysql://box:office@db:3306/tickets"),
    ("BOXOFFICE__PAYMENTS__ALLOW_SANDBOX", "true"),
    ("BOXOFFICE__AUTH__SIGNING_KEY", KEY),
];

#[test]
fn every_environment_except_production_starts_with_its_defaults() {
    for environment in ["development", "staging", "test"] {
        let settings = Settings::load_checked(&sources(&[("BOXOFFICE_ENV", environment)])).unwrap();
        assert_eq!(settings.environment.as_str(), environment);
    }
    let silent = Settings::load_checked(&Sources::default()).unwrap();
    assert_eq!(silent.environment, Environment::Development);
    assert_eq!(silent.http.address.to_string(), "127.0.0.1:8080");
    assert_eq!(silent.admin.address.to_string(), "127.0.0.1:9100");
    assert_eq!(silent.database.url.expose_secret(), "sqlite://data/boxoffice.db");
    assert_eq!(silent.bookings.hold_seconds, 600);
    assert_eq!(silent.payments.gateway, Gateway::Sandbox);
    assert_eq!(silent.limits.registrations_per_minute, 5);
    assert!(silent.limits.enabled);
}

#[test]
fn the_later_source_wins() {
    let folder = tempfile::tempdir().unwrap();
    let default = "[bookings]\nhold_seconds = 1\n[limits]\nregistrations_per_minute = 1\n[log]\nfilter = 'debug'\n";
    fs::write(folder.path().join("default.toml"), default).unwrap();
    fs::write(folder.path().join("test.toml"), "[bookings]\nhold_seconds = 2\n[log]\nfilter = 'error'\n").unwrap();
    fs::write(folder.path().join("production.toml"), "[bookings]\nhold_seconds = 9\n").unwrap();
    let mut sources = sources(&[("BOXOFFICE_ENV", "test"), ("BOXOFFICE__BOOKINGS__HOLD_SECONDS", "3")]);
    sources.folder = Some(folder.path().to_owned());

    let settings = Settings::load(&sources).unwrap();

    assert_eq!(settings.bookings.hold_seconds, 3, "a variable over every file");
    assert_eq!(settings.log.filter, "error", "the environment's file over the folder's default.toml");
    assert_eq!(settings.limits.registrations_per_minute, 1, "the folder's default.toml over what is built in");
    assert!(!settings.limits.enabled, "the built-in file of the environment over the built-in defaults");
    assert_eq!(settings.workers.reconcile_ms, 1_000, "the built-in defaults without another source");
}

#[test]
fn a_former_name_of_a_setting_is_read_and_reported() {
    let former = [("BOXOFFICE__BOOKINGS__DESK", "direct"), ("BOXOFFICE__WORKERS__WIND_UP_MS", "77")];
    let settings = Settings::load(&sources(&former)).unwrap();
    assert_eq!(settings.bookings.commit_mode, CommitMode::Direct);
    assert_eq!(settings.workers.cancel_concert_bookings_ms, 77);
    let renamed: Vec<_> = settings.renamed.iter().map(|(former, name)| (former.as_str(), name.as_str())).collect();
    assert_eq!(
        renamed,
        [("bookings.desk", "bookings.commit_mode"), ("workers.wind_up_ms", "workers.cancel_concert_bookings_ms")]
    );
}

#[test]
fn a_list_in_a_variable_has_commas() {
    let ranges = ("BOXOFFICE__HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1");
    let settings = Settings::load(&sources(&[ranges])).unwrap();
    assert_eq!(settings.http.trusted_proxies, ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
    let wrong = faults(&[("BOXOFFICE__HTTP__TRUSTED_PROXIES", "10.0.0.0/8,stranger")]);
    assert!(wrong[0].contains("http.trusted_proxies") && wrong[0].contains("stranger"), "{wrong:?}");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("default.toml"), "[http]\nallowed_origins = ['https://a.example']\n").unwrap();
    let sources = Sources { folder: Some(folder.path().to_owned()), variables: BTreeMap::new() };
    assert_eq!(Settings::load(&sources).unwrap().http.allowed_origins, ["https://a.example"]);
}

#[test]
fn a_process_can_run_some_of_the_services() {
    let key = ("BOXOFFICE__AUTH__SIGNING_KEY", KEY);
    let served = |variables: &[(&str, &str)]| {
        let settings = Settings::load_checked(&sources(variables)).unwrap();
        (Service::ALL.map(|service| settings.serve.includes(service)), settings.serve.is_partial())
    };
    assert_eq!(served(&[]), ([true; 4], false), "all without the setting");
    let some = ("BOXOFFICE__SERVE__ONLY", "payments, users");
    assert_eq!(served(&[some, key]), ([true, false, true, false], true));
    let all = ("BOXOFFICE__SERVE__ONLY", "users,bookings,payments,worker");
    assert_eq!(served(&[all]), ([true; 4], false), "a process with all services needs no shared key");

    let unknown = faults(&[("BOXOFFICE__SERVE__ONLY", "users,kitchen"), key]);
    assert!(unknown[0].starts_with("serve.only") && unknown[0].contains("kitchen"), "{unknown:?}");
    let generated = ("BOXOFFICE__AUTH__ALLOW_GENERATED_KEY", "true");
    let without_key = faults(&[some, generated]);
    assert!(without_key[0].contains("needs auth.signing_key"), "{without_key:?}");
}

#[test]
fn a_secret_is_read_from_a_file_without_its_line_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, "  00000000000000000000000000000042\n").unwrap();
    let settings =
        Settings::load_checked(&sources(&[("BOXOFFICE__AUTH__SIGNING_KEY_FILE", &file.to_string_lossy())])).unwrap();
    assert_eq!(settings.auth.signing_key.unwrap().expose_secret(), "00000000000000000000000000000042");
}

#[test]
fn a_secret_that_cannot_be_read_or_is_given_twice_is_a_fault() {
    let missing = faults(&[("BOXOFFICE__AUTH__SIGNING_KEY_FILE", "/nowhere/key")]);
    assert!(missing[0].contains("BOXOFFICE__AUTH__SIGNING_KEY_FILE") && missing[0].contains("/nowhere/key"));
    let twice = faults(&[
        ("BOXOFFICE__AUTH__SIGNING_KEY", "0123456789abcdef0123456789abcdef"),
        ("BOXOFFICE__AUTH__SIGNING_KEY_FILE", "/nowhere/key"),
    ]);
    assert!(twice[0].contains("choose one"), "{twice:?}");
}

#[test]
fn a_secret_of_digits_stays_as_it_was_written() {
    let key = "00000000000000000000000000000007";
    let settings = Settings::load(&sources(&[("BOXOFFICE__AUTH__SIGNING_KEY", key)])).unwrap();
    assert_eq!(settings.auth.signing_key.unwrap().expose_secret(), key);
}

#[test]
fn every_fault_is_listed_with_its_name_and_its_source() {
    let faults = faults(&[
        ("BOXOFFICE__HTTP__ADDRESS", "localhost"),
        ("BOXOFFICE__HTTP__COLOUR", "blue"),
        ("BOXOFFICE__HTTP__MAX_CONNECTIONS", "many"),
        ("BOXOFFICE__BOOKINGS__HOLD_SECONDS", "0"),
        ("BOXOFFICE__PAYMENTS__GATEWAY", "barter"),
        ("BOXOFFICE__LIMITS__REGISTRATIONS_PER_MINUTE", "-1"),
        ("BOXOFFICE__LOG__FILTER", "boxoffice=loudly"),
        ("BOXOFFICE__WORKERS__HOLD_EXPIRY_MS", "5000"),
        ("BOXOFFICE__CATERING__MENU", "soup"),
    ]);
    let all = faults.join("\n");
    for name in [
        "http.address (BOXOFFICE__HTTP__ADDRESS)",
        "http.colour (BOXOFFICE__HTTP__COLOUR): unknown field `colour`",
        "http.max_connections (BOXOFFICE__HTTP__MAX_CONNECTIONS)",
        "bookings.hold_seconds: must be from 1",
        "payments.gateway (BOXOFFICE__PAYMENTS__GATEWAY): must be sandbox",
        "limits.registrations_per_minute (BOXOFFICE__LIMITS__REGISTRATIONS_PER_MINUTE)",
        "log.filter",
        "workers.hold_expiry_ms: must be from 10 to 250, not 5000",
        "catering",
    ] {
        assert!(all.contains(name), "{name} is missing in:\n{all}");
    }
    assert_eq!(faults.len(), 9, "{all}");
}

#[test]
fn a_database_url_that_cannot_be_used_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, "-----BEGIN CERTIFICATE-----").unwrap();
    let authority = authority.to_str().unwrap();
    let url = ("BOXOFFICE__DATABASE__URL", "mysql://box:office@db:3306/tickets?require_ssl=true");
    let tls = ("BOXOFFICE__DATABASE__REQUIRE_TLS", "true");
    let plain_url = ("BOXOFFICE__DATABASE__URL", "mysql://box:office@db:3306/tickets");
    let ca_file = ("BOXOFFICE__DATABASE__CA_FILE", authority);
    for variables in [[plain_url, tls, ca_file].as_slice(), &[url, ca_file]] {
        let settings = Settings::load_checked(&sources(variables)).unwrap();
        assert_eq!(settings.database.ca_file.as_deref(), Some(std::path::Path::new(authority)));
    }
    for (variables, fault) in [
        ([("BOXOFFICE__DATABASE__URL", "mysql://box:office@db:3306/tickets?ssl-mode=REQUIRED"), tls], "ssl-mode"),
        ([plain_url, ca_file], "database.ca_file: is read only when"),
        ([url, ("BOXOFFICE__DATABASE__CA_FILE", "/nowhere/ca.pem")], "database.ca_file: is no readable file"),
    ] {
        let faults = faults(&variables);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(fault) && !faults[0].contains("office"), "{faults:?}");
    }
}

#[test]
fn a_fault_in_a_file_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("default.toml"), "[http]\nadress = '127.0.0.1:1'\n").unwrap();
    let sources = Sources { folder: Some(folder.path().to_owned()), variables: BTreeMap::new() };
    let faults = Settings::load(&sources).unwrap_err();
    assert!(faults.as_slice()[0].contains("http.adress"), "{faults}");
    assert!(faults.as_slice()[0].contains("default.toml"), "{faults}");
}

#[test]
fn invalid_toml_folders_and_environments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("default.toml"), "[http\n").unwrap();
    let broken = Sources { folder: Some(folder.path().to_owned()), variables: BTreeMap::new() };
    assert!(Settings::load(&broken).unwrap_err().to_string().contains("default.toml"));
    let absent = Sources { folder: Some(folder.path().join("absent")), variables: BTreeMap::new() };
    assert!(Settings::load(&absent).unwrap_err().to_string().contains("does not exist"));
    assert!(faults(&[("BOXOFFICE_ENV", "prod")])[0].contains("\"prod\""));
}

#[test]
fn production_refuses_unsafe_settings_and_lists_all_of_them() {
    let faults = faults(&[("BOXOFFICE_ENV", "production"), ("BOXOFFICE__HTTP__SECURE_COOKIES", "false")]);
    let all = faults.join("\n");
    for name in ["http.secure_cookies", "database.allow_sqlite", "payments.allow_sandbox", "auth.signing_key"] {
        assert!(all.contains(name), "{name} is missing in:\n{all}");
    }
    assert_eq!(faults.len(), 4, "{all}");
}

#[test]
fn production_refuses_insecure_values() {
    let refused = |name: &str, value: &str| {
        let variables = PRODUCTION.into_iter().filter(|(other, _)| *other != name).chain([(name, value)]);
        faults(&variables.collect::<Vec<_>>()).join("\n")
    };
    let key = "BOXOFFICE__AUTH__SIGNING_KEY";
    let rows =
        ["abcdefghijklmnopqrstuvwxyz012345", "0123456789abcdef0123456789abcdef", "passwordpasswordpasswordpassword"];
    for weak in [" ".repeat(32), "0".repeat(64), "0011".repeat(16)].into_iter().chain(rows.map(str::to_owned)) {
        let fault = refused(key, &weak);
        assert!(fault.contains("auth.signing_key") && fault.contains("random"), "{weak}: {fault}");
        assert!(!fault.contains(weak.trim()) || weak.trim().is_empty(), "{fault}");
    }
    for (name, value, setting) in [
        ("BOXOFFICE__LIMITS__ENABLED", "false", "limits.enabled"),
        ("BOXOFFICE__HTTP__TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0", "http.trusted_proxies"),
        ("BOXOFFICE__HTTP__TRUSTED_PROXIES", "::/0", "http.trusted_proxies"),
        ("BOXOFFICE__HTTP__TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "http.trusted_proxies"),
        ("BOXOFFICE__HTTP__TRUSTED_PROXIES", "2000::/3", "http.trusted_proxies"),
        (
            "BOXOFFICE__DATABASE__URL",
            "mysql://box:office@db:3306/tickets?require_ssl=true&verify_ca=false",
            "database.url: production checks the certificate",
        ),
        ("BOXOFFICE__ADMIN__ADDRESS", "0.0.0.0:9100", "admin.address"),
        ("BOXOFFICE__ADMIN__ADDRESS", "[::]:9100", "admin.address"),
        ("BOXOFFICE__AUTH__ACCESS_TOKEN_SECONDS", "86400", "auth.access_token_seconds"),
        ("BOXOFFICE__LOG__FILTER", "trace", "log.filter"),
        ("BOXOFFICE__LOG__FILTER", "info,hyper=trace", "log.filter"),
    ] {
        let fault = refused(name, value);
        assert!(fault.starts_with(setting), "{name}={value}: {fault}");
    }
    let everywhere =
        [("BOXOFFICE__ADMIN__ADDRESS", "0.0.0.0:9100"), ("BOXOFFICE__ADMIN__ALLOW_EVERY_INTERFACE", "true")];
    let variables: Vec<_> = PRODUCTION.into_iter().chain(everywhere).collect();
    assert!(Settings::load_checked(&sources(&variables)).is_ok());
}

#[test]
fn it_is_known_whether_an_environment_was_chosen() {
    assert!(!Settings::load(&Sources::default()).unwrap().environment_is_chosen);
    assert!(Settings::load(&sources(&[("BOXOFFICE_ENV", "development")])).unwrap().environment_is_chosen);
}

#[test]
fn production_accepts_what_is_allowed_explicitly() {
    let settings = Settings::load_checked(&sources(&PRODUCTION)).unwrap();
    assert_eq!(settings.log.format, LogFormat::Json);
    assert!(settings.http.secure_cookies);
    let small = [
        ("BOXOFFICE_ENV", "production"),
        ("BOXOFFICE__DATABASE__ALLOW_SQLITE", "true"),
        ("BOXOFFICE__PAYMENTS__ALLOW_SANDBOX", "true"),
        ("BOXOFFICE__AUTH__ALLOW_GENERATED_KEY", "true"),
    ];
    assert!(Settings::load_checked(&sources(&small)).is_ok());
}

#[test]
fn commands_that_need_only_the_database_do_not_check_the_rest() {
    let settings = Settings::load(&sources(&[("BOXOFFICE_ENV", "production")])).unwrap();
    assert!(!settings.validate().is_empty());
}

#[test]
fn nothing_prints_a_secret() {
    let settings = Settings::load_checked(&sources(&PRODUCTION)).unwrap();
    let printed = format!("{settings:?}");
    assert!(!printed.contains("office@db") && !printed.contains(KEY), "{printed}");
    let short = faults(&[("BOXOFFICE__AUTH__SIGNING_KEY", "swordfish")]);
    assert!(short[0].contains("32 bytes") && !short[0].contains("swordfish"), "{short:?}");
}

#[test]
fn the_committed_folder_equals_the_built_in_settings() {
    let committed = Sources { folder: Some("config".into()), variables: BTreeMap::new() };
    let settings = Settings::load_checked(&committed).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::load_checked(&Sources::default()).unwrap()));
}
