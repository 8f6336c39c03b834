//! Lengths: a file is read in one sitting, a function fits a screen.
//!
//! `xtask/ratchet.txt` lists who was longer when the rule came; a number there may only shrink.

use std::collections::BTreeMap;

use super::rust_text::Code;
use super::{SourceFile, Tree, Violation};

/// Lines of a file.
const FILE_LINES_MAX: usize = 600;
/// Lines of a file with tests only.
const TEST_FILE_LINES_MAX: usize = 1_000;
/// Lines of a function, without the inside of literals.
const FUNCTION_LINES_MAX: usize = 70;
/// Known sinners: `path lines` or `path::function lines` on each line.
const RATCHET: &str = "xtask/ratchet.txt";

/// Nobody is longer than the rule, or than his line in the ratchet.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut sinners = BTreeMap::new();
    let mut lines_of = BTreeMap::new();
    for file in tree.files().iter().filter(|file| file.has_ending(&["rs", "ts", "tsx", "css"])) {
        for (name, line, lines) in too_long(file) {
            lines_of.insert(name.clone(), (file.path.clone(), line));
            sinners.insert(name, lines);
        }
    }
    let ratchet = tree.text(RATCHET).map(parse).unwrap_or_default();
    let mut violations = Vec::new();
    for (name, lines) in &sinners {
        let allowed = ratchet.get(name).copied().unwrap_or(0);
        if *lines > allowed {
            let (path, line) = lines_of.get(name).cloned().unwrap_or_default();
            let complaint = format!(
                "`{name}` has {lines} lines; a file has {FILE_LINES_MAX} at most (tests: \
                {TEST_FILE_LINES_MAX}), a function {FUNCTION_LINES_MAX}"
            );
            violations.push(Violation::at(path, line, complaint));
        }
    }
    for (name, allowed) in &ratchet {
        let lines = sinners.get(name).copied().unwrap_or(0);
        if lines < *allowed {
            let now = if lines == 0 { "delete its line".to_owned() } else { format!("write {lines}") };
            violations.push(Violation::in_file(RATCHET, format!("`{name}` has become shorter: {now}")));
        }
    }
    violations
}

/// The file and each of its functions that are longer than the rule: name, line, length.
fn too_long(file: &SourceFile) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    let lines = file.text().lines().count();
    if lines > if file.is_test() { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX } {
        found.push((file.path.clone(), 0, lines));
    }
    if file.is_rust() {
        let functions = Code::of(file.text()).functions();
        let long = functions.into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
        found.extend(long.map(|long| (format!("{}::{}", file.path, long.name), long.line, long.lines)));
    }
    found
}

fn parse(ratchet: &str) -> BTreeMap<String, usize> {
    let entries = ratchet.lines().filter_map(|line| line.rsplit_once(' '));
    entries.filter_map(|(name, lines)| Some((name.to_owned(), lines.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    fn complaints(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).into_iter().map(|violation| violation.to_string()).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines.saturating_sub(2)))
    }

    #[test]
    fn catches_a_long_file() {
        assert_eq!(complaints(&[("a/src/lib.rs", &"\n".repeat(600))]).len(), 0);
        assert_eq!(complaints(&[("a/src/lib.rs", &"\n".repeat(601))]).len(), 1);
        assert_eq!(complaints(&[("a/src/tests.rs", &"\n".repeat(1_000))]).len(), 0);
        assert_eq!(complaints(&[("a/tests/it/pay.rs", &"\n".repeat(1_001))]).len(), 1);
        assert_eq!(complaints(&[("a/src/list.csv", &"\n".repeat(5_000))]).len(), 0);
    }

    #[test]
    fn catches_a_long_function() {
        assert_eq!(complaints(&[("a/src/lib.rs", &function(70))]), Vec::<String>::new());
        let found = complaints(&[("a/src/lib.rs", &function(71))]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a/src/lib.rs:1: `a/src/lib.rs::long` has 71 lines"), "{found:?}");
    }

    #[test]
    fn the_ratchet_only_shrinks() {
        let with = |lines: usize, ratchet: &str| {
            complaints(&[("a/src/lib.rs", &function(lines)), ("xtask/ratchet.txt", ratchet)]).len()
        };
        assert_eq!(with(80, "a/src/lib.rs::long 80\n"), 0);
        assert_eq!(with(81, "a/src/lib.rs::long 80\n"), 1);
        assert_eq!(with(79, "a/src/lib.rs::long 80\n"), 1);
        assert_eq!(with(60, "a/src/lib.rs::long 80\n"), 1);
    }
}
