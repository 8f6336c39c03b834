use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tuiliu_domain::time::{HOUR_MS, Timestamp};

use super::disk::Disk;
use super::{EARLIEST, Grade, LATEST, age, as_json, as_text, clock, disk_finding, examine, existing_folder, key_file};
use crate::config::{Config, Sources, load};

const NOW: Timestamp = EARLIEST;

fn config_on(address: &str, folder: &Path) -> Config {
    let keys = folder.join("tuiliu.keys").display().to_string();
    let flags = [("store.address", address.to_owned()), ("delivery.key_file", keys)];
    let flags = flags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    load(&Sources { flags, file: Some("/dev/null".into()), ..Sources::default() }).unwrap()
}

fn grades(config: &Config) -> Vec<(&'static str, Grade)> {
    examine(config, NOW.plus_ms(100 * 365 * 24 * HOUR_MS)).into_iter().map(|one| (one.what, one.grade)).collect()
}

#[test]
fn a_clock_is_of_this_century() {
    let check = |now: Timestamp, expected: Grade| assert_eq!(clock(now).grade, expected, "{now:?}");
    check(Timestamp::from_ms(0), Grade::Fail);
    check(EARLIEST.plus_ms(-1), Grade::Fail);
    check(EARLIEST, Grade::Well);
    check(LATEST.plus_ms(-1), Grade::Well);
    check(LATEST, Grade::Fail);
}

#[test]
fn a_disk_is_local_lasting_and_has_room() {
    let check = |kind: &str, free_mib: u64, expected: Grade| {
        let disk = Disk { kind: kind.to_owned(), free_bytes: free_mib * 1_048_576 };
        assert_eq!(disk_finding(&disk).grade, expected, "{disk:?}");
    };
    check("ext4", 100_000, Grade::Well);
    check("ext4", 10_239, Grade::Warn);
    check("ext4", 1_024, Grade::Warn);
    check("ext4", 1_023, Grade::Fail);
    check("nfs4", 100_000, Grade::Fail);
    check("tmpfs", 100_000, Grade::Warn);
    check("tmpfs", 5, Grade::Fail);
}

#[test]
fn data_is_not_from_the_future() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tuiliu.db");
    assert_eq!(age(&file, NOW).grade, Grade::Well);
    std::fs::write(folder.path().join("tuiliu.db-wal"), "x").unwrap();
    assert_eq!(age(&file, LATEST).grade, Grade::Well);
    let found = age(&file, Timestamp::from_ms(0));
    assert_eq!(found.grade, Grade::Fail);
    assert!(found.detail.contains("in the future"), "{found:?}");
}

#[test]
fn keys_are_their_owners_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tuiliu.keys");
    let check = |mode: u32, expected: Grade| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(key_file(&file).grade, expected, "{mode:o}");
    };
    assert_eq!(key_file(&file).grade, Grade::Warn);
    std::fs::write(&file, "").unwrap();
    check(0o600, Grade::Well);
    check(0o400, Grade::Well);
    check(0o640, Grade::Fail);
    check(0o604, Grade::Fail);
}

#[test]
fn looks_at_the_folder_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(existing_folder(&folder.path().join("a/b/c.db")), folder.path());
    assert_eq!(existing_folder(Path::new("c.db")), Path::new("."));
}

#[test]
fn a_fresh_folder_is_well_but_for_what_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("data/tuiliu.db").display());
    let grades = grades(&config_on(&address, folder.path()));
    let of = |what: &str| grades.iter().find(|(name, _)| *name == what).map(|(_, grade)| *grade);
    assert_eq!(of("store"), Some(Grade::Warn));
    assert_eq!(of("data folder"), Some(Grade::Well));
    assert_eq!(of("key file"), Some(Grade::Warn));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "looking leaves nothing behind");
}

#[test]
fn a_migrated_store_is_well_and_a_torn_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tuiliu.db");
    let config = config_on(&format!("sqlite:{}", file.display()), folder.path());
    drop(tuiliu_store::Store::open(&config.store.opening()).unwrap());
    let store = |config: &Config| grades(config).into_iter().find(|(what, _)| *what == "store").map(|(_, grade)| grade);
    assert_eq!(store(&config), Some(Grade::Well));
    std::fs::write(&file, "this is not a database, it only has the name of one").unwrap();
    assert_eq!(store(&config), Some(Grade::Fail));
}

#[test]
fn a_store_out_of_reach_is_told_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_on("postgres://me:hunter2@127.0.0.1:1/none", folder.path());
    let findings = examine(&config, NOW);
    let text = format!("{}{}", as_text(&findings), as_json(&findings));
    assert!(text.contains("\"verdict\":\"fail\""), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
