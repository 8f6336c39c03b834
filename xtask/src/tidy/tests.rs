//! The rules on this tree; that each rule can fail is tested beside it.

use super::{Tree, Violation, banned, columns, layering, length, links, manifests, migrations, transaction, tree};
use crate::workspace;

#[track_caller]
fn check(rule: impl Fn(&Tree) -> Vec<Violation>) {
    let tree = Tree::read(&workspace::root()).expect("the tree can be read");
    report(&rule(&tree));
}

#[track_caller]
fn report(violations: &[Violation]) {
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(violations.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn floors_hold() {
    report(&layering::check(&layering::dependencies(&workspace::for_tests().metadata)));
}

#[test]
fn names_of_modules_are_words_of_the_book() {
    check(columns::check);
}

#[test]
fn nothing_is_too_long() {
    check(length::check);
}

#[test]
fn nothing_banned_is_written() {
    check(banned::check);
}

#[test]
fn manifests_inherit() {
    check(manifests::check);
}

#[test]
fn migrations_are_twins_and_published_ones_stay() {
    check(migrations::check);
}

#[test]
fn every_method_of_a_transaction_is_tested() {
    check(transaction::check);
}

#[test]
fn links_lead_somewhere() {
    check(links::check);
}

#[test]
fn files_are_small() {
    check(tree::check_sizes);
}

#[test]
fn the_tree_is_not_empty() {
    let tree = Tree::read(&workspace::root()).expect("the tree can be read");
    assert!(tree.text("Cargo.toml").is_some());
    assert!(tree.text("xtask/src/main.rs").is_some());
}
