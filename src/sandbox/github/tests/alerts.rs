//! Security alerts.

use serde_json::json;

use super::*;

#[tokio::test]
async fn alerts_are_found_closed_and_opened_again() {
    let stage = Stage::with(|setup| {
        setup.hooks = vec![deaf()];
        setup.tokens.push(GithubToken::classic("bens", "ben", &["repo"]));
    })
    .await;
    let fake = &stage.fake;
    let one = fake.find_dependency("acme/api", "ajv", "critical").unwrap();
    let two = fake.find_dependency("acme/api", "left-pad", "low").unwrap();
    fake.dismiss_dependency("ana", "acme/api", one, "not_used").unwrap();
    fake.reopen_dependency("ana", "acme/api", one).unwrap();
    fake.fix_dependency("acme/api", two).unwrap();
    assert!(fake.fix_dependency("acme/api", two).is_err());
    let open = stage.get("/repos/acme/api/dependabot/alerts?state=open&severity=critical,high").await;
    assert_eq!((open.as_array().unwrap().len(), &open[0]["number"]), (1, &json!(one)));
    let code = fake.find_code("acme/api", "js/xss", "Text of users is shown as it is", "high", "src/a.js", 7).unwrap();
    fake.dismiss_code("ana", "acme/api", code, "won't fix").unwrap();
    let shown = stage.get(&format!("/repos/acme/api/code-scanning/alerts/{code}")).await;
    assert_eq!((&shown["state"], &shown["dismissed_reason"]), (&json!("dismissed"), &json!("won't fix")));
    fake.reopen_code("ana", "acme/api", code).unwrap();
    fake.fix_code("acme/api", code).unwrap();
    let secret = fake.find_secret("acme/api", "slack_api_token", "Slack API Token", "not-to-be-told").unwrap();
    fake.resolve_secret("ana", "acme/api", secret, "revoked").unwrap();
    let path = format!("/repos/acme/api/secret-scanning/alerts/{secret}");
    assert_eq!(stage.get(&path).await["secret"], "not-to-be-told");
    assert_eq!(stage.get(&format!("{path}?hide_secret=true")).await.get("secret"), None);
    assert_eq!(stage.bare(Method::GET, &path).bearer_auth("bens").send().await.unwrap().status(), 403);
    fake.reopen_secret("ana", "acme/api", secret).unwrap();
    let told: Vec<String> = stage.told().await.into_iter().filter(|event| event.contains("alert")).collect();
    assert_eq!(
        told,
        [
            "dependabot_alert.created",
            "dependabot_alert.created",
            "dependabot_alert.dismissed",
            "dependabot_alert.reopened",
            "dependabot_alert.fixed",
            "code_scanning_alert.created",
            "code_scanning_alert.closed_by_user",
            "code_scanning_alert.reopened_by_user",
            "code_scanning_alert.fixed",
            "secret_scanning_alert.created",
            "secret_scanning_alert.resolved",
            "secret_scanning_alert.reopened",
        ]
    );
    assert!(fake.deliveries().iter().all(|delivery| !delivery.payload.to_string().contains("not-to-be-told")));
    assert_eq!(fake.unknown_routes(), Vec::<String>::new());
}
