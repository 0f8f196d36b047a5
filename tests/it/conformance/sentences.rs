//! The sentences, each on every platform.

use quarterdeck::app::Settings;
use quarterdeck::delivery::tables::Dead;
use quarterdeck::routing::{PlaceConfig, SubscriptionConfig};
use quarterdeck::sandbox::github::Failure as GithubFailure;
use serde_json::json;

use super::chat::{Chat, Seen, Trouble, Who, all, card, edited, question, wait_for, whisper};
use crate::conversation::{Conversation, start};
use quarterdeck::model::Clock;
use quarterdeck::stage::StageSetup;
use std::sync::Arc;

/// A stage with every platform, and one of them to look at.
async fn open(name: &str) -> (Conversation, Arc<dyn Chat>) {
    with(name, |_| {}).await
}

async fn with(name: &str, change: impl Fn(&mut Settings) + Send + Sync + 'static) -> (Conversation, Arc<dyn Chat>) {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(change);
    let on = Conversation::from(setup).await;
    let chat = all(&on).into_iter().find(|chat| chat.name() == name).unwrap();
    (on, chat)
}

/// Plays a sentence on every platform.
macro_rules! sentence {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_slack() {
                super::play::$name("slack").await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_discord() {
                super::play::$name("discord").await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_telegram() {
                super::play::$name("telegram").await;
            }
        }
    };
}

sentence!(
    /// A command is carried out, and its card stands in the room.
    a_command_is_carried_out
);
sentence!(
    /// A line of the text grammar does the same.
    a_line_of_text_does_the_same
);
sentence!(
    /// What is missing is asked for.
    a_missing_argument_is_asked_for
);
sentence!(
    /// A line addressed to the bot is carried out in the room where it was said, also where something was missing.
    a_line_to_the_bot_is_for_its_room
);
sentence!(
    /// The values of an option are offered while it is given.
    values_are_offered
);
sentence!(
    /// What destroys is confirmed first, by who asked.
    what_destroys_is_confirmed
);
sentence!(
    /// Who may not is told what would have been needed, and nobody else.
    who_may_not_is_refused
);
sentence!(
    /// A button works once; who comes second is told who was first.
    a_button_works_once
);
sentence!(
    /// A button works after a restart.
    a_button_outlives_a_restart
);
sentence!(
    /// A card is edited where it stands.
    a_card_is_edited_in_place
);
sentence!(
    /// What follows goes below the card.
    follow_ups_go_below_the_card
);
sentence!(
    /// An answer for one person is seen by that person alone.
    a_private_answer_is_private
);
sentence!(
    /// A long text is cut, and says so.
    a_long_text_is_cut_and_says_so
);
sentence!(
    /// Text from outside is only text.
    hostile_text_is_only_text
);
sentence!(
    /// A platform that asks to wait is left alone until then, also after a restart.
    a_limit_is_kept_over_a_restart
);
sentence!(
    /// A platform that is down gets its messages later.
    a_vendor_that_is_down_hears_later
);
sentence!(
    /// A message whose answer was lost is not doubled, where the platform can tell.
    a_lost_answer_doubles_nothing
);
sentence!(
    /// A card that a person deleted is posted anew when something changes.
    a_deleted_card_is_posted_anew
);
sentence!(
    /// A room without the bot degrades what is subscribed there, and says why.
    a_room_without_the_bot_is_told_of
);
sentence!(
    /// A form survives a restart in its middle.
    a_form_outlives_a_restart
);
sentence!(
    /// A confirmation survives a restart.
    a_confirmation_outlives_a_restart
);
sentence!(
    /// A place may be named as people name it.
    a_place_is_named_as_people_do
);
sentence!(
    /// A reply to a card needs not name what it is about.
    a_reply_means_its_card
);

const CREATE: &str = "github.issue.create";
const LOGIN: [(&str, &str); 2] = [("title", "Login fails"), ("repository", "acme/api")];

/// Ana has an issue opened; its card.
async fn an_issue(chat: &dyn Chat) -> Seen {
    chat.ask(Who::Ana, CREATE, &LOGIN).await;
    card(chat, "Login fails").await
}

