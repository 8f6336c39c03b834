//! The platform's own experiment: viewers who are never shown anything promoted, whom they are compared with, and what
//! both did in a month, whatever brought them (AT-01).

use tuiliu_domain::id::{Id, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A viewer in a month, counted from the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformViewer {
    pub tenant: TenantId,
    pub month: i64,
    pub viewer: u128,
}

/// A viewer whom any order won in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformWin {
    pub of: PlatformViewer,
    /// Held out of everything promoted; else compared with those.
    pub is_held_out: bool,
    /// Part of all viewers that is held out, in millionths.
    pub share_millionths: u32,
    pub at: Timestamp,
}

/// What a viewer did in a month: times, less what was taken back, and money after refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlatformActs {
    pub views: i64,
    pub follows: i64,
    pub comments: i64,
    pub clicks: i64,
    pub gmv_fen: i64,
}

/// One arm of a month: its valid viewers, and how many of them did what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformSum {
    pub is_held_out: bool,
    pub viewers: u64,
    pub viewed: u64,
    pub followed: u64,
    pub commented: u64,
    pub clicked: u64,
    pub paid: u64,
}

macro_rules! arms {
    () => {
        "from platform_win w left join platform_act a
        on a.tenant_id = w.tenant_id and a.month = w.month and a.viewer = w.viewer
        where w.tenant_id = $1 and w.month = $2 and w.share = $3 and w.valid = 1"
    };
}

statements! {
    WIN: "insert into platform_win (tenant_id, month, viewer, held_out, share, first_at, valid)
        values ($1, $2, $3, $4, $5, $6, 1) on conflict (tenant_id, month, viewer) do nothing";
    ACT: "insert into platform_act (tenant_id, month, viewer, views, follows, comments, clicks, gmv_fen)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, month, viewer) do update
        set views = platform_act.views + excluded.views, follows = platform_act.follows + excluded.follows,
            comments = platform_act.comments + excluded.comments, clicks = platform_act.clicks + excluded.clicks,
            gmv_fen = platform_act.gmv_fen + excluded.gmv_fen";
    SHARE: "select share from platform_win where tenant_id = $1 and month = $2 order by first_at desc, viewer limit 1";
    SUMS: concat!("select w.held_out, count(*),
        cast(coalesce(sum(case when a.views > 0 then 1 else 0 end), 0) as bigint),
        cast(coalesce(sum(case when a.follows > 0 then 1 else 0 end), 0) as bigint),
        cast(coalesce(sum(case when a.comments > 0 then 1 else 0 end), 0) as bigint),
        cast(coalesce(sum(case when a.clicks > 0 then 1 else 0 end), 0) as bigint),
        cast(coalesce(sum(case when a.gmv_fen > 0 then 1 else 0 end), 0) as bigint) ",
        arms!(), " group by w.held_out order by w.held_out");
    SPENDERS: concat!("select w.held_out, a.gmv_fen ", arms!(), " and a.gmv_fen > 0 order by w.held_out, w.viewer");
    INVALIDATE: "update platform_win set valid = 0 where tenant_id = $1 and month >= $2 and viewer = $3 and valid = 1";
    FORGET_WINS: "delete from platform_win where month < $1";
    FORGET_ACTS: "delete from platform_act where month < $1";
}

impl Tx<'_> {
    /// Records that any order won a viewer in a month; only the first time counts.
    pub fn win_platform_viewer(&mut self, win: &PlatformWin) -> Result<bool, StoreError> {
        let PlatformWin { of: PlatformViewer { tenant, month, viewer }, is_held_out, share_millionths, at } = *win;
        let viewer: Id<()> = Id::new(viewer);
        let values =
            [tenant.into(), month.into(), viewer.into(), is_held_out.into(), share_millionths.into(), at.into()];
        Ok(self.execute(WIN, &values)? == 1)
    }

    /// Adds to what a viewer did in a month.
    pub fn add_platform_acts(&mut self, of: PlatformViewer, acts: PlatformActs) -> Result<(), StoreError> {
        let PlatformViewer { tenant, month, viewer } = of;
        let PlatformActs { views, follows, comments, clicks, gmv_fen } = acts;
        let viewer: Id<()> = Id::new(viewer);
        let values = [
            tenant.into(),
            month.into(),
            viewer.into(),
            views.into(),
            follows.into(),
            comments.into(),
            clicks.into(),
            gmv_fen.into(),
        ];
        self.execute_one(ACT, &values)
    }

    /// The part of all viewers that was held out when a viewer was won last in a month; `None` when none was.
    pub fn platform_share(&mut self, tenant: TenantId, month: i64) -> Result<Option<u32>, StoreError> {
        self.query_one(SHARE, &[tenant.into(), month.into()])?.map(|row| row.get(0)).transpose()
    }

    /// Both arms of a month, of viewers who were won while this part of all was held out.
    pub fn platform_sums(
        &mut self,
        tenant: TenantId,
        month: i64,
        share_millionths: u32,
    ) -> Result<Vec<PlatformSum>, StoreError> {
        let read = |row: &Row| {
            Ok(PlatformSum {
                is_held_out: row.get::<i64>(0)? == 1,
                viewers: row.get(1)?,
                viewed: row.get(2)?,
                followed: row.get(3)?,
                commented: row.get(4)?,
                clicked: row.get(5)?,
                paid: row.get(6)?,
            })
        };
        self.query(SUMS, &[tenant.into(), month.into(), share_millionths.into()])?.iter().map(read).collect()
    }

    /// What each viewer of these arms bought for who bought anything, and whether they are held out.
    pub fn platform_spenders(
        &mut self,
        tenant: TenantId,
        month: i64,
        share_millionths: u32,
    ) -> Result<Vec<(bool, i64)>, StoreError> {
        let read = |row: &Row| Ok((row.get::<i64>(0)? == 1, row.get(1)?));
        self.query(SPENDERS, &[tenant.into(), month.into(), share_millionths.into()])?.iter().map(read).collect()
    }

    /// Takes a viewer out of both arms from a month on: no valid traffic. Answers in how many months.
    pub fn invalidate_platform_viewer(&mut self, from: PlatformViewer) -> Result<u64, StoreError> {
        let PlatformViewer { tenant, month, viewer } = from;
        let viewer: Id<()> = Id::new(viewer);
        self.execute(INVALIDATE, &[tenant.into(), month.into(), viewer.into()])
    }

    /// Forgets the viewers of all months before this one; how many rows.
    pub fn forget_platform_viewers(&mut self, before_month: i64) -> Result<u64, StoreError> {
        let wins = self.execute(FORGET_WINS, &[before_month.into()])?;
        Ok(wins + self.execute(FORGET_ACTS, &[before_month.into()])?)
    }
}

#[cfg(test)]
mod tests;
