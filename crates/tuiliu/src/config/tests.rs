use std::ffi::OsString;
use std::path::PathBuf;

use toml::{Table, Value};

use super::load::parse;
use super::{Config, Secret, Sources, load};

/// The file that lies at the root of the tree and tells every setting.
const FILE: &str = include_str!("../../../../tuiliu.toml");

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Loads a file with this text under these variables and flags.
fn loaded(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> anyhow::Result<Config> {
    let folder = folder();
    let file = folder.path().join("tuiliu.toml");
    std::fs::write(&file, text).unwrap();
    load(&Sources {
        file: Some(file),
        environment: environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect(),
        flags: flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    })
}

#[track_caller]
fn refuses(text: &str, environment: &[(&str, &str)], flags: &[(&str, &str)], because: &[&str]) {
    let error = loaded(text, environment, flags).expect_err("this makes no sense");
    let message = format!("{error:#}");
    for part in because {
        assert!(message.contains(part), "`{message}` does not say `{part}`");
    }
    assert!(!message.contains('\n'), "{message}");
}

/// Every `section.key` of a table.
fn keys(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (section, settings) in table {
        let Value::Table(settings) = settings else { panic!("`{section}` is not a section") };
        keys.extend(settings.keys().map(|key| format!("{section}.{key}")));
    }
    keys
}

#[test]
fn the_file_tells_every_default_and_nothing_else() {
    let file = toml::from_str::<Table>(FILE).unwrap();
    let defaults = Table::try_from(Config::default()).unwrap();
    assert_eq!(keys(&file), keys(&defaults));
    for (section, settings) in &defaults {
        for (key, default) in settings.as_table().unwrap() {
            assert_eq!(&file[section][key], default, "`{section}.{key}`");
        }
    }
    assert_eq!(loaded(FILE, &[], &[]).unwrap(), Config::default());
    assert_eq!(loaded("", &[], &[]).unwrap(), Config::default());
}

#[test]
fn the_file_explains_every_setting_and_section() {
    let mut explained = false;
    for line in FILE.lines() {
        if line.starts_with('#') {
            explained = true;
        } else {
            assert!(line.is_empty() || explained, "`{line}` stands without a comment");
            explained = false;
        }
    }
}

#[test]
fn the_defaults_make_sense() {
    Config::default().check().unwrap();
}

#[test]
fn the_environment_is_stronger_than_the_file_and_flags_are_stronger_than_both() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\nrequests_in_flight_max = 11\nrequest_timeout_ms = 2048\n";
    let environment = [
        ("TUILIU_SERVER__REQUESTS_IN_FLIGHT_MAX", "22"),
        ("TUILIU_SERVER__LISTEN", "127.0.0.1:2"),
        ("TUILIU_STORE__ADDRESS", "memory"),
        ("TUILIU_SERVER__TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2"),
        ("TUILIU_CONFIG", "elsewhere"),
        ("TUILIU_TEST_POSTGRES", "postgres://nowhere"),
        ("PATH", "/bin"),
    ];
    let config = loaded(file, &environment, &[("server.listen", "127.0.0.1:3")]).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.requests_in_flight_max, 22);
    assert_eq!(config.server.request_timeout_ms, 2_048);
    assert_eq!(
        config.server.trusted_proxies,
        ["10.0.0.1".parse::<std::net::IpAddr>().unwrap(), "10.0.0.2".parse().unwrap()]
    );
    assert_eq!(format!("{:?}", config.store.address), "memory");
    assert_eq!(config.jobs, Config::default().jobs);
}

#[test]
fn refuses_an_unknown_key_with_its_line() {
    refuses("# note\n[server]\nlisten = \"127.0.0.1:1\"\nlisen = 5\n", &[], &[], &["tuiliu.toml", "line 4", "`lisen`"]);
    refuses("[sever]\n", &[], &[], &["line 1", "`sever`"]);
    refuses("\n\nlisten = 1\n", &[], &[], &["line 3", "`listen`"]);
    refuses("[server]\nlisten = \n", &[], &[], &["line 2"]);
    refuses(
        "[server]\nrequests_in_flight_max = 1\n\nrequests_in_flight_max = 2\n",
        &[],
        &[],
        &["line 4", "duplicate key"],
    );
}

#[test]
fn refuses_a_value_of_another_kind_and_says_where() {
    refuses("[server]\nlisten = \"here\"\n", &[], &[], &["line 2", "socket address"]);
    refuses("[server]\nrequests_in_flight_max = -1\n", &[], &[], &["line 2", "-1"]);
    refuses("[server]\nrequests_in_flight_max = \"many\"\n", &[], &[], &["line 2", "expected u32"]);
    refuses("[store]\naddress = \"mysql://x\"\n", &[], &[], &["line 2", "`postgres://…`"]);
    refuses("[log]\nformat = \"xml\"\n", &[], &[], &["line 2", "`xml`"]);
}

