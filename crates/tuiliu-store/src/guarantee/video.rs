//! Creators' prices and videos as the host tells of them, and readings of their plays (GB-10).

use tuiliu_domain::guarantee::{FreezeCause, LeftOut, PlaysReading};
use tuiliu_domain::id::{CreatorVideoId, PartyId, TenantId};
use tuiliu_domain::money::Amount;
use tuiliu_domain::time::Timestamp;

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

/// Whether a video can be seen, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoState {
    Visible,
    Withdrawn(FreezeCause),
}

impl VideoState {
    /// The code used in rows and in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Withdrawn(cause) => cause.code(),
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        if code == "visible" { Some(Self::Visible) } else { FreezeCause::from_code(code).map(Self::Withdrawn) }
    }
}

/// A creator's video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatorVideoRow {
    pub id: CreatorVideoId,
    pub tenant: TenantId,
    pub creator: PartyId,
    /// The host platform's own name for it.
    pub external_id: String,
    pub published_at: Timestamp,
    pub state: VideoState,
    pub changed_at: Timestamp,
    pub version: u64,
}

/// Which videos are read, newest first.
#[derive(Debug, Clone, Copy)]
pub struct VideoPage {
    pub tenant: TenantId,
    /// `None` is everybody of the tenant.
    pub creator: Option<PartyId>,
    /// Published from here …
    pub from: Timestamp,
    /// … and before this.
    pub until: Timestamp,
    pub limit: u32,
}

macro_rules! columns {
    () => {
        "id, tenant_id, creator_id, external_id, published_at, state, changed_at, version"
    };
}

