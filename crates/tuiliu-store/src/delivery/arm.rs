//! The arms of an order's experiment: whom it won, really or as a ghost, and what they did since (AT-01).

use tuiliu_domain::id::{Id, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$kind_doc:meta])* $kind:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$kind_doc])* $kind,)* }

        impl $name {
            /// The code used in rows; never renamed.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }

            fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$kind),)* _ => None }
            }
        }
    };
}

codes! {
    /// Which part of an experiment a viewer was drawn into.
    ArmCode {
        Treated = "treated",
        Ghost = "ghost",
        /// Held out of everything promoted: in neither arm of an order.
        Universal = "universal",
    }
}

codes! {
    /// What a viewer did in a room.
    OutcomeCode {
        Viewed = "viewed",
        Followed = "followed",
        Unfollowed = "unfollowed",
        Commented = "commented",
        CommentUndone = "comment_undone",
        Clicked = "clicked",
        Paid = "paid",
        Refunded = "refunded",
    }
}

/// A viewer whom an order won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmWin {
    pub order: PromotionOrderId,
    pub room: RoomId,
    pub viewer: u128,
    pub arm: ArmCode,
    pub at: Timestamp,
    /// What one result was to cost.
    pub price: Micros,
    /// Part of the viewers in this arm's place, in millionths.
    pub share_millionths: u32,
    /// Which version of the predictions it won by.
    pub model: u64,
}

/// What a viewer did between the first win and the end of the window: counts of 0 or 1, and money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArmOutcome {
    pub viewed: i64,
    pub followed: i64,
    pub commented: i64,
    pub clicked: i64,
    pub paid: i64,
    /// After refunds.
    pub gmv_fen: i64,
}

/// A viewer of an arm, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmRow {
    pub order: PromotionOrderId,
    pub viewer: u128,
    pub arm: ArmCode,
    /// Since when outcomes count.
    pub first_at: Timestamp,
    pub valid: bool,
    pub outcome: ArmOutcome,
}

/// Something that a viewer did in a room; place and batch make it a row of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomOutcome {
    pub at: Timestamp,
    pub batch: i64,
    pub place: i64,
    pub kind: OutcomeCode,
    /// The host's purchase, hashed; 0 where it did not name one.
    pub purchase: u128,
    pub value_fen: i64,
}

/// One arm of an order: its valid viewers and the sums of what they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmSum {
    pub arm: ArmCode,
    pub users: u64,
    pub outcome: ArmOutcome,
}

/// A belief about the natural rate of a goal's orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiftPriorRow {
    pub metric: String,
    pub shape_thousandths: i64,
    pub rate_thousandths: i64,
    /// How many orders it was fitted on.
    pub orders: u32,
    pub fitted_at: Timestamp,
}

macro_rules! row {
    () => {
        "select order_id, viewer, arm, first_at, valid, viewed, followed, commented, clicked, paid, gmv_fen
        from arm_viewer "
    };
}

statements! {
    INSERT_WIN: "insert into arm_viewer (order_id, viewer, room_id, arm, first_at, price, share, model, valid,
        viewed, followed, commented, clicked, paid, gmv_fen)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        on conflict (order_id, viewer) do update
        set first_at = excluded.first_at, price = excluded.price, model = excluded.model
        where excluded.first_at < arm_viewer.first_at returning room_id, viewer";
    OF_VIEWER: concat!(row!(), "where room_id = $1 and viewer = $2 order by order_id");
    OF_ROOM: concat!(row!(), "where room_id = $1 and valid = 1 order by viewer, first_at, order_id");
    SET_OUTCOME: "update arm_viewer set viewed = $3, followed = $4, commented = $5, clicked = $6, paid = $7, gmv_fen = $8
        where order_id = $1 and viewer = $2";
    INVALIDATE: "update arm_viewer set valid = 0 where room_id = $1 and viewer = $2 and valid = 1";
    SUMS: "select arm, count(*), cast(sum(viewed) as bigint), cast(sum(followed) as bigint),
        cast(sum(commented) as bigint), cast(sum(clicked) as bigint), cast(sum(paid) as bigint),
        cast(sum(gmv_fen) as bigint) from arm_viewer where order_id = $1 and valid = 1 group by arm order by arm";
    SPENDERS: "select arm, gmv_fen from arm_viewer where order_id = $1 and valid = 1 and gmv_fen > 0
        order by arm, viewer";
    ADD_OUTCOME: "insert into room_outcome (room_id, viewer, at, batch, place, kind, purchase, value_fen)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    OUTCOMES: "select at, batch, place, kind, purchase, value_fen from room_outcome
        where room_id = $1 and viewer = $2 order by at, batch, place";
    WITH_OUTCOMES: "select distinct room_id, viewer from room_outcome where room_id = $1 and viewer = $2";
    SAVE_PRIOR: "insert into lift_prior
        (tenant_id, goal, metric, shape_thousandths, rate_thousandths, orders, fitted_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant_id, goal, metric) do update
        set shape_thousandths = excluded.shape_thousandths, rate_thousandths = excluded.rate_thousandths,
            orders = excluded.orders, fitted_at = excluded.fitted_at";
    PRIORS: "select metric, shape_thousandths, rate_thousandths, orders, fitted_at from lift_prior
        where tenant_id = $1 and goal = $2 order by metric";
    LAST_FIT: "select max(fitted_at) from lift_prior where tenant_id = $1";
}

