//! The figures of a recap.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{BroadcastFacts, LuckyBag, Presentation, Product, ProductEventKind, Purchase, RecapError};
use super::presence::{Buckets, Presence, count};
use super::trend::{mann_kendall_score, theil_sen_slope};
use crate::approximate::approximate;

/// Orders so many seconds after a presentation still belong to it.
const GRACE_SECONDS: u32 = 300;
/// The steps of the curves.
const CURVE_SECONDS: u32 = 60;
/// The steps of the trend.
const TREND_SECONDS: u32 = 300;

/// A recap, and what promotion and nature had of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recap {
    pub all: Figures,
    pub natural: Figures,
    pub promoted: Figures,
}

/// The figures of some viewers.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub viewers: u64,
    pub sessions: u64,
    /// Times that somebody came in; a second device is none.
    pub entries: u64,
    pub peak_online: u64,
    /// The first second of the peak.
    pub peak_second: u32,
    pub mean_online: f64,
    /// Of each viewer, over all stays; zero without viewers.
    pub mean_watch_seconds: f64,
    /// Viewers who began to follow and did not take it back.
    pub new_followers: u64,
    /// Viewers who had followed before and ceased to.
    pub lost_followers: u64,
    /// New followers for each viewer; nothing without viewers.
    pub follow_rate: Option<f64>,
    /// In the order of the facts.
    pub products: Vec<ProductFigures>,
    pub presentations: Vec<PresentationFigures>,
    pub lucky_bags: Vec<LuckyBagFigures>,
    pub entries_each_minute: Vec<u64>,
    /// Viewers online at the start of each minute.
    pub online_each_minute: Vec<u64>,
    pub trend: Trend,
}

/// A product over the whole broadcast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProductFigures {
    pub product: u64,
    pub visits: u64,
    pub clicks: u64,
    pub orders: u64,
    pub buyers: u64,
    pub units: u64,
    pub sales_fen: i64,
    /// Units sold of those in stock; nothing when the stock is unknown or nothing.
    pub sell_through: Option<f64>,
}

/// A product while it was explained, and five minutes after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PresentationFigures {
    pub presentation: Presentation,
    /// Distinct viewers who were there at some time of it.
    pub viewers: u64,
    /// The mean of those online; zero when it has no length.
    pub mean_online: f64,
    pub orders: u64,
    pub buyers: u64,
    pub sales_fen: i64,
    /// Buyers for each viewer; nothing without viewers.
    pub conversion: Option<f64>,
}

/// A lucky bag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LuckyBagFigures {
    pub bag: LuckyBag,
    pub entrants: u64,
    pub online_at_start: u64,
    /// Entrants for each viewer who was online at the start; nothing when nobody was.
    pub entry_rate: Option<f64>,
}

/// How the flow of viewers changed, in steps of five minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    pub entries: Vec<u64>,
    /// Theil and Sen's; nothing for a broadcast of one step.
    pub slope: Option<f64>,
    /// Mann and Kendall's.
    pub score: i64,
}

/// Makes the recap.
pub fn recap(facts: &BroadcastFacts) -> Result<Recap, RecapError> {
    facts.check()?;
    let promoted = promoted_viewers(facts);
    Ok(Recap {
        all: figures(facts, &|_| true)?,
        natural: figures(facts, &|viewer| !promoted.contains(&viewer))?,
        promoted: figures(facts, &|viewer| promoted.contains(&viewer))?,
    })
}

/// Viewers whose first session came from promotion; of sessions that begin together a promoted one counts.
fn promoted_viewers(facts: &BroadcastFacts) -> BTreeSet<u64> {
    let mut first: BTreeMap<u64, (u32, bool)> = BTreeMap::new();
    for session in &facts.sessions {
        let own = (session.join_second, !session.is_promoted);
        first.entry(session.viewer).and_modify(|first| *first = own.min(*first)).or_insert(own);
    }
    first.into_iter().filter(|(_, (_, is_natural))| !is_natural).map(|(viewer, _)| viewer).collect()
}

fn figures(facts: &BroadcastFacts, belongs: &dyn Fn(u64) -> bool) -> Result<Figures, RecapError> {
    let duration_seconds = facts.duration_seconds;
    let presence = Presence::of(facts.sessions.iter().filter(|own| belongs(own.viewer)), duration_seconds);
    let purchases: Vec<Purchase> = facts.purchases.iter().filter(|own| belongs(own.viewer)).copied().collect();
    let (viewers, watched) = (presence.viewers(), approximate(presence.watched_seconds()));
    let (peak_online, peak_second) = presence.peak();
    let (new_followers, lost_followers) = followers(facts, belongs);
    let each_minute = Buckets { seconds: CURVE_SECONDS, duration_seconds };
    let entries = presence.entries(Buckets { seconds: TREND_SECONDS, duration_seconds });
    let products = facts.products.iter().map(|product| of_product(facts, belongs, product, &purchases));
    let bags = facts.lucky_bags.iter().map(|bag| of_bag(facts, belongs, *bag, &presence));
    Ok(Figures {
        viewers,
        sessions: presence.sessions(),
        entries: count(presence.stays().count()),
        peak_online,
        peak_second,
        mean_online: watched / f64::from(duration_seconds),
        mean_watch_seconds: if viewers == 0 { 0.0 } else { watched / approximate(viewers) },
        new_followers,
        lost_followers,
        follow_rate: rate(new_followers, viewers),
        products: products.collect::<Result<_, _>>()?,
        presentations: presentations(facts, &presence, &purchases)?,
        lucky_bags: bags.collect(),
        entries_each_minute: presence.entries(each_minute),
        online_each_minute: presence.online_curve(each_minute),
        trend: Trend { slope: theil_sen_slope(&entries), score: mann_kendall_score(&entries), entries },
    })
}

