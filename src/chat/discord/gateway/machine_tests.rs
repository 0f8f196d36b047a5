use super::*;
use crate::model::FaultKind;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
}

fn frame(json: &Value) -> Frame {
    Frame::read(&json.to_string()).expect("a frame")
}

fn hello() -> Frame {
    frame(&json!({"op": 10, "d": {"heartbeat_interval": 40_000}}))
}

fn event(seq: u64, name: &str, data: &Value) -> Frame {
    frame(&json!({"op": 0, "s": seq, "t": name, "d": data}))
}

fn fresh() -> Machine {
    Machine::new(Greeting { bot: "77".to_owned(), intents: 4609, watchdog: SignedDuration::ZERO }, None)
}

/// A machine that is connected, with event 1 (READY) on disk.
fn ready() -> Machine {
    let mut machine = fresh();
    connect(&mut machine);
    machine
}

fn connect(machine: &mut Machine) {
    machine.opened(at(0));
    machine.frame(hello(), at(0), 0.5);
    let acts = machine.frame(
        event(1, "READY", &json!({"session_id": "s", "resume_gateway_url": "wss://resume.example"})),
        at(1),
        0.0,
    );
    assert_eq!(acts[0], Act::Connected);
    handle(machine, &acts[1]);
}

/// As [`ready`], with a watchdog of two seconds.
fn watched() -> Machine {
    let greeting = Greeting { bot: "77".to_owned(), intents: 4609, watchdog: SignedDuration::from_secs(2) };
    let mut machine = Machine::new(greeting, None);
    connect(&mut machine);
    machine
}

fn handle(machine: &mut Machine, act: &Act) {
    match act {
        Act::Handle(event) => machine.handled(event),
        other => panic!("{other:?}"),
    }
}