impl Tx<'_> {
    /// Records whom orders won, no order the same viewer twice; only the first time counts, whatever is told first.
    /// Answers the rooms and viewers of what was not known, in no order.
    pub fn win_viewers(&mut self, wins: &[ArmWin]) -> Result<Vec<(RoomId, u128)>, StoreError> {
        let mut rows = Vec::with_capacity(wins.len());
        for win in wins {
            let ArmWin { order, room, viewer, arm, at, price, share_millionths, model } = *win;
            let (viewer, model) = (Id::<()>::new(viewer), i64::try_from(model).map_err(StoreError::database)?);
            let none = || 0_i64.into();
            rows.push([
                order.into(),
                viewer.into(),
                room.into(),
                arm.code().into(),
                at.into(),
                price.into(),
                share_millionths.into(),
                model.into(),
                1_i64.into(),
                none(),
                none(),
                none(),
                none(),
                none(),
                none(),
            ]);
        }
        self.query_many_write(INSERT_WIN, &rows)?.iter().map(read_viewer).collect()
    }

    /// The arms of one viewer in the orders for a room.
    pub fn arms_of_viewer(&mut self, room: RoomId, viewer: u128) -> Result<Vec<ArmRow>, StoreError> {
        let viewer: Id<()> = Id::new(viewer);
        self.query(OF_VIEWER, &[room.into(), viewer.into()])?.iter().map(read_row).collect()
    }

    /// Valid viewers in the orders for a room, by viewer, each with the earliest win first.
    pub fn arms_of_room(&mut self, room: RoomId) -> Result<Vec<ArmRow>, StoreError> {
        self.query(OF_ROOM, &[room.into()])?.iter().map(read_row).collect()
    }

    /// Writes what a viewer of an arm did.
    pub fn set_arm_outcome(
        &mut self,
        order: PromotionOrderId,
        viewer: u128,
        outcome: ArmOutcome,
    ) -> Result<(), StoreError> {
        let ArmOutcome { viewed, followed, commented, clicked, paid, gmv_fen } = outcome;
        let viewer: Id<()> = Id::new(viewer);
        let values = [
            order.into(),
            viewer.into(),
            viewed.into(),
            followed.into(),
            commented.into(),
            clicked.into(),
            paid.into(),
            gmv_fen.into(),
        ];
        self.execute_one(SET_OUTCOME, &values)
    }

    /// Takes a viewer out of every arm of a room, whichever it is: no valid traffic. Answers how many there were.
    pub fn invalidate_arms(&mut self, room: RoomId, viewer: u128) -> Result<u64, StoreError> {
        let viewer: Id<()> = Id::new(viewer);
        self.execute(INVALIDATE, &[room.into(), viewer.into()])
    }

    /// The arms of an order, valid viewers only.
    pub fn arm_sums(&mut self, order: PromotionOrderId) -> Result<Vec<ArmSum>, StoreError> {
        let read = |row: &Row| {
            Ok(ArmSum {
                arm: row.parse(0, |code: String| ArmCode::from_code(&code))?,
                users: row.get(1)?,
                outcome: read_outcome(row, 2)?,
            })
        };
        self.query(SUMS, &[order.into()])?.iter().map(read).collect()
    }

    /// What each valid viewer of an order's arms bought for, if anything.
    pub fn arm_spenders(&mut self, order: PromotionOrderId) -> Result<Vec<(ArmCode, i64)>, StoreError> {
        let read = |row: &Row| Ok((row.parse(0, |code: String| ArmCode::from_code(&code))?, row.get(1)?));
        self.query(SPENDERS, &[order.into()])?.iter().map(read).collect()
    }

    /// Keeps what viewers did in rooms.
    pub fn add_room_outcomes(&mut self, outcomes: &[(RoomId, u128, RoomOutcome)]) -> Result<(), StoreError> {
        let rows = outcomes.iter().map(|(room, viewer, outcome)| {
            let RoomOutcome { at, batch, place, kind, purchase, value_fen } = *outcome;
            let (viewer, purchase): (Id<()>, Id<()>) = (Id::new(*viewer), Id::new(purchase));
            [
                (*room).into(),
                viewer.into(),
                at.into(),
                batch.into(),
                place.into(),
                kind.code().into(),
                purchase.into(),
                value_fen.into(),
            ]
        });
        self.execute_many(ADD_OUTCOME, rows)
    }

    /// What a viewer did in a room, in the order in which it happened.
    pub fn room_outcomes(&mut self, room: RoomId, viewer: u128) -> Result<Vec<RoomOutcome>, StoreError> {
        let viewer: Id<()> = Id::new(viewer);
        let read = |row: &Row| {
            Ok(RoomOutcome {
                at: row.get(0)?,
                batch: row.get(1)?,
                place: row.get(2)?,
                kind: row.parse(3, |code: String| OutcomeCode::from_code(&code))?,
                purchase: row.get::<Id<()>>(4)?.value(),
                value_fen: row.get(5)?,
            })
        };
        self.query(OUTCOMES, &[room.into(), viewer.into()])?.iter().map(read).collect()
    }

    /// Those of these viewers who did anything in the room, in no order.
    pub fn viewers_with_outcomes(&mut self, viewers: &[(RoomId, u128)]) -> Result<Vec<(RoomId, u128)>, StoreError> {
        let viewer = |viewer: u128| Id::<()>::new(viewer);
        let rows: Vec<_> = viewers.iter().map(|(room, who)| [(*room).into(), viewer(*who).into()]).collect();
        self.query_many(WITH_OUTCOMES, &rows)?.iter().map(read_viewer).collect()
    }

    /// Writes what is believed of one metric of a goal over what was believed before.
    pub fn save_lift_prior(&mut self, tenant: TenantId, goal: Goal, prior: &LiftPriorRow) -> Result<(), StoreError> {
        let LiftPriorRow { metric, shape_thousandths, rate_thousandths, orders, fitted_at } = prior;
        let values = [
            tenant.into(),
            goal.code().into(),
            metric.into(),
            (*shape_thousandths).into(),
            (*rate_thousandths).into(),
            (*orders).into(),
            (*fitted_at).into(),
        ];
        self.execute_one(SAVE_PRIOR, &values)
    }

    /// What is believed of a goal's orders, by metric.
    pub fn lift_priors(&mut self, tenant: TenantId, goal: Goal) -> Result<Vec<LiftPriorRow>, StoreError> {
        let read = |row: &Row| {
            Ok(LiftPriorRow {
                metric: row.get(0)?,
                shape_thousandths: row.get(1)?,
                rate_thousandths: row.get(2)?,
                orders: row.get(3)?,
                fitted_at: row.get(4)?,
            })
        };
        self.query(PRIORS, &[tenant.into(), goal.code().into()])?.iter().map(read).collect()
    }

    /// When a tenant's beliefs were fitted last; `None` while there are none.
    pub fn lift_priors_fitted_at(&mut self, tenant: TenantId) -> Result<Option<Timestamp>, StoreError> {
        self.query_one(LAST_FIT, &[tenant.into()])?.map_or(Ok(None), |row| row.get(0))
    }
}

fn read_viewer(row: &Row) -> Result<(RoomId, u128), StoreError> {
    Ok((row.get(0)?, row.get::<Id<()>>(1)?.value()))
}

fn read_row(row: &Row) -> Result<ArmRow, StoreError> {
    Ok(ArmRow {
        order: row.get(0)?,
        viewer: row.get::<Id<()>>(1)?.value(),
        arm: row.parse(2, |code: String| ArmCode::from_code(&code))?,
        first_at: row.get(3)?,
        valid: row.get(4)?,
        outcome: read_outcome(row, 5)?,
    })
}

fn read_outcome(row: &Row, first: usize) -> Result<ArmOutcome, StoreError> {
    Ok(ArmOutcome {
        viewed: row.get(first)?,
        followed: row.get(first + 1)?,
        commented: row.get(first + 2)?,
        clicked: row.get(first + 3)?,
        paid: row.get(first + 4)?,
        gmv_fen: row.get(first + 5)?,
    })
}

#[cfg(test)]
mod tests;
