use tuiliu_domain::video::{NewVideo, VideoReport};

use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn content(title: &str, goods: Option<Goods>) -> VideoContent {
    VideoContent {
        title: title.to_owned(),
        category: "bakery".to_owned(),
        visibility: Visibility::Public,
        duration_ms: 15_000,
        goods,
    }
}

fn told(id: u128, creator: PartyId) -> Video {
    let new = NewVideo { id: VideoId::new(id), tenant: OURS, creator, external_id: format!("v{id}") };
    let report = VideoReport { content: content("面包十分钟", None), published_at: None, removed_at: None };
    Video::begin(new, report, at(1)).unwrap().state
}

#[test]
fn a_video_comes_back_as_it_was_in_every_state() {
    on_both(|store| {
        let goods = Some(Goods { external_id: "sku-1".to_owned(), approved: true });
        let reports = [
            (content("面包十分钟", None), Some(at(2)), None),
            (content("面包九分钟", goods.clone()), Some(at(2)), None),
            (content("面包九分钟", goods), Some(at(2)), Some(at(9))),
        ];
        store.write_now::<_, StoreError>(|tx| tx.insert_video(&told(1, MAY))).unwrap();
        let mut video = told(1, MAY);
        for (content, published_at, removed_at) in reports {
            video = video.tell(VideoReport { content, published_at, removed_at }, at(10)).unwrap().state;
            let written = video.clone();
            let read = store.write_now::<_, StoreError>(move |tx| {
                tx.update_video(&written)?;
                tx.video(written.id)
            });
            video.version += 1;
            assert_eq!(read.unwrap(), Some(video.clone()));
        }
        let found = store.write_now::<_, StoreError>(|tx| tx.video_by_external_id(OURS, "v1")).unwrap();
        assert_eq!(found, Some(video));
    });
}

#[test]
fn videos_are_found_by_tenant_and_creator_newest_first() {
    on_both(|store| {
        let ids = |videos: Vec<Video>| videos.into_iter().map(|video| video.id.value()).collect::<Vec<_>>();
        let pages = store.write_now::<_, StoreError>(move |tx| {
            for (id, creator) in [(1, MAY), (2, PartyId::new(12)), (3, MAY)] {
                tx.insert_video(&told(id, creator))?;
            }
            let all = tx.videos(OURS, None, 2)?;
            let rest = tx.videos(OURS, Some(VideoId::new(2)), 2)?;
            Ok((all, rest, tx.videos_of(OURS, MAY, None, 9)?, tx.videos(TenantId::new(2), None, 9)?))
        });
        let (all, rest, mine, theirs) = pages.unwrap();
        assert_eq!((ids(all), ids(rest), ids(mine), ids(theirs)), (vec![3, 2], vec![1], vec![3, 1], vec![]));
        let twice =
            store.write_now::<_, StoreError>(|tx| tx.insert_video(&Video { id: VideoId::new(9), ..told(1, MAY) }));
        assert!(matches!(twice, Err(StoreError::Duplicate)), "{twice:?}");
    });
}
