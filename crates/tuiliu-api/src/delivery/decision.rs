//! `POST /v1/decisions`: what to show, answered from memory.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize, Serializer};
use tuiliu_app::access::{ApiKeyKind, Credential};
use tuiliu_app::delivery::{DecisionAnswer, DecisionAsk, Explained, Shown};
use tuiliu_domain::id::{ContentId, PartyId};
use tuiliu_domain::party::{Action, Owned};
use utoipa::ToSchema;

use super::ask::{DecisionRequest, NAME_LENGTH_MAX};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::metrics::{Fill, FillLabels};
use crate::problem::Problem;
use crate::promotion::CostView;
use crate::request_id::{Language, RequestId};
use crate::views::{DecisionIdView, PartyIdView, PromotionOrderIdView, TimeView};

/// With the value `1`: nothing is shown or reserved, and the answer says why.
const X_BOOST_EXPLAIN: HeaderName = HeaderName::from_static("x-boost-explain");
/// How long an answer may be kept before it is shown.
const TTL_SECONDS: u32 = 300;

/// The header, for documentation.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct ExplainHeader {
    /// `1` explains instead of deciding: nothing is shown or reserved, and `explanation` says of every order why.
    /// For secret keys and staff.
    #[serde(rename = "X-Boost-Explain")]
    #[param(example = "1")]
    explain: Option<String>,
}

/// What to show.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionResponse {
    request_id: String,
    /// How long the answer may be kept.
    #[schema(example = 300)]
    ttl_seconds: u32,
    /// In the order in which they were asked for.
    placements: Vec<PlacementView>,
}

/// What to show in one placement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementDecisions)]
pub(crate) struct PlacementView {
    id: String,
    /// Why nothing is shown: `nothing_promoted`, `nothing_eligible`, `nothing_won`, `promoted_share`, `content_type`,
    /// `minor_mode`, `node_silent`, `node_replaced`, …
    no_fill_reason: Option<&'static str>,
    /// Often empty: that is no error.
    decisions: Vec<DecisionView>,
    /// With `X-Boost-Explain: 1` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<ExplainedView>>,
}

/// One item to show.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionView {
    decision_id: DecisionIdView,
    /// Counts from 1 in each placement.
    rank: usize,
    position: u32,
    entity: ShownEntityView,
    boost_id: PromotionOrderIdView,
    /// To be shown on the card wherever it is shown: it was paid for.
    #[schema(example = "广告")]
    label: &'static str,
    /// For "why am I seeing this".
    why: &'static str,
    /// Always `false`: what is shown here was paid for. What follows it carries the token, and whatever carries a token
    /// must never enter the features of natural ranking.
    natural: bool,
    /// To be sent with every event that follows. Good for one impression.
    tracking_token: String,
    /// An impression after this is not counted.
    expires_at: TimeView,
}

/// What is shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownEntity)]
pub(crate) struct ShownEntityView {
    /// `live_room` or `video`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Ours.
    #[schema(example = "room_01jd8x4q2m6c8v0r3t5y7w9z1b")]
    id: String,
    /// The host's own id of the room or video.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String)]
    external_id: Arc<str>,
    creator_id: PartyIdView,
}

/// Why one order would be shown to this viewer or not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedCandidate)]
pub(crate) struct ExplainedView {
    boost_id: PromotionOrderIdView,
    /// `live_room` or `video`.
    entity_type: &'static str,
    /// The room or video, by our id.
    entity_id: String,
    /// The first filter that removed it.
    #[schema(example = "audience")]
    filtered_by: Option<&'static str>,
    auctions: Vec<ExplainedAuctionView>,
}

/// How an order would fare in the auction for one slot.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedAuction)]
pub(crate) struct ExplainedAuctionView {
    /// Counts from 1.
    slot: usize,
    /// Most that it pays for a result.
    bid: CostView,
    /// Probability that an impression brings a result, in billionths.
    rate_billionths: u32,
    /// Price per result with which it wins.
    price_to_win: CostView,
    /// `null`: it wins.
    #[schema(example = "lost_auction")]
    lost_by: Option<&'static str>,
}

