//! The trace: the system itself says that the store was synced between a webhook's arrival and its `202`.

use std::process::{Command, Stdio};

use crate::Vendors;
use crate::daemon::Daemon;
use crate::load::signed;

/// The calls that are watched: reading from and writing to sockets, writing to the store, syncing it.
const CALLS: &str = "trace=read,recvfrom,write,writev,sendto,pwrite64,fsync,fdatasync";

/// One finished call of the trace: in the order in which the calls ended, with the line on which each began.
#[derive(Debug)]
struct Called<'t> {
    began: usize,
    ended: usize,
    name: &'t str,
    text: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_synced_to_disk_before_it_is_acknowledged() {
    if !can_trace() {
        println!("SKIPPED: strace is not installed, or may not trace");
        return;
    }
    let vendors = Vendors::open().await;
    let mut daemon = Daemon::new(&vendors, &[]);
    let trace = daemon.file("trace");
    let options = ["strace", "-f", "-y", "-s", "64", "-e", CALLS, "-e", "signal=none", "-o"];
    daemon.wrapper = options.iter().map(|option| (*option).to_owned()).collect();
    daemon.wrapper[0] = which("strace").unwrap();
    daemon.wrapper.push(trace.display().to_string());
    daemon.start();
    daemon.connected().await;

    let body = r#"{"action":"opened","repository":{"full_name":"acme/api"}}"#;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{}/webhooks/github", daemon.url())).headers(signed("traced", body)).body(body);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 202);
    let db = daemon.store().join("db").display().to_string();
    // Stopped, not killed: the tracer must come to write down all that it saw.
    daemon.stop().await;

    let text = std::fs::read_to_string(&trace).unwrap();
    let calls = read(&text);
    let socket = |call: &&Called<'_>| call.text.contains("<TCP:") || call.text.contains("<socket:");
    let arrived = calls
        .iter()
        .filter(socket)
        .find(|call| matches!(call.name, "read" | "recvfrom") && call.text.contains("POST /webhooks/github"))
        .expect("the request in the trace");
    let answered = calls
        .iter()
        .filter(socket)
        .find(|call| matches!(call.name, "write" | "writev" | "sendto") && call.text.contains("HTTP/1.1 202"))
        .expect("the answer in the trace");
    let of_db = |call: &&Called<'_>| call.text.contains(&format!("<{db}>"));
    let written = calls
        .iter()
        .filter(of_db)
        .find(|call| call.name == "pwrite64" && call.began > arrived.ended && call.ended < answered.began)
        .expect("the store is written between arrival and acknowledgement");
    let synced = calls.iter().filter(of_db).find(|call| {
        matches!(call.name, "fsync" | "fdatasync")
            && call.text.trim_end().ends_with("= 0")
            && call.began > written.ended
            && call.ended < answered.began
    });
    let between = calls.iter().filter(|call| call.began > arrived.began && call.ended < answered.ended);
    let between: Vec<&str> = between.map(|call| call.text.as_str()).collect();
    assert!(synced.is_some(), "no sync of {db} before the acknowledgement:\n{}", between.join("\n"));
}

fn which(program: &str) -> Option<String> {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().ok()?;
    let path = String::from_utf8(found.stdout).ok()?;
    (!path.trim().is_empty()).then(|| path.trim().to_owned())
}

fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Puts calls together that another thread's calls cut in two.
fn read(text: &str) -> Vec<Called<'_>> {
    let mut begun: Vec<(&str, usize, &str)> = Vec::new();
    let mut calls = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(first) = rest.strip_suffix("<unfinished ...>") {
            begun.push((thread, number, first));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some(at) = begun.iter().position(|(other, ..)| *other == thread) else { continue };
            let (_, began, first) = begun.swap_remove(at);
            let second = resumed.split_once(" resumed>").map_or("", |(_, second)| second);
            let name = first.split('(').next().unwrap_or_default();
            calls.push(Called { began, ended: number, name, text: format!("{first}{second}") });
        } else {
            let name = rest.split('(').next().unwrap_or_default();
            calls.push(Called { began: number, ended: number, name, text: rest.to_owned() });
        }
    }
    calls
}
