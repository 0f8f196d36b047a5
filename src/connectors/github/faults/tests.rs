use http_body_util::{BodyExt as _, Full};

use super::*;

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

async fn fault(method: Method, status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let body = Full::new(bytes::Bytes::copy_from_slice(body.as_bytes())).map_err(|never| match never {}).boxed();
    let error = octocrab::map_github_error(response.body(body).unwrap()).await.unwrap_err();
    let attempt = Attempt { method: &method, what: "acme/api#12", resource: "core", now: now() };
    classify(&error, &attempt, &Windows::default())
}

#[tokio::test]
async fn every_status_means_one_thing() {
    type Pairs = &'static [(&'static str, &'static str)];
    let table: &[(Method, u16, Pairs, &str, &str)] = &[
        (Method::GET, 401, &[], r#"{"message":"Bad credentials"}"#, "misconfigured"),
        (Method::GET, 403, &[], r#"{"message":"Resource not accessible by personal access token"}"#, "denied"),
        (Method::POST, 403, &[("retry-after", "30")], r#"{"message":"x"}"#, "rate_limited"),
        (
            Method::POST,
            403,
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000100")],
            "{}",
            "rate_limited",
        ),
        (Method::GET, 403, &[("x-ratelimit-remaining", "12")], r#"{"message":"Must have admin rights"}"#, "denied"),
        (Method::GET, 403, &[], r#"{"message":"You have exceeded a secondary rate limit."}"#, "rate_limited"),
        (Method::POST, 429, &[], "{}", "rate_limited"),
        (Method::GET, 404, &[], r#"{"message":"Not Found"}"#, "not_found"),
        (Method::GET, 410, &[], r#"{"message":"This issue was deleted"}"#, "not_found"),
        (Method::PUT, 409, &[], r#"{"message":"Merge conflict"}"#, "conflict"),
        (Method::POST, 422, &[], r#"{"message":"Validation Failed"}"#, "bad_input"),
        (Method::POST, 400, &[], r#"{"message":"Problems parsing JSON"}"#, "bad_input"),
        (Method::POST, 307, &[], "", "conflict"),
        (Method::GET, 451, &[], r#"{"message":"Repository access blocked"}"#, "denied"),
        (Method::GET, 500, &[], "", "unavailable"),
        (Method::GET, 502, &[], "<html>Bad gateway</html>", "unavailable"),
        (Method::POST, 502, &[], "<html>Bad gateway</html>", "unknown"),
        (Method::PATCH, 503, &[], r#"{"message":"Service unavailable"}"#, "unknown"),
        (Method::DELETE, 500, &[], "", "unknown"),
    ];
    for (method, status, headers, body, expected) in table {
        let fault = fault(method.clone(), *status, headers, body).await;
        assert_eq!(fault.policy().label, *expected, "{method} {status} {body}: {fault}");
        assert!(fault.outside.ends_with('.') && !fault.outside.contains(".."), "{}", fault.outside);
    }
}

#[tokio::test]
async fn the_texts_say_what_happened_and_what_to_do() {
    let said = async |status, body: &str| fault(Method::POST, status, &[("x-github-request-id", "AB:1")], body).await;
    insta::assert_snapshot!(said(401, r#"{"message":"Bad credentials"}"#).await, @"GitHub refused our token (Bad credentials). An administrator has to put a valid one where github.token points. (GitHub 401: Bad credentials [request AB:1])");
    insta::assert_snapshot!(said(404, r#"{"message":"Not Found"}"#).await, @"acme/api#12 was not found, or the token may not see it. (GitHub 404: Not Found [request AB:1])");
    insta::assert_snapshot!(said(403, r#"{"message":"Resource not accessible by integration."}"#).await, @"GitHub does not allow this on acme/api#12: Resource not accessible by integration. (GitHub 403: Resource not accessible by integration. [request AB:1])");
    insta::assert_snapshot!(said(502, "").await, @"GitHub did not say whether it worked, so it may have happened. Look at acme/api#12 before doing it again. (GitHub 502: Bad Gateway [request AB:1])");
    insta::assert_snapshot!(
        said(422, r#"{"message":"Validation Failed","errors":[
            {"resource":"Issue","field":"milestone","code":"invalid","value":"x"},
            {"resource":"Issue","field":"title","code":"missing_field"},
            {"resource":"Label","code":"custom","message":"name is too long."},
            "and more"]}"#).await,
        @"GitHub did not accept this for acme/api#12: milestone `x` is not valid; title is missing; name is too long; and more. (GitHub 422: Validation Failed [request AB:1])"
    );
    let fault =
        said(422, r#"{"message":"Validation Failed","errors":[{"field":"assignee","code":"invalid","value":"bob"}]}"#)
            .await;
    assert_eq!(fault.kind, FaultKind::BadInput { field: Some("assignees".to_owned()) });
}

#[tokio::test]
async fn limits_name_the_time_that_github_named() {
    let until = async |status, headers: &[(&str, &str)]| match fault(Method::GET, status, headers, "{}").await.kind {
        FaultKind::RateLimited { until } => until.as_second() - now().as_second(),
        other => panic!("{other:?}"),
    };
    assert_eq!(until(403, &[("retry-after", "17")]).await, 17);
    assert_eq!(until(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000300")]).await, 300);
    assert_eq!(until(429, &[]).await, 60);
    let both = [("retry-after", "17"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000300")];
    assert_eq!(until(403, &both).await, 17);
}
