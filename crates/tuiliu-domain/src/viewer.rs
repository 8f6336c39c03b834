//! What is known of a viewer, in classes coarse enough to be counted (AT-05). What is not known is a class of its own.

use std::fmt;

/// Bytes of the compact form.
pub const TRAITS_BYTES: usize = 10;

/// The classes that one viewer belongs to. Nothing in it tells who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ViewerTraits {
    pub gender: Gender,
    pub age: AgeBand,
    pub region: Province,
    pub system: System,
    pub newness: Newness,
}

/// The gender that the host tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gender {
    #[default]
    Unknown,
    Female,
    Male,
    /// Told, and neither of the two.
    Other,
}

/// An age band as hosts name them, both ends included; nothing known is `0-0`, and `50+` has no upper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AgeBand {
    from: u8,
    to: u8,
}

/// A country and its province, `CN-44`; the city is left out. All zeros when unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Province([u8; 5]);

/// The operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum System {
    #[default]
    Unknown,
    Ios,
    Android,
    Harmony,
    Windows,
    Macos,
    Linux,
    /// Told, and none of these.
    Other,
}

/// Whether the viewer had watched this creator before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Newness {
    #[default]
    Unknown,
    New,
    Returning,
}

/// The upper end of a band without one.
const NO_END: u8 = u8::MAX;

macro_rules! codes {
    ($($of:ident { $($kind:ident = $code:literal,)* })*) => {
        $(impl $of {
            /// Every class.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The code used in rows and in the API; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }

            fn number(self) -> u8 {
                let place = Self::ALL.iter().position(|one| *one == self);
                place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
            }

            fn from_number(number: u8) -> Self {
                Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
            }
        })*
    };
}

// Append-only: tokens carry the place in these lists.
codes! {
    Gender { Unknown = "unknown", Female = "female", Male = "male", Other = "other", }
    System {
        Unknown = "unknown", Ios = "ios", Android = "android", Harmony = "harmony", Windows = "windows",
        Macos = "macos", Linux = "linux", Other = "other",
    }
    Newness { Unknown = "unknown", New = "new", Returning = "returning", }
}

impl Gender {
    /// The class of a host's word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "" | "unknown" => Self::Unknown,
            "female" | "f" => Self::Female,
            "male" | "m" => Self::Male,
            _ => Self::Other,
        }
    }
}

impl System {
    /// The class of a host's word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "" | "unknown" => Self::Unknown,
            "ios" | "ipados" => Self::Ios,
            "android" => Self::Android,
            "harmony" | "harmonyos" => Self::Harmony,
            "windows" => Self::Windows,
            "macos" => Self::Macos,
            "linux" => Self::Linux,
            _ => Self::Other,
        }
    }
}

impl Newness {
    /// The class of somebody who is new, or is not.
    #[must_use]
    pub const fn of(is_new: bool) -> Self {
        if is_new { Self::New } else { Self::Returning }
    }
}

impl AgeBand {
    /// The band of a host's word: `24-30`, `50+`; another word is unknown.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let band = match word.strip_suffix('+') {
            Some(from) => from.parse().ok().map(|from| (from, NO_END)),
            None => word.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?))),
        };
        match band {
            Some((from, to)) if from <= to && to > 0 => Self { from, to },
            _ => Self::default(),
        }
    }
}

impl fmt::Display for AgeBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (0, 0) => f.write_str("unknown"),
            (from, NO_END) => write!(f, "{from}+"),
            (from, to) => write!(f, "{from}-{to}"),
        }
    }
}

