//! Whom an order wants to reach: any boolean combination of traits (DL-03).

use thiserror::Error;
use tuiliu_domain::id::PartyId;
use tuiliu_domain::limits::{AUDIENCE_CONJUNCTIONS_MAX, AUDIENCE_GROUPS_MAX};
use tuiliu_domain::promotion::{Audience, AudienceLeaf, AudienceTree};

use crate::random::fold;
use crate::request::Viewer;

mod packed;

pub use packed::{CompiledAudience, Conjunction, Dimension, Group, Key, ViewerKeys};
pub(crate) use packed::{EXCLUDED, Rows};

/// A name of the host's (an interest, a device, a segment), remembered as 64 bits of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

impl Tag {
    /// The tag that stands for this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let hash = blake3::hash(name.as_bytes());
        let first = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
        Self(u64::from_be_bytes(*first))
    }

    /// The 64 bits.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// A place in the region tree: a country, a province or a city, e.g. `CN-44` or `CN-4403`.
///
/// A place holds every place whose code starts with its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region([u8; 8]);

/// A text is no region code: two capital letters, then perhaps `-` and one to six letters or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("read a region code like `CN-44`")]
pub struct ParseRegionError;

impl std::str::FromStr for Region {
    type Err = ParseRegionError;

    fn from_str(text: &str) -> Result<Self, ParseRegionError> {
        let (country, place) = text.split_once('-').map_or((text, None), |(country, place)| (country, Some(place)));
        let fits = country.len() == 2
            && country.bytes().all(|letter| letter.is_ascii_uppercase())
            && place.is_none_or(|place| {
                (1..=6).contains(&place.len())
                    && place.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
            });
        if !fits {
            return Err(ParseRegionError);
        }
        let mut code = [0; 8];
        for (slot, letter) in code.iter_mut().zip(country.bytes().chain(place.unwrap_or("").bytes())) {
            *slot = letter;
        }
        Ok(Self(code))
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = |part: &[u8]| -> String { part.iter().copied().filter(|b| *b != 0).map(char::from).collect() };
        let (country, place) = self.0.split_at(2);
        match place[0] {
            0 => f.write_str(&letters(country)),
            _ => write!(f, "{}-{}", letters(country), letters(place)),
        }
    }
}

impl Region {
    /// The code, filled up with zeros.
    pub(crate) const fn letters(self) -> [u8; 8] {
        self.0
    }

    /// Whether that place is this one or lies in it.
    #[must_use]
    pub fn holds(self, inner: Self) -> bool {
        self.0.iter().zip(inner.0).all(|(own, theirs)| *own == 0 || *own == theirs)
    }

    /// The number that stands for this place in the index.
    const fn key(self) -> u64 {
        u64::from_be_bytes(self.0)
    }

    /// The numbers of this place and of all that hold it.
    fn keys_upwards(self) -> impl Iterator<Item = u64> {
        let length = self.0.iter().filter(|letter| **letter != 0).count();
        (2..=length).map(move |kept| {
            let mut code = self.0;
            code[kept..].fill(0);
            Self(code).key()
        })
    }
}

/// Whether this viewer belongs to an audience of an order by `creator`, evaluated node by node.
///
/// What the host does not know is not true; so an unknown gender is matched by `not(gender:female)`.
#[must_use]
pub fn accepts(audience: &AudienceTree, viewer: &Viewer, creator: PartyId) -> bool {
    match audience {
        AudienceTree::Leaf(leaf) => viewer.has(leaf, creator),
        AudienceTree::And(parts) => parts.iter().all(|part| accepts(part, viewer, creator)),
        AudienceTree::Or(parts) => parts.iter().any(|part| accepts(part, viewer, creator)),
        AudienceTree::Not(inner) => !accepts(inner, viewer, creator),
    }
}

/// Why an audience cannot be delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudienceError {
    /// A region is not written as a region code.
    #[error("take `{region}` as a region code like `CN-44`")]
    BadRegion { region: String },
    /// Written as alternatives, each a plain "all of", there are too many of them.
    #[error("take an audience that comes down to more than {max} alternatives")]
    TooManyConjunctions { max: usize },
    /// One alternative asks for too many lists of the same attribute at once.
    #[error("take an audience with more than {max} lists over one attribute in one alternative")]
    TooManyGroups { max: usize },
    /// Its conditions contradict each other.
    #[error("take an audience that nobody can belong to")]
    MatchesNobody,
}

impl CompiledAudience {
    /// Brings the tree of an order by `creator` down to alternatives (DL-03).
    pub fn try_new(audience: &Audience, creator: PartyId) -> Result<Self, AudienceError> {
        Self::of_alternatives(&alternatives(audience.tree(), false, creator)?)
    }

