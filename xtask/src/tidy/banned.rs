//! Banned text, with what to write in its place.

use super::rust_text::{Code, words};
use super::{SourceFile, Tree, Violation};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "manager", "handler", "handlers", "process"];
/// Columns of the domain that count in whole units only.
const WHOLE_NUMBERS: &[&str] = &["money", "ledger", "coupon"];
/// Texts of programs: here an unfinished thought becomes a bug.
const PROGRAMS: &[&str] = &["rs", "ts", "tsx", "css", "sql", "sh", "toml"];

/// Folders that exist on one machine only. Split, so that this file does not contain them.
const MACHINE_FOLDERS: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];
/// Copies of the package registries. Split, so that this file does not contain them.
const MIRRORS: &[&str] = &[
    concat!("rs", "proxy"),
    concat!("mirrors.", "tuna"),
    concat!("mirrors.", "ustc"),
    concat!("mirrors.", "aliyun"),
    concat!("npm", "mirror"),
];

/// No text of the tree contains what has a better replacement.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.files().iter().flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (line, text) in (1..).zip(file.text().lines()) {
        let complaints = [machine_folder(text), mirror(text), unfinished(file, text)];
        violations.extend(complaints.into_iter().flatten().map(|text| Violation::at(&file.path, line, text)));
    }
    if let Some(name) = empty_name(&file.path) {
        violations.push(Violation::in_file(&file.path, format!("`{name}` says nothing; name the thing")));
    }
    if file.is_rust() {
        violations.extend(check_code(file));
    }
    violations
}

fn machine_folder(line: &str) -> Option<String> {
    let folder = MACHINE_FOLDERS.iter().find(|folder| {
        let before = line.split_once(*folder).map(|(before, _)| before.chars().next_back());
        // `pages/home/…` is a folder of this tree, `https://host/home/…` is an address.
        before.is_some_and(|letter| !letter.is_some_and(|letter| letter.is_alphanumeric() || "._-@/}".contains(letter)))
    })?;
    Some(format!("`{folder}` is a folder of one machine; write a path from the root of the tree"))
}

fn mirror(line: &str) -> Option<String> {
    let mirror = MIRRORS.iter().find(|mirror| line.contains(**mirror))?;
    Some(format!("`{mirror}` is somebody's copy of a registry; set it on your machine, not in the tree"))
}

fn unfinished(file: &SourceFile, line: &str) -> Option<String> {
    if !file.has_ending(PROGRAMS) {
        return None;
    }
    let marks: Vec<usize> = words(line).filter(|(_, word)| *word == concat!("TO", "DO")).map(|(at, _)| at).collect();
    if words(line).any(|(_, word)| word == concat!("FIX", "ME")) {
        return Some("never lands; fix it now or open an issue".to_owned());
    }
    let numbered = |at: usize| {
        let issue = line.get(at.saturating_add(4)..).and_then(|rest| rest.strip_prefix("(#"));
        issue.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
    };
    let complaint = "a thing to do has an issue number: `(#12)` right behind the word".to_owned();
    (!marks.into_iter().all(numbered)).then_some(complaint)
}

/// The empty name in a path of sources, if there is one.
fn empty_name(path: &str) -> Option<&str> {
    let (_, modules) = path.split_once("src/").or_else(|| path.split_once("tests/"))?;
    modules
        .split('/')
        .map(|part| part.split_once('.').map_or(part, |(stem, _)| stem))
        .find(|stem| EMPTY_NAMES.contains(stem))
}

fn check_code(file: &SourceFile) -> Vec<Violation> {
    let code = Code::of(file.text());
    let mut violations = Vec::new();
    let mut previous = "";
    for (at, word) in code.words() {
        let complaint = if previous == "mod" && EMPTY_NAMES.contains(&word) {
            Some(format!("`mod {word}` says nothing; name the thing"))
        } else if matches!(word, "f32" | "f64") && counts_in_whole_units(&file.path) {
            Some(format!("`{word}` rounds where nobody sees it; use `Amount`, `Micros` or a named rounding function"))
        } else if names_a_database(word) && is_store_without_dialect(file) {
            Some(format!("`{word}` names a database; only `dialect` knows which one it is"))
        } else {
            None
        };
        violations.extend(complaint.map(|complaint| Violation::at(&file.path, code.line_at(at), complaint)));
        previous = word;
    }
    violations
}