/// A delivery that was given up: told in a channel that the bot is not in.
async fn with_a_dead_letter(name: &str) -> (Conversation, Arc<dyn Chat>, String) {
    let (mut on, chat) = with(name, |settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:C0RANDOM004".parse().unwrap(),
            source: "*".to_owned(),
            events: vec!["*".to_owned()],
        });
    })
    .await;
    on.expects_dead = true;
    on.publish(&json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "x.y" })).await;
    on.quiet().await;
    let dead = on.stage.running().unwrap().store().scan::<Dead>(None, 5).unwrap();
    let id = dead.first().map(|(id, _)| id.to_string()).unwrap();
    (on, chat, id)
}

fn dead(on: &Conversation) -> usize {
    on.stage.running().unwrap().store().scan::<Dead>(None, 5).unwrap().len()
}

/// Everything is done, and nothing broke a vendor's rules.
async fn end(mut on: Conversation, chat: &dyn Chat) {
    on.quiet().await;
    assert_eq!(chat.offences(), Vec::<String>::new());
    on.see_all();
    on.expects_dead = true;
    on.end().await;
}

/// Everything in the room and below it that is about the issue, counted.
fn cards(chat: &dyn Chat) -> usize {
    chat.said().iter().filter(|seen| seen.text.contains("#1 Login fails") && !seen.buttons.is_empty()).count()
}

mod play {
    use super::*;

