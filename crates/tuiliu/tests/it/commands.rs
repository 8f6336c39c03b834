//! The commands that end by themselves: results on standard output, one line of complaint, an exit code.

use std::os::unix::fs::PermissionsExt;

use crate::executable::{Platform, complained, told};

#[track_caller]
fn refuses(arguments: &[&str], code: i32, because: &str) {
    let platform = Platform::new();
    let output = platform.run(arguments);
    let message = complained(&output);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.contains(because), "{message}");
    assert_eq!(told(&output), "");
}

#[test]
fn bad_settings_are_told_with_file_and_line() {
    let platform = Platform::new();
    std::fs::write(platform.path("tuiliu.toml"), "[server]\n\nlisen = \"127.0.0.1:0\"\n").unwrap();
    let output = platform.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let message = complained(&output);
    assert!(message.starts_with("tuiliu: failed to read `tuiliu.toml`, line 3: unknown field `lisen`"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn settings_come_from_file_environment_and_flags() {
    let platform = Platform::new();
    std::fs::write(platform.path("mine.toml"), "[store]\naddress = \"sqlite:from-file.db\"\n").unwrap();
    let migrate = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = platform.command(arguments).envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    };
    let address = [("TUILIU_STORE__ADDRESS", "sqlite:from-environment.db")];
    migrate(&["migrate", "--config", "mine.toml"], &[]);
    migrate(&["migrate", "--config", "mine.toml"], &address);
    migrate(&["migrate", "--config", "mine.toml", "--store", "sqlite:from-flag.db"], &address);
    for file in ["from-file.db", "from-environment.db", "from-flag.db"] {
        assert!(platform.path(file).exists(), "{file}");
    }
    assert!(!platform.path("data").exists(), "the default was never used");
}

#[test]
fn an_unknown_variable_is_refused() {
    let platform = Platform::new();
    let output = platform.command(&["migrate"]).env("TUILIU_SERVER__LISEN", "x").output().unwrap();
    let message = complained(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("`TUILIU_SERVER__LISEN`: there is no setting `server.lisen`"), "{message}");
}

#[test]
fn a_password_in_an_address_is_not_told() {
    let platform = Platform::new();
    let output = platform.run(&["migrate", "--store", "postgres://me:hunter2@127.0.0.1:1/none"]);
    let message = complained(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("postgres://127.0.0.1:1/none") && !message.contains("hunter2"), "{message}");
}

#[test]
fn an_audit_that_cannot_look_is_not_an_audit_that_found_something() {
    refuses(&["audit"], 2, "failed to open the store `sqlite:data/tuiliu.db` for reading");
    refuses(&["audit", "--store", "memory"], 2, "seen by its own process only");
    refuses(&["audit", "--config", "nowhere.toml"], 2, "failed to read `nowhere.toml`");
}

#[test]
fn a_torn_store_is_told() {
    let platform = Platform::new();
    std::fs::write(platform.path("torn.db"), "not a database, only called one, and long enough to be looked at")
        .unwrap();
    let doctor = platform.run(&["doctor", "--store", "sqlite:torn.db"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(told(&doctor).contains("fail  store"), "{}", told(&doctor));
    assert_eq!(platform.run(&["audit", "--store", "sqlite:torn.db"]).status.code(), Some(2));
}

#[test]
fn the_first_keys_are_made_once_and_fit_their_owner() {
    let platform = Platform::new();
    let fast = ["--set", "access.password_memory_kib=8"];
    let create = |tenant: &str| platform.run(&["keys", "create", "--tenant", tenant, "--json", fast[0], fast[1]]);
    let output = create("shop");
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    let created: serde_json::Value = serde_json::from_str(&told(&output)).unwrap();
    assert!(created["api_key"].as_str().is_some_and(|key| key.starts_with("sk_live_")), "{created}");
    assert_eq!(created["login"], "admin");
    assert!(!complained(&output).contains(created["password"].as_str().unwrap()), "secrets are not logged");
    let mode = std::fs::metadata(platform.path("data/tuiliu.keys")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let audit = platform.run(&["audit"]);
    assert_eq!(audit.status.code(), Some(0), "{}", complained(&audit));
}

#[test]
fn the_interface_is_described() {
    let platform = Platform::new();
    let output = platform.run(&["openapi"]);
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_str(&told(&output)).unwrap();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    std::fs::write(platform.path("openapi.json"), &output.stdout).unwrap();
    assert_eq!(platform.run(&["openapi", "--check"]).status.code(), Some(0));
    std::fs::write(platform.path("openapi.json"), "{}").unwrap();
    let stale = platform.run(&["openapi", "--check"]);
    assert_eq!(stale.status.code(), Some(1));
    assert!(told(&stale).contains("stale from line 1"), "{}", told(&stale));
}
