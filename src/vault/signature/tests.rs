//! The vendors' published examples, and every way to forge, replay and mangle them.

use http::{HeaderName, HeaderValue};

use super::*;

const GITHUB_SECRET: &str = "It's a Secret to Everybody";
const GITHUB_SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const SLACK_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const SLACK_TIME: i64 = 1_531_420_618;
const SLACK_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const SLACK_BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const STANDARD_TIME: i64 = 1_614_265_330;
const STANDARD_BODY: &str = r#"{"test": 2432232314}"#;
const STANDARD_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

/// A request as its vendor published it.
struct Sample {
    scheme: Scheme,
    secret: &'static str,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
    at: Timestamp,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn samples() -> Vec<Sample> {
    vec![
        Sample {
            scheme: Scheme::GITHUB,
            secret: GITHUB_SECRET,
            headers: vec![("x-hub-signature-256", GITHUB_SIGNATURE.into())],
            body: "Hello, World!",
            at: at(0),
        },
        Sample {
            scheme: Scheme::JIRA,
            secret: GITHUB_SECRET,
            headers: vec![(
                "x-hub-signature",
                "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9".into(),
            )],
            body: "Hello World!",
            at: at(0),
        },
        Sample {
            scheme: Scheme::SLACK,
            secret: SLACK_SECRET,
            headers: vec![
                ("x-slack-signature", SLACK_SIGNATURE.into()),
                ("x-slack-request-timestamp", SLACK_TIME.to_string()),
            ],
            body: SLACK_BODY,
            at: at(SLACK_TIME),
        },
        Sample {
            scheme: Scheme::STANDARD,
            secret: STANDARD_SECRET,
            headers: vec![
                ("webhook-id", STANDARD_ID.into()),
                ("webhook-timestamp", STANDARD_TIME.to_string()),
                ("webhook-signature", STANDARD_SIGNATURE.into()),
            ],
            body: STANDARD_BODY,
            at: at(STANDARD_TIME),
        },
        Sample {
            scheme: Scheme::STRIPE,
            secret: "whsec_not_base64!",
            headers: Scheme::STRIPE
                .sign(&[Secret::new("whsec_not_base64!")], "", at(1_700_000_000), b"{}")
                .expect("signed"),
            body: "{}",
            at: at(1_700_000_000),
        },
    ]
}

fn map(headers: &[(&'static str, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's value"));
    }
    map
}

impl Sample {
    fn check(&self, headers: &[(&'static str, String)], body: &[u8], now: Timestamp) -> Result<(), Rejected> {
        self.scheme.verify(&[Secret::new(self.secret)], &map(headers), body, now)
    }

    fn with(&self, name: &str, value: &str) -> Vec<(&'static str, String)> {
        let replace = |(header, old): &(&'static str, String)| {
            (*header, if *header == name { value.to_owned() } else { old.clone() })
        };
        self.headers.iter().map(replace).collect()
    }
}

#[test]
fn the_published_examples_are_believed() {
    for sample in samples() {
        assert_eq!(sample.check(&sample.headers, sample.body.as_bytes(), sample.at), Ok(()), "{}", sample.scheme);
    }
}

#[test]
fn signing_makes_the_published_examples() {
    for sample in samples() {
        let id = if sample.scheme.id_header().is_some() { STANDARD_ID } else { "" };
        let made = sample.scheme.sign(&[Secret::new(sample.secret)], id, sample.at, sample.body.as_bytes());
        let sorted = |mut headers: Vec<(&'static str, String)>| {
            headers.sort();
            headers
        };
        assert_eq!(made.map(sorted), Ok(sorted(sample.headers.clone())), "{}", sample.scheme);
    }
}

#[test]
fn a_flipped_bit_anywhere_in_the_body_is_a_mismatch() {
    for sample in samples() {
        for byte in 0..sample.body.len() {
            for bit in 0..8 {
                let mut body = sample.body.as_bytes().to_vec();
                body[byte] ^= 1 << bit;
                let answer = sample.check(&sample.headers, &body, sample.at);
                assert_eq!(answer, Err(Rejected::Mismatch), "{} at {byte}.{bit}", sample.scheme);
            }
        }
        let longer = format!("{} ", sample.body);
        assert_eq!(sample.check(&sample.headers, longer.as_bytes(), sample.at), Err(Rejected::Mismatch));
        assert_eq!(sample.check(&sample.headers, b"", sample.at), Err(Rejected::Mismatch));
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_header_is_rejected() {
    for sample in samples() {
        for (name, value) in &sample.headers {
            for byte in 0..value.len() {
                for bit in 0..8 {
                    let mut changed = value.clone().into_bytes();
                    changed[byte] ^= 1 << bit;
                    let Ok(changed) = HeaderValue::from_bytes(&changed) else { continue };
                    let mut headers = map(&sample.headers);
                    headers.insert(*name, changed.clone());
                    let secrets = [Secret::new(sample.secret)];
                    let answer = sample.scheme.verify(&secrets, &headers, sample.body.as_bytes(), sample.at);
                    assert!(answer.is_err(), "{}: {name}: {changed:?}", sample.scheme);
                }
            }
        }
    }
}

#[test]
fn a_replay_is_refused_on_both_sides_of_the_window() {
    for sample in samples().iter().filter(|sample| sample.scheme.time != Time::None) {
        let check = |seconds: i64| {
            let now = sample.at.checked_add(SignedDuration::from_secs(seconds)).expect("in range");
            sample.check(&sample.headers, sample.body.as_bytes(), now)
        };
        for (seconds, answer) in [
            (0, Ok(())),
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(Rejected::TooOld)),
            (86_400, Err(Rejected::TooOld)),
            (-301, Err(Rejected::TooNew)),
            (-86_400, Err(Rejected::TooNew)),
        ] {
            assert_eq!(check(seconds), answer, "{} after {seconds} s", sample.scheme);
        }
        let late = sample.at.checked_add(SignedDuration::new(300, 999_000_000)).expect("in range");
        assert_eq!(sample.check(&sample.headers, sample.body.as_bytes(), late), Ok(()), "a fraction moves no border");
    }
}

#[test]
fn a_time_that_is_no_time_is_malformed() {
    let sample = &samples()[2];
    for time in ["-1", "+1531420618", "1531420618.5", " 1531420618x", "0x5b", "1e9", "99999999999999999999", "n"] {
        let answer = sample.check(&sample.with("x-slack-request-timestamp", time), sample.body.as_bytes(), sample.at);
        assert_eq!(answer.map_err(|why| why.label()), Err("malformed"), "{time}");
    }
    let far = sample.with("x-slack-request-timestamp", "999999999999");
    assert!(sample.check(&far, sample.body.as_bytes(), sample.at).is_err(), "beyond the calendar");
}

#[test]
fn secrets_rotate_without_a_gap() {
    for sample in samples() {
        let old = Secret::new(sample.secret);
        let new = Secret::new("whsec_bmV3IGtleSBvZiB0aGlydHktdHdvIGJ5dGVzIQ==");
        let headers = map(&sample.headers);
        let check = |secrets: &[Secret]| sample.scheme.verify(secrets, &headers, sample.body.as_bytes(), sample.at);
        assert_eq!(check(&[new.clone(), old.clone()]), Ok(()), "{}", sample.scheme);
        assert_eq!(check(&[old.clone(), new.clone()]), Ok(()), "{}", sample.scheme);
        assert_eq!(check(&[Secret::new(""), old]), Ok(()), "{}: an empty one is passed over", sample.scheme);
        assert_eq!(check(&[new]), Err(Rejected::Mismatch), "{}", sample.scheme);
    }
}

#[test]
fn nothing_is_believed_without_a_secret() {
    for sample in samples() {
        let headers = map(&sample.headers);
        let body = sample.body.as_bytes();
        assert_eq!(sample.scheme.verify(&[], &headers, body, sample.at), Err(Rejected::NoSecret));
        // What anybody could sign: an HMAC with the empty key.
        let forged = sample.scheme.tag(b"", STANDARD_ID, &sample.at.as_second().to_string(), body).expect("a tag");
        let written = match sample.scheme.encoding {
            Encoding::Hex => hex::encode(forged),
            Encoding::Base64 => STANDARD.encode(forged),
        };
        let headers = map(&sample.with(sample.scheme.signature, &format!("{}{written}", sample.scheme.prefix)));
        for empty in ["", "whsec_"] {
            if sample.scheme.key == Key::Plain && !empty.is_empty() {
                continue;
            }
            let answer = sample.scheme.verify(&[Secret::new(empty)], &headers, body, sample.at);
            assert_eq!(answer, Err(Rejected::NoSecret), "{}", sample.scheme);
        }
    }
    assert_eq!(Scheme::STANDARD.check_secret(&Secret::new("whsec_%%%")), Err(Rejected::BadSecret));
    assert_eq!(Scheme::STANDARD.check_secret(&Secret::new(STANDARD_SECRET)), Ok(()));
    assert_eq!(Scheme::GITHUB.check_secret(&Secret::new("")), Err(Rejected::NoSecret));
}

#[test]
fn every_header_has_to_be_there_once() {
    for sample in samples() {
        for at in 0..sample.headers.len() {
            let (name, value) = sample.headers[at].clone();
            let mut headers = sample.headers.clone();
            headers.remove(at);
            assert_eq!(
                sample.check(&headers, sample.body.as_bytes(), sample.at),
                Err(Rejected::Missing(name)),
                "{}",
                sample.scheme
            );
            // Even the same value twice: a proxy and we might read different ones.
            headers.push((name, value.clone()));
            headers.push((name, value));
            assert_eq!(
                sample.check(&headers, sample.body.as_bytes(), sample.at),
                Err(Rejected::Doubled(name)),
                "{}",
                sample.scheme
            );
        }
    }
}

#[test]
fn odd_headers_are_malformed() {
    for sample in samples() {
        let hex = "a".repeat(64);
        let odd = [
            String::new(),
            "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709".into(),
            sample.scheme.prefix.to_owned(),
            hex.clone(),
            format!("{}{}", sample.scheme.prefix, "zz".repeat(32)),
            format!("{}{}", sample.scheme.prefix, &hex[..62]),
            format!("{}{hex}a", sample.scheme.prefix),
            format!("{}{}", sample.scheme.prefix, hex.to_uppercase()),
            format!("{}{}", sample.scheme.prefix, "a".repeat(5000)),
        ];
        for value in odd {
            let answer = sample.check(&sample.with(sample.scheme.signature, &value), sample.body.as_bytes(), sample.at);
            assert_eq!(answer.map_err(|why| why.label()), Err("malformed"), "{}: {value:.80}", sample.scheme);
        }
        let mut headers = map(&sample.headers);
        headers.insert(sample.scheme.signature, HeaderValue::from_bytes(b"sha256=\xff\xfe").expect("opaque bytes"));
        let answer = sample.scheme.verify(&[Secret::new(sample.secret)], &headers, sample.body.as_bytes(), sample.at);
        let expected = Rejected::Malformed { header: sample.scheme.signature, expected: "it is not UTF-8" };
        assert_eq!(answer, Err(expected), "{}", sample.scheme);
    }
}

#[test]
fn one_right_signature_among_several_is_enough() {
    let sample = &samples()[3];
    let other = format!("v1,{}", STANDARD.encode([7; 32]));
    let check = |list: &str| sample.check(&sample.with("webhook-signature", list), sample.body.as_bytes(), sample.at);
    assert_eq!(check(&format!("{other} {STANDARD_SIGNATURE}")), Ok(()));
    assert_eq!(check(&format!("{STANDARD_SIGNATURE} {other}")), Ok(()));
    assert_eq!(check(&format!("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw {STANDARD_SIGNATURE}")), Ok(()));
    assert_eq!(check(&format!("{other} {other}")), Err(Rejected::Mismatch));
    assert_eq!(check("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw").map_err(|why| why.label()), Err("malformed"));
}

#[test]
fn a_rotation_signs_with_every_secret_where_a_list_can_be_sent() {
    let secrets = [Secret::new("whsec_b2xkIGtleSBvbGQga2V5IG9sZCBrZXk="), Secret::new(STANDARD_SECRET)];
    let now = at(STANDARD_TIME);
    let headers = Scheme::STANDARD.sign(&secrets, STANDARD_ID, now, STANDARD_BODY.as_bytes()).expect("signed");
    for secret in secrets {
        assert_eq!(Scheme::STANDARD.verify(&[secret], &map(&headers), STANDARD_BODY.as_bytes(), now), Ok(()));
    }
    let secrets = [Secret::new("one"), Secret::new("two")];
    let headers = Scheme::GITHUB.sign(&secrets, "", now, b"{}").expect("signed");
    assert_eq!(Scheme::GITHUB.verify(&secrets[..1], &map(&headers), b"{}", now), Ok(()));
}

#[test]
fn an_id_that_would_blur_what_is_signed_is_refused() {
    for id in ["", "msg.1", "msg 1", "msg\n", "ms\u{e9}"] {
        let made = Scheme::STANDARD.sign(&[Secret::new(STANDARD_SECRET)], id, at(0), b"");
        assert_eq!(made.map_err(|why| why.label()), Err("malformed"), "{id:?}");
    }
}

#[test]
fn what_was_rejected_says_why_and_never_with_what() {
    let sample = &samples()[0];
    let why = sample.check(&sample.headers, b"other", sample.at).expect_err("another body");
    assert_eq!(
        why.to_string(),
        "the signature does not match; the secret differs from the sender's, or the body was changed on the way"
    );
    assert_eq!(Rejected::Missing("webhook-id").to_string(), "the header `webhook-id` is missing");
}
