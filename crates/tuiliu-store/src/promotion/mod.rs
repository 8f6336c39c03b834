//! Promotion orders and the judgements of them.

pub(crate) mod review;
pub(crate) mod review_task;
mod stored;
mod stored_state;

pub use review::ReviewRow;
pub use review_task::{DeskLoad, TaskPage, VerdictCount};

use tuiliu_domain::id::{ContentId, Id, PartyId, PromotionOrderId, RoomId, TenantId};
use tuiliu_domain::promotion::{BidChange, Goal, OrderForm, Product, PromotionOrder};
use tuiliu_domain::time::Timestamp;

use self::stored::{
    StoredBody, StoredGuarantee, StoredGuardRule, StoredPayment, StoredSource, read_audience, read_placement,
    read_price,
};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, tenant_id, room_id, creator_id, payer_id, goal, form, budget_beans, created_at, version, body,
        content_kind, product"
    };
}

statements! {
    FIND: concat!("select ", columns!(), " from promotion_order where id = $1 /*lock*/");
    INSERT: "insert into promotion_order (id, tenant_id, room_id, creator_id, payer_id, goal, form, budget_beans,
        created_at, version, body, content_kind, product, state, due_at, ended_at, guarantee_due_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    UPDATE: "update promotion_order set budget_beans = $1, body = $2, state = $3, due_at = $4, ended_at = $5,
        version = version + 1, guarantee_due_at = $8 where id = $6 and version = $7";
    GUARANTEES_DUE: concat!("select ", columns!(), " from promotion_order
        where guarantee_due_at <= $1 order by guarantee_due_at limit $2");
    DUE: concat!("select ", columns!(), " from promotion_order where due_at <= $1 order by due_at limit $2");
    DELIVERING: concat!("select ", columns!(), " from promotion_order where state in ('running', 'paused') order by id");
    IN_STATE: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and state = $2 and id > $3 order by id limit $4");
    OF_CONTENT: concat!("select ", columns!(), " from promotion_order where room_id = $1 order by created_at, id");
    OF_PAYER: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and payer_id = $2 and id < $3 order by id desc limit $4");
    OF_TENANT: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    OF_PAYER_IN_STATE: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and payer_id = $2 and id < $3 and state = $5 order by id desc limit $4");
    OF_TENANT_IN_STATE: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and id < $2 and state = $4 order by id desc limit $3");
    COUNT_BY_STATE: "select state, count(*) from promotion_order where tenant_id = $1 group by state order by state";
    ENDED_LIKE: concat!("select ", columns!(), " from promotion_order
        where tenant_id = $1 and goal = $2 and form = $3 and product = $5
            and state in ('completed', 'room_ended', 'stopped')
        order by ended_at desc limit $4");
    ALL_AFTER: concat!("select ", columns!(), " from promotion_order where id > $1 order by id limit $2");
}

/// Where a page of a list of orders, newest first, goes on.
#[derive(Debug, Clone, Copy)]
pub struct OrderPage {
    /// The last order of the page before; `None` starts at the newest.
    pub before: Option<PromotionOrderId>,
    pub limit: u32,
}

impl OrderPage {
    const fn before(self) -> PromotionOrderId {
        match self.before {
            Some(id) => id,
            None => PromotionOrderId::new(u128::MAX),
        }
    }
}

impl Tx<'_> {
    /// The order with this id.
    pub fn promotion_order(&mut self, id: PromotionOrderId) -> Result<Option<PromotionOrder>, StoreError> {
        self.query_one(FIND, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// Writes an order that was just placed.
    pub fn insert_promotion_order(&mut self, order: &PromotionOrder) -> Result<(), StoreError> {
        let body = write_body(order)?;
        let values = [
            order.id.into(),
            order.tenant.into(),
            Id::<()>::new(order.content.value()).into(),
            order.creator.into(),
            order.payer.into(),
            order.goal.code().into(),
            order.form.code().into(),
            order.budget.get().into(),
            order.created_at.into(),
            version(order)?.into(),
            (&body).into(),
            order.content.kind().into(),
            order.product.code().into(),
            order.state.name().into(),
            due_at(order).into(),
            ended_at(order).into(),
            order.guarantee_due_at().into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// Writes an order over the version that was read; somebody else's later version is a conflict.
    pub fn update_promotion_order(&mut self, order: &PromotionOrder) -> Result<(), StoreError> {
        let body = write_body(order)?;
        let values = [
            order.budget.get().into(),
            (&body).into(),
            order.state.name().into(),
            due_at(order).into(),
            ended_at(order).into(),
            order.id.into(),
            version(order)?.into(),
            order.guarantee_due_at().into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// Orders to which time has something to do, longest due first.
    pub fn due_promotion_orders(&mut self, now: Timestamp, limit: u32) -> Result<Vec<PromotionOrder>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Orders whose cost guarantee is to be closed, longest due first.
    pub fn due_cost_guarantees(&mut self, now: Timestamp, limit: u32) -> Result<Vec<PromotionOrder>, StoreError> {
        self.query(GUARANTEES_DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// All running and paused orders of all tenants, ascending by id.
    pub fn delivering_promotion_orders(&mut self) -> Result<Vec<PromotionOrder>, StoreError> {
        self.query(DELIVERING, &[])?.iter().map(read).collect()
    }

    /// A tenant's orders in this state, oldest first.
    pub fn promotion_orders_in_state(
        &mut self,
        tenant: TenantId,
        state: &str,
        after: Option<PromotionOrderId>,
        limit: u32,
    ) -> Result<Vec<PromotionOrder>, StoreError> {
        let after = after.unwrap_or(PromotionOrderId::new(0));
        let values = [tenant.into(), state.into(), after.into(), limit.into()];
        self.query(IN_STATE, &values)?.iter().map(read).collect()
    }

    /// All orders for a room, oldest first.
    pub fn promotion_orders_of_room(&mut self, room: RoomId) -> Result<Vec<PromotionOrder>, StoreError> {
        self.promotion_orders_for(ContentId::Room(room))
    }

    /// All orders for a room or a video, oldest first.
    pub fn promotion_orders_for(&mut self, content: ContentId) -> Result<Vec<PromotionOrder>, StoreError> {
        self.query(OF_CONTENT, &[Id::<()>::new(content.value()).into()])?.iter().map(read).collect()
    }

    /// A page of a payer's orders, newest first.
    pub fn promotion_orders_of(
        &mut self,
        tenant: TenantId,
        payer: PartyId,
        page: OrderPage,
    ) -> Result<Vec<PromotionOrder>, StoreError> {
        let values = [tenant.into(), payer.into(), page.before().into(), page.limit.into()];
        self.query(OF_PAYER, &values)?.iter().map(read).collect()
    }

    /// A page of a tenant's orders, newest first.
    pub fn promotion_orders(&mut self, tenant: TenantId, page: OrderPage) -> Result<Vec<PromotionOrder>, StoreError> {
        let values = [tenant.into(), page.before().into(), page.limit.into()];
        self.query(OF_TENANT, &values)?.iter().map(read).collect()
    }

    /// A page of the orders in this state, newest first: a payer's, or the whole tenant's.
    pub fn promotion_orders_by_state(
        &mut self,
        tenant: TenantId,
        payer: Option<PartyId>,
        state: &str,
        page: OrderPage,
    ) -> Result<Vec<PromotionOrder>, StoreError> {
        let (before, limit) = (page.before().into(), page.limit.into());
        let rows = match payer {
            Some(payer) => {
                self.query(OF_PAYER_IN_STATE, &[tenant.into(), payer.into(), before, limit, state.into()])?
            }
            None => self.query(OF_TENANT_IN_STATE, &[tenant.into(), before, limit, state.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// How many of a tenant's orders are in each state.
    pub fn count_promotion_orders(&mut self, tenant: TenantId) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = self.query(COUNT_BY_STATE, &[tenant.into()])?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// A tenant's settled orders of this kind, newest first: what natural rates are fitted on.
    pub fn ended_promotion_orders(
        &mut self,
        tenant: TenantId,
        (product, goal, form): (Product, Goal, OrderForm),
        limit: u32,
    ) -> Result<Vec<PromotionOrder>, StoreError> {
        let values = [tenant.into(), goal.code().into(), form.code().into(), limit.into(), product.code().into()];
        self.query(ENDED_LIKE, &values)?.iter().map(read).collect()
    }

    /// Orders of all tenants after this id, ascending: for the auditor.
    pub fn promotion_orders_after(
        &mut self,
        after: Option<PromotionOrderId>,
        limit: u32,
    ) -> Result<Vec<PromotionOrder>, StoreError> {
        let after = after.unwrap_or(PromotionOrderId::new(0));
        self.query(ALL_AFTER, &[after.into(), limit.into()])?.iter().map(read).collect()
    }
}

fn due_at(order: &PromotionOrder) -> Option<Timestamp> {
    order.due_at().map(|(at, _)| at)
}

fn ended_at(order: &PromotionOrder) -> Option<Timestamp> {
    order.state.ended_at()
}

fn version(order: &PromotionOrder) -> Result<i64, StoreError> {
    i64::try_from(order.version).map_err(StoreError::database)
}

fn write_body(order: &PromotionOrder) -> Result<String, StoreError> {
    serde_json::to_string(&StoredBody::from(order)).map_err(StoreError::database)
}

fn read(row: &Row) -> Result<PromotionOrder, StoreError> {
    let id: PromotionOrderId = row.get(0)?;
    let wrong = |reason: String| StoreError::inconsistent(format!("promotion order {id}"), reason);
    let kind: String = row.get(11)?;
    let text: String = row.get(10)?;
    let body: StoredBody = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(PromotionOrder {
        id,
        tenant: row.get(1)?,
        product: row.parse(12, |code: String| Product::from_code(&code))?,
        content: row.parse(2, |id: Id<()>| ContentId::of_kind(&kind, id.value()))?,
        desk: body.read_desk().map_err(wrong)?,
        charged_by: body.read_charged_by().map_err(wrong)?,
        creator: row.get(3)?,
        payer: row.get(4)?,
        goal: row.parse(5, |code: String| Goal::from_code(&code))?,
        form: row.parse(6, |code: String| OrderForm::from_code(&code))?,
        budget: read_price(row.get(7)?).map_err(wrong)?,
        created_at: row.get(8)?,
        version: row.get(9)?,
        audience: body.audience.as_deref().map(read_audience).transpose().map_err(wrong)?,
        placement: body.placement.as_deref().map(read_placement).transpose().map_err(wrong)?,
        bidding: body.read_bidding().map_err(wrong)?,
        duration_ms: body.duration_ms,
        guard_rules: body.guard_rules.iter().map(StoredGuardRule::read).collect::<Result<_, _>>().map_err(wrong)?,
        sources: body.sources.iter().map(StoredSource::read).collect::<Result<_, _>>().map_err(wrong)?,
        payments: body.payments.iter().map(StoredPayment::read).collect::<Result<_, _>>().map_err(wrong)?,
        terms: body.terms.read().map_err(wrong)?,
        state: body.state.read().map_err(wrong)?,
        reviewed_content: body.reviewed_content,
        bids: body
            .bids
            .iter()
            .map(|(at, promised)| BidChange { at: Timestamp::from_ms(*at), promised: *promised })
            .collect(),
        guarantee: body.guarantee.as_ref().map(StoredGuarantee::read).transpose().map_err(wrong)?,
        delivery_started_at: body.delivery_started_at.map(Timestamp::from_ms),
        delivery_ended_at: body.delivery_ended_at.map(Timestamp::from_ms),
        again_of: body.again_of.map(PromotionOrderId::new),
    })
}

#[cfg(test)]
mod tests;
