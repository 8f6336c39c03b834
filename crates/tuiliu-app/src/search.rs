//! Finding things by id, by name or by what the host calls them: for staff, in their own tenant.

use thiserror::Error;
use tuiliu_domain::id::{
    CommandId, ContentId, GuaranteeServiceId, IncentiveProgrammeId, LotId, PartyId, PaymentId, PromotionOrderId,
    RoomId, TenantId, VideoId,
};
use tuiliu_domain::limits::SEARCH_TEXT_BYTES_MAX;
use tuiliu_domain::party::{Action, Actor, Reach};
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_store::{StoreError, Tx};

use crate::app::App;
use crate::error::CommandError;

/// Most of one kind that are found by name.
const FOUND_MAX: u32 = 6;
/// Rooms and videos whose orders are found with them, and orders of each.
const ORDERS_MAX: usize = 3;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    Order,
    Party,
    Room,
    Video,
    Coupon,
    Guarantee,
    Programme,
    Payment,
    /// A group of transfers, by the id that statements name.
    Movement,
}

impl FoundKind {
    /// Every kind there is.
    pub const ALL: &[Self] = &[
        Self::Order,
        Self::Party,
        Self::Room,
        Self::Video,
        Self::Coupon,
        Self::Guarantee,
        Self::Programme,
        Self::Payment,
        Self::Movement,
    ];

    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Order => "boost",
            Self::Party => "party",
            Self::Room => "room",
            Self::Video => "video",
            Self::Coupon => "coupon",
            Self::Guarantee => "guarantee",
            Self::Programme => "programme",
            Self::Payment => "top_up",
            Self::Movement => "movement",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// What it takes to see it.
    const fn action(self) -> Action {
        match self {
            Self::Order => Action::ReadOrder,
            Self::Party => Action::ReadParty,
            Self::Room => Action::ReadRoom,
            Self::Video => Action::ReadVideo,
            Self::Coupon => Action::ReadCoupon,
            Self::Guarantee => Action::ReadGuarantee,
            Self::Programme => Action::ReadIncentive,
            Self::Payment => Action::ReadWallet,
            Self::Movement => Action::AuditLedger,
        }
    }
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: FoundKind,
    pub id: String,
    /// What people call it; empty where it has no name.
    pub title: String,
    /// Where it is in its life, as a code; empty where it has none.
    pub state: String,
}

/// Why nothing was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SearchRefusal {
    #[error("look for nothing, or for more than `{max}` bytes")]
    BadText { max: usize },
}

impl App {
    /// What an id leads to, and what is called like this text; only of kinds of which the actor sees the tenant's all.
    pub async fn search(&self, actor: Actor, text: String) -> Result<Vec<Found>, CommandError<SearchRefusal>> {
        let text = text.trim().to_owned();
        if text.is_empty() || text.len() > SEARCH_TEXT_BYTES_MAX {
            return Err(CommandError::Refused(SearchRefusal::BadText { max: SEARCH_TEXT_BYTES_MAX }));
        }
        self.read(move |_, tx| {
            let sees = |kind: FoundKind| actor.reach(kind.action()) == Some(Reach::Tenant);
            // Buyers may look at rooms of everybody, and still have no business with a search over all there is.
            if !sees(FoundKind::Party) {
                return Err(CommandError::Forbidden);
            }
            let found = match by_id(tx, actor.tenant, &text)? {
                Some(found) => vec![found],
                None => by_name(tx, actor.tenant, &text)?,
            };
            Ok(found.into_iter().filter(|found| sees(found.kind)).collect())
        })
        .await
    }
}

fn found(kind: FoundKind, id: impl ToString, title: &str, state: &str) -> Found {
    Found { kind, id: id.to_string(), title: title.to_owned(), state: state.to_owned() }
}