fn counts_in_whole_units(path: &str) -> bool {
    let column = path.strip_prefix("crates/tuiliu-domain/src/").and_then(|path| path.split(['/', '.']).next());
    column.is_some_and(|column| WHOLE_NUMBERS.contains(&column))
}

fn names_a_database(word: &str) -> bool {
    let word = word.to_lowercase();
    word.contains("sqlite") || word.contains("postgres")
}

fn is_store_without_dialect(file: &SourceFile) -> bool {
    let module = file.path.strip_prefix("crates/tuiliu-store/src/");
    module.is_some_and(|module| module != "dialect.rs" && !module.starts_with("dialect/")) && !file.is_test()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[track_caller]
    fn catches(path: &str, text: &str, because: &str) {
        let found = check(&Tree::of(&[(path, text)]));
        assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
        assert!(found[0].to_string().contains(because), "{found:?}");
    }

    #[track_caller]
    fn accepts(path: &str, text: &str) {
        assert_eq!(check(&Tree::of(&[(path, text)])), [], "{path}: {text}");
    }

    #[test]
    fn catches_unfinished_thoughts() {
        catches("a/src/lib.rs", concat!("// FIX", "ME later"), "never lands");
        catches("a/src/lib.rs", concat!("// TO", "DO later"), "issue number");
        catches("a/src/V1__start.sql", concat!("-- TO", "DO(somebody)"), "issue number");
        accepts("a/src/lib.rs", concat!("// TO", "DO(#12): later"));
        accepts("docs/words.md", concat!("No TO", "DO without an issue number."));
    }

    #[test]
    fn catches_names_that_say_nothing() {
        catches("crates/a/src/utils.rs", "", "`utils` says nothing");
        catches("crates/a/src/order/helpers/mod.rs", "", "`helpers` says nothing");
        catches("crates/a/tests/it/common.rs", "", "`common` says nothing");
        catches("crates/a/src/lib.rs", "mod manager { }", "`mod manager` says nothing");
        accepts("crates/a/src/lib.rs", "fn process() {} // utils");
    }

    #[test]
    fn catches_floats_where_money_is() {
        catches("crates/tuiliu-domain/src/money.rs", "type Price = f64;", "rounds");
        catches("crates/tuiliu-domain/src/ledger/lot.rs", "fn worth() -> f32 { 0 }", "rounds");
        accepts("crates/tuiliu-domain/src/money.rs", "/// Never an f64.\ntype Price = i64;");
        accepts("crates/tuiliu-measure/src/lift/mod.rs", "type Ratio = f64;");
    }

    #[test]
    fn catches_databases_outside_the_dialect() {
        catches("crates/tuiliu-store/src/order.rs", "use rusqlite::Row;", "only `dialect` knows");
        catches("crates/tuiliu-store/src/lib.rs", "enum Kind { Postgres }", "only `dialect` knows");
        accepts("crates/tuiliu-store/src/dialect.rs", "use rusqlite::Row;");
        accepts("crates/tuiliu-store/src/dialect/rows.rs", "use postgres::Row;");
        accepts("crates/tuiliu-store/src/lib.rs", "//! SQLite and PostgreSQL.\nconst URL: &str = \"postgres://\";");
        accepts("crates/tuiliu-store/src/order/tests.rs", "fn on_sqlite() {}");
    }

    #[test]
    fn catches_paths_and_hosts_of_one_machine() {
        catches("README.md", concat!("see `/ho", "me/me/tuiliu`"), "one machine");
        catches("a/src/lib.rs", concat!("const P: &str = \"/ro", "ot/x\";"), "one machine");
        catches(".cargo/config.toml", concat!("registry = \"https://rs", "proxy.cn\""), "registry");
        accepts("web/src/main.tsx", concat!("import '@/pages/ho", "me/Home'; // https://host/ho", "me/"));
    }
}
