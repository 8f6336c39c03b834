//! Wins, of both arms alike: whom an order won, really or as a ghost, written down so that its effect can be measured.
//!
//! A decision only hands a win over and never waits; the jobs write what was handed over, many at once: what a write costs
//! is the pages it touches, and only many wins share pages. The served and the ghosts go the same way, so that a crash,
//! which costs the wins of the last moments, costs both arms alike: the viewer then counts from the next win on. What
//! finds no room is counted and told of.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::warn;
use tuiliu_delivery::auction::Ghost;
use tuiliu_delivery::random::mix;
use tuiliu_delivery::{PlatformArm, Won};
use tuiliu_domain::id::{ContentId, PromotionOrderId, RoomId};
use tuiliu_domain::time::Timestamp;
use tuiliu_store::{ArmCode, ArmWin, PlatformViewer, PlatformWin, StoreError, Tx};

use super::engine::TenantView;
use super::fold::arms::{self, Windows};
use super::month::Month;
use crate::app::App;
use crate::error::CommandError;

/// Wins waiting to be written; more are lost, in both arms alike, and counted.
const WINS_MAX: usize = 16_384;
/// Wins written in one transaction, and how many wait at most a second for it.
const WINS_PER_STEP: usize = 4_096;
/// Wins that are known to be told of already, one for each place.
const TOLD_PLACES: usize = 65_536;

/// See the module.
pub(crate) struct WinLog {
    wins: SyncSender<Win>,
    desk: Mutex<Desk>,
    /// Only the first win of a viewer counts: what was told lately is not told again.
    told: Box<[AtomicU64]>,
    /// Handed over and not taken out yet.
    waiting: AtomicUsize,
    lost: AtomicU64,
}

/// Whom an order won, or whom the platform did in a month.
#[derive(Debug, Clone, Copy)]
enum Win {
    Order(ArmWin),
    Platform(PlatformWin),
}

struct Desk {
    told: Receiver<Win>,
    /// Taken out and not written yet.
    waiting: Vec<Win>,
    /// Losses that were told of.
    lost: u64,
}

impl Default for WinLog {
    fn default() -> Self {
        let (wins, told) = sync_channel(WINS_MAX);
        Self {
            wins,
            desk: Mutex::new(Desk { told, waiting: Vec::new(), lost: 0 }),
            told: (0..TOLD_PLACES).map(|_| AtomicU64::new(0)).collect(),
            waiting: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }
    }
}

impl WinLog {
    /// Hands over an item that is shown.
    pub(crate) fn serve(&self, view: &TenantView, won: &Won, viewer: u128, now: Timestamp) {
        self.tell_platform(view, (won.order, viewer), now);
        let Some(share) = share_of(view, won.order) else { return };
        self.tell(
            fingerprint(won.order.value(), viewer),
            Win::Order(ArmWin {
                order: won.order,
                room: key(won.content),
                viewer,
                arm: ArmCode::Treated,
                at: now,
                price: won.price,
                share_millionths: share,
                model: view.snapshot.model_version(),
            }),
        );
    }

    /// Hands over an item that is not shown.
    pub(crate) fn hold_out(&self, view: &TenantView, ghost: &Ghost, now: Timestamp) {
        self.tell_platform(view, (ghost.order, ghost.viewer), now);
        if share_of(view, ghost.order).is_none() {
            return;
        }
        self.tell(
            fingerprint(ghost.order.value(), ghost.viewer),
            Win::Order(ArmWin {
                order: ghost.order,
                room: key(ghost.content),
                viewer: ghost.viewer,
                arm: if ghost.is_universal { ArmCode::Universal } else { ArmCode::Ghost },
                at: now,
                price: ghost.price,
                share_millionths: ghost.share_millionths,
                model: view.snapshot.model_version(),
            }),
        );
    }

    /// Hands over a viewer in whom the platform's own experiment has an interest: whoever any order wins, as a ghost or
    /// not, so that it does not depend on the arm.
    fn tell_platform(&self, view: &TenantView, (order, viewer): (PromotionOrderId, u128), now: Timestamp) {
        let Some(arm) = view.snapshot.platform_arm(viewer) else { return };
        let Some(tenant) = view.snapshot.candidate(order).map(|candidate| candidate.tenant) else { return };
        let month = Month::of(now);
        let win = PlatformWin {
            of: PlatformViewer { tenant, month: month.number(), viewer },
            is_held_out: arm == PlatformArm::HeldOut,
            share_millionths: view.snapshot.universal_holdout(),
            at: now,
        };
        let key = fingerprint(u128::from(month.number().unsigned_abs()), viewer);
        self.tell(key, Win::Platform(win));
    }

