//! The host platform's streams: they start, break off, come back, end, and are told twice.

use std::collections::HashMap;

use anyhow::Result;
use tuiliu_domain::id::{PartyId, RoomId};
use tuiliu_domain::live::RoomFact;
use tuiliu_domain::party::Role;

use super::Done;
use crate::audience::SeenRoom;
use crate::creator::{content, seen, sells};
use crate::random::Chance;
use crate::seed::platform::Platform;

/// One creator and the broadcast that is on, or comes next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) creator: PartyId,
    pub(super) room: RoomId,
    pub(super) is_live: bool,
    is_interrupted: bool,
    broadcasts: u32,
}

/// All streams.
pub(super) struct Host {
    pub(super) streams: Vec<Stream>,
    rooms: HashMap<RoomId, SeenRoom>,
    chance: Chance,
}

impl Host {
    /// Every creator goes live.
    pub(super) async fn begin(platform: &Platform, creators: usize, seed: u64) -> Result<Self> {
        let mut host = Self { streams: Vec::new(), rooms: HashMap::new(), chance: Chance::of(seed, 1) };
        for nth in 0..creators {
            let creator = platform.party(Role::Creator, &format!("creator-{nth}"), None).await?;
            let room = RoomId::new(0);
            host.streams.push(Stream { creator, room, is_live: false, is_interrupted: false, broadcasts: 0 });
            host.plan(platform, nth).await?;
            host.start(platform, nth).await?;
        }
        Ok(host)
    }

    /// The room as viewers meet it.
    pub(super) fn seen(&self, room: RoomId) -> SeenRoom {
        self.rooms.get(&room).copied().unwrap_or(SeenRoom { interest: 0, has_cart: false })
    }

    async fn plan(&mut self, platform: &Platform, nth: usize) -> Result<()> {
        let stream = self.streams[nth];
        let name = format!("creator-{nth}-{}", stream.broadcasts);
        let room = platform.room(stream.creator, &name, content(nth)).await?;
        self.streams[nth] =
            Stream { room, is_live: false, is_interrupted: false, broadcasts: stream.broadcasts + 1, ..stream };
        self.rooms.insert(room, seen(nth, sells(nth)));
        Ok(())
    }

    async fn start(&mut self, platform: &Platform, nth: usize) -> Result<()> {
        // Now and then a creator forgets the cart, and what was reserved becomes invalid (TP-11).
        let has_cart = sells(nth) && !self.chance.permille(100);
        let room = self.streams[nth].room;
        if has_cart {
            platform.fact(room, RoomFact::CartMounted).await?;
        }
        self.rooms.insert(room, seen(nth, has_cart));
        platform.fact(room, RoomFact::Started).await?;
        self.streams[nth].is_live = true;
        Ok(())
    }

    /// What happens to the streams in a moment; every fact may be told twice.
    pub(super) async fn act(&mut self, platform: &Platform, done: &mut Done) -> Result<()> {
        for nth in 0..self.streams.len() {
            let Stream { room, is_live, is_interrupted, .. } = self.streams[nth];
            let fact = match (is_live, is_interrupted) {
                (false, _) if self.chance.permille(60) => {
                    done.broadcasts += 1;
                    self.start(platform, nth).await?;
                    continue;
                }
                (true, false) if self.chance.permille(15) => RoomFact::Interrupted,
                (true, true) if self.chance.permille(250) => RoomFact::Resumed,
                (true, _) if self.chance.permille(6) => RoomFact::Ended,
                (true, false) if self.chance.permille(4) => {
                    let content = content(nth);
                    let title = format!("{}（{}）", content.title, self.chance.below(1_000));
                    RoomFact::ContentChanged(tuiliu_domain::live::RoomContent { title, ..content })
                }
                _ => continue,
            };
            done.interruptions += u64::from(fact == RoomFact::Interrupted);
            self.tell(platform, nth, room, fact).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, platform: &Platform, nth: usize, room: RoomId, fact: RoomFact) -> Result<()> {
        // An interruption may have ended the broadcast meanwhile (LV-08).
        let told = platform.fact(room, fact.clone()).await;
        if self.chance.permille(200) {
            drop(platform.fact(room, fact.clone()).await);
        }
        let stream = &mut self.streams[nth];
        match (told, fact) {
            (Ok(()), RoomFact::Interrupted) => stream.is_interrupted = true,
            (Ok(()), RoomFact::Resumed) => stream.is_interrupted = false,
            (Ok(()), RoomFact::ContentChanged(_)) => {}
            _ => self.plan(platform, nth).await?,
        }
        Ok(())
    }

    /// Nobody is live any more.
    pub(super) async fn end_all(&mut self, platform: &Platform) -> Result<()> {
        for stream in self.streams.iter().filter(|stream| stream.is_live) {
            // One that broke off for long has ended already.
            drop(platform.fact(stream.room, RoomFact::Ended).await);
        }
        Ok(())
    }
}
