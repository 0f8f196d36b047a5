//! What GitHub really sends, through the real door, and what the daemon really asks of GitHub, held against GitHub's own
//! description.

use std::fs;
use std::path::{Path, PathBuf};

use quarterdeck::model::{CallState, Clock};
use quarterdeck::operations::ledger::EndedCalls;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::slack::RateLimits;
use quarterdeck::stage::StageSetup;

use crate::contract::violations;
use crate::conversation::{ANA, Conversation, GENERAL, start, text_of};
use crate::knock::answer;

/// Payloads as files: the name of the event, and the file. The event is the folder's name.
fn payloads(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let event = entry.unwrap().path();
        let name = event.file_name().unwrap().to_str().unwrap().to_owned();
        let files = fs::read_dir(&event).into_iter().flatten().map(|file| file.unwrap().path());
        let json = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        found.extend(json.map(|file| (name.clone(), file)));
    }
    found.sort();
    found
}

/// A stage that tells everything to #general, as fast as it comes.
async fn telling_everything() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.slack.limits = RateLimits::Unlimited;
    setup.change = Box::new(|settings| {
        settings.slack.as_mut().unwrap().post_per_minute = 0;
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#general".parse().unwrap(),
            source: "*".to_owned(),
            events: vec!["*".to_owned()],
        });
    });
    Conversation::from(setup).await
}

/// Sends every payload and checks that each was taken, read and, where it was told, told in a way that Slack accepts.
/// Says how many messages came of it.
async fn all_are_taken_read_and_told(payloads: Vec<(String, PathBuf)>) -> usize {
    let on = telling_everything().await;
    on.quiet().await;
    for (number, (event, file)) in payloads.iter().enumerate() {
        let (status, said) = answer(on.signed_hook(event, &format!("payload-{number}"), fs::read(file).unwrap())).await;
        assert_eq!((status, said["status"].as_str()), (202, Some("accepted")), "{}: {said}", file.display());
    }
    on.quiet().await;
    let slack = &on.stage.slack;
    let refused: Vec<_> = slack
        .requests()
        .into_iter()
        .filter(|request| request.error.is_some() || request.status != 200)
        .map(|request| format!("{} {:?} {}", request.method, request.error, request.body))
        .collect();
    assert!(refused.is_empty(), "Slack refused: {refused:#?}");
    let told = slack.messages(GENERAL).len();
    for message in slack.messages(GENERAL) {
        let text = text_of(&message);
        assert!(!text.trim().is_empty(), "an empty message");
        // Text of payloads that came through unread: Rust's or JSON's own ways to say nothing.
        for odd in ["None", "Some(", "null", "undefined"] {
            assert!(!text.split_whitespace().any(|word| word == odd), "{odd:?} in {text}");
        }
    }
    on.see_all();
    // Fails on dead letters, unread arrivals and unknown routes.
    on.end().await;
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kept_payload_of_github_is_read_and_told() {
    let kept = payloads(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/github/webhooks"));
    assert!(kept.len() >= 35, "only {} payloads are kept", kept.len());
    let told = Box::pin(all_are_taken_read_and_told(kept)).await;
    assert!(told >= 15, "only {told} messages came of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_payload_of_github_is_read_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vendor-data/webhooks/github");
    let folders =
        [folder.clone(), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vendor-data/webhooks/github")];
    let Some(folder) = folders.iter().find(|folder| folder.is_dir()) else {
        println!("SKIPPED: there is no {}", folder.display());
        return;
    };
    let all = payloads(folder);
    assert!(all.len() > 100, "only {} payloads are there", all.len());
    Box::pin(all_are_taken_read_and_told(all)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_operations_ask_github_as_it_wants_to_be_asked() {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.slack.limits = RateLimits::Unlimited;
    setup.change = Box::new(|settings| settings.slack.as_mut().unwrap().post_per_minute = 0);
    let on = Conversation::from(setup).await;
    on.quiet().await;
    let github = &on.stage.github;
    github.push("ben", "acme/api", "feature", &["A change"]).unwrap();
    let pull = github.open_pull("ben", "acme/api", "A change", "feature").unwrap();
    let pull = format!("acme/api#{pull}");
    let issue = github.open_issue("ben", "acme/api", "An issue", "With a text").unwrap();
    let issue = format!("acme/api#{issue}");
    on.quiet().await;
    let before = github.requests().len();
    let commands = [
        "github repo list".to_owned(),
        "github repo get acme/api".to_owned(),
        "github issue create Login fails --repository acme/api --labels bug --assignees ben --body \"It does\""
            .to_owned(),
        "github issue list acme/api --state all --limit 5".to_owned(),
        format!("github issue get {issue}"),
        format!("github issue update {issue} --title \"A better title\" --body \"Another text\""),
        format!("github issue label {issue} bug"),
        format!("github issue assign {issue} ben"),
        format!("github issue comment {issue} Looking into it"),
        format!("github issue close {issue} --reason not_planned --comment \"Not now\""),
        format!("github issue reopen {issue}"),
        "github pr list acme/api --state all".to_owned(),
        format!("github pr get {pull}"),
        format!("github pr comment {pull} Looks good"),
    ];
    for command in &commands {
        on.slash(ANA, GENERAL, command).await;
        on.quiet().await;
    }
    let registry = on.stage.running().unwrap().registry();
    // What is used on messages is asked for in `messages.rs`.
    let of_github = registry.iter().filter(|it| it.service() == "github" && it.spec.from_message.is_none());
    let of_github = of_github.map(|it| it.words());
    for words in of_github {
        assert!(commands.iter().any(|command| command.starts_with(&words)), "`{words}` was not asked for");
    }
    let store = on.stage.running().unwrap().store();
    let ended: Vec<_> = store.scan::<EndedCalls>(None, 100).unwrap().into_iter().map(|(_, call)| call).collect();
    let done = ended.iter().filter(|call| call.state == CallState::Done).count();
    assert_eq!(done, commands.len(), "{ended:#?}");
    let asked = &github.requests()[before..];
    assert!(asked.len() >= commands.len(), "only {} requests were made", asked.len());
    assert_eq!(violations(asked), Vec::<String>::new());
    let failed: Vec<_> = asked.iter().filter(|it| it.status.is_none_or(|status| status >= 400)).collect();
    assert!(failed.is_empty(), "GitHub refused: {failed:#?}");
    on.see_all();
    on.end().await;
}
