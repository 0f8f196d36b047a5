//! OAuth 2.0: consent, tokens, the gateway, scopes, and webhooks of apps.

use base64::Engine as _;

use super::*;

const BACK: &str = "http://127.0.0.1:9/back";

fn address(stage: &Stage, scope: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("audience", "api.atlassian.com"),
        ("client_id", JiraSetup::SAMPLE_CLIENT),
        ("scope", scope),
        ("redirect_uri", BACK),
        ("state", "s1"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ] {
        query.append_pair(name, value);
    }
    format!("{}/authorize?{}", stage.fake.base(), query.finish())
}

fn code(address: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let pairs: std::collections::HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s1");
    pairs["code"].clone()
}

async fn token(stage: &Stage, more: Value) -> (u16, Value) {
    let mut body = json!({ "client_id": JiraSetup::SAMPLE_CLIENT, "client_secret": JiraSetup::SAMPLE_CLIENT_SECRET });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read(stage.bare(Method::POST, "/oauth/token").json(&body).send().await.unwrap()).await
}

async fn grant(stage: &Stage, scope: &str) -> Value {
    let back = stage.fake.approve("ben", &address(stage, scope), true).unwrap();
    let (status, tokens) =
        token(stage, json!({ "grant_type": "authorization_code", "code": code(&back), "redirect_uri": BACK })).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

async fn through(stage: &Stage, method: Method, path: &str, tokens: &Value, body: Value) -> (u16, Value) {
    let path = format!("/ex/jira/{}{path}", stage.fake.setup().cloud_id);
    let request = stage.bare(method, &path).bearer_auth(tokens["access_token"].as_str().unwrap());
    let request = if body.is_null() { request } else { request.json(&body) };
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_grant_becomes_tokens_that_expire_rotate_and_are_revoked() {
    let stage = Stage::new().await;
    let tokens = grant(&stage, "read:jira-work read:jira-user offline_access").await;
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3600), &json!("Bearer")));
    let me = through(&stage, Method::GET, "/rest/api/3/myself", &tokens, json!(null)).await.1;
    assert_eq!(me["accountId"], JiraSetup::BEN);
    assert!(me["self"].as_str().unwrap().contains("/ex/jira/"));
    let sites = stage.bare(Method::GET, "/oauth/token/accessible-resources");
    let sites = read(sites.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap()).await.1;
    assert_eq!(
        (&sites[0]["id"], &sites[0]["url"]),
        (&json!(stage.fake.setup().cloud_id), &json!("https://acme.atlassian.net"))
    );
    stage.hand.advance(3600);
    let (status, body) = through(&stage, Method::GET, "/rest/api/3/myself", &tokens, json!(null)).await;
    assert_eq!((status, body), (401, json!({ "code": 401, "message": "Unauthorized" })));
    let again = json!({ "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"] });
    let (_, fresh) = token(&stage, again.clone()).await;
    assert_ne!(fresh["refresh_token"], tokens["refresh_token"]);
    let (status, body) = token(&stage, again).await;
    assert_eq!(
        (status, &body["error"], &body["error_description"]),
        (403, &json!("invalid_grant"), &json!("Unknown or invalid refresh token."))
    );
    stage.fake.revoke_app("ben", JiraSetup::SAMPLE_CLIENT).unwrap();
    assert_eq!(
        token(&stage, json!({ "grant_type": "refresh_token", "refresh_token": fresh["refresh_token"] })).await.0,
        403
    );
    assert_eq!(through(&stage, Method::GET, "/rest/api/3/myself", &fresh, json!(null)).await.0, 401);
    let kept: Vec<_> = stage.fake.requests().into_iter().filter(|record| record.path == "/oauth/token").collect();
    assert!(kept.iter().all(|record| record.body["client_secret"] == "***" && record.answer.is_null()));
}

