//! Columns: a module has the same name on every floor, and the name is in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use super::rust_text::{Code, words};
use super::{SourceFile, Tree, Violation};

/// Where the names are kept.
const BOOK: &str = "ARCHITECTURE.md";
/// The part of it that holds the table of columns and the table of kernels.
const HEADING: &str = "## Columns and kernels";
/// Files that are no module of their own.
const ROOTS: &[&str] = &["lib", "main", "tests"];
/// Where the columns of the domain lie.
const DOMAIN: &str = "crates/tuiliu-domain/src/";

/// Every module is a column of the book or a kernel of its floor; the domain's columns form no circle.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let names = Names::read(tree.text(BOOK).unwrap_or_default());
    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| file.is_rust()) {
        let Some((floor, module)) = place(&file.path) else {
            continue;
        };
        if !ROOTS.contains(&module) && seen.insert((floor, module)) && !names.allows(floor, module) {
            let complaint =
                format!("`{module}` on floor `{floor}` is no word of {BOOK}, \"{}\"", HEADING.trim_start_matches("# "));
            violations.push(Violation::in_file(&file.path, complaint));
        }
    }
    violations.extend(check_circles(tree, &names));
    violations
}

/// The floor and the module of a source file of the product.
fn place(path: &str) -> Option<(&str, &str)> {
    let (floor, rest) = path.strip_prefix("crates/")?.split_once("/src/")?;
    Some((floor, module(rest)))
}

fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

/// The names of the book.
#[derive(Debug, Default)]
struct Names {
    columns: BTreeSet<String>,
    /// A kernel and the floors on which it stands.
    kernels: BTreeMap<String, BTreeSet<String>>,
}

impl Names {
    /// Reads rows `| names | floors | what |`; a column stands on every floor, so its row says "every".
    fn read(book: &str) -> Self {
        let mut names = Self::default();
        let part = book.split_once(HEADING).map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default());
        for line in part.unwrap_or_default().lines().filter(|line| line.starts_with("| `")) {
            let mut cells = line.trim_matches('|').split(" | ");
            let own = quoted(cells.next().unwrap_or_default());
            let floors = cells.next().unwrap_or_default();
            for name in own {
                if floors.trim() == "every" {
                    names.columns.insert(name);
                } else {
                    names.kernels.entry(name).or_default().extend(quoted(floors));
                }
            }
        }
        names
    }

    fn allows(&self, floor: &str, module: &str) -> bool {
        self.columns.contains(module) || self.kernels.get(module).is_some_and(|floors| floors.contains(floor))
    }
}

/// Everything between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Columns of the domain that use each other in a circle are one column with two names. A kernel may know columns
/// (an event says what happened to an order), and columns may know it.
fn check_circles(tree: &Tree, names: &Names) -> Vec<Violation> {
    let files =
        || tree.files().iter().filter(|file| file.is_rust() && file.path.starts_with(DOMAIN) && !file.is_test());
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files() {
        let own = module(file.path.strip_prefix(DOMAIN).unwrap_or_default());
        if names.columns.contains(own) {
            let others = uses(file).into_iter().filter(|used| used != own && names.columns.contains(used));
            edges.entry(own).or_default().extend(others);
        }
    }
    let circles = edges.keys().filter(|column| reaches(&edges, column));
    circles
        .map(|column| {
            Violation::in_file(
                format!("{DOMAIN}{column}"),
                "is in a circle of columns that use each other; cut one arrow",
            )
        })
        .collect()
}

/// Whether following the arrows from a column leads back to it.
fn reaches(edges: &BTreeMap<&str, BTreeSet<String>>, column: &str) -> bool {
    let mut visited = BTreeSet::new();
    let mut waiting: Vec<&String> = edges.get(column).into_iter().flatten().collect();
    while let Some(next) = waiting.pop() {
        if next == column {
            return true;
        }
        if visited.insert(next) {
            waiting.extend(edges.get(next.as_str()).into_iter().flatten());
        }
    }
    false
}

/// The modules that a file names as `crate::module` or inside `crate::{…}`.
fn uses(file: &SourceFile) -> Vec<String> {
    let code = Code::of(file.text());
    let starts = code.words().filter(|(_, word)| *word == "crate").map(|(at, word)| at.saturating_add(word.len()));
    let paths = starts.filter_map(|at| code.text.get(at..)?.strip_prefix("::"));
    paths
        .flat_map(|path| if path.starts_with('{') { heads(path) } else { first_word(path).into_iter().collect() })
        .collect()
}

/// The first word of each part of `{a::b, c::{d, e}}`.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads) = (0_usize, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let begins = depth == 1 && (letter == ',' || at == 0);
        if begins {
            heads.extend(group.get(at.saturating_add(1)..).and_then(first_word));
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn first_word(text: &str) -> Option<String> {
    words(text).next().map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::Tree;

    const BOOK: (&str, &str) = (
        "ARCHITECTURE.md",
        "# A\n## Columns and kernels\n| column | floors | what |\n|---|---|---|\n| `coupon` | every | less to pay |\n| `order` | every | bought |\n\
         \n| kernel | floors | what |\n|---|---|---|\n| `money`, `time` | `tuiliu-domain` | units |\n\
         \n## Else\n| `other` | every | no |\n",
    );

    #[track_caller]
    fn count(files: &[(&str, &str)], expected: usize) {
        let all: Vec<(&str, &str)> = files.iter().copied().chain([BOOK]).collect();
        let found = check(&Tree::of(&all));
        assert_eq!(found.len(), expected, "{found:?}");
    }

    #[test]
    fn catches_a_module_that_is_no_word() {
        count(&[("crates/tuiliu-app/src/coupon.rs", ""), ("crates/tuiliu-domain/src/time.rs", "")], 0);
        count(&[("crates/tuiliu-app/src/rebate.rs", "")], 1);
        count(&[("crates/tuiliu-app/src/rebate/mod.rs", ""), ("crates/tuiliu-app/src/rebate/pay.rs", "")], 1);
        count(&[("crates/tuiliu-app/src/other.rs", "")], 1);
    }

    #[test]
    fn catches_a_kernel_on_a_foreign_floor() {
        count(&[("crates/tuiliu-app/src/money.rs", "")], 1);
    }

    #[test]
    fn catches_columns_that_use_each_other() {
        let coupon = ("crates/tuiliu-domain/src/coupon/mod.rs", "use crate::order::Order;");
        let order = |text| ("crates/tuiliu-domain/src/order.rs", text);
        count(&[coupon, order("use crate::money::Amount;")], 0);
        count(&[coupon, order("use crate::{\n    coupon::Coupon,\n    money::Amount,\n};")], 2);
        count(&[coupon, order("use crate::coupon::Coupon;")], 2);
        count(&[coupon, order("// use crate::coupon::Coupon;")], 0);
        let money = ("crates/tuiliu-domain/src/money.rs", "use crate::coupon::Coupon;");
        count(&[money, ("crates/tuiliu-domain/src/coupon/mod.rs", "use crate::money::Amount;")], 0);
    }
}
