//! Impression tokens: what a host shows back to prove an impression, sealed so that it can neither be read nor made up.

mod base64url;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;
use tuiliu_domain::id::{ContentId, DecisionId, Id, PromotionOrderId, TenantId};
use tuiliu_domain::limits::TOKEN_KEYS_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::promotion::Goal;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::viewer::{TRAITS_BYTES, ViewerTraits};

const VERSION: &str = "t2";
const HEADER: usize = 4 + NONCE;
const NONCE: usize = 24;
const TAG: usize = 16;
const CLAIMS: usize = 16 * 5 + 1 + 8 + 1 + 8 * 3 + 4 + 8 + TRAITS_BYTES;
const SEALED: usize = HEADER + CLAIMS + TAG;

/// What an impression token says (DL-01); the price stays hidden from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Unique: the token is good for one impression.
    pub decision: DecisionId,
    pub tenant: TenantId,
    pub order: PromotionOrderId,
    pub content: ContentId,
    pub viewer_hash: u128,
    pub placement_hash: u64,
    pub goal: Goal,
    /// Price per result.
    pub price: Micros,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    /// The node whose lease promised the price.
    pub node: u32,
    /// The fencing epoch of that lease.
    pub epoch: u64,
    /// What the host told of the viewer when it was decided.
    pub traits: ViewerTraits,
}

/// A secret for sealing and opening tokens.
#[derive(Clone)]
pub struct TokenKey {
    /// Stands in each token that was sealed with it.
    pub id: u32,
    secret: [u8; 32],
    /// Makes nonces; derived once, for each token needs it.
    nonce_secret: [u8; 32],
}

impl TokenKey {
    /// The key with this id and secret.
    #[must_use]
    pub fn new(id: u32, secret: [u8; 32]) -> Self {
        Self { id, secret, nonce_secret: blake3::derive_key("tuiliu impression token nonce 2026", &secret) }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.secret.into())
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a set of keys was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenKeysError {
    #[error("hold no token key")]
    Empty,
    #[error("hold {count} token keys of at most {max}")]
    TooMany { count: usize, max: usize },
    #[error("hold two token keys with the id {id}")]
    IdTwice { id: u32 },
}

/// The keys in use: the first seals, all open. A new key goes first, the old one stays until its tokens expired.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    keys: Vec<TokenKey>,
}

impl TokenKeys {
    /// The keys, the one that seals first.
    pub fn try_new(keys: Vec<TokenKey>) -> Result<Self, TokenKeysError> {
        if keys.is_empty() {
            return Err(TokenKeysError::Empty);
        }
        if keys.len() > TOKEN_KEYS_MAX {
            return Err(TokenKeysError::TooMany { count: keys.len(), max: TOKEN_KEYS_MAX });
        }
        for (nth, key) in keys.iter().enumerate() {
            if keys[..nth].iter().any(|other| other.id == key.id) {
                return Err(TokenKeysError::IdTwice { id: key.id });
            }
        }
        Ok(Self { keys })
    }
}

/// Why a token proves nothing. Whatever it is, the event is never billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not the shape of a token.
    #[error("read an impression token")]
    Malformed,
    /// Sealed with a key that is not in use (any more).
    #[error("open an impression token sealed with the unknown key {id}")]
    UnknownKey { id: u32 },
    /// Not sealed by this platform, or changed since.
    #[error("open an impression token that was forged")]
    Forged,
    /// Genuine, but its time is over.
    #[error("take an impression token that has expired")]
    Expired,
}

/// The token that carries these claims, as text.
///
/// The nonce is the decision id and a keyed hash of the claims, so the same nonce never seals two contents,
/// even if a decision is sealed again after a retry.
#[must_use]
pub fn seal(keys: &TokenKeys, claims: &Claims) -> String {
    let key = &keys.keys[0];
    let plain = claims.to_bytes();
    let nonce = nonce(key, claims.decision, &plain);
    let id = key.id.to_be_bytes();
    let sealed = key
        .cipher()
        .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &associated(id) })
        .expect("a few hundred bytes can always be sealed");
    let mut bytes = Vec::with_capacity(SEALED);
    bytes.extend(id);
    bytes.extend(nonce);
    bytes.extend(sealed);
    format!("{VERSION}.{}", base64url::encode(&bytes))
}

/// The claims of a token, if it is genuine and in time.
pub fn open(keys: &TokenKeys, text: &str, now: Timestamp) -> Result<Claims, TokenError> {
    let claims = unseal(keys, text)?;
    if claims.expires_at <= now { Err(TokenError::Expired) } else { Ok(claims) }
}

