//! Floors: which crate may use which, and which outside crate lives on which floor.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata};

use super::Violation;

/// A crate of the product: its floor, counted from the ground, and everything it may use.
struct Floor {
    name: &'static str,
    /// Arrows point to a lower floor: never up, never sideways.
    height: u8,
    inside: &'static [&'static str],
    outside: &'static [&'static str],
}

/// The picture of ARCHITECTURE.md. A new entry is an architecture change: the commit says why.
const FLOORS: &[Floor] = &[
    Floor { name: "tuiliu-domain", height: 0, inside: &[], outside: &["thiserror"] },
    Floor {
        name: "tuiliu-delivery",
        height: 1,
        inside: &["tuiliu-domain"],
        outside: &["arc-swap", "blake3", "chacha20poly1305", "thiserror"],
    },
    Floor {
        name: "tuiliu-measure",
        height: 1,
        inside: &["tuiliu-domain"],
        outside: &["datasketches", "statrs", "thiserror"],
    },
    Floor {
        name: "tuiliu-store",
        height: 1,
        inside: &["tuiliu-domain"],
        outside: &["blake3", "postgres", "refinery", "rusqlite", "serde", "serde_json", "thiserror", "tracing"],
    },
    Floor {
        name: "tuiliu-app",
        height: 2,
        inside: &["tuiliu-delivery", "tuiliu-domain", "tuiliu-measure", "tuiliu-store"],
        outside: &[
            "arc-swap",
            "argon2",
            "blake3",
            "csv",
            "getrandom",
            "jiff",
            "rust_xlsxwriter",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "uuid",
        ],
    },
    Floor {
        name: "tuiliu-api",
        height: 3,
        inside: &["tuiliu-app", "tuiliu-domain"],
        outside: &[
            "axum",
            "base64",
            "blake3",
            "flate2",
            "futures-util",
            "hyper",
            "http-body-util",
            "hyper-util",
            "jiff",
            "prometheus-client",
            "serde",
            "serde_json",
            "serde_path_to_error",
            "thiserror",
            "tokio",
            "tower",
            "tower-http",
            "tracing",
            "utoipa",
            "utoipa-axum",
            "utoipa-swagger-ui",
        ],
    },
    Floor {
        name: "tuiliu-sim",
        height: 3,
        inside: &["tuiliu-app", "tuiliu-delivery", "tuiliu-domain"],
        outside: &["anyhow", "flate2", "tokio", "tracing"],
    },
    Floor {
        name: "tuiliu",
        height: 4,
        inside: &[
            "tuiliu-api",
            "tuiliu-app",
            "tuiliu-delivery",
            "tuiliu-domain",
            "tuiliu-measure",
            "tuiliu-sim",
            "tuiliu-store",
        ],
        outside: &[
            "anyhow",
            "base64",
            "clap",
            "csv",
            "hmac",
            "indicatif",
            "jiff",
            "mimalloc",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
            "toml",
            "tracing",
            "tracing-subscriber",
            "ureq",
        ],
    },
    Floor { name: "xtask", height: 0, inside: &[], outside: &["anyhow", "cargo_metadata", "clap", "serde_json"] },
];

/// Outside crates that have one home, whatever the table above says.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["tuiliu", "tuiliu-sim", "xtask"]),
    ("axum", &["tuiliu-api"]),
    ("postgres", &["tuiliu-store"]),
    ("rusqlite", &["tuiliu-store"]),
    ("utoipa", &["tuiliu-api"]),
];

/// Floors whose types are never stored or sent as they are.
const NOT_SERIALIZABLE: &[&str] = &["tuiliu-domain", "tuiliu-delivery", "tuiliu-measure"];

/// Members of the workspace and what each names under `[dependencies]`.
pub(super) type Dependencies = BTreeMap<String, Vec<String>>;

/// What cargo says; development and build dependencies are left out.
pub(super) fn dependencies(metadata: &Metadata) -> Dependencies {
    let packages = metadata.packages.iter().map(|package| {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        (package.name.to_string(), normal.map(|dependency| dependency.name.clone()).collect())
    });
    packages.collect()
}

