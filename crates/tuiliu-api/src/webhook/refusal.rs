//! What the refusals of this column mean to a client.

use tuiliu_app::webhook::{CreateEndpointError, ReplayRefusal};
use tuiliu_domain::webhook::{ChangeEndpointError, EndpointUrlError};

use crate::code::Code;
use crate::problem::Problem;

fn at(code: Code, pointer: &str, refusal: impl std::fmt::Display) -> Problem {
    Problem::new(code).with_error(pointer, format!("failed to {refusal}"))
}

impl From<CreateEndpointError> for Problem {
    fn from(refusal: CreateEndpointError) -> Self {
        match &refusal {
            CreateEndpointError::Change(ChangeEndpointError::Url(EndpointUrlError::Private)) => {
                at(Code::WebhookPrivateAddress, "/url", refusal)
            }
            CreateEndpointError::Change(ChangeEndpointError::Url(_)) => at(Code::RequestInvalid, "/url", refusal),
            CreateEndpointError::Change(ChangeEndpointError::BadDescription { .. }) => {
                at(Code::RequestInvalid, "/description", refusal)
            }
            CreateEndpointError::TooMany { .. } => {
                Self::new(Code::WebhookTooManyEndpoints).with_detail(format!("failed to {refusal}"))
            }
            CreateEndpointError::BadOverlap { .. } => at(Code::RequestInvalid, "/overlap_hours", refusal),
            CreateEndpointError::Changed => Self::new(Code::RequestVersionConflict),
            CreateEndpointError::AskAgain(refusal) => (*refusal).into(),
        }
    }
}

impl From<ReplayRefusal> for Problem {
    fn from(refusal: ReplayRefusal) -> Self {
        match refusal {
            ReplayRefusal::Disabled => {
                Self::new(Code::WebhookEndpointDisabled).with_detail(format!("failed to {refusal}"))
            }
        }
    }
}
