//! What happened in a broadcast: stays, purchases, products, and what its recap is made of.

use tuiliu_domain::id::{Id, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// A stretch in which a viewer was in a room, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayRow {
    pub viewer: u128,
    pub joined_at: Timestamp,
    pub left_at: Timestamp,
    pub is_promoted: bool,
}

/// A payment in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPurchase {
    pub room: RoomId,
    pub purchase: u128,
    /// The order whose token came with it; `None` for natural traffic.
    pub order: Option<PromotionOrderId>,
    pub paid_at: Timestamp,
    pub paid_fen: i64,
}

/// A refund of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseRefunded {
    pub room: RoomId,
    pub purchase: u128,
    pub at: Timestamp,
    pub value_fen: i64,
}

/// Whose purchases are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomPurchases {
    /// Those that a token of this order came with.
    OfOrder(PromotionOrderId),
    /// Those in this room, promoted or natural.
    OfRoom { room: RoomId, is_promoted: bool },
}

/// A product as the host names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    pub id: u128,
    pub tenant: TenantId,
    pub external_id: String,
}

/// A product in a room, a video or an order, with what its sums there are kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceProduct {
    pub place: u128,
    pub product: u128,
    pub subject: u128,
}

statements! {
    STAYS_OF: "select viewer, joined_at, left_at, promoted, room_id from room_stay where room_id = $1 and viewer = $2";
    STAYS: "select viewer, joined_at, left_at, promoted from room_stay where room_id = $1 order by viewer, joined_at";
    PUT_STAY: "insert into room_stay (room_id, viewer, joined_at, left_at, promoted) values ($1, $2, $3, $4, $5)
        on conflict (room_id, viewer, joined_at) do update
        set left_at = excluded.left_at, promoted = excluded.promoted";
    REMOVE_STAY: "delete from room_stay where room_id = $1 and viewer = $2 and joined_at = $3";
    PAY: "insert into room_purchase (room_id, purchase_id, order_id, paid_at, paid_fen, refunded_at, refunded_fen)
        values ($1, $2, $3, $4, $5, null, 0)
        on conflict (room_id, purchase_id) do update
        set order_id = excluded.order_id, paid_at = excluded.paid_at, paid_fen = excluded.paid_fen
        where room_purchase.paid_at is null";
    REFUND: "insert into room_purchase (room_id, purchase_id, order_id, paid_at, paid_fen, refunded_at, refunded_fen)
        values ($1, $2, null, null, 0, $3, $4)
        on conflict (room_id, purchase_id) do update
        set refunded_fen = room_purchase.refunded_fen + excluded.refunded_fen,
            refunded_at = case when room_purchase.refunded_at < excluded.refunded_at
                then room_purchase.refunded_at else excluded.refunded_at end";
    SETTLED_ORDER: "select cast(coalesce(sum(paid_fen), 0) as bigint) from room_purchase
        where order_id = $1 and paid_at <= $2 and (refunded_at is null or refunded_at > paid_at + $3)";
    SETTLED_NATURAL: "select cast(coalesce(sum(paid_fen), 0) as bigint) from room_purchase where room_id = $1
        and order_id is null and paid_at <= $2 and (refunded_at is null or refunded_at > paid_at + $3)";
    SETTLED_PROMOTED: "select cast(coalesce(sum(paid_fen), 0) as bigint) from room_purchase where room_id = $1
        and order_id is not null and paid_at <= $2 and (refunded_at is null or refunded_at > paid_at + $3)";
    ADD_ACTS: "insert into room_act (room_id, batch, body) values ($1, $2, $3)";
    ACTS: "select body from room_act where room_id = $1 order by batch";
    NAME_PRODUCT: "insert into product (id, tenant_id, external_id) values ($1, $2, $3) on conflict (id) do nothing";
    PRODUCT: "select id, tenant_id, external_id from product where id = $1";
    PRODUCTS: "select id, tenant_id, external_id from product where tenant_id = $1 and id > $2 order by id limit $3";
    PLACE_PRODUCT: "insert into place_product (place_id, product_id, subject_id) values ($1, $2, $3)
        on conflict (place_id, product_id) do nothing";
    OF_PLACE: "select p.id, p.tenant_id, p.external_id, x.subject_id from place_product x
        join product p on p.id = x.product_id
        where x.place_id = $1 and x.product_id > $2 order by x.product_id limit $3";
}

