//! Live figures: the last ten minutes, the ten before, the whole session, and what is usual.

use std::convert::Infallible;

use tuiliu_domain::id::{Id, PromotionOrderId, RoomId};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::{MINUTE_MS, Timestamp};
use tuiliu_measure::rollup::{Count, Counts, LiveCounts, LiveFigures, Scope, Setting, Window, smoothed};
use tuiliu_store::{MinuteSum, OrderPage, StoreError, Tx};

use super::order::with_room;
use super::room::{counts, last_sums, room_for};
use super::sums::{Freshness, Sums, freshness, setting, setting_of, spent_in, totals};
use crate::app::{App, Shell};
use crate::error::CommandError;
use crate::promotion::order_for;

/// Sessions that make the usual.
const SESSIONS: usize = 7;
/// Minutes of the curves.
const CURVE_MINUTES: i64 = 30;

/// A live dashboard.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveReport {
    pub as_of: Timestamp,
    pub scopes: Vec<LiveScope>,
    pub freshness: Freshness,
}

/// The figures of some of the traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveScope {
    pub scope: Scope,
    pub figures: Vec<LiveFigures>,
    /// Views of each of the last minutes, oldest first.
    pub inflow: Vec<(Timestamp, i64)>,
    /// The same, each the mean of five minutes, in thousandths.
    pub inflow_smoothed: Vec<i64>,
    /// People in the room on average in the last whole minute, in thousandths.
    pub online_thousandths: i64,
}

impl App {
    /// Live figures of one order.
    pub async fn order_live(&self, actor: Actor, id: PromotionOrderId) -> Result<LiveReport, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            Ok(of_order(shell, tx, &order)?)
        })
        .await
    }

    /// Live figures of one room: natural, promoted and all.
    pub async fn room_live(&self, actor: Actor, id: RoomId) -> Result<LiveReport, CommandError<Infallible>> {
        self.read(move |shell, tx| {
            let room = room_for(tx, &actor, id)?;
            let now = shell.now();
            let stored = tx.metric_totals(room.id)?;
            let session = super::facts::room_sums(tx, &room, now)?;
            let setting = setting(shell, tx, room.tenant)?;
            let spent = spent_in(tx, room.id, setting)?;
            let last = last_sums(tx, &room, SESSIONS)?;
            let minutes = Minutes::read(tx, room.id, now)?;
            let scope = |scope: Scope| {
                let none = Counts::default();
                let of = |sums: &Sums, spent: &Counts| counts(sums, spent, scope);
                let last = last.iter().map(|sums| of(sums, &none)).collect();
                let [here, before] = &minutes.windows;
                let sessions =
                    LiveCounts { now: of(here, &none), before: of(before, &none), session: of(&session, &spent), last };
                minutes.told(&sessions, scope, setting)
            };
            let scopes = [Scope::All, Scope::Natural, Scope::Promoted].map(scope).into();
            Ok(LiveReport { as_of: now, scopes, freshness: freshness(tx, stored.changed_at)? })
        })
        .await
    }
}

fn of_order(shell: &Shell, tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<LiveReport, StoreError> {
    let now = shell.now();
    let stored = tx.metric_totals(order.id)?;
    let session = with_room(tx, order, totals(&stored.sums).natural, now)?;
    let page = OrderPage { before: Some(order.id), limit: 100 };
    let older = tx.promotion_orders_of(order.tenant, order.payer, page)?;
    let mut last = Vec::new();
    for other in older.iter().filter(|other| other.goal == order.goal && other.state.is_final()) {
        let sums = totals(&tx.metric_totals(other.id)?.sums).natural;
        if !sums.is_empty() && last.len() < SESSIONS {
            last.push(with_room(tx, other, sums, now)?);
        }
    }
    let minutes = Minutes::read(tx, order.id, now)?;
    let [here, before] = minutes.windows.clone().map(|sums| sums.natural);
    let sessions = LiveCounts { now: here, before, session, last };
    let setting = setting_of(shell, tx, order)?;
    let scopes = vec![minutes.told(&sessions, Scope::Order, setting)];
    Ok(LiveReport { as_of: now, scopes, freshness: freshness(tx, stored.changed_at)? })
}

/// The last minutes of a subject.
struct Minutes {
    now: Timestamp,
    rows: Vec<MinuteSum>,
    /// The last ten minutes, and the ten before; each knows how long it is.
    windows: [Sums; 2],
}

impl Minutes {
    fn read<K>(tx: &mut Tx<'_>, subject: Id<K>, now: Timestamp) -> Result<Self, StoreError> {
        let from = now.minute().plus_ms(-CURVE_MINUTES * MINUTE_MS);
        let rows = tx.metric_minutes(subject, from, now.minute())?;
        let windows = Window::now_and_before(now).map(|window| {
            let within = rows.iter().filter(|row| window.holds(row.minute));
            let mut sums: Sums = within.map(|row| (row.metric.as_str(), row.value)).collect();
            sums.natural.add(Count::BroadcastMs, window.to.since_ms(window.from));
            sums
        });
        Ok(Self { now, rows, windows })
    }

    fn told(&self, sessions: &LiveCounts, scope: Scope, setting: Setting) -> LiveScope {
        let of = |minute: Timestamp, count: Count| {
            let within = self.rows.iter().filter(|row| row.minute == minute);
            let sums: Sums = within.map(|row| (row.metric.as_str(), row.value)).collect();
            match scope {
                Scope::Promoted => sums.promoted.get(count),
                Scope::Natural | Scope::Order => sums.natural.get(count),
                Scope::All => sums.all().get(count),
            }
        };
        let last = self.now.minute().plus_ms(-MINUTE_MS);
        let minutes = (1..=CURVE_MINUTES).rev().map(|back| self.now.minute().plus_ms(-back * MINUTE_MS));
        let inflow: Vec<(Timestamp, i64)> = minutes.map(|minute| (minute, of(minute, Count::Views))).collect();
        let views: Vec<i64> = inflow.iter().map(|(_, views)| *views).collect();
        LiveScope {
            scope,
            figures: LiveFigures::of(sessions, scope, setting),
            inflow,
            inflow_smoothed: smoothed(&views),
            online_thousandths: of(last, Count::WatchMs) * 1_000 / MINUTE_MS,
        }
    }
}
