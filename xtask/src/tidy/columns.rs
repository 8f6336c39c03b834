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
/// Which column of the domain uses which. Kernels may know columns and columns may know kernels without an arrow.
const ARROWS: &[(&str, &[&str])] = &[
    ("appeal", &["party"]),
    ("coupon", &["ledger", "promotion"]),
    ("guarantee", &["ledger", "party"]),
    // Rewards are coupons; what is taken back of them is told by their lots.
    ("incentive", &["coupon", "ledger", "party"]),
    ("live", &["party", "promotion", "review"]),
    ("promotion", &["coupon", "ledger", "live", "party", "promise", "review", "video", "wallet"]),
    ("review", &["promotion"]),
    ("video", &["party", "review"]),
    ("wallet", &["ledger", "party"]),
];

/// Every module is a column of the book or a kernel of its floor; the domain's columns keep to their arrows.
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
    violations.extend(check_arrows(tree, &names));
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

/// A column of the domain uses only the columns that the table of arrows gives it.
fn check_arrows(tree: &Tree, names: &Names) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| file.is_rust() && !file.is_test()) {
        let Some(own) = file.path.strip_prefix(DOMAIN).map(module).filter(|own| names.columns.contains(*own)) else {
            continue;
        };
        let used: BTreeSet<String> = uses(file).into_iter().collect();
        let refused = used.iter().filter(|used| *used != own && names.columns.contains(*used) && !may_use(own, used));
        violations.extend(refused.map(|used| {
            let complaint = format!(
                "column `{own}` may not use `{used}`; move what both need to a kernel, or add the arrow \
                to xtask/src/tidy/columns.rs and say why in the commit"
            );
            Violation::in_file(&file.path, complaint)
        }));
    }
    violations
}

fn may_use(own: &str, used: &str) -> bool {
    ARROWS.iter().any(|(from, to)| *from == own && to.contains(&used))
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
        "# A\n## Columns and kernels\n| column | floors | what |\n|---|---|---|\n| `coupon` | every | less to pay |\n| `ledger` | every | value |\n\
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
    fn catches_an_arrow_that_nobody_drew() {
        let coupon = |text| ("crates/tuiliu-domain/src/coupon/mod.rs", text);
        let ledger = |text| ("crates/tuiliu-domain/src/ledger/lot.rs", text);
        count(&[coupon("use crate::ledger::Lot;"), ledger("use crate::money::Amount;")], 0);
        count(&[ledger("use crate::coupon::Coupon;")], 1);
        count(&[ledger("use crate::{\n    money::{Amount, Beans},\n    coupon::Coupon,\n};")], 1);
        count(&[ledger("fn face(coupon: crate::coupon::Coupon) {}")], 1);
        count(&[ledger("// use crate::coupon::Coupon;")], 0);
        count(&[("crates/tuiliu-domain/src/money.rs", "use crate::coupon::Coupon;")], 0);
        count(&[("crates/tuiliu-domain/src/ledger/tests.rs", "use crate::coupon::Coupon;")], 0);
    }
}
