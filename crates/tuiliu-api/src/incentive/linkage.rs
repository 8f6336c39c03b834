//! Marks by which accounts can be known again, and the links that follow from them.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tuiliu_app::incentive::{AccountLinks, ReportMarks};
use tuiliu_domain::id::PartyId;
use tuiliu_domain::incentive::{Link, Mark, MarkKind};
use utoipa::ToSchema;

use super::words::MarkKindView;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::views::{IncentiveApplicationIdView, PartyIdView};

/// Keyed hashes (HMAC-SHA256 or the like, 64 hexadecimal digits, under a key that only the host knows) of what an
/// account can be known by. Send no personal data. Of each kind that is named these take the place of what was told
/// before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountMarksBody {
    device: Option<Vec<String>>,
    payout_account: Option<Vec<String>>,
    identity: Option<Vec<String>>,
    address: Option<Vec<String>>,
    /// Names of groups that the host's own detection found acting together.
    coordinated_behaviour: Option<Vec<String>>,
}

/// What links an account to others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountLinks)]
pub(crate) struct AccountLinksView {
    party_id: PartyIdView,
    /// Strongest first.
    links: Vec<LinkView>,
    /// The accounts that count as one with it, itself included.
    cluster: Vec<PartyIdView>,
    /// Those of them that a cold start helped, or will when it is approved.
    helped: Vec<HelpedView>,
}

/// Two accounts that share something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountLink)]
pub(crate) struct LinkView {
    other_id: PartyIdView,
    /// How sure it is that both are one operator's, in thousandths.
    score_permille: i64,
    /// What they share.
    evidence: Vec<MarkView>,
}

/// Something that two accounts share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountMark)]
pub(crate) struct MarkView {
    kind: MarkKindView,
    /// The host's own hash.
    hash: String,
}

/// An account that was helped.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HelpedAccount)]
pub(crate) struct HelpedView {
    party_id: PartyIdView,
    application_id: IncentiveApplicationIdView,
}

/// A page of accounts that share something with others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountLinksList {
    data: Vec<AccountLinksView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Tells by which hashes an account can be known again.
#[utoipa::path(
    put, path = "/v1/account-marks/{party}", tag = "incentives", params(("party" = PartyIdView, Path)),
    request_body = AccountMarksBody, responses((status = 204))
)]
pub(super) async fn report_account_marks(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
    Json(body): Json<AccountMarksBody>,
) -> Result<StatusCode, Problem> {
    api.app().report_marks(caller.0.actor.clone(), body.command(party.0.0)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads what links an account to others, with the evidence.
#[utoipa::path(
    get, path = "/v1/account-links/{party}", tag = "incentives", params(("party" = PartyIdView, Path)),
    responses((status = 200, body = AccountLinksView))
)]
pub(super) async fn read_account_links(
    State(api): State<Api>,
    caller: Caller,
    party: Path<PartyIdView>,
) -> Result<Json<AccountLinksView>, Problem> {
    Ok(Json(api.app().account_links(caller.0.actor.clone(), party.0.0).await?.into()))
}

/// Lists accounts that share something with others, in the order of their ids.
#[utoipa::path(
    get, path = "/v1/account-links", tag = "incentives", params(PageQuery),
    responses((status = 200, body = AccountLinksList))
)]
pub(super) async fn list_account_links(
    State(api): State<Api>,
    caller: Caller,
    page: Page,
) -> Result<Json<AccountLinksList>, Problem> {
    let found = api.app().linked_accounts(caller.0.actor.clone(), (page.after_id()?, page.limit_wanted())).await?;
    let Cut { rows, next_cursor, has_more } = page.cut(found, |seen| Cursor::of_id(seen.party));
    Ok(Json(AccountLinksList { data: rows.into_iter().map(AccountLinksView::from).collect(), next_cursor, has_more }))
}

impl AccountMarksBody {
    fn command(self, party: PartyId) -> Result<ReportMarks, Problem> {
        let Self { device, payout_account, identity, address, coordinated_behaviour } = self;
        let named = [
            (MarkKind::Device, device),
            (MarkKind::PayoutAccount, payout_account),
            (MarkKind::Identity, identity),
            (MarkKind::Address, address),
            (MarkKind::CoordinatedBehaviour, coordinated_behaviour),
        ];
        let mut marks = Vec::new();
        for (kind, hashes) in named {
            let Some(hashes) = hashes else { continue };
            let read = hashes.iter().enumerate().map(|(place, text)| {
                read_hash(text).ok_or_else(|| {
                    let pointer = format!("/{}/{place}", kind.code());
                    Problem::new(Code::RequestInvalid).with_error(pointer, "a hash is 64 hexadecimal digits")
                })
            });
            marks.push((kind, read.collect::<Result<_, _>>()?));
        }
        Ok(ReportMarks { party, marks })
    }
}

fn read_hash(text: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(text).ok().map(|hash| *hash.as_bytes())
}

fn hexadecimal(hash: [u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

impl From<AccountLinks> for AccountLinksView {
    fn from(seen: AccountLinks) -> Self {
        let AccountLinks { party, links, cluster, helped } = seen;
        Self {
            party_id: party.into(),
            links: links.into_iter().map(|link| LinkView::of(party, link)).collect(),
            cluster: cluster.into_iter().map(PartyIdView::from).collect(),
            helped: helped
                .into_iter()
                .map(|(party, application)| HelpedView { party_id: party.into(), application_id: application.into() })
                .collect(),
        }
    }
}

impl LinkView {
    fn of(party: PartyId, link: Link) -> Self {
        let Link { one, other, score_permille, shared } = link;
        let mark = |Mark { kind, hash }: Mark| MarkView { kind: kind.into(), hash: hexadecimal(hash) };
        let other_id = if one == party { other } else { one };
        Self { other_id: other_id.into(), score_permille, evidence: shared.into_iter().map(mark).collect() }
    }
}
