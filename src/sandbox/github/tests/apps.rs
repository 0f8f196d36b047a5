//! GitHub Apps: signed claims, tokens of installations, what they reach.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

use super::*;

/// Signs claims with the sample's key.
fn signed(claims: &Value) -> String {
    let body: String = GithubApp::SAMPLE_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_der(&STANDARD.decode(body).unwrap()).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn stage() -> Stage {
    Stage::with(|setup| {
        setup.repos.push(GithubRepo::new("acme", "secret").private());
        let app = GithubApp::sample().installed_on("acme", Some(&["api", "web"]));
        setup.apps = vec![app.installed_on("kim", None)];
    })
    .await
}

impl Stage {
    fn claims(&self, from: i64, to: i64) -> Value {
        let now = self.hand.now()().as_second();
        json!({ "iss": GithubApp::SAMPLE_ID.to_string(), "iat": now + from, "exp": now + to })
    }

    async fn as_app(&self, method: Method, path: &str, claims: &Value, body: Value) -> (u16, Value) {
        read(self.bare(method, path).bearer_auth(signed(claims)).json(&body).send().await.unwrap()).await
    }

    /// A token of the installation on `acme`.
    async fn token(&self, body: Value) -> String {
        let id = self.fake.installation_id(GithubApp::SAMPLE_ID, "acme").unwrap();
        let path = format!("/app/installations/{id}/access_tokens");
        let (status, made) = self.as_app(Method::POST, &path, &self.claims(-60, 540), body).await;
        assert_eq!(status, 201, "{made}");
        made["token"].as_str().unwrap().to_owned()
    }

    async fn with_token(&self, token: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        read(self.bare(method, path).bearer_auth(token).json(&body).send().await.unwrap()).await
    }
}

#[tokio::test]
async fn an_app_says_who_it_is_with_signed_claims() {
    let stage = stage().await;
    let good = stage.claims(-60, 540);
    let (status, app) = stage.as_app(Method::GET, "/app", &good, json!({})).await;
    assert_eq!((status, &app["slug"], &app["permissions"]["issues"]), (200, &json!("acme-bot"), &json!("write")));
    let all = stage.as_app(Method::GET, "/app/installations", &good, json!({})).await.1;
    assert_eq!((&all[0]["account"]["login"], &all[0]["repository_selection"]), (&json!("acme"), &json!("selected")));
    for path in ["/repos/acme/web/installation", "/orgs/acme/installation", "/users/acme/installation"] {
        assert_eq!(stage.as_app(Method::GET, path, &good, json!({})).await.1["id"], all[0]["id"], "{path}");
    }
    assert_eq!(stage.as_app(Method::GET, "/repos/acme/secret/installation", &good, json!({})).await.0, 404);
    let refused = async |claims: Value| {
        let (status, body) = stage.as_app(Method::GET, "/app", &claims, json!({})).await;
        (status, body["message"].as_str().unwrap().to_owned())
    };
    let far = "'Expiration time' claim ('exp') is too far in the future";
    assert_eq!(refused(stage.claims(-60, 601)).await, (401, far.to_owned()));
    assert!(
        refused(stage.claims(-60, 0)).await.1.starts_with("'Expiration time' claim ('exp') must be a numeric value")
    );
    assert!(refused(stage.claims(5, 300)).await.1.starts_with("'Issued at' claim ('iat') must be an Integer"));
    let mut other = good.clone();
    other["iss"] = json!("1");
    assert_eq!(refused(other).await, (404, "Integration not found".to_owned()));
    let forged = format!("{}x", signed(&good).split_once('.').map(|(head, _)| format!("{head}.e30.")).unwrap());
    let unreadable = "A JSON web token could not be decoded";
    assert_eq!(stage.with_token(&forged, Method::GET, "/app", json!({})).await.1["message"], unreadable);
    assert_eq!(stage.send(Method::GET, "/app", json!({})).await.1["message"], unreadable);
    assert_eq!(stage.as_app(Method::GET, "/repos/acme/api", &good, json!({})).await.0, 401);
}

#[tokio::test]
async fn a_token_reaches_what_its_installation_does_for_an_hour() {
    let stage = stage().await;
    let token = stage.token(json!({})).await;
    assert!(token.starts_with("ghs_"));
    let ask = async |method: Method, path: &str, body: Value| stage.with_token(&token, method, path, body).await;
    let (status, issue) = ask(Method::POST, "/repos/acme/web/issues", json!({ "title": "Crash" })).await;
    assert_eq!(
        (status, &issue["user"]["login"], &issue["user"]["type"]),
        (201, &json!("acme-bot[bot]"), &json!("Bot"))
    );
    assert_eq!(ask(Method::GET, "/installation/repositories", json!({})).await.1["total_count"], 2);
    assert_eq!(ask(Method::GET, "/repos/acme/secret", json!({})).await.0, 404);
    let private = ask(Method::POST, "/user/repos", json!({ "name": "x" })).await;
    assert_eq!((private.0, &private.1["message"]), (403, &json!("Resource not accessible by integration")));
    stage.hand.advance(3599);
    assert_eq!(ask(Method::GET, "/repos/acme/web", json!({})).await.0, 200);
    stage.hand.advance(1);
    assert_eq!(
        ask(Method::GET, "/repos/acme/web", json!({})).await,
        (
            401,
            json!({ "message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401" })
        )
    );
}

#[tokio::test]
async fn a_token_can_be_made_for_less_but_not_for_more() {
    let stage = stage().await;
    let less = json!({ "repositories": ["web"], "permissions": { "issues": "read" } });
    let token = stage.token(less).await;
    let ask = async |method: Method, path: &str, body: Value| stage.with_token(&token, method, path, body).await;
    assert_eq!(ask(Method::GET, "/repos/acme/web/issues", json!({})).await.0, 200);
    let write = stage.bare(Method::POST, "/repos/acme/web/issues").bearer_auth(&token).json(&json!({ "title": "x" }));
    let refused = write.send().await.unwrap();
    assert_eq!(header(&refused, "x-accepted-github-permissions"), "issues=write");
    assert_eq!(read(refused).await.1["message"], "Resource not accessible by integration");
    let elsewhere = ask(Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "closed" })).await;
    assert_eq!(elsewhere.0, 403);
    let id = stage.fake.installation_id(GithubApp::SAMPLE_ID, "acme").unwrap();
    let path = format!("/app/installations/{id}/access_tokens");
    let claims = stage.claims(0, 60);
    for more in [json!({ "repositories": ["secret"] }), json!({ "permissions": { "members": "write" } })] {
        assert_eq!(stage.as_app(Method::POST, &path, &claims, more).await.0, 422);
    }
    stage.fake.suspend_installation("ana", id).unwrap();
    let refused = ask(Method::GET, "/repos/acme/web/issues", json!({})).await;
    assert_eq!((refused.0, &refused.1["message"]), (403, &json!("This installation has been suspended")));
    assert_eq!(stage.as_app(Method::POST, &path, &claims, json!({})).await.0, 403);
    stage.fake.unsuspend_installation(id).unwrap();
    assert_eq!(ask(Method::GET, "/repos/acme/web/issues", json!({})).await.0, 200);
    assert_eq!(ask(Method::DELETE, "/installation/token", json!({})).await.0, 204);
    assert_eq!(ask(Method::GET, "/repos/acme/web/issues", json!({})).await.0, 401);
}

