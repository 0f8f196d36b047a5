//! The command registry: scopes, diffs and every rule.

use serde_json::{Value, json};

use super::{
    super::{APPLICATION, GUILD},
    Rig, github,
};

fn path() -> String {
    format!("/applications/{APPLICATION}/commands")
}

#[tokio::test]
async fn written_and_read() {
    let rig = Rig::new().await;
    rig.register(github()).await;
    let first = rig.fake.commands(None);
    rig.register(github()).await;
    assert_eq!(rig.fake.commands(None), first, "the same commands keep ids and versions");
    assert_eq!(rig.fake.registrations(), 2);
    let id = first[1]["id"].as_str().unwrap();
    let one = format!("{}/{id}", path());
    assert_eq!(rig.get(&one).await["name"], "ping");
    let (status, edited) = rig.call("PATCH", &one, json!({"description": "Pong"})).await;
    assert_eq!((status, &edited["description"]), (200, &json!("Pong")));
    assert_ne!(edited["version"], first[1]["version"]);
    let (status, again) = rig.call("POST", &path(), json!({"name": "ping", "description": "P"})).await;
    assert_eq!((status, &again["id"]), (200, &first[1]["id"]), "the same name overwrites");
    assert_eq!(rig.call("POST", &path(), json!({"name": "new", "description": "N"})).await.0, 201);
    assert_eq!(rig.call("DELETE", &one, Value::Null).await.0, 204);
    assert_eq!(rig.call("GET", &one, Value::Null).await.1["code"], 10063);
    let guild = format!("/applications/{APPLICATION}/guilds/{GUILD}/commands");
    rig.post(&guild, json!({"name": "local", "description": "L"})).await;
    assert_eq!(rig.fake.commands(Some("Acme"))[0]["guild_id"], GUILD);
    assert_eq!(rig.get(&path()).await.as_array().unwrap().len(), 4);
    let (status, body) = rig.call("GET", "/applications/1/commands", Value::Null).await;
    assert_eq!((status, &body["code"]), (403, &json!(20012)));
}

