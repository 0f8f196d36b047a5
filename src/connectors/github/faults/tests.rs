use http::Response;
use jiff::Timestamp;

use super::*;
use crate::connectors::api::{Answer, Windows};
use crate::model::FaultKind;

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn fault(method: &Method, status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let (parts, body) = response.body(bytes::Bytes::copy_from_slice(body.as_bytes())).unwrap().into_parts();
    let answer = Answer { status: parts.status, headers: parts.headers, body };
    let (reads, budget) = (*method == Method::GET, "core".to_owned());
    let attempt = Attempt { vendor: "GitHub", reads, what: "acme/api#12", budget, now: now() };
    let dialect = GithubDialect { version: HeaderValue::from_static("2026-03-10") };
    attempt.refused(&dialect, &answer, &Windows::default())
}

#[test]
fn every_status_means_one_thing() {
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
        let fault = fault(method, *status, headers, body);
        assert_eq!(fault.policy().label, *expected, "{method} {status} {body}: {fault}");
        assert!(fault.outside.ends_with('.') && !fault.outside.contains(".."), "{}", fault.outside);
    }
}

#[test]
fn the_texts_say_what_happened_and_what_to_do() {
    let said = |status, body: &str| fault(&Method::POST, status, &[("x-github-request-id", "AB:1")], body);
    insta::assert_snapshot!(said(401, r#"{"message":"Bad credentials"}"#), @"GitHub refused our token (Bad credentials). An administrator has to put a valid one where github.token points. (GitHub 401: Bad credentials [request AB:1])");
    insta::assert_snapshot!(said(404, r#"{"message":"Not Found"}"#), @"acme/api#12 was not found, or the token may not see it. (GitHub 404: Not Found [request AB:1])");
    insta::assert_snapshot!(said(403, r#"{"message":"Resource not accessible by integration."}"#), @"GitHub does not allow this on acme/api#12: Resource not accessible by integration. (GitHub 403: Resource not accessible by integration. [request AB:1])");
    insta::assert_snapshot!(said(502, ""), @"GitHub did not say whether it worked, so it may have happened. Look at acme/api#12 before doing it again. (GitHub 502: Bad Gateway [request AB:1])");
    insta::assert_snapshot!(
        said(422, r#"{"message":"Validation Failed","errors":[
            {"resource":"Issue","field":"milestone","code":"invalid","value":"x"},
            {"resource":"Issue","field":"title","code":"missing_field"},
            {"resource":"Label","code":"custom","message":"name is too long."},
            "and more"]}"#),
        @"GitHub did not accept this for acme/api#12: milestone `x` is not valid; title is missing; name is too long; and more. (GitHub 422: Validation Failed [request AB:1])"
    );
    let fault =
        said(422, r#"{"message":"Validation Failed","errors":[{"field":"assignee","code":"invalid","value":"bob"}]}"#);
    assert_eq!(fault.kind, FaultKind::BadInput { field: Some("assignees".to_owned()) });
}

#[test]
fn limits_name_the_time_that_github_named() {
    let until = |status, headers: &[(&str, &str)]| match fault(&Method::GET, status, headers, "{}").kind {
        FaultKind::RateLimited { until } => until.as_second() - now().as_second(),
        other => panic!("{other:?}"),
    };
    assert_eq!(until(403, &[("retry-after", "17")]), 17);
    assert_eq!(until(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000300")]), 300);
    assert_eq!(until(429, &[]), 60);
    let both = [("retry-after", "17"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000300")];
    assert_eq!(until(403, &both), 17);
}
