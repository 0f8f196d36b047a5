use super::*;

#[test]
fn what_was_typed_can_always_be_chosen_and_nothing_is_too_long() {
    let choice = |value: &str| Choice { value: value.into(), label: format!("label of {value}") };
    let values = |answer: &Value| {
        let options = answer["options"].as_array().expect("options").iter();
        options.map(|option| option["value"].as_str().expect("a value").to_owned()).collect::<Vec<_>>()
    };
    let choices = [choice("acme/api"), choice("acme/web")];
    assert_eq!(values(&options("", &choices)), ["acme/api", "acme/web"]);
    assert_eq!(values(&options(" acme ", &choices)), ["acme/api", "acme/web", "acme"]);
    assert_eq!(values(&options("acme/web", &choices)), ["acme/web", "acme/api"]);
    assert_eq!(values(&options(&"x".repeat(151), &[choice(&"y".repeat(151))])), [""; 0]);
    let long = options(&"é".repeat(150), &[]);
    assert_eq!(long["options"][0]["text"]["text"].as_str().expect("a text").chars().count(), 75);
    assert!(crate::sandbox::slack::refused_options(&options("a", &choices)).is_none());
}
