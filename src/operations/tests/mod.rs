//! Tests of this room, by subject.

mod declared;
mod forms;
mod granted;
mod helped;
mod parsed;
mod registered;
mod split;

use super::{Parsed, parse, sample};

/// What a line means, or the error it gives, as text.
fn said(line: &str) -> String {
    match parse(line, &sample::registry(), "/qd") {
        Ok(Parsed::Help { topic }) => format!("help [{topic}]"),
        Ok(Parsed::Call { operation, args, missing }) => {
            let missing = if missing.is_empty() { String::new() } else { format!(" missing {}", missing.join(", ")) };
            format!("{} {}{missing}", operation.spec.name, serde_json::Value::Object(args))
        }
        Err(fault) => format!("{:?}\n{}", fault.kind, fault.outside),
    }
}
