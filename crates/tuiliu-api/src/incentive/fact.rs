//! What the host tells of broadcasts and accounts.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tuiliu_app::incentive::{
    AccountFactsView as AccountFacts, BroadcastFactsView as BroadcastFacts, ReportBroadcastFacts,
};
use tuiliu_domain::incentive::{BroadcastCounts, Figure, Standing};
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{PartyIdView, RoomIdView, TimeView};

/// The counts of a broadcast as the host knows them; what is left out is not known. Told again, it takes the place of
/// what was told before.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BroadcastCountsBody {
    viewers: Option<i64>,
    /// Viewers that the account brought itself.
    own_viewers: Option<i64>,
    follower_gain: Option<i64>,
    /// Valid sales: paid and not refunded.
    paid_gmv_fen: Option<i64>,
    settled_gmv_fen: Option<i64>,
    refunded_fen: Option<i64>,
    complaints: Option<i64>,
    products_listed: Option<i64>,
    products_sold: Option<i64>,
    /// Apart from settlement and refunds the counts grow no more. Rewards for whole broadcasts wait for it.
    #[serde(default)]
    is_final: bool,
}

/// What is known of a broadcast.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BroadcastFacts)]
pub(crate) struct BroadcastFactsView {
    room_id: RoomIdView,
    party_id: PartyIdView,
    started_at: TimeView,
    ended_at: Option<TimeView>,
    is_final: bool,
    told_at: TimeView,
    /// Every number and flag that conditions see, each with `value` and `source`: `measured` or `reported`.
    #[schema(value_type = Object)]
    figures: Value,
}

/// What the host tells of an account.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = AccountStanding)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandingView {
    /// The account's first broadcast ever, if it lies before what this platform saw.
    first_broadcast_at: Option<TimeView>,
    last_broadcast_at: Option<TimeView>,
    /// 4.10 is 410.
    shop_score_hundredths: Option<i64>,
    #[serde(default)]
    brand_flagship: bool,
    #[serde(default)]
    counterfeit_goods: bool,
    #[serde(default)]
    shop_closed: bool,
    #[serde(default)]
    content_violation: bool,
}

/// What is known of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountFacts)]
pub(crate) struct AccountFactsView {
    party_id: PartyIdView,
    standing: StandingView,
    /// Every number and flag that conditions see, each with `value` and `source`: `measured` or `reported`.
    #[schema(value_type = Object)]
    figures: Value,
}

/// Tells the counts of a broadcast; rewards follow within seconds.
#[utoipa::path(
    put, path = "/v1/broadcast-facts/{room}", tag = "incentives", params(("room" = RoomIdView, Path)),
    request_body = BroadcastCountsBody, responses((status = 200, body = BroadcastFactsView))
)]
pub(super) async fn report_broadcast_facts(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
    Json(body): Json<BroadcastCountsBody>,
) -> Result<Json<BroadcastFactsView>, Problem> {
    let command = ReportBroadcastFacts { room: room.0.0, counts: body.counts(), is_final: body.is_final };
    Ok(Json(api.app().report_broadcast_facts(caller.0.actor.clone(), command).await?.into()))
}

/// Reads what is known of a broadcast.
#[utoipa::path(
    get, path = "/v1/broadcast-facts/{room}", tag = "incentives", params(("room" = RoomIdView, Path)),
    responses((status = 200, body = BroadcastFactsView))
)]
pub(super) async fn read_broadcast_facts(
    State(api): State<Api>,
    caller: Caller,
    room: Path<RoomIdView>,
) -> Result<Json<BroadcastFactsView>, Problem> {
    Ok(Json(api.app().broadcast_facts(caller.0.actor.clone(), room.0.0).await?.into()))
}

/// Tells the standing of an account; all of it, in place of what was told before.
#[utoipa::path(
    put, path = "/v1/account-standings/{party}", tag = "incentives", params(("party" = PartyIdView, Path)),
    request_body = StandingView, responses((status = 200, body = AccountFactsView))
)]
pub(super) async fn report_account_standing(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Json(body): Json<StandingView>,
) -> Result<Json<AccountFactsView>, Problem> {
    let seen = api.app().report_standing(caller.0.actor.clone(), party.0.0, body.standing()).await?;
    Ok(Json(AccountFactsView::of(party.0, seen)))
}

/// Reads what is known of an account.
#[utoipa::path(
    get, path = "/v1/account-standings/{party}", tag = "incentives", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = AccountFactsView))
)]
pub(super) async fn read_account_facts(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Json<AccountFactsView>, Problem> {
    let seen = api.app().account_facts(caller.0.actor.clone(), party.0.0).await?;
    Ok(Json(AccountFactsView::of(party.0, seen)))
}

impl BroadcastCountsBody {
    fn counts(self) -> BroadcastCounts {
        let told = |count: Option<i64>| count.map(Figure::reported);
        BroadcastCounts {
            viewers: told(self.viewers),
            own_viewers: told(self.own_viewers),
            follower_gain: told(self.follower_gain),
            paid_gmv_fen: told(self.paid_gmv_fen),
            settled_gmv_fen: told(self.settled_gmv_fen),
            refunded_fen: told(self.refunded_fen),
            complaints: told(self.complaints),
            products_listed: told(self.products_listed),
            products_sold: told(self.products_sold),
        }
    }
}

impl StandingView {
    fn standing(self) -> Standing {
        Standing {
            first_broadcast_at: self.first_broadcast_at.map(|at| at.0),
            last_broadcast_at: self.last_broadcast_at.map(|at| at.0),
            shop_score_hundredths: self.shop_score_hundredths,
            brand_flagship: self.brand_flagship,
            counterfeit_goods: self.counterfeit_goods,
            shop_closed: self.shop_closed,
            content_violation: self.content_violation,
        }
    }
}

impl From<Standing> for StandingView {
    fn from(standing: Standing) -> Self {
        Self {
            first_broadcast_at: standing.first_broadcast_at.map(TimeView),
            last_broadcast_at: standing.last_broadcast_at.map(TimeView),
            shop_score_hundredths: standing.shop_score_hundredths,
            brand_flagship: standing.brand_flagship,
            counterfeit_goods: standing.counterfeit_goods,
            shop_closed: standing.shop_closed,
            content_violation: standing.content_violation,
        }
    }
}

impl From<BroadcastFacts> for BroadcastFactsView {
    fn from(seen: BroadcastFacts) -> Self {
        let BroadcastFacts { facts, is_final, told_at, figures } = seen;
        Self {
            room_id: facts.room.into(),
            party_id: facts.creator.into(),
            started_at: facts.started_at.into(),
            ended_at: facts.ended_at.map(TimeView),
            is_final,
            told_at: told_at.into(),
            figures,
        }
    }
}

impl AccountFactsView {
    fn of(party_id: PartyIdView, seen: AccountFacts) -> Self {
        let AccountFacts { standing, figures } = seen;
        Self { party_id, standing: standing.into(), figures }
    }
}