impl Province {
    /// The province of a region code: `CN-4403` lies in `CN-44`. What is no region code is unknown.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let (country, place) = code.split_once('-').unwrap_or((code, ""));
        let plain = place.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) || !plain {
            return Self::default();
        }
        // Chinese codes are numbers, two digits a level; elsewhere a subdivision has up to three signs.
        let kept = if country == "CN" { 2 } else { 3 };
        let mut bytes = [0; 5];
        for (slot, letter) in bytes.iter_mut().zip(country.bytes().chain(place.bytes().take(kept))) {
            *slot = letter;
        }
        Self(bytes)
    }
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0[0] == 0 {
            return f.write_str("unknown");
        }
        for (place, letter) in self.0.iter().filter(|letter| **letter != 0).enumerate() {
            if place == 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl ViewerTraits {
    /// What a breakdown can be by; never renamed.
    pub const DIMENSIONS: &[&str] = &["gender", "age", "region", "system", "newness"];

    /// The viewer's class in each dimension.
    #[must_use]
    pub fn classes(&self) -> [(&'static str, String); 5] {
        [
            ("gender", self.gender.code().to_owned()),
            ("age", self.age.to_string()),
            ("region", self.region.to_string()),
            ("system", self.system.code().to_owned()),
            ("newness", self.newness.code().to_owned()),
        ]
    }

    /// The same, what is unknown taken from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        fn pick<T: Default + PartialEq>(own: T, other: T) -> T {
            if own == T::default() { other } else { own }
        }
        Self {
            gender: pick(self.gender, other.gender),
            age: pick(self.age, other.age),
            region: pick(self.region, other.region),
            system: pick(self.system, other.system),
            newness: pick(self.newness, other.newness),
        }
    }

    /// The compact form; all zeros when nothing is known.
    #[must_use]
    pub fn to_bytes(self) -> [u8; TRAITS_BYTES] {
        let [a, b, c, d, e] = self.region.0;
        let AgeBand { from, to } = self.age;
        [self.gender.number(), from, to, a, b, c, d, e, self.system.number(), self.newness.number()]
    }

    /// What the compact form says; a class that nobody knows is unknown.
    #[must_use]
    pub fn from_bytes(bytes: [u8; TRAITS_BYTES]) -> Self {
        let [gender, from, to, a, b, c, d, e, system, newness] = bytes;
        Self {
            gender: Gender::from_number(gender),
            age: if from <= to { AgeBand { from, to } } else { AgeBand::default() },
            region: Province([a, b, c, d, e]),
            system: System::from_number(system),
            newness: Newness::from_number(newness),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_05_what_is_not_known_is_a_class_of_its_own() {
        let told = |gender: &str, age: &str, region: &str, system: &str| {
            let traits = ViewerTraits {
                gender: Gender::of(gender),
                age: AgeBand::of(age),
                region: Province::of(region),
                system: System::of(system),
                newness: Newness::of(true),
            };
            assert_eq!(ViewerTraits::from_bytes(traits.to_bytes()), traits);
            traits.classes().map(|(_, class)| class).join(" ")
        };
        assert_eq!(told("f", "24-30", "CN-4403", "iOS"), "female 24-30 CN-44 ios new");
        assert_eq!(told("male", "50+", "US-CA", "HarmonyOS"), "male 50+ US-CA harmony new");
        assert_eq!(told("diverse", "old", "Guangdong", "plan9"), "other unknown unknown other new");
        assert_eq!(told("", "30-24", "CN", ""), "unknown unknown CN unknown new");
        assert_eq!(ViewerTraits::default().classes().map(|(_, class)| class).join(" "), ["unknown"; 5].join(" "));
        assert_eq!(ViewerTraits::default().to_bytes(), [0; TRAITS_BYTES]);
    }

    #[test]
    fn what_is_unknown_is_taken_from_elsewhere() {
        let own = ViewerTraits { gender: Gender::Female, ..ViewerTraits::default() };
        let other = ViewerTraits { gender: Gender::Male, system: System::Ios, ..ViewerTraits::default() };
        assert_eq!(
            own.or(other),
            ViewerTraits { gender: Gender::Female, system: System::Ios, ..ViewerTraits::default() }
        );
        for (dimension, (named, _)) in ViewerTraits::DIMENSIONS.iter().zip(own.classes()) {
            assert_eq!(*dimension, named);
        }
    }
}