/// Every member is in the picture and uses only what the picture allows.
pub(super) fn check(dependencies: &Dependencies) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, used) in dependencies {
        match floor(name) {
            None => violations.push(complain(name, "is not in the table of floors (xtask/src/tidy/layering.rs)")),
            Some(floor) => violations.extend(used.iter().filter_map(|other| refuse(floor, other, dependencies))),
        }
    }
    let gone = FLOORS.iter().filter(|floor| !dependencies.contains_key(floor.name));
    violations.extend(gone.map(|floor| complain(floor.name, "is in the table of floors, but not in the workspace")));
    violations
}

/// Why this floor may not use that crate, if it may not.
fn refuse(own: &Floor, other: &str, dependencies: &Dependencies) -> Option<Violation> {
    if let Some(below) = floor(other) {
        if below.height >= own.height {
            return Some(complain(own.name, &format!("may not use `{other}`: arrows point down, never sideways")));
        }
        return (!own.inside.contains(&other)).then(|| complain(own.name, &format!("may not use `{other}`")));
    }
    if dependencies.contains_key(other) {
        return Some(complain(own.name, &format!("may not use `{other}`, which is in no floor")));
    }
    if let Some((_, homes)) = HOMES.iter().find(|(outside, _)| *outside == other)
        && !homes.contains(&own.name)
    {
        return Some(complain(own.name, &format!("may not use `{other}`: only {} may", homes.join(", "))));
    }
    if other.starts_with("serde") && NOT_SERIALIZABLE.contains(&own.name) {
        return Some(complain(own.name, "may not use serde: store writes rows and api writes views"));
    }
    let complaint = format!("may not use `{other}`; add it to the table of floors and say why in the commit");
    (!own.outside.contains(&other)).then(|| complain(own.name, &complaint))
}

fn floor(name: &str) -> Option<&'static Floor> {
    FLOORS.iter().find(|floor| floor.name == name)
}

fn complain(name: &str, complaint: &str) -> Violation {
    Violation::in_file(format!("crate {name}"), complaint)
}

#[cfg(test)]
mod tests {
    use super::{Dependencies, FLOORS, check};

    /// A workspace that holds to the picture, with one more arrow.
    fn with_arrow(from: &str, to: &str) -> Vec<String> {
        let mut dependencies: Dependencies = FLOORS
            .iter()
            .map(|floor| {
                let used = floor.inside.iter().chain(floor.outside).map(|name| (*name).to_owned());
                (floor.name.to_owned(), used.collect())
            })
            .collect();
        if !from.is_empty() {
            dependencies.entry(from.to_owned()).or_default().push(to.to_owned());
        }
        check(&dependencies).into_iter().map(|violation| violation.to_string()).collect()
    }

    #[track_caller]
    fn refuses(from: &str, to: &str, because: &str) {
        let complaints = with_arrow(from, to);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].contains(because), "{complaints:?}");
    }

    #[test]
    fn the_table_keeps_its_own_rules() {
        assert_eq!(with_arrow("", ""), Vec::<String>::new());
    }

    #[test]
    fn catches_arrows_that_point_up_or_sideways() {
        refuses("tuiliu-domain", "tuiliu-store", "arrows point down");
        refuses("tuiliu-delivery", "tuiliu-measure", "arrows point down");
        refuses("tuiliu-api", "tuiliu-sim", "arrows point down");
    }

    #[test]
    fn catches_arrows_that_skip_the_shell() {
        refuses("tuiliu-api", "tuiliu-store", "may not use `tuiliu-store`");
    }

    #[test]
    fn catches_outside_crates_on_the_wrong_floor() {
        refuses("tuiliu-app", "axum", "only tuiliu-api may");
        refuses("tuiliu-app", "rusqlite", "only tuiliu-store may");
        refuses("tuiliu-api", "anyhow", "only tuiliu, tuiliu-sim, xtask may");
        refuses("tuiliu-domain", "serde", "store writes rows");
        refuses("tuiliu-measure", "serde_json", "store writes rows");
        refuses("tuiliu-domain", "rand", "add it to the table");
    }

    #[test]
    fn catches_a_crate_that_nobody_drew() {
        refuses("tuiliu-extra", "thiserror", "not in the table of floors");
    }
}
