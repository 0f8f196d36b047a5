//! Configurations with a mistake, and to the letter what the daemon says of each: `tests/bad-configs`, whose README tells
//! how to add one. `UPDATE=1` writes the texts anew, to be read before they are committed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quarterdeck::app::{self, Keyring, Parts, Settings};
use quarterdeck::config;
use quarterdeck::model::Clock;
use quarterdeck::vault::Secret;

/// What is said of a configuration: by the loader and, when that finds nothing, by what knows the operations.
fn said_of(name: &str, text: &str) -> Option<String> {
    let env = text.lines().map_while(|line| line.strip_prefix("#env ")).map(|line| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("`#env NAME=value`, not `{line}`"));
        (name.to_owned(), value.to_owned())
    });
    let settings: Settings = match config::check_text_with(name, text, env, app::validate) {
        Ok(settings) => settings,
        Err(error) => return Some(error.to_string()),
    };
    let parts =
        Parts { clock: Clock::system(), keyring: Keyring::Given(secrets(text)), metrics: Arc::new(String::new) };
    app::check_offline(&settings, &parts).err().map(|fault| fault.outside)
}

/// A secret for every reference of the text: of the form of an outgoing webhook's where the name says so.
fn secrets(text: &str) -> HashMap<String, Secret> {
    let references = text.split('"').filter(|part| part.starts_with("env:"));
    let value =
        |name: &str| if name.starts_with("env:WHSEC") { "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=" } else { "a secret" };
    references.map(|name| (name.to_owned(), Secret::new(value(name)))).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-configs");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

#[tokio::test]
async fn every_mistake_is_told_as_it_was_written_down() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let update = std::env::var_os("UPDATE").is_some();
    let files = files();
    assert!(files.len() >= 30, "only {} files were found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let said = said_of(name, &fs::read_to_string(&file).unwrap());
        let Some(said) = said else {
            wrong.push(format!("{name}: nothing was found wrong"));
            continue;
        };
        let beside = file.with_extension("txt");
        if update {
            fs::write(&beside, &said).unwrap();
        }
        let wanted = fs::read_to_string(&beside).unwrap_or_default();
        if said != wanted {
            wrong.push(format!("{name}: said\n{said}\nand not\n{wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn no_mistake_repeats_a_pasted_secret_and_each_says_where_and_what_to_do() {
    let pasted = ["xoxb-", "ghp_", "qd_AbC", "my webhook secret"];
    for file in files() {
        let said = fs::read_to_string(file.with_extension("txt")).unwrap_or_default();
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(pasted.iter().all(|secret| !said.contains(secret)), "{name} repeats a secret: {said}");
        // From the loader: the place, and a way out; from later checks: the setting.
        assert!(said.contains(name) || said.contains("QUARTERDECK__") || said.contains(": "), "{name}: {said}");
        assert!(!said.ends_with('\n') && !said.is_empty(), "{name} says nothing");
    }
}
