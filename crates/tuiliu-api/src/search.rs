//! Search: one box for everything that staff look for.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tuiliu_app::search::{Found, FoundKind, SearchRefusal};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::words::words;
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::params::Query;
use crate::problem::Problem;

words! {
    /// What was found.
    FoundKindView of FoundKind, "FoundKind";
}

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// A whole id; or a part of a name, of a title or of the host's own id.
    #[param(min_length = 1, max_length = 200, example = "深夜食堂")]
    text: String,
}

/// One thing that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Found)]
pub(crate) struct FoundView {
    kind: FoundKindView,
    #[schema(example = "po_01kah2qm7ke8c9b5t0d4zqv3xw")]
    id: String,
    /// What people call it; empty where it has no name.
    title: String,
    /// Where it is in its life, or what it is; empty where there is nothing to say.
    state: String,
}

/// What was found; the best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchAnswer {
    data: Vec<FoundView>,
}

/// Finds things of the tenant for its staff. Ids are looked for among all; names among the newest 20 000 of each kind.
#[utoipa::path(
    get, path = "/v1/search", tag = "search", params(SearchQuery), responses((status = 200, body = SearchAnswer))
)]
async fn search(
    State(api): State<Api>,
    caller: Caller,
    Query(SearchQuery { text }): Query<SearchQuery>,
) -> Result<Json<SearchAnswer>, Problem> {
    let found = api.app().search(caller.0.actor.clone(), text).await?;
    Ok(Json(SearchAnswer { data: found.into_iter().map(FoundView::from).collect() }))
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        let Found { kind, id, title, state } = found;
        Self { kind: kind.into(), id, title, state }
    }
}

impl From<SearchRefusal> for Problem {
    fn from(refusal: SearchRefusal) -> Self {
        Self::new(Code::RequestInvalidQuery).with_detail(format!("failed to {refusal}"))
    }
}