#[tokio::test]
async fn consent_is_asked_for_or_given_at_once_or_refused() {
    let stage = Stage::new().await;
    let page = stage.client.get(address(&stage, "read:jira-work")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Accept as Ben Okafor"));
    let back = stage.fake.approve("ben", &address(&stage, "read:jira-work"), false).unwrap();
    assert!(back.contains("error=access_denied"));
    let wrong = address(&stage, "x").replace("127.0.0.1%3A9", "evil.example");
    assert_eq!(stage.client.get(wrong).send().await.unwrap().status(), 400);
    let stage = Stage::with(|setup| JiraSetup { auto_approve: Some(JiraSetup::ANA.to_owned()), ..setup }).await;
    let back = stage.client.get(address(&stage, "read:jira-work")).send().await.unwrap();
    assert_eq!(back.status(), 302);
    let code = code(header(&back, "location"));
    let wrong = token(
        &stage,
        json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:9/other" }),
    )
    .await;
    assert_eq!((wrong.0, &wrong.1["error"]), (403, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_missing_scope_is_told() {
    let stage = Stage::new().await;
    let tokens = grant(&stage, "read:jira-work").await;
    assert!(tokens.get("refresh_token").is_none());
    for (method, path) in [
        (Method::DELETE, "/rest/api/3/issue/ACME-1"),
        (Method::GET, "/rest/agile/1.0/board"),
        (Method::GET, "/rest/api/3/webhook"),
        (Method::GET, "/rest/api/3/myself"),
    ] {
        let (status, body) = through(&stage, method, path, &tokens, json!(null)).await;
        assert_eq!(
            (status, body),
            (401, json!({ "code": 401, "message": "Unauthorized; scope does not match" })),
            "{path}"
        );
    }
    stage.fake.add_token(JiraToken::scoped("t2", JiraSetup::ANA, &["read:jira-user"]));
    let path = format!("/ex/jira/{}/rest/api/3/myself", stage.fake.setup().cloud_id);
    let scoped = stage.bare(Method::GET, &path).basic_auth("ana@acme.example", Some("t2")).send().await.unwrap();
    assert_eq!(scoped.status(), 200);
}

#[tokio::test]
async fn webhooks_of_apps_expire_unless_they_are_refreshed() {
    let stage = Stage::new().await;
    let tokens = grant(&stage, "read:jira-work manage:jira-webhook").await;
    let path = "/rest/api/3/webhook";
    let plan = json!({ "url": "http://127.0.0.1:9/jira?a=1", "webhooks": [
        { "events": ["jira:issue_updated"], "jqlFilter": "project = ACME" },
        { "events": ["sprint_started"], "jqlFilter": "foo = 1" },
    ] });
    let (status, made) = through(&stage, Method::POST, path, &tokens, plan).await;
    assert_eq!(status, 200);
    let id = made["webhookRegistrationResult"][0]["createdWebhookId"].as_u64().unwrap();
    assert_eq!(made["webhookRegistrationResult"][1]["errors"].as_array().unwrap().len(), 2);
    stage.fake.edit_issue("ana", "ACME-1", "summary", "New").unwrap();
    stage.fake.settled().await;
    let delivery = &stage.fake.deliveries()[0];
    assert_eq!(delivery.payload["matchedWebhookIds"], json!([id]));
    let jwt = delivery.headers.iter().find(|(name, _)| name == "Authorization").unwrap().1.clone();
    let claims = jwt.strip_prefix("Bearer ").unwrap().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["iss"], claims["exp"].as_i64()),
        (&json!(JiraSetup::SAMPLE_CLIENT), Some(claims["iat"].as_i64().unwrap() + 180))
    );
    stage.hand.advance(29 * 24 * 3600);
    // The access token is long gone; a person would sign in again.
    let tokens = grant(&stage, "read:jira-work manage:jira-webhook").await;
    assert_eq!(
        through(&stage, Method::PUT, "/rest/api/3/webhook/refresh", &tokens, json!({ "webhookIds": [id] })).await.0,
        200
    );
    stage.hand.advance(31 * 24 * 3600);
    let tokens = grant(&stage, "read:jira-work manage:jira-webhook").await;
    assert_eq!(through(&stage, Method::GET, path, &tokens, json!(null)).await.1["total"], 0);
}