/// What this id leads to, if it is one of the tenant's.
fn by_id(tx: &mut Tx<'_>, tenant: TenantId, text: &str) -> Result<Option<Found>, StoreError> {
    if let Ok(id) = text.parse::<PromotionOrderId>() {
        let order = tx.promotion_order(id)?.filter(|order| order.tenant == tenant);
        return order.map(|order| found_order(tx, &order)).transpose();
    }
    if let Ok(id) = text.parse::<PartyId>() {
        let party = tx.party(tenant, id)?;
        return Ok(party.map(|party| found(FoundKind::Party, id, &party.display_name, party.kind.code())));
    }
    if let Ok(id) = text.parse::<RoomId>() {
        return found_room(tx, tenant, id);
    }
    if let Ok(id) = text.parse::<VideoId>() {
        return found_video(tx, tenant, id);
    }
    if let Ok(id) = text.parse::<LotId>() {
        let coupon = tx.coupon(tenant, id)?;
        return Ok(coupon.map(|_| found(FoundKind::Coupon, id, "", "")));
    }
    if let Ok(id) = text.parse::<GuaranteeServiceId>() {
        let service = tx.guarantee_service(id)?.filter(|service| service.tenant == tenant);
        return Ok(service.map(|service| found(FoundKind::Guarantee, id, "", service.state.name())));
    }
    if let Ok(id) = text.parse::<IncentiveProgrammeId>() {
        let programme = tx.programme(tenant, id)?;
        return Ok(programme.map(|programme| found(FoundKind::Programme, id, "", programme.state.code())));
    }
    if let Ok(id) = text.parse::<PaymentId>() {
        let payment = tx.payment(tenant, id)?;
        return Ok(payment.map(|row| found(FoundKind::Payment, id, &row.payment.party.to_string(), "")));
    }
    if let Ok(id) = text.parse::<CommandId>() {
        let movement = crate::wallet::movement(tx, tenant, id)?;
        return Ok(movement.map(|_| found(FoundKind::Movement, id, "", "")));
    }
    Ok(None)
}

fn by_name(tx: &mut Tx<'_>, tenant: TenantId, text: &str) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    for id in tx.parties_named(tenant, text, FOUND_MAX)? {
        if let Some(party) = tx.party(tenant, id)? {
            all.push(found(FoundKind::Party, id, &party.display_name, party.kind.code()));
        }
    }
    let (rooms, videos) = (tx.rooms_named(tenant, text, FOUND_MAX)?, tx.videos_named(tenant, text, FOUND_MAX)?);
    for id in &rooms {
        all.extend(found_room(tx, tenant, *id)?);
    }
    for id in &videos {
        all.extend(found_video(tx, tenant, *id)?);
    }
    let contents = rooms.into_iter().map(ContentId::Room).chain(videos.into_iter().map(ContentId::Video));
    for content in contents.take(ORDERS_MAX) {
        let orders = tx.promotion_orders_for(content)?;
        for order in orders.iter().rev().take(ORDERS_MAX) {
            all.push(found_order(tx, order)?);
        }
    }
    Ok(all)
}

fn found_room(tx: &mut Tx<'_>, tenant: TenantId, id: RoomId) -> Result<Option<Found>, StoreError> {
    let room = tx.room(id)?.filter(|room| room.tenant == tenant);
    Ok(room.map(|room| found(FoundKind::Room, id, &room.content.title, room.state.name())))
}

fn found_video(tx: &mut Tx<'_>, tenant: TenantId, id: VideoId) -> Result<Option<Found>, StoreError> {
    let video = tx.video(id)?.filter(|video| video.tenant == tenant);
    Ok(video.map(|video| found(FoundKind::Video, id, &video.content.title, video.state.name())))
}

fn found_order(tx: &mut Tx<'_>, order: &PromotionOrder) -> Result<Found, StoreError> {
    let title = match order.content {
        ContentId::Room(id) => tx.room(id)?.map(|room| room.content.title),
        ContentId::Video(id) => tx.video(id)?.map(|video| video.content.title),
    };
    Ok(found(FoundKind::Order, order.id, &title.unwrap_or_default(), order.state.name()))
}