/// The claims of a genuine token, whatever the time: an impression must be in time, what follows it may be late.
pub fn unseal(keys: &TokenKeys, text: &str) -> Result<Claims, TokenError> {
    let body = text.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.')).ok_or(TokenError::Malformed)?;
    // Refuse by length first, so that a long text costs nothing.
    if body.len() != base64url::encoded_length(SEALED) {
        return Err(TokenError::Malformed);
    }
    let bytes = base64url::decode(body).ok_or(TokenError::Malformed)?;
    let (id, rest) = bytes.split_first_chunk::<4>().ok_or(TokenError::Malformed)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(TokenError::Malformed)?;
    let key_id = u32::from_be_bytes(*id);
    let key = keys.keys.iter().find(|key| key.id == key_id).ok_or(TokenError::UnknownKey { id: key_id })?;
    let plain = key
        .cipher()
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &associated(*id) })
        .map_err(|_refused| TokenError::Forged)?;
    Claims::from_bytes(&plain).ok_or(TokenError::Malformed)
}

fn associated(key_id: [u8; 4]) -> [u8; 6] {
    let [a, b, c, d] = key_id;
    [b't', b'2', a, b, c, d]
}

fn nonce(key: &TokenKey, decision: DecisionId, plain: &[u8]) -> [u8; NONCE] {
    let hash = blake3::keyed_hash(&key.nonce_secret, plain);
    let mut nonce = [0; NONCE];
    nonce[..16].copy_from_slice(&decision.bytes());
    nonce[16..].copy_from_slice(&hash.as_bytes()[..NONCE - 16]);
    nonce
}

impl Claims {
    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CLAIMS);
        bytes.extend(self.decision.bytes());
        bytes.extend(self.tenant.bytes());
        bytes.extend(self.order.bytes());
        bytes.push(kind_number(self.content));
        bytes.extend(self.content.bytes());
        bytes.extend(self.viewer_hash.to_be_bytes());
        bytes.extend(self.placement_hash.to_be_bytes());
        bytes.push(goal_number(self.goal));
        bytes.extend(self.price.get().to_be_bytes());
        bytes.extend(self.issued_at.ms().to_be_bytes());
        bytes.extend(self.expires_at.ms().to_be_bytes());
        bytes.extend(self.node.to_be_bytes());
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.traits.to_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let claims = Self {
            decision: DecisionId::from_bytes(take(&mut rest)?),
            tenant: TenantId::from_bytes(take(&mut rest)?),
            order: PromotionOrderId::from_bytes(take(&mut rest)?),
            content: take::<1>(&mut rest).and_then(|[number]| content_from(number, take(&mut rest)?))?,
            viewer_hash: u128::from_be_bytes(take(&mut rest)?),
            placement_hash: u64::from_be_bytes(take(&mut rest)?),
            goal: take::<1>(&mut rest).and_then(|[number]| goal_from_number(number))?,
            price: Micros::new(i64::from_be_bytes(take(&mut rest)?)),
            issued_at: Timestamp::from_ms(i64::from_be_bytes(take(&mut rest)?)),
            expires_at: Timestamp::from_ms(i64::from_be_bytes(take(&mut rest)?)),
            node: u32::from_be_bytes(take(&mut rest)?),
            epoch: u64::from_be_bytes(take(&mut rest)?),
            traits: ViewerTraits::from_bytes(take(&mut rest)?),
        };
        rest.is_empty().then_some(claims)
    }
}

/// The number of a kind of content in tokens; never renumbered.
const fn kind_number(content: ContentId) -> u8 {
    match content {
        ContentId::Room(_) => 1,
        ContentId::Video(_) => 2,
    }
}

fn content_from(number: u8, bytes: [u8; 16]) -> Option<ContentId> {
    match number {
        1 => Some(ContentId::Room(Id::from_bytes(bytes))),
        2 => Some(ContentId::Video(Id::from_bytes(bytes))),
        _ => None,
    }
}

/// The number of a goal in tokens; never renumbered.
const fn goal_number(goal: Goal) -> u8 {
    match goal {
        Goal::Viewers => 1,
        Goal::Interactions => 2,
        Goal::Follows => 3,
        Goal::ProductClicks => 4,
        Goal::Comments => 5,
        Goal::Sales => 6,
        Goal::Purchases => 7,
        Goal::ContentInterest => 8,
        Goal::ProfileVisits => 9,
    }
}

fn goal_from_number(number: u8) -> Option<Goal> {
    Goal::ALL.iter().copied().find(|goal| goal_number(*goal) == number)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk::<N>()?;
    *rest = others;
    Some(*first)
}

#[cfg(test)]
mod tests;
