//! A table of videos and what was read of their plays.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use csv::{Reader, StringRecord};
use tuiliu_domain::time::Timestamp;
use tuiliu_measure::quote::{CreatorVideos, GrowthCurve, Reading, Video};

/// Names of a column, ours first; the others are those of a public platform's own export.
const CREATOR: &[&str] = &["creator", "channelTitle"];
const PUBLISHED_AT: &[&str] = &["published_at", "publishedAt"];
const PLAYS: &[&str] = &["plays", "viewCount"];
const OBSERVED_AT: &[&str] = &["observed_at"];
const VIDEO: &[&str] = &["video_id"];

/// A table as quotes need it.
#[derive(Debug)]
pub(super) struct History {
    pub(super) creators: Vec<Creator>,
    /// The latest instant that the table tells of.
    pub(super) latest: Timestamp,
}

/// A creator's videos with their 14-day plays.
#[derive(Debug)]
pub(super) struct Creator {
    pub(super) name: String,
    pub(super) videos: CreatorVideos,
    /// Videos too young for the growth that is known.
    pub(super) left_out: usize,
}

/// Where the table has what.
#[derive(Debug)]
struct Columns {
    creator: usize,
    published_at: usize,
    plays: usize,
    observed_at: Option<usize>,
    video: Option<usize>,
}

/// Videos of each creator by when they were published and what they are called.
type Videos = BTreeMap<String, BTreeMap<(Timestamp, String), Vec<Reading>>>;

/// Reads a table.
pub(super) fn read(path: &Path) -> Result<History> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| format!("failed to open `{}`", path.display()))?)
    };
    let mut reader = Reader::from_reader(input);
    let columns = reader.headers().map_err(anyhow::Error::from).and_then(Columns::of);
    let columns = columns.with_context(|| format!("failed to read `{}`, line 1", path.display()))?;
    let (mut videos, mut record) = (Videos::new(), StringRecord::new());
    let mut latest = Timestamp::from_ms(i64::MIN);
    while reader.read_record(&mut record).with_context(|| format!("failed to read `{}`", path.display()))? {
        let line = record.position().map_or(0, csv::Position::line);
        let row = columns.row(&record).with_context(|| format!("failed to read `{}`, line {line}", path.display()))?;
        latest = latest.max(row.published_at).max(row.reading.at);
        let creator = videos.entry(row.creator).or_default();
        creator.entry((row.published_at, row.video)).or_default().push(row.reading);
    }
    let is_dated = columns.observed_at.is_some();
    Ok(History { creators: creators(videos, latest, is_dated), latest })
}

/// The 14-day plays of all videos; without dates of reading, plays are taken as those at 14 days.
fn creators(videos: Videos, latest: Timestamp, is_dated: bool) -> Vec<Creator> {
    let own = |readings: &mut Vec<Reading>, published_at: Timestamp| {
        readings.sort_unstable();
        Video { published_at, readings: std::mem::take(readings) }
    };
    let by_creator = videos.into_iter().map(|(name, mut videos)| {
        let videos: Vec<Video> = videos.iter_mut().map(|((at, _), readings)| own(readings, *at)).collect();
        (name, videos)
    });
    let by_creator: Vec<(String, Vec<Video>)> = by_creator.collect();
    let curve = if is_dated {
        let all: Vec<Video> = by_creator.iter().flat_map(|(_, videos)| videos.iter().cloned()).collect();
        GrowthCurve::fit(&all)
    } else {
        GrowthCurve::unknown()
    };
    let creator = |(name, videos): (String, Vec<Video>)| {
        let count = videos.len();
        let log_plays = |video: &Video| if is_dated { curve.matured(video, latest) } else { video.log_plays_read() };
        let known = videos.iter().filter_map(|video| Some((video.published_at, log_plays(video)?)));
        let known: Vec<(Timestamp, f64)> = known.collect();
        let left_out = count - known.len();
        Creator { name, videos: CreatorVideos { videos: known }, left_out }
    };
    by_creator.into_iter().map(creator).collect()
}

/// One row of the table.
struct Row {
    creator: String,
    video: String,
    published_at: Timestamp,
    reading: Reading,
}

impl Columns {
    fn of(head: &StringRecord) -> Result<Self> {
        let find = |names: &[&str]| head.iter().position(|cell| names.contains(&cell.trim()));
        let need = |names: &[&str]| find(names).with_context(|| format!("there is no column `{}`", names[0]));
        Ok(Self {
            creator: need(CREATOR)?,
            published_at: need(PUBLISHED_AT)?,
            plays: need(PLAYS)?,
            observed_at: find(OBSERVED_AT),
            video: find(VIDEO),
        })
    }

    fn row(&self, record: &StringRecord) -> Result<Row> {
        let creator = record[self.creator].trim().to_owned();
        ensure!(!creator.is_empty(), "column `creator` is empty");
        let published_at = instant(&record[self.published_at])?;
        let plays = record[self.plays].trim();
        let plays = plays.parse().map_err(|_| bad(plays, "no number of plays"))?;
        let at = self.observed_at.map_or(Ok(published_at), |column| instant(&record[column]))?;
        ensure!(at >= published_at, "it was observed before it was published");
        let video = self.video.map_or_else(String::new, |column| record[column].trim().to_owned());
        Ok(Row { creator, video, published_at, reading: Reading { at, plays } })
    }
}

fn instant(text: &str) -> Result<Timestamp> {
    let text = text.trim();
    let instant =
        text.parse::<jiff::Timestamp>().map_err(|_| bad(text, "no instant such as `2026-01-31T08:00:00Z`"))?;
    Ok(Timestamp::from_ms(instant.as_millisecond()))
}

/// An instant as the table writes it.
pub(super) fn text(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.ms()).map_or_else(|_| at.ms().to_string(), |at| at.to_string())
}

fn bad(text: &str, complaint: impl Display) -> anyhow::Error {
    anyhow!("`{text}` is {complaint}")
}
