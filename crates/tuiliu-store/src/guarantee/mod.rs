//! Guarantees: purchases, the services they cover, and what was decided, helped and quoted of each.

mod body;
mod video;

pub use video::{CreatorVideoRow, VideoPage, VideoState};

use tuiliu_domain::guarantee::{Decision, EvidenceVideo, GuaranteeService};
use tuiliu_domain::id::{CreatorVideoId, GuaranteeOrderId, GuaranteeServiceId, PartyId, TenantId};
use tuiliu_domain::money::{Amount, Micros};
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
#[cfg(test)]
use crate::statement::Statement;
use crate::statement::statements;
use crate::tx::Tx;

/// The statements of every module of this column.
#[cfg(test)]
pub(crate) const ALL_STATEMENTS: &[&[Statement]] = &[STATEMENTS, video::STATEMENTS];

/// A purchase of guarantees (GB-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuaranteeOrderRow {
    pub id: GuaranteeOrderId,
    pub tenant: TenantId,
    pub buyer: PartyId,
    /// Of all its services, in fen.
    pub fee: Amount,
    pub services: u32,
    pub placed_at: Timestamp,
}

/// What an operator decided (GB-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    pub service: GuaranteeServiceId,
    pub at: Timestamp,
    pub party: PartyId,
    pub decision: Decision,
    pub plays: u64,
    pub reason: String,
}

/// Whose guarantees a list shows, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuaranteesOf {
    Everybody,
    /// Everybody's that wait for an operator.
    Frozen,
    Buyer(PartyId),
    Creator(PartyId),
}

/// Which guarantees a list shows, newest first.
#[derive(Debug, Clone, Copy)]
pub struct GuaranteePage {
    pub tenant: TenantId,
    pub of: GuaranteesOf,
    /// The last one of the page before.
    pub before: Option<GuaranteeServiceId>,
    pub limit: u32,
}

/// What helping a video cost in one hour (GB-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelpRow {
    pub service: GuaranteeServiceId,
    /// The start of the hour in which it was booked.
    pub hour: Timestamp,
    /// Plays that the help brought.
    pub plays: u64,
    /// What they displaced, in millionths of a yuan.
    pub cost: Micros,
}

macro_rules! columns {
    () => {
        "id, order_id, tenant_id, buyer_id, creator_id, state, video_id, placed_at, version, body"
    };
}