statements! {
    SET_PRICE: "insert into creator_price (tenant_id, creator_id, fixed_price_fen, changed_at) values ($1, $2, $3, $4)
        on conflict (tenant_id, creator_id) do update
        set fixed_price_fen = excluded.fixed_price_fen, changed_at = excluded.changed_at";
    PRICE: "select fixed_price_fen from creator_price where tenant_id = $1 and creator_id = $2 /*lock*/";
    PRICED: "select p.id, p.display_name from creator_price c join party p on p.tenant_id = c.tenant_id and p.id = c.creator_id
        where c.tenant_id = $1 and c.creator_id > $2 and p.banned = 0 order by c.creator_id limit $3";
    INSERT: "insert into creator_video
        (id, tenant_id, creator_id, external_id, published_at, state, changed_at, version)
        values ($1, $2, $3, $4, $5, $6, $7, 1)";
    FIND: concat!("select ", columns!(), " from creator_video where tenant_id = $1 and id = $2");
    OF_EXTERNAL: concat!("select ", columns!(), " from creator_video
        where tenant_id = $1 and external_id = $2 /*lock*/");
    OF_CREATOR: concat!("select ", columns!(), " from creator_video
        where tenant_id = $1 and creator_id = $2 and published_at >= $3 and published_at < $4
        order by published_at desc, id desc limit $5");
    OF_TENANT: concat!("select ", columns!(), " from creator_video
        where tenant_id = $1 and published_at >= $2 and published_at < $3
        order by published_at desc, id desc limit $4");
    UPDATE: "update creator_video set state = $3, changed_at = $4, version = version + 1 where id = $1 and version = $2";
    ADD_READING: "insert into plays_reading (video_id, at, plays, machine, repeats, own_account)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (video_id, at) do update set plays = excluded.plays, machine = excluded.machine,
        repeats = excluded.repeats, own_account = excluded.own_account";
    READINGS: "select at, plays, machine, repeats, own_account from plays_reading
        where video_id = $1 order by at desc limit $2";
    LAST_READING: "select at, plays, machine, repeats, own_account from plays_reading
        where video_id = $1 and at <= $2 order by at desc limit 1";
}

impl Tx<'_> {
    /// Sets what a creator is paid for a video.
    pub fn set_creator_price(
        &mut self,
        (tenant, creator): (TenantId, PartyId),
        price: Amount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.execute_one(SET_PRICE, &[tenant.into(), creator.into(), price.into(), now.into()])
    }

    /// What a creator is paid for a video, if the host has told; who writes waits here for others who do.
    pub fn creator_price(&mut self, tenant: TenantId, creator: PartyId) -> Result<Option<Amount>, StoreError> {
        let row = self.query_one(PRICE, &[tenant.into(), creator.into()])?;
        row.map(|row| row.get(0)).transpose()
    }

    /// Creators after this one whose price is known and who are not banned, with their names, in the order of their ids.
    pub fn priced_creators(
        &mut self,
        tenant: TenantId,
        after: PartyId,
        limit: u32,
    ) -> Result<Vec<(PartyId, String)>, StoreError> {
        let rows = self.query(PRICED, &[tenant.into(), after.into(), limit.into()])?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Keeps a video that was told of for the first time.
    pub fn add_creator_video(&mut self, video: &CreatorVideoRow) -> Result<(), StoreError> {
        let CreatorVideoRow { id, tenant, creator, external_id, published_at, state, changed_at, .. } = video;
        let values = [
            (*id).into(),
            (*tenant).into(),
            (*creator).into(),
            external_id.into(),
            (*published_at).into(),
            state.code().into(),
            (*changed_at).into(),
        ];
        self.execute_one(INSERT, &values)
    }

    /// The tenant's video with this id.
    pub fn creator_video(
        &mut self,
        tenant: TenantId,
        id: CreatorVideoId,
    ) -> Result<Option<CreatorVideoRow>, StoreError> {
        self.query_one(FIND, &[tenant.into(), id.into()])?.as_ref().map(read).transpose()
    }

    /// The tenant's video with the host's own name.
    pub fn creator_video_of(
        &mut self,
        tenant: TenantId,
        external_id: &str,
    ) -> Result<Option<CreatorVideoRow>, StoreError> {
        self.query_one(OF_EXTERNAL, &[tenant.into(), external_id.into()])?.as_ref().map(read).transpose()
    }

    /// Videos published within a span, newest first.
    pub fn creator_videos(&mut self, page: VideoPage) -> Result<Vec<CreatorVideoRow>, StoreError> {
        let VideoPage { tenant, creator, from, until, limit } = page;
        let rows = match creator {
            Some(creator) => {
                let values = [tenant.into(), creator.into(), from.into(), until.into(), limit.into()];
                self.query(OF_CREATOR, &values)?
            }
            None => self.query(OF_TENANT, &[tenant.into(), from.into(), until.into(), limit.into()])?,
        };
        rows.iter().map(read).collect()
    }

    /// Writes a video's state over the version that was read.
    pub fn update_creator_video(&mut self, video: &CreatorVideoRow) -> Result<(), StoreError> {
        let CreatorVideoRow { id, state, changed_at, version, .. } = video;
        let version = i64::try_from(*version).map_err(StoreError::database)?;
        self.execute_one(UPDATE, &[(*id).into(), version.into(), state.code().into(), (*changed_at).into()])
    }

    /// Keeps a reading of a video's plays; of the same instant, the later word counts.
    pub fn add_plays_reading(&mut self, video: CreatorVideoId, reading: &PlaysReading) -> Result<(), StoreError> {
        let PlaysReading { at, plays, left_out: LeftOut { machine, repeat, own_account } } = *reading;
        let count = |number: u64| i64::try_from(number).map_err(StoreError::database);
        let values = [
            video.into(),
            at.into(),
            count(plays)?.into(),
            count(machine)?.into(),
            count(repeat)?.into(),
            count(own_account)?.into(),
        ];
        self.execute_one(ADD_READING, &values)
    }

    /// The last readings of a video, newest first.
    pub fn plays_readings(&mut self, video: CreatorVideoId, limit: u32) -> Result<Vec<PlaysReading>, StoreError> {
        self.query(READINGS, &[video.into(), limit.into()])?.iter().map(read_reading).collect()
    }

    /// The last reading of a video that was taken by this instant.
    pub fn last_plays_reading(
        &mut self,
        video: CreatorVideoId,
        by: Timestamp,
    ) -> Result<Option<PlaysReading>, StoreError> {
        self.query_one(LAST_READING, &[video.into(), by.into()])?.as_ref().map(read_reading).transpose()
    }
}

fn read(row: &Row) -> Result<CreatorVideoRow, StoreError> {
    Ok(CreatorVideoRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        creator: row.get(2)?,
        external_id: row.get(3)?,
        published_at: row.get(4)?,
        state: row.parse(5, |code: String| VideoState::from_code(&code))?,
        changed_at: row.get(6)?,
        version: row.get(7)?,
    })
}

fn read_reading(row: &Row) -> Result<PlaysReading, StoreError> {
    let left_out = LeftOut { machine: row.get(2)?, repeat: row.get(3)?, own_account: row.get(4)? };
    Ok(PlaysReading { at: row.get(0)?, plays: row.get(1)?, left_out })
}