    pub(super) async fn a_command_is_carried_out(name: &str) {
        let (on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        assert!(card.text.contains("acme/api#1"), "{}", card.text);
        assert!(card.buttons.iter().any(|button| button == "Close"), "{:?}", card.buttons);
        assert_eq!(on.stage.github.issue("acme/api", 1).unwrap()["title"], "Login fails");
        end(on, &*chat).await;
    }

    pub(super) async fn a_line_of_text_does_the_same(name: &str) {
        let (on, chat) = open(name).await;
        chat.line(Who::Ana, "github issue create Login fails --repository acme/api").await;
        assert!(card(&*chat, "Login fails").await.text.contains("acme/api#1"));
        end(on, &*chat).await;
    }

    pub(super) async fn a_missing_argument_is_asked_for(name: &str) {
        let (on, chat) = open(name).await;
        chat.line(Who::Ana, "github issue create --repository acme/api").await;
        on.quiet().await;
        chat.fill(Who::Ana, &[("Title", "Login fails")]).await;
        assert!(card(&*chat, "Login fails").await.text.contains("acme/api#1"));
        end(on, &*chat).await;
    }

    pub(super) async fn a_line_to_the_bot_is_for_its_room(name: &str) {
        let (on, chat) = open(name).await;
        chat.address(Who::Ana, "github issue create Login fails --repository acme/api").await;
        assert!(card(&*chat, "Login fails").await.text.contains("acme/api#1"));
        on.quiet().await;
        chat.address(Who::Ana, "github issue create --repository acme/api").await;
        on.quiet().await;
        if !chat.is_asked(Who::Ana) {
            let asked = question(&*chat, Who::Ana, "needs a little more", None).await;
            chat.press(Who::Ana, &asked, "Fill in").await;
        }
        chat.fill(Who::Ana, &[("Title", "Logout fails")]).await;
        assert!(card(&*chat, "Logout fails").await.text.contains("acme/api#2"));
        end(on, &*chat).await;
    }

    pub(super) async fn values_are_offered(name: &str) {
        let (on, chat) = with(name, |settings| {
            for place in ["slack:#general", "discord:#general", "telegram:@acmeops"] {
                let place = place.parse().unwrap();
                settings.places.push(PlaceConfig { place, repository: "acme/api".to_owned() });
            }
        })
        .await;
        on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
        on.quiet().await;
        let offered = chat.complete(Who::Ana, "github.issue.close", "issue", "").await;
        assert!(offered.iter().any(|value| value.contains("Login fails")), "{offered:?}");
        end(on, &*chat).await;
    }

    pub(super) async fn what_destroys_is_confirmed(name: &str) {
        let (on, chat, id) = with_a_dead_letter(name).await;
        let drop = [("delivery", id.as_str())];
        chat.ask(Who::Ana, "quarterdeck.delivery.drop", &drop).await;
        let asked = question(&*chat, Who::Ana, "Drop this delivery for good?", None).await;
        // Nobody else answers for her: they do not see the question, or are refused.
        if chat.said().contains(&asked) {
            chat.press(Who::Ben, &asked, "Yes, do it").await;
            whisper(&*chat, Who::Ben, "for the person who asked").await;
        }
        on.quiet().await;
        assert!(!chat.whispered(Who::Ben).contains(&asked), "{asked:?}");
        assert_eq!(dead(&on), 1, "nothing happens before the yes");
        chat.press(Who::Ana, &asked, "Cancel").await;
        on.quiet().await;
        assert_eq!(dead(&on), 1);
        chat.ask(Who::Ana, "quarterdeck.delivery.drop", &drop).await;
        let again = question(&*chat, Who::Ana, "Drop this delivery for good?", Some(&asked)).await;
        chat.press(Who::Ana, &again, "Yes, do it").await;
        on.quiet().await;
        assert_eq!(dead(&on), 0);
        end(on, &*chat).await;
    }

    pub(super) async fn who_may_not_is_refused(name: &str) {
        let (on, chat) = with(name, |settings| {
            settings.access.default_role = quarterdeck::operations::DefaultRole::Viewer;
        })
        .await;
        chat.ask(Who::Cleo, CREATE, &LOGIN).await;
        let refused = whisper(&*chat, Who::Cleo, "needs the role operator").await;
        assert!(refused.text.contains("you are viewer here"), "{}", refused.text);
        assert!(chat.said().iter().all(|seen| !seen.text.contains("needs the role")), "{:?}", chat.said());
        assert!(on.stage.github.issue("acme/api", 1).is_none());
        end(on, &*chat).await;
    }

    pub(super) async fn a_button_works_once(name: &str) {
        let (on, chat) = with(name, |settings| {
            settings.telegram.as_mut().unwrap().timeout = jiff::SignedDuration::from_secs(1);
        })
        .await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        // The card stays as it was on Ben's screen. A bot that Telegram told to wait may say nothing at all.
        chat.trouble_with_edits(if name == "telegram" { Trouble::Hangs } else { Trouble::Wait(30) });
        chat.press(Who::Ana, &card, "Close").await;
        let closed = || on.stage.github.issue("acme/api", 1).filter(|issue| issue["state"] == "closed").map(drop);
        wait_for(&*chat, "the issue to be closed", closed).await;
        on.calls_ended().await;
        chat.press(Who::Ben, &card, "Close").await;
        whisper(&*chat, Who::Ben, "Closed already, by ").await;
        let wait = on.waiting().await;
        on.pass(wait);
        edited(&*chat, &card, "Closed by").await;
        let asked = on.stage.github.requests().into_iter().filter(|request| request.method == "PATCH").count();
        assert_eq!(asked, 1, "GitHub was asked once");
        end(on, &*chat).await;
    }

    pub(super) async fn a_button_outlives_a_restart(name: &str) {
        let (mut on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        on.stage.restart().await.unwrap();
        chat.press(Who::Ben, &card, "Close").await;
        let card = edited(&*chat, &card, "Closed by").await;
        assert!(card.buttons.iter().any(|button| button == "Reopen"), "{:?}", card.buttons);
        end(on, &*chat).await;
    }

    pub(super) async fn a_card_is_edited_in_place(name: &str) {
        let (on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
        edited(&*chat, &card, "Closed").await;
        assert_eq!(cards(&*chat), 1, "{:?}", chat.said());
        end(on, &*chat).await;
    }

    pub(super) async fn follow_ups_go_below_the_card(name: &str) {
        let (on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        on.stage.github.comment("ben", "acme/api", 1, "It is the cookie.").unwrap();
        let look = || chat.below(&card).into_iter().find(|seen| seen.text.contains("It is the cookie."));
        wait_for(&*chat, "a follow-up below the card", look).await;
        end(on, &*chat).await;
    }

    pub(super) async fn a_private_answer_is_private(name: &str) {
        let (on, chat) = open(name).await;
        chat.line(Who::Ben, "help issue").await;
        whisper(&*chat, Who::Ben, "issue").await;
        on.quiet().await;
        assert!(chat.said().is_empty(), "{:?}", chat.said());
        assert!(chat.whispered(Who::Cleo).is_empty(), "{:?}", chat.whispered(Who::Cleo));
        end(on, &*chat).await;
    }

    pub(super) async fn a_long_text_is_cut_and_says_so(name: &str) {
        let room = |name: &str| match name {
            "slack" => "slack:C0GENERAL01",
            "discord" => "discord:#general",
            _ => "telegram:@acmeops",
        };
        let place: quarterdeck::model::Place = room(name).parse().unwrap();
        let (on, chat) = with(name, move |settings| {
            settings.subscriptions.push(SubscriptionConfig {
                place: place.clone(),
                source: "*".to_owned(),
                events: vec!["tasks".to_owned()],
            });
        })
        .await;
        let log = format!("{}the very last line", "a line of a very long log\n".repeat(4000));
        let event = json!({
            "specversion": "1.0", "id": "1", "source": "/ci", "type": "task.failed",
            "data": { "task": "1", "name": "Nightly tests", "error": log, "url": "https://ci.example/1" },
        });
        assert_eq!(on.publish(&event).await.0, 202);
        let card = card(&*chat, "Nightly tests").await;
        assert!(card.text.contains("more") || card.text.contains("cut") || card.text.contains('…'), "{}", card.text);
        on.quiet().await;
        assert!(chat.leads_to(&card, "https://ci.example/1", "the very last line"), "the rest can be read: {card:?}");
        end(on, &*chat).await;
    }

    pub(super) async fn hostile_text_is_only_text(name: &str) {
        let (on, chat) = open(name).await;
        let title = "<b>*x*</b> @everyone <!channel> <@U0BEN000002> @ben_acme \
                     [a](http://evil.example) ||s|| /qd help &lt;";
        chat.ask(Who::Ana, CREATE, &[("title", title), ("repository", "acme/api")]).await;
        let card = card(&*chat, "acme/api#1").await;
        // As its author wrote it, whatever signs the platform needs to show it so.
        let shown: String = card.text.chars().filter(|sign| sign.is_alphanumeric()).collect();
        assert!(shown.contains("everyone"), "{}", card.text);
        assert_eq!(chat.pings(&card), 0, "{}", card.text);
        assert_eq!(chat.alive(&card), Vec::<String>::new());
        on.quiet().await;
        assert_eq!(on.stage.github.issue("acme/api", 1).unwrap()["title"], title);
        end(on, &*chat).await;
    }

    pub(super) async fn a_limit_is_kept_over_a_restart(name: &str) {
        let (mut on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        chat.trouble_with_edits(Trouble::Wait(30));
        on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
        let wait = on.waiting().await;
        if name == "telegram" {
            // Every call of the bot waits, and with it whether it is connected.
            on.stage.stop().await;
            on.pass(wait);
            on.stage.start().await.unwrap();
        } else {
            on.stage.restart().await.unwrap();
            on.pass(wait);
        }
        edited(&*chat, &card, "Closed").await;
        end(on, &*chat).await;
    }

    pub(super) async fn a_vendor_that_is_down_hears_later(name: &str) {
        let (on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        chat.trouble_with_edits(Trouble::Down);
        on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
        let wait = on.waiting().await;
        on.pass(wait);
        edited(&*chat, &card, "Closed").await;
        end(on, &*chat).await;
    }

    pub(super) async fn a_lost_answer_doubles_nothing(name: &str) {
        let (on, chat) = with(name, {
            let place = match name {
                "slack" => "slack:#general",
                "discord" => "discord:#general",
                _ => "telegram:@acmeops",
            };
            move |settings| {
                settings.subscriptions.push(SubscriptionConfig {
                    place: place.parse().unwrap(),
                    source: "github:acme/api".to_owned(),
                    events: vec!["issues".to_owned()],
                });
            }
        })
        .await;
        chat.trouble(Trouble::AnswerLost);
        on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
        let wait = on.waiting().await;
        on.pass(wait);
        on.quiet().await;
        if chat.never_doubles() {
            assert_eq!(cards(&*chat), 1, "{:?}", chat.said());
        } else {
            assert!((1..=2).contains(&cards(&*chat)), "{:?}", chat.said());
        }
        end(on, &*chat).await;
    }

    pub(super) async fn a_deleted_card_is_posted_anew(name: &str) {
        let (on, chat) = open(name).await;
        let first = an_issue(&*chat).await;
        on.quiet().await;
        chat.delete(&first);
        on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
        let look = || chat.said().into_iter().find(|seen| seen.id != first.id && seen.text.contains("Closed"));
        wait_for(&*chat, "a new card", look).await;
        end(on, &*chat).await;
    }

    pub(super) async fn a_room_without_the_bot_is_told_of(name: &str) {
        let (on, chat) = open(name).await;
        chat.line(Who::Ana, "subscribe acme/api issues").await;
        on.quiet().await;
        chat.remove_bot();
        on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
        let health = || {
            let health = on.stage.running().unwrap().health();
            health.degraded.into_iter().find(|trouble| trouble.contains(&chat.room()))
        };
        let wait = async {
            loop {
                if let Some(found) = health() {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        let told = crate::conversation::patiently("the trouble", wait).await;
        assert!(told.contains("cannot be told"), "{told}");
        on.quiet().await;
        chat.add_bot();
        on.quiet().await;
        // Where the platform does not say that it is let in again, it is tried once a minute.
        on.pass(61);
        on.stage.github.open_issue("ben", "acme/api", "Logout fails", "").unwrap();
        card(&*chat, "Logout fails").await;
        on.quiet().await;
        assert_eq!(health(), None);
        end(on, &*chat).await;
    }

    pub(super) async fn a_form_outlives_a_restart(name: &str) {
        let (mut on, chat) = open(name).await;
        chat.line(Who::Ana, "github issue create --repository acme/api").await;
        on.quiet().await;
        on.stage.restart().await.unwrap();
        chat.fill(Who::Ana, &[("Title", "Login fails")]).await;
        assert!(card(&*chat, "Login fails").await.text.contains("acme/api#1"));
        end(on, &*chat).await;
    }

    pub(super) async fn a_confirmation_outlives_a_restart(name: &str) {
        let (mut on, chat, id) = with_a_dead_letter(name).await;
        chat.ask(Who::Ana, "quarterdeck.delivery.drop", &[("delivery", id.as_str())]).await;
        let asked = question(&*chat, Who::Ana, "Drop this delivery for good?", None).await;
        on.quiet().await;
        on.stage.restart().await.unwrap();
        chat.press(Who::Ana, &asked, "Yes, do it").await;
        on.quiet().await;
        assert_eq!(dead(&on), 0);
        end(on, &*chat).await;
    }

    pub(super) async fn a_place_is_named_as_people_do(name: &str) {
        let named = match name {
            "slack" => "slack:#general",
            "discord" => "discord:#general",
            _ => "telegram:@acmeops",
        };
        let (on, chat) = with(name, move |settings| {
            settings.subscriptions.push(SubscriptionConfig {
                place: named.parse().unwrap(),
                source: "github:acme/api".to_owned(),
                events: vec!["issues".to_owned()],
            });
        })
        .await;
        assert_eq!(chat.named_room(), named);
        on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
        card(&*chat, "Login fails").await;
        end(on, &*chat).await;
    }

    pub(super) async fn a_reply_means_its_card(name: &str) {
        let (on, chat) = open(name).await;
        let card = an_issue(&*chat).await;
        on.quiet().await;
        chat.reply(Who::Ana, &card, "github issue close").await;
        edited(&*chat, &card, "Closed").await;
        assert_eq!(on.stage.github.issue("acme/api", 1).unwrap()["state"], "closed");
        end(on, &*chat).await;
    }
}

/// GitHub fails alike wherever it was asked from.
mod github_down {
    use super::*;

    async fn play(name: &str) {
        let (on, chat) = open(name).await;
        on.stage.github.fail_next("POST /repos/*/*/issues", GithubFailure::Status(403), 1);
        chat.ask(Who::Ana, CREATE, &LOGIN).await;
        whisper(&*chat, Who::Ana, "GitHub does not allow this").await;
        end(on, &*chat).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_discord() {
        play("discord").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_telegram() {
        play("telegram").await;
    }
}