statements! {
    INSERT_ORDER: "insert into guarantee_order (id, tenant_id, buyer_id, fee_fen, services, placed_at)
        values ($1, $2, $3, $4, $5, $6)";
    FIND_ORDER: "select id, tenant_id, buyer_id, fee_fen, services, placed_at from guarantee_order where id = $1";
    INSERT: "insert into guarantee_service
        (id, order_id, tenant_id, buyer_id, creator_id, state, video_id, due_at, placed_at, ended_at, version, body)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)";
    FIND: concat!("select ", columns!(), " from guarantee_service where id = $1 /*lock*/");
    OF_ORDER: concat!("select ", columns!(), " from guarantee_service where order_id = $1 order by id");
    OF_VIDEO: concat!("select ", columns!(), " from guarantee_service where video_id = $1 order by id");
    AFTER: concat!("select ", columns!(), " from guarantee_service where id > $1 order by id limit $2");
    OF_TENANT: concat!("select ", columns!(), " from guarantee_service
        where tenant_id = $1 and id < $2 order by id desc limit $3");
    FROZEN: concat!("select ", columns!(), " from guarantee_service
        where tenant_id = $1 and state = 'frozen' and id < $2 order by id desc limit $3");
    OF_BUYER: concat!("select ", columns!(), " from guarantee_service
        where tenant_id = $1 and buyer_id = $2 and id < $3 order by id desc limit $4");
    OF_CREATOR: concat!("select ", columns!(), " from guarantee_service
        where tenant_id = $1 and creator_id = $2 and id < $3 order by id desc limit $4");
    OPEN_ON_CREATOR: concat!("select ", columns!(), " from guarantee_service
        where tenant_id = $1 and creator_id = $2 and ended_at is null order by id");
    RUNNING: concat!("select ", columns!(), " from guarantee_service where state = 'running' and id > $1 order by id limit $2");
    FOR_BOOK: concat!("select ", columns!(), ", (select cast(coalesce(sum(cost_micros), 0) as bigint)
        from guarantee_help where service_id = guarantee_service.id) from guarantee_service
        where tenant_id = $1 and (ended_at is null or ended_at > $2) order by id desc limit $3");
    DUE: concat!("select ", columns!(), " from guarantee_service where due_at <= $1 order by due_at, id limit $2");
    UPDATE: "update guarantee_service set state = $3, video_id = $4, due_at = $5, ended_at = $6, body = $7,
        version = version + 1 where id = $1 and version = $2";
    INSERT_EVIDENCE: "insert into guarantee_evidence (service_id, place, video_id, plays) values ($1, $2, $3, $4)";
    EVIDENCE: "select video_id, plays from guarantee_evidence where service_id = $1 order by place";
    INSERT_DECISION: "insert into guarantee_decision (service_id, at, party_id, decision, plays, reason)
        values ($1, $2, $3, $4, $5, $6)";
    DECISIONS: "select service_id, at, party_id, decision, plays, reason from guarantee_decision
        where service_id = $1 order by at";
    ADD_HELP: "insert into guarantee_help (service_id, hour, plays, cost_micros) values ($1, $2, $3, $4)
        on conflict (service_id, hour) do update set plays = guarantee_help.plays + excluded.plays,
        cost_micros = guarantee_help.cost_micros + excluded.cost_micros";
    HELP: "select cast(coalesce(sum(plays), 0) as bigint), cast(coalesce(sum(cost_micros), 0) as bigint)
        from guarantee_help where service_id = $1";
}

impl Tx<'_> {
    /// Keeps a purchase that was just made.
    pub fn add_guarantee_order(&mut self, row: &GuaranteeOrderRow) -> Result<(), StoreError> {
        let GuaranteeOrderRow { id, tenant, buyer, fee, services, placed_at } = *row;
        let values = [id.into(), tenant.into(), buyer.into(), fee.into(), services.into(), placed_at.into()];
        self.execute_one(INSERT_ORDER, &values)
    }

    /// The purchase with this id.
    pub fn guarantee_order(&mut self, id: GuaranteeOrderId) -> Result<Option<GuaranteeOrderRow>, StoreError> {
        self.query_one(FIND_ORDER, &[id.into()])?.as_ref().map(read_order).transpose()
    }

    /// Keeps a guarantee that was just placed, with the videos that its quote rests on.
    pub fn add_guarantee_service(
        &mut self,
        service: &GuaranteeService,
        evidence: &[EvidenceVideo],
    ) -> Result<(), StoreError> {
        let GuaranteeService { id, order, tenant, buyer, creator, state, placed_at, .. } = service;
        let body = body::write(service);
        let values = [
            (*id).into(),
            (*order).into(),
            (*tenant).into(),
            (*buyer).into(),
            (*creator).into(),
            state.name().into(),
            state.video().into(),
            service.due_at().into(),
            (*placed_at).into(),
            state.ended_at().into(),
            (&body).into(),
        ];
        self.execute_one(INSERT, &values)?;
        for (place, EvidenceVideo { video, plays }) in (0_i64..).zip(evidence) {
            let values = [(*id).into(), place.into(), (*video).into(), count(*plays)?.into()];
            self.execute_one(INSERT_EVIDENCE, &values)?;
        }
        Ok(())
    }

    /// The guarantee with this id.
    pub fn guarantee_service(&mut self, id: GuaranteeServiceId) -> Result<Option<GuaranteeService>, StoreError> {
        self.query_one(FIND, &[id.into()])?.as_ref().map(read).transpose()
    }

    /// The guarantees of a purchase.
    pub fn guarantee_services_of(&mut self, order: GuaranteeOrderId) -> Result<Vec<GuaranteeService>, StoreError> {
        self.query(OF_ORDER, &[order.into()])?.iter().map(read).collect()
    }

    /// The guarantees that count a video's plays, whatever their state.
    pub fn guarantee_services_on(&mut self, video: CreatorVideoId) -> Result<Vec<GuaranteeService>, StoreError> {
        self.query(OF_VIDEO, &[video.into()])?.iter().map(read).collect()
    }

    /// A page of guarantees, newest first.
    pub fn guarantee_services_before(&mut self, page: GuaranteePage) -> Result<Vec<GuaranteeService>, StoreError> {
        let GuaranteePage { tenant, of, before, limit } = page;
        let before = before.unwrap_or(GuaranteeServiceId::new(u128::MAX));
        let rows = match of {
            GuaranteesOf::Everybody => self.query(OF_TENANT, &[tenant.into(), before.into(), limit.into()])?,
            GuaranteesOf::Frozen => self.query(FROZEN, &[tenant.into(), before.into(), limit.into()])?,
            GuaranteesOf::Buyer(party) => {
                self.query(OF_BUYER, &[tenant.into(), party.into(), before.into(), limit.into()])?
            }
            GuaranteesOf::Creator(party) => {
                self.query(OF_CREATOR, &[tenant.into(), party.into(), before.into(), limit.into()])?
            }
        };
        rows.iter().map(read).collect()
    }

    /// Guarantees on a creator's videos that are not over.
    pub fn open_guarantees_on(
        &mut self,
        tenant: TenantId,
        creator: PartyId,
    ) -> Result<Vec<GuaranteeService>, StoreError> {
        self.query(OPEN_ON_CREATOR, &[tenant.into(), creator.into()])?.iter().map(read).collect()
    }

    /// Guarantees of all tenants that run, after this one in the order of ids.
    pub fn running_guarantees_after(
        &mut self,
        after: Option<GuaranteeServiceId>,
        limit: u32,
    ) -> Result<Vec<GuaranteeService>, StoreError> {
        let after = after.unwrap_or(GuaranteeServiceId::new(0));
        self.query(RUNNING, &[after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Every tenant's guarantees after this one, in the order of their ids: for the audit.
    pub fn guarantee_services_after(
        &mut self,
        after: Option<GuaranteeServiceId>,
        limit: u32,
    ) -> Result<Vec<GuaranteeService>, StoreError> {
        let after = after.unwrap_or(GuaranteeServiceId::new(0));
        self.query(AFTER, &[after.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Guarantees that are open, or ended after this instant, newest first, each with what helping it cost.
    pub fn guarantees_for_book(
        &mut self,
        tenant: TenantId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(GuaranteeService, Micros)>, StoreError> {
        let read_row = |row: &Row| Ok((read(row)?, row.get(10)?));
        self.query(FOR_BOOK, &[tenant.into(), since.into(), limit.into()])?.iter().map(read_row).collect()
    }

    /// Guarantees with which time has something to do, longest due first.
    pub fn due_guarantees(&mut self, now: Timestamp, limit: u32) -> Result<Vec<GuaranteeService>, StoreError> {
        self.query(DUE, &[now.into(), limit.into()])?.iter().map(read).collect()
    }

    /// Writes a guarantee over the version that was read.
    pub fn update_guarantee_service(&mut self, service: &GuaranteeService) -> Result<(), StoreError> {
        let GuaranteeService { id, state, version, .. } = service;
        let body = body::write(service);
        let values = [
            (*id).into(),
            count(*version)?.into(),
            state.name().into(),
            state.video().into(),
            service.due_at().into(),
            state.ended_at().into(),
            (&body).into(),
        ];
        self.execute_one(UPDATE, &values)
    }

    /// The videos that a guarantee's quote rests on (GB-02).
    pub fn guarantee_evidence(&mut self, id: GuaranteeServiceId) -> Result<Vec<EvidenceVideo>, StoreError> {
        let read = |row: &Row| Ok(EvidenceVideo { video: row.get(0)?, plays: row.get(1)? });
        self.query(EVIDENCE, &[id.into()])?.iter().map(read).collect()
    }

    /// Keeps what an operator decided.
    pub fn add_guarantee_decision(&mut self, row: &DecisionRow) -> Result<(), StoreError> {
        let DecisionRow { service, at, party, decision, plays, reason } = row;
        let values = [
            (*service).into(),
            (*at).into(),
            (*party).into(),
            decision.code().into(),
            count(*plays)?.into(),
            reason.into(),
        ];
        self.execute_one(INSERT_DECISION, &values)
    }

    /// What was decided of a guarantee, oldest first.
    pub fn guarantee_decisions(&mut self, id: GuaranteeServiceId) -> Result<Vec<DecisionRow>, StoreError> {
        self.query(DECISIONS, &[id.into()])?.iter().map(read_decision).collect()
    }

    /// Adds what help brought within an hour, and what that displaced.
    pub fn add_guarantee_help(&mut self, row: &HelpRow) -> Result<(), StoreError> {
        let HelpRow { service, hour, plays, cost } = *row;
        self.execute_one(ADD_HELP, &[service.into(), hour.into(), count(plays)?.into(), cost.into()])
    }

    /// Plays that help brought a guarantee in all, and what they displaced, in millionths of a yuan.
    pub fn guarantee_help(&mut self, id: GuaranteeServiceId) -> Result<(u64, Micros), StoreError> {
        let row = self.query_one(HELP, &[id.into()])?;
        row.map_or(Ok((0, Micros::ZERO)), |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

fn count(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(StoreError::database)
}

fn read(row: &Row) -> Result<GuaranteeService, StoreError> {
    let (id, state): (GuaranteeServiceId, String) = (row.get(0)?, row.get(5)?);
    let (terms, state) = body::read(&row.get::<String>(9)?, &state, row.get(6)?)
        .map_err(|reason| StoreError::inconsistent(format!("guarantee {id}"), reason))?;
    Ok(GuaranteeService {
        id,
        order: row.get(1)?,
        tenant: row.get(2)?,
        buyer: row.get(3)?,
        creator: row.get(4)?,
        terms,
        state,
        placed_at: row.get(7)?,
        version: row.get(8)?,
    })
}

fn read_order(row: &Row) -> Result<GuaranteeOrderRow, StoreError> {
    Ok(GuaranteeOrderRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        buyer: row.get(2)?,
        fee: row.get(3)?,
        services: row.get(4)?,
        placed_at: row.get(5)?,
    })
}

fn read_decision(row: &Row) -> Result<DecisionRow, StoreError> {
    Ok(DecisionRow {
        service: row.get(0)?,
        at: row.get(1)?,
        party: row.get(2)?,
        decision: row.parse(3, |code: String| Decision::from_code(&code))?,
        plays: row.get(4)?,
        reason: row.get(5)?,
    })
}

#[cfg(test)]
mod tests;
