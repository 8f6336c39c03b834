//! The life of the sample platform: its audience and its creators, at human speed or faster.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tuiliu_domain::id::PromotionOrderId;

use super::feed::Feed;
use super::streams::Streams;
use super::{Sample, number_life};
use crate::progress::Progress;

/// How often the audience is looked at.
const FEED_TICK: Duration = Duration::from_millis(50);
/// How often the creators are.
const STREAMS_TICK: Duration = Duration::from_secs(1);

/// How the sample lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeSettings {
    pub seed: u64,
    /// How often faster than life the audience moves.
    pub speed: u32,
    /// People in the audience.
    pub viewers: u32,
}

/// Whoever is told each thing that was acknowledged, after it was.
pub trait Witness: Send + Sync {
    /// Orders that were answered for.
    fn ordered(&self, order: PromotionOrderId);
    /// Events that were acknowledged: the host's id and the type of each.
    fn reported(&self, events: &[(String, &'static str)]);
}

/// Lives until told to stop, or until nobody is left who could tell.
pub async fn live(
    sample: Sample,
    settings: LifeSettings,
    (progress, witness): (Arc<Progress>, Option<Arc<dyn Witness>>),
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    let life = number_life(&sample.platform.app).await?;
    let mut feed = Feed::new(&sample, settings, life);
    let mut streams = Streams::new(&sample, settings, life);
    let (mut feed_ticks, mut streams_ticks) = (interval(FEED_TICK), interval(STREAMS_TICK));
    for ticks in [&mut feed_ticks, &mut streams_ticks] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    let told = async move { drop(stop.wait_for(|stop| *stop).await) };
    tokio::pin!(told);
    loop {
        tokio::select! {
            _ = streams_ticks.tick() => streams.tick(&mut feed, &progress, witness.as_deref()).await,
            _ = feed_ticks.tick() => feed.tick(&progress, witness.as_deref()).await,
            () = &mut told => return Ok(()),
        }
    }
}