#[test]
fn refuses_a_variable_or_flag_by_its_name() {
    refuses("", &[("TUILIU_SERVER__LISEN", "1")], &[], &["TUILIU_SERVER__LISEN", "no setting `server.lisen`"]);
    refuses("", &[("TUILIU_SEVER__LISTEN", "1")], &[], &["TUILIU_SEVER__LISTEN", "no setting"]);
    refuses("", &[("TUILIU_STORE__READERS", "four")], &[], &["TUILIU_STORE__READERS", "no whole number"]);
    refuses("", &[("TUILIU_SERVER__LISTEN", "here")], &[], &["TUILIU_SERVER__LISTEN", "socket address"]);
    refuses("", &[], &[("jobs.tock_ms", "5")], &["no setting `jobs.tock_ms`"]);
    refuses("", &[], &[("jobs", "5")], &["`jobs` is not `section.key`"]);
}

#[test]
fn refuses_a_number_out_of_its_range() {
    refuses("[store]\nreaders = 257\n", &[], &[], &["`store.readers`", "`257`", "0", "256"]);
    refuses("[server]\nrequests_in_flight_max = 0\n", &[], &[], &["`server.requests_in_flight_max`"]);
    refuses("[server]\ndrain_ms = 20001\n", &[], &[], &["`server.drain_ms`", "20000"]);
    refuses("[log]\nlevel = \"loud\"\n", &[], &[], &["`log.level`", "`loud`"]);
}

#[test]
fn a_named_file_must_be_there() {
    let sources = Sources { file: Some(PathBuf::from("nowhere/tuiliu.toml")), ..Sources::default() };
    let message = format!("{:#}", load(&sources).unwrap_err());
    assert!(message.starts_with("failed to read `nowhere/tuiliu.toml`: "), "{message}");
}

#[test]
fn a_secret_is_never_shown() {
    let mut config = loaded("[payment]\nsecret = \"hunter2\"\n", &[], &[]).unwrap();
    assert_eq!(config.payment.secret.reveal(), "hunter2");
    config.store = loaded("", &[("TUILIU_STORE__ADDRESS", "postgres://me:hunter2@host/db")], &[]).unwrap().store;
    assert!(!format!("{config:?} {config:#?}").contains("hunter2"));
    assert!(!toml::to_string(&config).unwrap().contains("hunter2"));
    assert_eq!(format!("{:?}", Secret::new(7)), "[secret]");
}

#[test]
fn an_error_never_shows_a_secret() {
    let check = |text: &str, environment: &[(&str, &str)]| {
        let message = format!("{:#}", loaded(text, environment, &[]).expect_err("it is wrong"));
        assert!(!message.contains("8888"), "{message}");
    };
    check("[payment]\nsecret = 8888\n", &[]);
    check("[payment]\nsecret = -8888\n", &[]);
    check("[payment]\nsecret = 8888.5\n", &[]);
    check("[payment]\nsecret = [8888]\n", &[]);
    check("[payment]\nsecret = { a = 8888 }\n", &[]);
    check("[payment]\nsecret = 8888-01-01\n", &[]);
    check("[payment]\nsecrt = \"8888\"\n", &[]);
    check("[payment]\nsecret = \"8888\n", &[]);
    check("[store]\naddress = \"postgre://me:8888@host\"\n", &[]);
    check("", &[("TUILIU_STORE__ADDRESS", "postgre://me:8888@host")]);
    check("[payment]\nsecret = \"8888\"\nsecret_file = \"x\"\n", &[]);
}

#[test]
fn a_secret_can_come_from_a_file() {
    let folder = folder();
    let file = folder.path().join("secret");
    std::fs::write(&file, "from a file\nnot this\n").unwrap();
    let path = file.to_str().unwrap();
    let config = loaded("", &[("TUILIU_PAYMENT__SECRET_FILE", path)], &[]).unwrap();
    assert_eq!(config.payment.secret.reveal(), "from a file");
    std::fs::remove_file(&file).unwrap();
    refuses("", &[("TUILIU_PAYMENT__SECRET_FILE", path)], &[], &["`payment.secret_file`", path]);
}

#[test]
fn a_file_without_an_end_of_line_has_a_line_too() {
    let message = format!("{:#}", parse("x.toml", "[log]\nlevel = 1").unwrap_err());
    assert!(message.starts_with("failed to read `x.toml`, line 2: "), "{message}");
}