#[tokio::test]
async fn the_hook_of_an_app_hears_of_what_it_is_installed_on() {
    let stage = Stage::with(|setup| {
        let app = GithubApp::sample().installed_on("acme", Some(&["api"])).hook(deaf());
        setup.apps = vec![app];
    })
    .await;
    stage.fake.open_issue("ben", "acme/api", "Crash", "").unwrap();
    stage.fake.open_issue("ben", "acme/web", "Not told", "").unwrap();
    let id = stage.fake.installation_id(GithubApp::SAMPLE_ID, "acme").unwrap();
    stage.fake.suspend_installation("ana", id).unwrap();
    stage.fake.open_issue("ben", "acme/api", "Not told either", "").unwrap();
    assert_eq!(stage.told().await, ["issues.opened"]);
    let delivery = stage.fake.deliveries().pop().unwrap();
    assert_eq!(delivery.payload["installation"]["id"], json!(id));
    let kind = delivery.request_headers.iter().find(|(name, _)| name == "X-GitHub-Hook-Installation-Target-Type");
    assert_eq!(kind.unwrap().1, "integration");
}

#[tokio::test]
async fn what_an_app_is_told_fits_githubs_description() {
    let stage = stage().await;
    let claims = stage.claims(-60, 300);
    let id = stage.fake.installation_id(GithubApp::SAMPLE_ID, "acme").unwrap();
    let one = format!("/app/installations/{id}");
    let tokens = format!("{one}/access_tokens");
    let calls = [
        (Method::GET, "/app", "/app".to_owned(), json!({})),
        (Method::GET, "/app/installations", "/app/installations".to_owned(), json!({})),
        (Method::GET, "/app/installations/{installation_id}", one, json!({})),
        (
            Method::POST,
            "/app/installations/{installation_id}/access_tokens",
            tokens,
            json!({ "repositories": ["api"] }),
        ),
        (Method::GET, "/repos/{owner}/{repo}/installation", "/repos/acme/api/installation".to_owned(), json!({})),
    ];
    let slice = contract::slice();
    let mut found = Vec::new();
    for (method, template, path, body) in calls {
        let (status, answer) = stage.as_app(method.clone(), &path, &claims, body).await;
        assert!(status < 300, "{path}: {answer}");
        found.extend(contract::wrong(&slice, &method.as_str().to_lowercase(), template, status, &answer));
    }
    let token = stage.token(json!({})).await;
    let path = "/installation/repositories";
    let (status, answer) = stage.with_token(&token, Method::GET, path, json!({})).await;
    found.extend(contract::wrong(&slice, "get", path, status, &answer));
    assert_eq!(found, Vec::<String>::new());
}