/// Decides what to show to a viewer now. Nothing to show is a normal answer.
#[utoipa::path(
    post, path = "/v1/decisions", tag = "delivery", params(ExplainHeader), request_body = DecisionRequest,
    responses((status = 200, body = DecisionResponse))
)]
pub(super) async fn decide(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    request_id: RequestId,
    Json(mut asked): Json<DecisionRequest>,
) -> Result<Json<DecisionResponse>, Problem> {
    let explains = headers.get(&X_BOOST_EXPLAIN).is_some_and(|value| value == "1");
    permit(&caller, if explains { Action::ExplainDecision } else { Action::Decide })?;
    let request_id = name(asked.request_id.take(), &request_id)?;
    let wish = Wish {
        explains,
        minor: asked.privacy.minor_mode,
        why: why(Language::read(&headers), asked.privacy.personalized),
    };
    let tenant = caller.0.actor.tenant;
    let mut shown = Vec::new();
    let mut placements = Vec::new();
    for mut ask in asked.asks(api.app(), tenant)? {
        // One page does not show a room or video twice.
        ask.excluded_contents.extend_from_slice(&shown);
        placements.push(answer(&api, &caller, ask, &wish, &mut shown));
    }
    Ok(Json(DecisionResponse { request_id, ttl_seconds: TTL_SECONDS, placements }))
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// What holds for every placement of a request.
struct Wish {
    explains: bool,
    minor: bool,
    why: &'static str,
}

fn permit(caller: &Caller, action: Action) -> Result<(), Problem> {
    let actor = &caller.0.actor;
    let tenant = Owned { tenant: actor.tenant, owner: PartyId::new(0), co_owner: None };
    actor.may(action, &tenant)?;
    match caller.0.credential {
        Credential::ApiKey { kind: ApiKeyKind::Publishable, .. } => {
            Err(Problem::new(Code::AccessForbidden).with_detail("a publishable key reports events and nothing else"))
        }
        Credential::ApiKey { .. } | Credential::Session { .. } => Ok(()),
    }
}

fn name(given: Option<String>, own: &RequestId) -> Result<String, Problem> {
    match given {
        Some(name) if name.is_empty() || name.chars().count() > NAME_LENGTH_MAX => {
            Err(Problem::new(Code::RequestInvalid)
                .with_error("/request_id", "the name of a request has 1 to 128 characters"))
        }
        Some(name) => Ok(name),
        None => Ok(own.to_string()),
    }
}

fn answer(api: &Api, caller: &Caller, ask: DecisionAsk, wish: &Wish, shown: &mut Vec<ContentId>) -> PlacementView {
    let tenant = caller.0.actor.tenant;
    let refused = wish.minor.then_some("minor_mode");
    let mut view =
        PlacementView { id: String::new(), no_fill_reason: refused, decisions: Vec::new(), explanation: None };
    if wish.explains {
        let explained = if refused.is_none() { api.app().explain(tenant, &ask) } else { Vec::new() };
        view.explanation = Some(explained.iter().map(ExplainedView::from).collect());
    } else if refused.is_none() {
        let DecisionAnswer { shown: won, no_fill } = api.app().decide(tenant, &ask);
        count(api, ask.slots.len(), won.len());
        shown.extend(won.iter().map(|item| item.content));
        view.no_fill_reason = no_fill;
        view.decisions = won.into_iter().zip(1..).map(|(item, rank)| decision_view(item, rank, wish.why)).collect();
    }
    view.id = ask.placement;
    view
}

fn count(api: &Api, slots: usize, filled: usize) {
    let add = |fill: Fill, count: usize| {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        api.metrics().slots_decided.get_or_create(&FillLabels { fill }).inc_by(count);
    };
    add(Fill::Filled, filled);
    add(Fill::Empty, slots.saturating_sub(filled));
}

fn decision_view(item: Shown, rank: usize, why: &'static str) -> DecisionView {
    let Shown { decision, position, order, content, external_id, creator, token, expires_at } = item;
    DecisionView {
        decision_id: decision.into(),
        rank,
        position,
        entity: ShownEntityView {
            kind: content.kind(),
            id: content.to_string(),
            external_id,
            creator_id: creator.into(),
        },
        boost_id: order.into(),
        label: "广告",
        why,
        natural: false,
        tracking_token: token,
        expires_at: expires_at.into(),
    }
}

const fn why(language: Language, personalized: bool) -> &'static str {
    match (language, personalized) {
        (Language::Chinese, true) => {
            "这是付费推广的内容。平台根据你的设备、地区和兴趣等信息为你选择了它，你可以选择不再看到此类内容。"
        }
        (Language::Chinese, false) => "这是付费推广的内容。你已关闭个性化推荐，选择它时没有使用你的个人信息。",
        (Language::English, true) => {
            "Somebody paid to promote this. It was chosen by what the platform knows of your device, region and \
             interests; you can choose not to see it again."
        }
        (Language::English, false) => {
            "Somebody paid to promote this. Personalisation is off: nothing about you chose it."
        }
    }
}

impl From<&Explained> for ExplainedView {
    fn from(explained: &Explained) -> Self {
        let auctions = explained.auctions.iter().map(|auction| ExplainedAuctionView {
            slot: auction.slot + 1,
            bid: CostView::new(auction.bid, explained.currency),
            rate_billionths: auction.rate_billionths,
            price_to_win: CostView::new(auction.price_to_win, explained.currency),
            lost_by: auction.loss,
        });
        Self {
            boost_id: explained.order.into(),
            entity_type: explained.content.kind(),
            entity_id: explained.content.to_string(),
            filtered_by: explained.refusal,
            auctions: auctions.collect(),
        }
    }
}
