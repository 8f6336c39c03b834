//! Manifests: every package keeps the workspace's lints and runs no documentation tests.

use super::{Tree, Violation};

/// Every package of the workspace inherits the lints and switches documentation tests off.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files() {
        let Some(folder) = file.path.strip_suffix("Cargo.toml") else {
            continue;
        };
        // A bench is a workspace of its own: nothing to inherit.
        if folder.starts_with("bench/") || !has(file.text(), "[package]", None) {
            continue;
        }
        if !has(file.text(), "[lints]", Some("workspace = true")) {
            violations.push(Violation::in_file(&file.path, "write `[lints]` with `workspace = true`"));
        }
        let is_library = tree.text(&format!("{folder}src/lib.rs")).is_some();
        let target = if is_library { "[lib]" } else { "[[bin]]" };
        if !has(file.text(), target, Some("doctest = false")) {
            violations.push(Violation::in_file(&file.path, format!("write `{target}` with `doctest = false`")));
        }
    }
    violations
}

/// Whether a manifest has this section, and this line in it.
fn has(manifest: &str, section: &str, wanted: Option<&str>) -> bool {
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == section;
        }
        if inside && wanted.is_none_or(|wanted| line == wanted) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    const GOOD: &str = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n[lib]\ndoctest = false\n";

    fn count(manifest: &str) -> usize {
        check(&Tree::of(&[("crates/a/Cargo.toml", manifest), ("crates/a/src/lib.rs", "")])).len()
    }

    #[test]
    fn catches_packages_that_go_their_own_way() {
        assert_eq!(count(GOOD), 0);
        assert_eq!(count(&GOOD.replace("workspace = true", "workspace = false")), 1);
        assert_eq!(count(&GOOD.replace("doctest = false", "doctest = true")), 1);
        assert_eq!(count(&GOOD.replace("[lib]", "[[bin]]")), 1);
        assert_eq!(count("[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\n"), 2);
    }

    #[test]
    fn leaves_workspaces_and_benches_alone() {
        assert_eq!(check(&Tree::of(&[("Cargo.toml", "[workspace]\n"), ("bench/a/Cargo.toml", "[package]\n")])), []);
    }
}
