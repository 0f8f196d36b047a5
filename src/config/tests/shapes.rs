//! Types that are less usual, and what the loader makes of them.

use super::*;

/// Settings without a default.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Odd {
    /// A name that has to be there.
    name: String,
    /// A section that has to be there.
    #[schemars(extend("x-key" = "acme"))]
    teams: BTreeMap<String, Level>,
    /// One of several.
    either: Either,
    /// A way to sign in.
    sign_in: SignIn,
    #[serde(flatten)]
    more: More,
    /// Anything.
    #[serde(default)]
    free: serde_json::Value,
    /// A list that has to be there.
    rooms: Vec<Room>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Word(String),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SignIn {
    /// With a token.
    Token {
        /// The token.
        token: Reference,
    },
    /// Without.
    Nobody {},
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct More {
    /// Folded in.
    folded: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Room {
    /// Its number.
    number: u8,
    /// Rooms in the room.
    #[serde(default)]
    rooms: Vec<Room>,
}

const GOOD: &str = "name = \"x\"\neither = 3\nfolded = true\nfree = [1]\n[teams]\na = \"info\"\n\
    [sign_in.token]\ntoken = \"env:A\"\n[[rooms]]\nnumber = 1\n[[rooms.rooms]]\nnumber = 2\n";

fn told(text: &str) -> String {
    load_text::<Odd>(text).expect_err("something is wrong").to_string()
}

#[test]
fn what_is_right_is_read() {
    let odd = load_text::<Odd>(GOOD).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(odd.either, Either::Number(3)) && odd.more.folded == Some(true));
    let odd = load_text::<Odd>(&GOOD.replace("either = 3", "either = \"three\"")).expect("the other variant");
    assert!(matches!(odd.either, Either::Word(word) if word == "three") && odd.rooms[0].rooms[0].number == 2);
}

#[test]
fn what_is_wrong_is_told() {
    assert_snapshot!(told(""), @r#"
    quarterdeck.toml: `name` is missing
      expected: a text in quotes
      fix: add `name = "..."` above the first section
    quarterdeck.toml: `teams` is missing
      expected: a table
      fix: add a section `[teams]`
    quarterdeck.toml: `either` is missing
      expected: a whole number, or a text in quotes
      fix: add `either = 0` above the first section
    quarterdeck.toml: `sign_in` is missing
      expected: a table
      fix: add a section `[sign_in]`
    quarterdeck.toml: `rooms` is missing
      expected: a list of tables
      fix: add a section `[[rooms]]`
    "#);
    assert_snapshot!(told(&GOOD.replace("either = 3", "either = true")), @r#"
    quarterdeck.toml:2:10: `either` is `true`
      expected: a whole number, or a text in quotes
      fix: write `either = 0`, say
    "#);
    assert_snapshot!(told(&GOOD.replace("token = \"env", "tokn = \"env")), @r#"
    quarterdeck.toml:7:10: `sign_in.token.token` is missing
      expected: a reference to a secret, `"env:NAME"` or `"file:/path"`
      fix: add `token = "env:SIGN_IN_TOKEN_TOKEN"` to the section
    quarterdeck.toml:8:1: `sign_in.token.tokn` is no setting
      expected: `token`
      fix: did you mean `token`?
    "#);
    assert_snapshot!(told(&GOOD.replace("sign_in.token", "sign_in.nothing")), @r#"
    quarterdeck.toml:7:10: `sign_in.nothing` is not known
      expected: one of `token`, `nobody`
      fix: take one of those in place of `nothing`
    "#);
    assert_snapshot!(told(&GOOD.replace("\"env:A\"", "\"hunter2\"")), @r#"
    quarterdeck.toml:8:9: `sign_in.token.token` is not accepted: expected a reference to a secret, `env:NAME` or `file:/path`
      fix: write `token = "env:SIGN_IN_TOKEN_TOKEN"`, say
    "#);
    assert_snapshot!(told(&GOOD.replace("folded", "foldd")), @r#"
    quarterdeck.toml:3:1: `foldd` is no setting
      expected: one of `name`, `teams`, `either`, `sign_in`, `folded`, `free`, `rooms`
      fix: did you mean `folded`?
    "#);
    assert_snapshot!(told(&GOOD.replace("number = 2", "number = 300\nname = 1")), @r#"
    quarterdeck.toml:12:10: `rooms[0].rooms[0].number` is too large
      expected: a whole number from 0 to 255
      fix: write `number = 0`, say
    quarterdeck.toml:13:1: `rooms[0].rooms[0].name` is no setting
      expected: one of `number`, `rooms`
      fix: remove it
    "#);
}

#[test]
fn the_example_shows_them_and_loads() {
    let text = example::<Odd>();
    assert_snapshot!(text.split_once("\n\n").expect("a head").1, @r#"
    # A name that has to be there.
    # Required.
    name = "..."

    # One of several.
    # Required.
    either = 0

    # Folded in.
    # Not set by default.
    #folded = false

    # Anything.
    # Not set by default.
    #free = "..."

    # A section that has to be there.
    [teams]
    #acme = "info"

    # A way to sign in.
    [sign_in]

    [sign_in.token]
    # The token.
    # Required.
    token = "env:SIGN_IN_TOKEN_TOKEN"
    #
    # Or:
    # nobody = {}

    # A list that has to be there.
    [[rooms]]
    # Its number.
    # Required.
    number = 0
    "#);
    load_text::<Odd>(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    load_text::<Odd>(&uncomment(&text)).unwrap_or_else(|error| panic!("{error}\n{text}"));
}
