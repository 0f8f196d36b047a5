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