/// New and lost followers: what a viewer did first tells what was before, what he did last tells what is now.
fn followers(facts: &BroadcastFacts, belongs: &dyn Fn(u64) -> bool) -> (u64, u64) {
    let mut toggles: Vec<_> = facts.follow_toggles.iter().filter(|own| belongs(own.viewer)).collect();
    toggles.sort_unstable_by_key(|toggle| (toggle.viewer, toggle.second, toggle.sequence));
    let (mut new, mut lost) = (0, 0);
    for own in toggles.chunk_by(|one, other| one.viewer == other.viewer) {
        if let [first, .., last] | [first @ last] = own {
            new += u64::from(first.is_following && last.is_following);
            lost += u64::from(!first.is_following && !last.is_following);
        }
    }
    (new, lost)
}

fn of_product(
    facts: &BroadcastFacts,
    belongs: &dyn Fn(u64) -> bool,
    product: &Product,
    purchases: &[Purchase],
) -> Result<ProductFigures, RecapError> {
    let events = |kind: ProductEventKind| {
        let own = facts.product_events.iter().filter(|own| own.product == product.product && own.kind == kind);
        count(own.filter(|own| belongs(own.viewer)).count())
    };
    let sold: Vec<&Purchase> = purchases.iter().filter(|own| own.product == product.product).collect();
    let (orders, buyers, sales_fen) = add_up(product.product, &sold)?;
    let units = sold.iter().map(|own| own.units).sum();
    let stock = product.stock_units.filter(|stock| *stock > 0);
    Ok(ProductFigures {
        product: product.product,
        visits: events(ProductEventKind::Visit),
        clicks: events(ProductEventKind::Click),
        orders,
        buyers,
        units,
        sales_fen,
        sell_through: stock.map(|stock| approximate(units) / approximate(stock)),
    })
}

/// Each order goes to the latest presentation of its product that had begun, unless that ended too long ago.
fn presentations(
    facts: &BroadcastFacts,
    presence: &Presence,
    purchases: &[Purchase],
) -> Result<Vec<PresentationFigures>, RecapError> {
    let mut sold: Vec<Vec<&Purchase>> = vec![Vec::new(); facts.presentations.len()];
    for purchase in purchases {
        let begun = facts.presentations.iter().zip(0..).filter(|(presentation, _)| {
            let end = presentation.end_second.saturating_add(GRACE_SECONDS);
            presentation.product == purchase.product && (presentation.start_second..=end).contains(&purchase.second)
        });
        let latest: Option<(&Presentation, usize)> = begun.max_by_key(|(presentation, _)| presentation.start_second);
        if let Some((_, place)) = latest {
            sold[place].push(purchase);
        }
    }
    let told = facts.presentations.iter().zip(&sold).map(|(presentation, sold)| {
        let Presentation { product, start_second, end_second } = *presentation;
        let (orders, buyers, sales_fen) = add_up(product, sold)?;
        let viewers = presence.present_within(start_second, end_second);
        let watched = approximate(presence.watched_within(start_second, end_second));
        let length = end_second - start_second;
        Ok(PresentationFigures {
            presentation: *presentation,
            viewers,
            mean_online: if length == 0 { 0.0 } else { watched / f64::from(length) },
            orders,
            buyers,
            sales_fen,
            conversion: rate(buyers, viewers),
        })
    });
    told.collect()
}

/// Orders, distinct buyers, and what they paid.
fn add_up(product: u64, sold: &[&Purchase]) -> Result<(u64, u64, i64), RecapError> {
    let buyers: BTreeSet<u64> = sold.iter().map(|own| own.viewer).collect();
    let sales = sold.iter().try_fold(0_i64, |sum, own| sum.checked_add(own.paid_fen));
    Ok((count(sold.len()), count(buyers.len()), sales.ok_or(RecapError::SalesTooLarge { product })?))
}

fn of_bag(
    facts: &BroadcastFacts,
    belongs: &dyn Fn(u64) -> bool,
    bag: LuckyBag,
    presence: &Presence,
) -> LuckyBagFigures {
    let own = facts.lucky_bag_entries.iter().filter(|own| own.bag == bag.bag && belongs(own.viewer));
    let entrants: BTreeSet<u64> = own.map(|own| own.viewer).collect();
    let (entrants, online_at_start) = (count(entrants.len()), presence.online_at(bag.start_second));
    LuckyBagFigures { bag, entrants, online_at_start, entry_rate: rate(entrants, online_at_start) }
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| approximate(part) / approximate(whole))
}
