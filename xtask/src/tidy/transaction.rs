//! Transactions: whatever joins one is a method of `Tx`, and a test of the store names it.

use std::collections::BTreeSet;

use super::rust_text::Code;
use super::{SourceFile, Tree, Violation};

/// Where `Tx` and its tests lie.
const STORE: &str = "crates/tuiliu-store/";

/// Every `pub fn` of `impl Tx` is named by a test of the store.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let sources = || tree.files().iter().filter(|file| file.is_rust() && file.path.starts_with(STORE));
    let tested: BTreeSet<String> = sources()
        .filter(|file| file.is_test())
        .flat_map(|file| Code::of(file.text()).words().map(|(_, word)| word.to_owned()).collect::<Vec<_>>())
        .collect();
    let untested = sources().filter(|file| !file.is_test()).flat_map(|file| {
        let methods = methods(file).into_iter().filter(|(_, name)| !tested.contains(name));
        methods.map(|(line, name)| {
            let complaint = format!("no test of the store names `Tx::{name}`; tell its story on both databases");
            Violation::at(&file.path, line, complaint)
        })
    });
    untested.collect()
}

/// The public methods of `Tx` in a file, with their lines.
fn methods(file: &SourceFile) -> Vec<(usize, String)> {
    let code = Code::of(file.text());
    let mut methods = Vec::new();
    for (at, _) in code.words().filter(|(_, word)| *word == "impl") {
        let Some(block) = code.block_after(at) else {
            continue;
        };
        let head = code.text.get(at..block.start).unwrap_or_default();
        if head.contains(" for ") || !Code::of(head).words().any(|(_, word)| word == "Tx") {
            continue;
        }
        let words: Vec<(usize, &str)> = code.words().filter(|(at, _)| block.contains(at)).collect();
        for window in words.windows(3) {
            if let [(_, "pub"), (line, "fn"), (_, name)] = window {
                methods.push((code.line_at(*line), (*name).to_owned()));
            }
        }
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    #[test]
    fn catches_a_method_that_no_test_names() {
        let source =
            "impl Tx<'_> {\n pub fn save(&self) {}\n fn own(&self) {}\n}\nimpl Reader { pub fn load(&self) {} }";
        let with = |test: &str| {
            let files =
                [("crates/tuiliu-store/src/order.rs", source), ("crates/tuiliu-store/src/order/tests.rs", test)];
            check(&Tree::of(&files)).into_iter().map(|violation| violation.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(with("tx.save();"), Vec::<String>::new());
        let found = with("// save");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/tuiliu-store/src/order.rs:2: "), "{found:?}");
    }
}