fn sent(acts: &[Act]) -> &Value {
    match acts {
        [Act::Send(value)] => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_identifies_then_beats_with_what_it_heard() {
    let mut machine = fresh();
    machine.opened(at(0));
    let identify = machine.frame(hello(), at(0), 0.25);
    assert_eq!((&sent(&identify)["op"], &sent(&identify)["d"]["intents"]), (&json!(2), &json!(4609)));
    assert_eq!(machine.next_tick(), at(10), "the first heartbeat comes at a random time");
    assert_eq!(sent(&machine.tick(at(10))), &json!({"op": 1, "d": null}));
    assert_eq!(machine.frame(frame(&json!({"op": 11})), at(11), 0.0), []);
    let mut machine = ready();
    assert_eq!(sent(&machine.frame(frame(&json!({"op": 1})), at(2), 0.0)), &json!({"op": 1, "d": 1}), "when asked");
}

#[test]
fn a_missing_ack_closes_so_that_the_session_stays() {
    let mut machine = ready();
    machine.tick(at(20));
    assert_eq!(machine.tick(at(23)), []);
    assert_eq!(machine.tick(at(24)), [Act::Close(4900, Next::Resume)]);
    machine.opened(at(24));
    assert_eq!(machine.next_tick(), at(29), "a connection that says nothing is closed too");
    assert_eq!(machine.tick(at(29)), [Act::Close(4900, Next::Resume)]);
}

#[test]
fn silence_is_asked_about_and_left_within_four_seconds() {
    let mut machine = watched();
    assert_eq!(machine.next_tick(), at(3), "two seconds after READY");
    assert_eq!(sent(&machine.tick(at(3))), &json!({"op": 1, "d": 1}));
    machine.frame(frame(&json!({"op": 11})), at(3), 0.0);
    assert_eq!(machine.next_tick(), at(5));
    machine.frame(event(2, "GUILD_CREATE", &json!({})), at(4), 0.0);
    assert_eq!(machine.next_tick(), at(6), "who talks is not asked");
    machine.tick(at(6));
    assert_eq!(machine.next_tick(), at(8));
    assert_eq!(machine.tick(at(8)), [Act::Close(4900, Next::Resume)]);
}

#[test]
fn the_watchdog_sends_no_fewer_of_the_wanted_heartbeats() {
    let mut machine = watched();
    for second in 3..21 {
        machine.tick(at(second));
        machine.frame(frame(&json!({"op": 11})), at(second), 0.0);
    }
    assert_eq!(machine.beat_at, at(60), "the first was due at 20, the second forty seconds later");
}

#[test]
fn a_discord_that_answers_no_watchdog_is_asked_no_more() {
    let mut machine = watched();
    for _ in 0..2 {
        machine.tick(at(3));
        assert_eq!(machine.tick(at(5)), [Act::Close(4900, Next::Resume)]);
        connect(&mut machine);
    }
    assert_eq!(machine.next_tick(), at(20), "the heartbeat that Discord wants");
    machine.tick(at(20));
    assert_eq!(machine.next_tick(), at(24));
}

#[test]
fn what_is_resumed_is_what_is_on_disk() {
    let mut machine = ready();
    let first = machine.frame(event(2, "INTERACTION_CREATE", &json!({})), at(2), 0.0);
    machine.frame(event(3, "INTERACTION_CREATE", &json!({})), at(2), 0.0);
    handle(&mut machine, &first[0]);
    assert_eq!(machine.closed(None, at(3)), Next::Resume);
    machine.opened(at(3));
    let resume = machine.frame(hello(), at(3), 0.5);
    assert_eq!(sent(&resume)["d"], json!({"token": null, "session_id": "s", "seq": 2}));
    let again = machine.frame(event(3, "INTERACTION_CREATE", &json!({})), at(3), 0.0);
    handle(&mut machine, &again[0]);
    assert_eq!(machine.frame(event(4, "RESUMED", &json!({})), at(3), 0.0)[0], Act::Connected);
    assert_eq!(machine.session().map(|session| session.seq), Some(3));
}

#[test]
fn every_end_goes_on_in_its_way() {
    let code = |code: u16| ready().closed(Some(code), at(3));
    for resumed in [1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008] {
        assert_eq!(code(resumed), Next::Resume, "{resumed}");
    }
    for anew in [4003, 4007, 4009] {
        assert_eq!(code(anew), Next::Identify, "{anew}");
    }
    for never in [4004, 4010, 4011, 4012, 4014] {
        assert!(matches!(code(never), Next::Never(fault) if fault.kind == FaultKind::Misconfigured), "{never}");
    }
    let close = |json: Value| ready().frame(frame(&json), at(2), 0.0);
    assert_eq!(close(json!({"op": 7, "d": null})), [Act::Close(4900, Next::Resume)]);
    assert_eq!(close(json!({"op": 9, "d": true})), [Act::Close(4900, Next::Resume)]);
    assert_eq!(close(json!({"op": 9, "d": false})), [Act::Close(4900, Next::Identify)]);
    assert_eq!(close(json!({"op": 99})), []);
    assert_eq!(fresh().closed(None, at(3)), Next::Identify, "there is nothing to resume");
}

#[test]
fn a_session_that_cannot_be_resumed_is_given_up_after_minutes() {
    let mut machine = ready();
    assert_eq!(machine.closed(None, at(3)), Next::Resume);
    for (second, next) in [(3, Next::Resume), (4, Next::Resume), (5, Next::Resume), (182, Next::Resume)] {
        machine.opened(at(second));
        machine.frame(hello(), at(second), 0.5);
        assert_eq!(machine.closed(Some(4000), at(second)), next, "{second}");
    }
    machine.opened(at(183));
    machine.frame(hello(), at(183), 0.5);
    assert_eq!(machine.closed(Some(4000), at(183)), Next::Identify);
}

#[test]
fn who_never_heard_that_we_want_to_resume_did_not_refuse_it() {
    let mut machine = ready();
    machine.closed(None, at(3));
    for second in 3..600 {
        machine.opened(at(second));
        assert_eq!(machine.closed(None, at(second)), Next::Resume, "{second}");
    }
    machine.opened(at(600));
    assert_eq!(sent(&machine.frame(hello(), at(600), 0.5))["op"], 6);
}

#[test]
fn a_kept_session_is_resumed_only_by_the_same_bot_with_the_same_intents() {
    let kept = ready().session().cloned();
    let with = |bot: &str, intents| {
        let greeting = Greeting { bot: bot.to_owned(), intents, watchdog: SignedDuration::ZERO };
        Machine::new(greeting, kept.clone())
    };
    assert!(with("77", 4609).session().is_some());
    assert!(with("78", 4609).session().is_none());
    assert!(with("77", 1).session().is_none());
}