    /// Whoever one of these alternatives accepts; the limits are those of an audience.
    pub fn of_alternatives(alternatives: &[Conjunction]) -> Result<Self, AudienceError> {
        if alternatives.is_empty() {
            return Err(AudienceError::MatchesNobody);
        }
        if alternatives.len() > AUDIENCE_CONJUNCTIONS_MAX {
            return Err(AudienceError::TooManyConjunctions { max: AUDIENCE_CONJUNCTIONS_MAX });
        }
        Ok(Self::packed(alternatives))
    }
}

fn alternatives(audience: &AudienceTree, negated: bool, creator: PartyId) -> Result<Vec<Conjunction>, AudienceError> {
    match (audience, negated) {
        (AudienceTree::Leaf(leaf), _) => Ok(vec![literal(leaf, negated, creator)?]),
        (AudienceTree::Not(inner), _) => alternatives(inner, !negated, creator),
        (AudienceTree::And(parts), false) | (AudienceTree::Or(parts), true) => all_of(parts, negated, creator),
        (AudienceTree::Or(parts), false) | (AudienceTree::And(parts), true) => any_of(parts, negated, creator),
    }
}

fn literal(leaf: &AudienceLeaf, negated: bool, creator: PartyId) -> Result<Conjunction, AudienceError> {
    let key = key_of(leaf, creator)?;
    // Being new to a creator is the opposite of knowing them, and knowing is what the index holds.
    let negated = negated != matches!(leaf, AudienceLeaf::NewToCreator);
    Ok(if negated {
        Conjunction { groups: Vec::new(), none_of: vec![key] }
    } else {
        Conjunction { groups: vec![Group { dimension: key.dimension, values: vec![key.value] }], none_of: Vec::new() }
    })
}

fn key_of(leaf: &AudienceLeaf, creator: PartyId) -> Result<Key, AudienceError> {
    let tag = |name: &str| Tag::named(name).0;
    let (dimension, value) = match leaf {
        AudienceLeaf::Gender(name) => (Dimension::GENDER, tag(name)),
        AudienceLeaf::Age(name) => (Dimension::AGE, tag(name)),
        AudienceLeaf::Region(code) => {
            let region: Region = code.parse().map_err(|_bad| AudienceError::BadRegion { region: code.clone() })?;
            (Dimension::REGION, region.key())
        }
        AudienceLeaf::Interest(name) => (Dimension::INTEREST, tag(name)),
        AudienceLeaf::Device(name) => (Dimension::DEVICE, tag(name)),
        AudienceLeaf::System(name) => (Dimension::SYSTEM, tag(name)),
        AudienceLeaf::SimilarTo(name) => (Dimension::SIMILAR_TO, tag(name)),
        AudienceLeaf::Segment(name) => (Dimension::SEGMENT, tag(name)),
        AudienceLeaf::LiveWatcher => (Dimension::LIVE_WATCHER, 1),
        AudienceLeaf::NewToCreator => (Dimension::KNOWS, party_value(creator)),
    };
    Ok(Key { dimension, value })
}

/// Alternatives of a disjunction; plain lists over one dimension melt into one list.
fn any_of(parts: &[AudienceTree], negated: bool, creator: PartyId) -> Result<Vec<Conjunction>, AudienceError> {
    let mut union: Vec<Conjunction> = Vec::new();
    for part in parts {
        for conjunction in alternatives(part, negated, creator)? {
            if conjunction == Conjunction::default() {
                return Ok(vec![conjunction]);
            }
            melt(&mut union, conjunction);
        }
        if union.len() > AUDIENCE_CONJUNCTIONS_MAX {
            return Err(AudienceError::TooManyConjunctions { max: AUDIENCE_CONJUNCTIONS_MAX });
        }
    }
    Ok(union)
}

fn melt(union: &mut Vec<Conjunction>, conjunction: Conjunction) {
    if let ([group], []) = (&conjunction.groups[..], &conjunction.none_of[..]) {
        let same = union.iter_mut().find_map(|other| match (&mut other.groups[..], &other.none_of[..]) {
            ([mine], []) if mine.dimension == group.dimension => Some(mine),
            _ => None,
        });
        if let Some(mine) = same {
            mine.values.extend(&group.values);
            mine.values.sort_unstable();
            mine.values.dedup();
            return;
        }
    }
    if !union.contains(&conjunction) {
        union.push(conjunction);
    }
}

