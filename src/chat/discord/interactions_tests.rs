use super::*;

#[test]
fn a_handle_survives_its_text_and_never_shows_its_token() {
    for kind in [Kind::Command, Kind::Component, Kind::Modal] {
        let handle = Handle {
            application: "11".to_owned(),
            id: "1100000000000000001".to_owned(),
            kind,
            channel: Some("30".to_owned()),
            message: (kind == Kind::Component).then(|| "600".to_owned()),
            token: "aW50/ZXJ_-=".to_owned(),
        };
        assert_eq!(Handle::parse(&handle.value()), Ok(handle.clone()));
        assert!(!format!("{handle:?}").contains("aW50"));
    }
    for text in ["", "1/2/c", "1/2/c/", "1/2/x/token", "said/20//700/1"] {
        assert_eq!(Handle::parse(text).expect_err("none").kind, FaultKind::NotFound, "{text:?}");
    }
}

#[test]
fn the_two_seconds_begin_when_the_interaction_was_made() {
    let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("a time");
    for (created, since, then) in [
        (0, 0, 2_000),
        (0, 1_500, 2_000),
        // Late: at once.
        (0, 2_900, 2_000),
        // Discord's clock is not ours.
        (0, 3_000, 5_000),
        (0, 600_000, 602_000),
        (1, 0, 2_000),
    ] {
        assert_eq!(defer_at(at(created), at(since)), at(then), "{created} {since}");
    }
}
