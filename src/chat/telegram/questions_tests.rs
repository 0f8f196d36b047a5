//! What is asked and never answered, against the strict fake.

use jiff::SignedDuration;

use super::listen::mark;
use super::send_tests::{field, form, place, rig, trigger};
use super::tables::Questions;
use super::tests::{Gate, offer};
use crate::operations::{FieldKind, Forms as _};
use crate::sandbox::telegram::{ANA, DEV, Failure, OPS};

#[tokio::test]
async fn an_answer_that_is_never_brought_keeps_no_question_open() {
    let rig = rig().await;
    let asked = form(field("due", FieldKind::Line, false), 0);
    rig.telegram.open(&trigger(place(ANA), ANA, None), &asked).await.expect("asked");
    let question = rig.last(ANA);
    // The answer is marked, and the disk takes it at no time.
    let offer = offer(&rig.ground, "admin", &[], &[]);
    let gate = Gate::new(&rig.ground, 0..usize::MAX);
    let answered = async {
        rig.fake.say(ANA, ANA, None, "tomorrow", None).expect("said");
        loop {
            let rows = rig.ground.store.scan::<Questions>(None, 9).expect("rows");
            match rows.first() {
                Some((_, row)) if row.answered_by.is_some() => break,
                Some(_) => tokio::task::yield_now().await,
                None => panic!("the question is gone"),
            }
        }
    };
    tokio::select! {
        ended = rig.telegram.listen_into(gate, &offer, &*rig.telegram) => panic!("{ended:?}"),
        () = answered => {}
    }
    let row = rig.ground.store.scan::<Questions>(None, 9).expect("rows").pop().expect("a question");
    rig.listening(async {
        rig.clock.advance(SignedDuration::from_mins(11));
        rig.fake.until(|fake| fake.message(ANA, question.id)?.text.contains("Timed out").then_some(())).await;
        while rig.ground.store.count::<Questions>() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Nor is it kept for ever where nobody listens.
    let written = rig.ground.store.write(move |tx| {
        tx.put::<Questions>(&row.0, &row.1)?;
        mark(tx, &row.0, 7)
    });
    written.await.expect("written");
    rig.clock.advance(SignedDuration::from_hours(49));
    rig.ground.store.sweep(rig.clock.now(), 100).await.expect("swept");
    assert_eq!(rig.ground.store.count::<Questions>(), 0);
}

#[tokio::test]
async fn a_question_waits_where_telegram_asks_to() {
    let rig = rig().await;
    let asked = form(field("due", FieldKind::Line, false), 0);
    rig.fake.fail_next("sendMessage", Failure::RateLimited(5), 1);
    let trigger = trigger(place(ANA), ANA, None);
    let later = async {
        rig.fake.until(|fake| fake.requests().iter().any(|one| one.method == "sendMessage").then_some(())).await;
        assert_eq!(rig.fake.messages(ANA).len(), 0);
        loop {
            rig.clock.advance(SignedDuration::from_secs(1));
            rig.fake.tick();
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::select! {
        opened = rig.telegram.open(&trigger, &asked) => opened.expect("asked in the end"),
        () = later => {}
    }
    assert_eq!(rig.ground.store.count::<Questions>(), 1);
    rig.last(ANA);
}

#[tokio::test]
async fn an_anonymous_administrator_is_told_once_why_nothing_comes_of_it() {
    let rig = rig().await;
    let words = "I cannot tell who you are: switch off Remain anonymous for yourself, then try again.";
    rig.listening(async {
        rig.fake.say_anonymously(ANA, DEV, "good morning").expect("said");
        let said = rig.fake.say_anonymously(ANA, OPS, "/qd things").expect("said");
        rig.fake.until(|fake| (fake.messages(OPS).pop()?.text == words).then_some(())).await;
        assert_eq!(rig.last(OPS).reply_to, Some(said.message));
        assert_eq!(rig.last(DEV).text, "good morning");
    })
    .await;
}