#[tokio::test]
async fn rules() {
    let rig = Rig::new().await;
    let option = |more: Value| {
        let mut option = json!({"type": 3, "name": "o", "description": "d"});
        for (key, value) in more.as_object().unwrap() {
            option[key.as_str()] = value.clone();
        }
        json!({"name": "c", "description": "d", "options": [option]})
    };
    let options = |list: Value| json!({"name": "c", "description": "d", "options": list});
    let text = |name: &str, required: bool| json!({"type": 3, "name": name, "description": "d", "required": required});
    let sub = |inside: Value| json!({"type": 1, "name": "s", "description": "d", "options": inside});
    let choice = |name: &str, value: Value| json!({"name": name, "value": value});
    let many: Vec<_> = (0..26).map(|at| text(&format!("o{at}"), false)).collect();
    for (body, error) in [
        (json!({"name": "Upper", "description": "d"}), "name: APPLICATION_COMMAND_INVALID_NAME"),
        (json!({"name": "two words", "description": "d"}), "name: APPLICATION_COMMAND_INVALID_NAME"),
        (json!({"name": "x".repeat(33), "description": "d"}), "name: BASE_TYPE_BAD_LENGTH"),
        (json!({"name": "c", "description": "x".repeat(101)}), "description: BASE_TYPE_BAD_LENGTH"),
        (json!({"name": "c"}), "description: BASE_TYPE_REQUIRED"),
        (json!({"name": "c", "description": "d", "type": 7}), "type: BASE_TYPE_CHOICES"),
        (options(json!(many)), "options: BASE_TYPE_MAX_LENGTH"),
        (
            options(json!([text("a", false), text("b", true)])),
            "options.1: APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            options(json!([text("a", false), text("a", false)])),
            "options.1.name: APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        ),
        (options(json!([text("a", false), sub(json!([]))])), "options.1: APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
        (options(json!([sub(json!([sub(json!([]))]))])), "options.0.options.0.type: BASE_TYPE_CHOICES"),
        (option(json!({"type": 12})), "options.0.type: BASE_TYPE_CHOICES"),
        (option(json!({"description": ""})), "options.0.description: BASE_TYPE_REQUIRED"),
        (
            option(json!({"autocomplete": true, "choices": [choice("a", json!("a"))]})),
            "options.0.choices: APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_EXCLUSIVE",
        ),
        (
            option(json!({"type": 5, "autocomplete": true})),
            "options.0.autocomplete: APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
        ),
        (
            option(json!({"choices": [choice("a", json!("a")), choice("a", json!("b"))]})),
            "options.0.choices.1.name: APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        ),
        (
            option(json!({"choices": [choice("a", json!("x".repeat(101)))]})),
            "options.0.choices.0.value: BASE_TYPE_BAD_LENGTH",
        ),
        (
            option(json!({"type": 4, "choices": [choice("a", json!("one"))]})),
            "options.0.choices.0.value: NUMBER_TYPE_COERCE",
        ),
        (
            option(json!({"type": 4, "max_length": 5})),
            "options.0.max_length: APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID",
        ),
    ] {
        assert_eq!(rig.wrong("POST", &path(), body.clone()).await, error, "{body}");
    }
    let twice = json!([{"name": "a", "description": "d"}, {"name": "a", "description": "d"}]);
    assert_eq!(rig.wrong("PUT", &path(), twice).await, "1: APPLICATION_COMMANDS_DUPLICATE_NAME");
    let choices: Vec<_> = (0..25).map(|at| choice(&format!("{at:099}"), json!("v".repeat(99)))).collect();
    let large: Vec<_> =
        (0..2).map(|at| json!({"type": 3, "name": format!("o{at}"), "description": "d", "choices": choices})).collect();
    assert_eq!(rig.wrong("POST", &path(), options(json!(large))).await, ": APPLICATION_COMMAND_TOO_LARGE");
    let many: Vec<_> = (0..101).map(|at| json!({"name": format!("c{at}"), "description": "d"})).collect();
    assert_eq!(rig.call("PUT", &path(), json!(many)).await.1["code"], 30032);
    assert_eq!(rig.fake.registrations(), 0);
}

#[tokio::test]
async fn so_many_a_day() {
    let rig = Rig::new().await;
    let some = |from: usize| -> Vec<_> {
        (from..from + 100).map(|at| json!({"name": format!("c{at}"), "description": "d"})).collect()
    };
    rig.register(json!(some(0))).await;
    rig.register(json!(some(0))).await;
    rig.register(json!(some(100))).await;
    let (status, body) = rig.call("POST", &path(), json!({"name": "c0", "description": "d"})).await;
    assert_eq!((status, &body["code"]), (400, &json!(30032)));
    let (status, body) = rig.call("PUT", &path(), json!(some(50))).await;
    assert_eq!((status, &body["code"]), (429, &json!(30034)));
    rig.pass(24 * 3600);
    rig.register(json!(some(50))).await;
}

#[tokio::test]
async fn what_people_may_type() {
    let rig = Rig::new().await;
    let mut commands = github();
    commands[1]["default_member_permissions"] = json!("32");
    rig.register(commands).await;
    let good = || vec![("repo", json!("acme/web")), ("number", json!(1))];
    let close = "github issue close";
    assert!(rig.fake.command("ben", "general", close, &good()).is_ok());
    for (name, value) in [
        ("number", json!("1")),
        ("number", json!(0)),
        ("repo", json!(3)),
        ("reason", json!("bored")),
        ("who", json!("nobody")),
        ("what", json!("x")),
    ] {
        let mut options = good();
        options.retain(|(known, _)| *known != name);
        options.push((name, value));
        let refused = rig.fake.command("ben", "general", close, &options).unwrap_err();
        assert!(refused.fields.contains_key(name), "{refused}");
    }
    assert!(rig.fake.command("ben", "general", close, &good()[..1]).unwrap_err().fields.contains_key("number"));
    for wrong in ["github", "github issue", "github issue open", "nope"] {
        assert!(rig.fake.command("ben", "general", wrong, &[]).is_err(), "{wrong}");
    }
    assert!(rig.fake.command("cleo", "deploys", close, &good()).is_err(), "Cleo does not see #deploys");
    assert!(rig.fake.command("ben", "general", "ping", &[]).is_err(), "MANAGE_GUILD is needed");
    assert!(rig.fake.command("ana", "general", "ping", &[]).is_ok());
    assert!(rig.fake.type_option("ben", "general", close, &[], "number").is_err(), "not completed");
    let direct = rig.fake.direct_channel("ben").unwrap();
    let sent = rig.fake.command("ben", &direct, "github help", &[]).unwrap();
    assert_eq!((&sent.payload["context"], &sent.payload["user"]["username"]), (&json!(1), &json!("ben")));
    rig.fake.remove_bot("Acme").unwrap();
    assert!(rig.fake.command("ben", "general", "github help", &[]).is_err());
}
