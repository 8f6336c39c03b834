use std::ffi::OsString;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;

use super::server::{Programs, Server};
use super::{Durability, install};

/// A folder of this process in the system's temporary folder, deleted in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tuiliu-xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        Self(folder)
    }

    fn with_programs(&self, folder: &str) -> PathBuf {
        let folder = self.0.join(folder);
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        for program in ["pg_ctl", "initdb"] {
            fs::write(folder.join(program), "").expect("the temporary folder can be written");
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[test]
fn looks_on_the_path_then_takes_the_newest_version() {
    let folder = Folder::new("versions");
    folder.with_programs("versions/9/bin");
    let newest = folder.with_programs("versions/17/bin");
    let versions = folder.0.join("versions");
    assert_eq!(install::search(&OsString::new(), &versions), Some(newest));
    let on_path = folder.with_programs("path");
    assert_eq!(install::search(on_path.as_os_str(), &versions), Some(on_path));
    assert_eq!(install::search(&OsString::new(), &folder.0.join("nowhere")), None);
}

#[test]
fn a_kept_server_answers_and_leaves_nothing_behind() {
    let Some(programs) = Programs::find().expect("the system can be asked") else {
        assert!(!crate::workspace::in_ci(), "continuous integration has PostgreSQL");
        return;
    };
    let (server, keeper) = Server::start_kept(&programs, Durability::None).expect("PostgreSQL starts");
    let note = server.note();
    let (folder, port) = note.trim_end().split_once('\n').expect("a note has two lines");
    assert!(server.runs(&programs).expect("pg_ctl answers"));
    let port: u16 = port.parse().expect("a port is a number");
    TcpStream::connect(("127.0.0.1", port)).expect("PostgreSQL listens");
    keeper.finish().expect("PostgreSQL stops");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!PathBuf::from(folder).exists());
}
