//! Signing in, sessions, keys, parties, and the tenant's policy.

mod api_key;
mod party;
mod policy;
mod refusal;
mod session;
pub mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(session::sign_in, session::list_sessions))
        .routes(routes!(session::sign_out))
        .routes(routes!(session::prove_session))
        .routes(routes!(session::revoke_session))
        .routes(routes!(session::read_me))
        .routes(routes!(api_key::create_api_key, api_key::list_api_keys))
        .routes(routes!(api_key::revoke_api_key))
        .routes(routes!(api_key::rotate_api_key))
        .routes(routes!(party::register_party, party::list_parties))
        .routes(routes!(party::read_party, party::change_party))
        .routes(routes!(party::set_password))
        .routes(routes!(party::consent_to_agency, party::withdraw_consent))
        .routes(routes!(policy::read_policy, policy::change_policy))
}