impl Tx<'_> {
    /// The stays of viewers in rooms, in no order.
    pub fn stays_of(&mut self, viewers: &[(RoomId, u128)]) -> Result<Vec<(RoomId, StayRow)>, StoreError> {
        let id = |value: u128| -> Id<()> { Id::new(value) };
        let asked: Vec<_> = viewers.iter().map(|(room, viewer)| [(*room).into(), id(*viewer).into()]).collect();
        self.query_many(STAYS_OF, &asked)?.iter().map(|row| Ok((row.get(4)?, read_stay(row)?))).collect()
    }

    /// The stays of all viewers of a room.
    pub fn room_stays(&mut self, room: RoomId) -> Result<Vec<StayRow>, StoreError> {
        self.query(STAYS, &[room.into()])?.iter().map(read_stay).collect()
    }

    /// Writes stays, each over the one of the viewer that begins at the same instant, if there is one.
    pub fn put_stays(&mut self, stays: &[(RoomId, StayRow)]) -> Result<(), StoreError> {
        let values = |(room, stay): &(RoomId, StayRow)| {
            let StayRow { viewer, joined_at, left_at, is_promoted } = *stay;
            let viewer: Id<()> = Id::new(viewer);
            [(*room).into(), viewer.into(), joined_at.into(), left_at.into(), i64::from(is_promoted).into()]
        };
        self.execute_many(PUT_STAY, stays.iter().map(values))
    }

    /// Removes the stay that begins at this instant.
    pub fn remove_stay(&mut self, room: RoomId, viewer: u128, joined_at: Timestamp) -> Result<(), StoreError> {
        let viewer: Id<()> = Id::new(viewer);
        self.execute_one(REMOVE_STAY, &[room.into(), viewer.into(), joined_at.into()])
    }

    /// Records that a purchase was paid; `false` when it had been.
    pub fn pay_purchase(&mut self, paid: &RoomPurchase) -> Result<bool, StoreError> {
        let RoomPurchase { room, purchase, order, paid_at, paid_fen } = *paid;
        let purchase: Id<()> = Id::new(purchase);
        let values = [room.into(), purchase.into(), order.into(), paid_at.into(), paid_fen.into()];
        Ok(self.execute(PAY, &values)? == 1)
    }

    /// Records a refund, perhaps of a payment that was not heard of yet.
    pub fn refund_purchase(&mut self, refund: &PurchaseRefunded) -> Result<(), StoreError> {
        let PurchaseRefunded { room, purchase, at, value_fen } = *refund;
        let purchase: Id<()> = Id::new(purchase);
        self.execute_one(REFUND, &[room.into(), purchase.into(), at.into(), value_fen.into()])
    }

    /// What was paid at least `window_ms` before `now` and not refunded within `window_ms`.
    pub fn settled_fen(&mut self, of: RoomPurchases, window_ms: i64, now: Timestamp) -> Result<i64, StoreError> {
        let paid_until = now.plus_ms(-window_ms);
        let row = match of {
            RoomPurchases::OfOrder(order) => {
                self.query_one(SETTLED_ORDER, &[order.into(), paid_until.into(), window_ms.into()])?
            }
            RoomPurchases::OfRoom { room, is_promoted } => {
                let statement = if is_promoted { SETTLED_PROMOTED } else { SETTLED_NATURAL };
                self.query_one(statement, &[room.into(), paid_until.into(), window_ms.into()])?
            }
        };
        row.map_or(Ok(0), |row| row.get(0))
    }

    /// Keeps what a batch said of a room.
    pub fn add_room_acts(&mut self, room: RoomId, batch: i64, body: &[u8]) -> Result<(), StoreError> {
        self.execute_one(ADD_ACTS, &[room.into(), batch.into(), body.into()])
    }

    /// What every batch said of a room.
    pub fn room_acts(&mut self, room: RoomId) -> Result<Vec<Vec<u8>>, StoreError> {
        self.query(ACTS, &[room.into()])?.iter().map(|row| row.get(0)).collect()
    }

    /// Remembers what the host calls a product.
    pub fn name_product(&mut self, product: &ProductRow) -> Result<(), StoreError> {
        let id: Id<()> = Id::new(product.id);
        self.execute(NAME_PRODUCT, &[id.into(), product.tenant.into(), (&product.external_id).into()]).map(drop)
    }

    /// The product under this hash.
    pub fn product(&mut self, id: u128) -> Result<Option<ProductRow>, StoreError> {
        let id: Id<()> = Id::new(id);
        self.query_one(PRODUCT, &[id.into()])?.as_ref().map(read_product).transpose()
    }

    /// A page of a tenant's products, by hash.
    pub fn products(
        &mut self,
        tenant: TenantId,
        after: Option<u128>,
        limit: u32,
    ) -> Result<Vec<ProductRow>, StoreError> {
        let after: Id<()> = Id::new(after.unwrap_or(0));
        self.query(PRODUCTS, &[tenant.into(), after.into(), limit.into()])?.iter().map(read_product).collect()
    }
}

impl Tx<'_> {
    /// Remembers that a product is in a place.
    pub fn place_product(&mut self, own: PlaceProduct) -> Result<(), StoreError> {
        let [place, product, subject] = [own.place, own.product, own.subject].map(Id::<()>::new);
        self.execute(PLACE_PRODUCT, &[place.into(), product.into(), subject.into()]).map(drop)
    }

    /// A page of the products of a place by hash, each with what its sums there are kept under.
    pub fn products_of_place(
        &mut self,
        place: u128,
        after: Option<u128>,
        limit: u32,
    ) -> Result<Vec<(ProductRow, u128)>, StoreError> {
        let [place, after] = [place, after.unwrap_or(0)].map(Id::<()>::new);
        let read = |row: &Row| Ok((read_product(row)?, row.get::<Id<()>>(3)?.value()));
        self.query(OF_PLACE, &[place.into(), after.into(), limit.into()])?.iter().map(read).collect()
    }
}

fn read_stay(row: &Row) -> Result<StayRow, StoreError> {
    Ok(StayRow {
        viewer: row.get::<Id<()>>(0)?.value(),
        joined_at: row.get(1)?,
        left_at: row.get(2)?,
        is_promoted: row.get::<i64>(3)? != 0,
    })
}

fn read_product(row: &Row) -> Result<ProductRow, StoreError> {
    Ok(ProductRow { id: row.get::<Id<()>>(0)?.value(), tenant: row.get(1)?, external_id: row.get(2)? })
}
