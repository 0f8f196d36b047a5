//! Whatever is written, the loader answers.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_text_and_no_variable_makes_the_loader_panic(
        text in "([a-z\\[\\]{}=\"'#.,:0-9 \n\\\\é-]|name|http|slack|subscriptions|alarm|kind|timeout| = |\n){0,40}",
        name in "QUARTERDECK__[A-Z0-9_]{0,20}",
        value in "\\PC{0,20}",
    ) {
        if let Err(error) = check(&text, &[(name.as_str(), value.as_str())]) {
            prop_assert!(!error.problems().is_empty());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn no_value_of_a_setting_makes_the_loader_panic(value in "\\PC{0,20}") {
        for setting in ["NAME", "HTTP", "HTTP__TIMEOUT", "HTTP__ALLOW", "SLACK__BOT_TOKEN", "ALARM", "SUBSCRIPTIONS",
                        "SUBSCRIPTIONS__0", "KEYS__A", "HTTP__RATIO"] {
            let _ = check("", &[(format!("QUARTERDECK__{setting}").as_str(), value.as_str())]);
        }
    }
}