    /// How many wins found no room since the node started.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn tell(&self, key: u64, win: Win) {
        let place = usize::try_from(key % 65_536).expect("a remainder is small");
        if self.told[place].load(Ordering::Relaxed) == key {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.wins.try_send(win).is_ok() {
            self.told[place].store(key, Ordering::Relaxed);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what is to be written next.
    fn take(&self) -> Vec<Win> {
        let mut desk = self.desk();
        let lost = self.lost();
        if desk.lost < lost {
            warn!(lost = lost - desk.lost, "wins found no room: these viewers are in neither arm until they win again");
            desk.lost = lost;
        }
        let mut wins = std::mem::take(&mut desk.waiting);
        let kept = wins.len();
        wins.extend(desk.told.try_iter().take(WINS_PER_STEP.saturating_sub(kept)));
        self.waiting.fetch_sub(wins.len() - kept, Ordering::Relaxed);
        wins
    }

    /// Keeps what could not be written for the next time.
    fn put_back(&self, wins: Vec<Win>) {
        self.desk().waiting = wins;
    }
}

/// The share of an order that measures; `None` of one that does not.
fn share_of(view: &TenantView, order: PromotionOrderId) -> Option<u32> {
    let share = view.snapshot.candidate(order)?.holdout_share_millionths;
    (share > 0).then_some(share)
}

/// What is kept by room of a video is kept under its own number: no room has the same.
const fn key(content: ContentId) -> RoomId {
    RoomId::new(content.value())
}

/// What stands for an order, or a month, and a viewer; never 0.
fn fingerprint(of: u128, viewer: u128) -> u64 {
    let fold = |wide: u128| {
        let low = u64::try_from(wide & u128::from(u64::MAX)).expect("masked");
        let high = u64::try_from(wide >> 64).expect("64 bits are left");
        mix(low ^ mix(high))
    };
    mix(fold(of) ^ fold(viewer).rotate_left(1)).max(1)
}

impl App {
    /// Writes down whom orders have won, once there are as many as one transaction takes.
    pub(crate) async fn save_many_wins(&self) -> Result<(), CommandError<Infallible>> {
        if self.shell.engine.wins.waiting.load(Ordering::Relaxed) < WINS_PER_STEP {
            return Ok(());
        }
        self.save_wins().await
    }

    /// Writes down whom orders have won since the last time.
    pub(crate) async fn save_wins(&self) -> Result<(), CommandError<Infallible>> {
        loop {
            let wins = self.shell.engine.wins.take();
            if wins.is_empty() {
                return Ok(());
            }
            let (count, kept) = (wins.len(), wins.clone());
            if let Err(fault) = self.write(move |_, tx| Ok(save(tx, &wins)?)).await {
                self.shell.engine.wins.put_back(kept);
                return Err(fault);
            }
            if count < WINS_PER_STEP {
                return Ok(());
            }
        }
    }
}

fn save(tx: &mut Tx<'_>, wins: &[Win]) -> Result<(), StoreError> {
    // Folding waits meanwhile: whichever comes second sees what the first has written.
    tx.folded_events()?;
    let mut of_orders = Vec::with_capacity(wins.len());
    for win in wins {
        match win {
            Win::Order(win) => of_orders.push(*win),
            Win::Platform(win) => drop(tx.win_platform_viewer(win)?),
        }
    }
    // Neighbours in the table are written together, and of two wins of a viewer the first.
    of_orders.sort_unstable_by_key(|win: &ArmWin| (win.order, win.viewer, win.at));
    of_orders.dedup_by_key(|win| (win.order, win.viewer));
    let won = tx.win_viewers(&of_orders)?;
    // Most have done nothing yet: what they do later is settled when it comes.
    let mut windows = Windows::default();
    for (room, viewer) in tx.viewers_with_outcomes(&won)? {
        if let Some(window) = windows.of(tx, room)? {
            arms::settle(tx, room, viewer, window)?;
        }
    }
    Ok(())
}
