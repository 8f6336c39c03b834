use super::*;
use crate::time::DAY_MS;

const NOW: Timestamp = Timestamp::from_ms(10 * DAY_MS);

fn content(title: &str) -> VideoContent {
    VideoContent {
        title: title.to_owned(),
        category: "food".to_owned(),
        visibility: Visibility::Public,
        duration_ms: 15_000,
        goods: None,
    }
}

fn report(title: &str, published: Option<i64>, removed: Option<i64>) -> VideoReport {
    let at = |day: i64| Timestamp::from_ms(day * DAY_MS);
    VideoReport { content: content(title), published_at: published.map(at), removed_at: removed.map(at) }
}

fn new(external_id: &str) -> NewVideo {
    NewVideo {
        id: VideoId::new(1),
        tenant: TenantId::new(2),
        creator: PartyId::new(3),
        external_id: external_id.to_owned(),
    }
}

/// Tells the reports one after the other; what comes out is the state and the events, or the refusal.
fn told(reports: &[VideoReport]) -> Result<String, TellVideoError> {
    let (first, rest) = reports.split_first().unwrap();
    let mut outcome = Video::begin(new("v-1"), first.clone(), NOW)?;
    for report in rest {
        let before = outcome.events;
        let Outcome { state, events, .. } = outcome.state.tell(report.clone(), NOW)?;
        outcome = Outcome { state, postings: Vec::new(), events: before.into_iter().chain(events).collect() };
    }
    let events: Vec<&str> = outcome.events.iter().map(Event::name).collect();
    Ok(format!("{} v{}: {}", outcome.state.state.name(), outcome.state.content_version, events.join(" ")))
}

#[test]
fn what_is_told_of_a_video_is_followed_and_repeats_change_nothing() {
    let draft = report("bread in ten minutes", None, None);
    let out = report("bread in ten minutes", Some(5), None);
    let renamed = report("bread in nine minutes", Some(5), None);
    let removed = report("bread in nine minutes", Some(5), Some(9));
    let cases = [
        (vec![draft.clone()], "draft v1: video.registered"),
        (vec![out.clone()], "published v1: video.registered video.published"),
        (vec![draft.clone(), out.clone(), out.clone()], "published v1: video.registered video.published"),
        (
            vec![out.clone(), renamed.clone(), removed.clone(), removed.clone()],
            "removed v2: video.registered video.published video.content_changed video.removed",
        ),
    ];
    for (reports, expected) in cases {
        assert_eq!(told(&reports).unwrap(), expected);
    }
    let refusals = [
        (vec![out.clone(), draft], "take back the publication of a video"),
        (vec![removed, out], "change a video that was removed"),
    ];
    for (reports, expected) in refusals {
        assert_eq!(told(&reports).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_video_that_cannot_be_is_refused() {
    let refused = |report| Video::begin(new("v-1"), report, NOW).unwrap_err();
    assert_eq!(refused(report("", None, None)), TellVideoError::Empty { field: "title" });
    let long = VideoContent { duration_ms: 0, ..content("bread") };
    let report_of = |content| VideoReport { content, published_at: None, removed_at: None };
    assert!(matches!(refused(report_of(long)), TellVideoError::BadDuration { duration_ms: 0, .. }));
    assert!(matches!(refused(report("bread", Some(11), None)), TellVideoError::InFuture { .. }));
    let nameless = Video::begin(new(" "), report("bread", None, None), NOW).unwrap_err();
    assert_eq!(nameless, TellVideoError::Empty { field: "external_id" });
}
