//! Documents below cards, against the strict fake.

use jiff::SignedDuration;

use super::send_tests::{place, rig_with};
use crate::delivery::Errand;
use crate::model::{Block, Card, FaultKind, Tone};
use crate::sandbox::telegram::{Failure, OPS, RateLimits};

#[tokio::test]
async fn a_card_that_grows_too_long_keeps_all_of_it_below() {
    let rig = rig_with(RateLimits::Unlimited).await;
    let files = || rig.fake.messages(OPS).into_iter().filter(|message| message.file.is_some()).collect::<Vec<_>>();
    let living = |lines: usize, status: &str| {
        let log = (0..lines).map(|line| format!("line {line} of it")).collect::<Vec<_>>().join("\n");
        Card {
            key: Some("x:1".to_owned().into()),
            ..Card::new(Tone::Bad, "Failed").block(Block::Code(log)).field("Status", status)
        }
    };
    let at = rig.posted(place(OPS), living(3, "open")).await;
    let edit = async |card: Card| rig.carry(Errand::Edit { message: at.clone(), card: Box::new(card) }).await;
    assert_eq!(edit(living(4, "open")).await.expect("edited").lost, Vec::<String>::new());
    assert_eq!(files().len(), 0, "all of it is on the card");

    // Telegram is down between the edit and its document: the attempt after it brings the document, once.
    rig.fake.fail_next("sendDocument", Failure::RateLimited(3_600), 1);
    assert!(matches!(edit(living(900, "open")).await.expect_err("later").kind, FaultKind::RateLimited { .. }));
    rig.clock.advance(SignedDuration::from_hours(2));
    rig.fake.tick();
    for _ in 0..3 {
        assert_eq!(edit(living(900, "open")).await.expect("edited").lost, Vec::<String>::new());
    }
    let [file] = files().try_into().expect("one document");
    assert_eq!(file.reply_to, at.id.parse().ok());
    let content = rig.fake.file(&file.file.expect("a file").file_id).expect("its content");
    assert!(String::from_utf8(content).expect("text").contains("line 899 of it"));

    // What does not change the text brings none; another text takes its place.
    edit(living(900, "closed")).await.expect("edited");
    assert_eq!(files().iter().map(|file| file.id).collect::<Vec<_>>(), [file.id]);
    edit(living(950, "closed")).await.expect("edited");
    let [other] = files().try_into().expect("one document");
    assert_ne!(other.id, file.id);

    // What may have arrived does not come again.
    rig.fake.fail_next("sendDocument", Failure::DropReplyAfterWork, 1);
    assert_eq!(edit(living(960, "closed")).await.expect("edited").lost.len(), 1);
    let there = files().len();
    edit(living(960, "closed")).await.expect("edited");
    assert_eq!(files().len(), there);

    // Neither does what came with the card.
    let at = rig.posted(place(OPS), living(970, "open")).await;
    let there = files().len();
    rig.carry(Errand::Edit { message: at, card: Box::new(living(970, "closed")) }).await.expect("edited");
    assert_eq!(files().len(), there);

    // An answer that takes a question's place has an end, too.
    let at = rig.posted(place(OPS), Card::new(Tone::Warning, "Sure?")).await;
    let long = Card { key: None, ..living(300, "done") };
    rig.carry(Errand::Edit { message: at.clone(), card: Box::new(long) }).await.expect("edited");
    assert_eq!(rig.last(OPS).reply_to, at.id.parse().ok());
    assert!(rig.last(OPS).file.is_some());
}