/// Alternatives of a conjunction: every choice of one alternative from each part.
fn all_of(parts: &[AudienceTree], negated: bool, creator: PartyId) -> Result<Vec<Conjunction>, AudienceError> {
    let mut product = vec![Conjunction::default()];
    for part in parts {
        let factor = alternatives(part, negated, creator)?;
        let mut next: Vec<Conjunction> = Vec::new();
        for left in &product {
            for right in &factor {
                let Some(both) = join(left, right)? else { continue };
                if !next.contains(&both) {
                    next.push(both);
                }
                if next.len() > AUDIENCE_CONJUNCTIONS_MAX {
                    return Err(AudienceError::TooManyConjunctions { max: AUDIENCE_CONJUNCTIONS_MAX });
                }
            }
        }
        product = next;
    }
    Ok(product)
}

/// What both ask for together; none when they contradict each other.
fn join(left: &Conjunction, right: &Conjunction) -> Result<Option<Conjunction>, AudienceError> {
    let mut both = left.clone();
    both.none_of.extend(&right.none_of);
    both.none_of.sort_unstable();
    both.none_of.dedup();
    for group in &right.groups {
        let of_dimension = |mine: &Group| mine.dimension == group.dimension;
        match both.groups.iter().position(of_dimension) {
            Some(place) if group.dimension.is_single() => {
                let mine = &mut both.groups[place].values;
                mine.retain(|value| group.values.contains(value));
                if mine.is_empty() {
                    return Ok(None);
                }
            }
            _ if both.groups.contains(group) => {}
            _ => both.groups.push(group.clone()),
        }
        let lists = both.groups.iter().filter(|mine| mine.dimension == group.dimension).count();
        if lists > AUDIENCE_GROUPS_MAX {
            return Err(AudienceError::TooManyGroups { max: AUDIENCE_GROUPS_MAX });
        }
    }
    both.groups.sort_unstable();
    if contradicts(&both) { Ok(None) } else { Ok(Some(both)) }
}

/// Whether a value that must be there is also one that must not.
fn contradicts(conjunction: &Conjunction) -> bool {
    conjunction.groups.iter().any(|group| {
        group
            .values
            .iter()
            .all(|value| conjunction.none_of.binary_search(&Key { dimension: group.dimension, value: *value }).is_ok())
    })
}

impl Viewer {
    /// Whether this is known to be true of the viewer, towards an order of this creator.
    #[must_use]
    pub fn has(&self, leaf: &AudienceLeaf, creator: PartyId) -> bool {
        let is = |own: Option<Tag>, name: &str| own == Some(Tag::named(name));
        match leaf {
            AudienceLeaf::Gender(name) => is(self.gender, name),
            AudienceLeaf::Age(name) => is(self.age, name),
            AudienceLeaf::Region(code) => match (code.parse::<Region>(), self.region) {
                (Ok(region), Some(own)) => region.holds(own),
                _ => false,
            },
            AudienceLeaf::Interest(name) => self.interests.contains(&Tag::named(name)),
            AudienceLeaf::Device(name) => is(self.device, name),
            AudienceLeaf::System(name) => is(self.system, name),
            AudienceLeaf::SimilarTo(name) => self.similar_to.contains(&Tag::named(name)),
            AudienceLeaf::Segment(name) => self.segments.contains(&Tag::named(name)),
            AudienceLeaf::LiveWatcher => self.live_watcher,
            AudienceLeaf::NewToCreator => !self.known_creators.contains(&creator),
        }
    }

    /// Every key that is true of the viewer, ready to be asked for.
    #[must_use]
    pub fn keys(&self) -> ViewerKeys {
        let mut keys = Vec::with_capacity(24);
        let mut add = |dimension, tags: &[Tag]| keys.extend(tags.iter().map(|tag| Key { dimension, value: tag.0 }));
        add(Dimension::GENDER, self.gender.as_slice());
        add(Dimension::AGE, self.age.as_slice());
        add(Dimension::DEVICE, self.device.as_slice());
        add(Dimension::SYSTEM, self.system.as_slice());
        add(Dimension::SEGMENT, &self.segments);
        add(Dimension::INTEREST, &self.interests);
        add(Dimension::SIMILAR_TO, &self.similar_to);
        if self.live_watcher {
            keys.push(Key { dimension: Dimension::LIVE_WATCHER, value: 1 });
        }
        let regions = self.region.iter().flat_map(|region| region.keys_upwards());
        keys.extend(regions.map(|value| Key { dimension: Dimension::REGION, value }));
        let known = self.known_creators.iter().map(|creator| party_value(*creator));
        keys.extend(known.map(|value| Key { dimension: Dimension::KNOWS, value }));
        ViewerKeys::new(&keys)
    }
}

/// The number that stands for a party in the index.
fn party_value(party: PartyId) -> u64 {
    fold(party.value())
}

#[cfg(test)]
mod tests;
