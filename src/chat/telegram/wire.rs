//! Small texts that travel: what a button carries to Telegram and back, and what a request carries through the house.
//! Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::{Choice, Place, Token};

/// What a button carries: at most 64 bytes, <https://core.telegram.org/bots/api#inlinekeyboardbutton>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// `p:<token>`, or `p:<token>:<n>.<check>` for a menu's choice: a press.
    Press {
        /// What the button does.
        token: Token,
        /// The menu's choice.
        choice: Option<Pick>,
    },
    /// `m:<token>`, `m:<token>:<page>`: a menu is to be opened at a page; `m:<token>:x`: to be closed.
    Menu {
        /// The menu's token.
        token: Token,
        /// What is to be shown.
        turn: Turn,
    },
    /// `f:<token>:<what>`: an answer to a question of a form.
    Form {
        /// The form's token.
        token: Token,
        /// What was pressed.
        key: Key,
    },
}

/// A choice of a menu. The menu may have changed since the button was made: its number alone may mean another one by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pick {
    /// Its number among the choices.
    number: usize,
    /// The beginning of a digest of its value.
    check: String,
}

impl Pick {
    /// The choice of this number, with this value.
    pub(super) fn new(number: usize, value: &str) -> Self {
        Self { number, check: hex::encode(&Sha256::digest(value)[..4]) }
    }

    /// The choice that was meant, wherever it stands by now; `None` where it is not offered any more.
    pub(super) fn of<'a>(&self, choices: &'a [Choice]) -> Option<&'a Choice> {
        let is = |choice: &&Choice| Self::new(self.number, &choice.value) == *self;
        choices.get(self.number).filter(is).or_else(|| choices.iter().find(is))
    }

    fn read(text: &str) -> Option<Self> {
        // A button of an older version bears the number alone, and means no choice that could be told.
        let (number, check) = text.split_once('.').unwrap_or((text, ""));
        Some(Self { number: number.parse().ok()?, check: check.to_owned() })
    }
}

/// What a menu is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// This page of its choices, from 0.
    Page(usize),
    /// The card's own buttons again.
    Close,
}

/// What was pressed below a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `<n>`: this answer.
    Choice(usize),
    /// `t<n>`: tick this one, or take the tick away.
    Tick(usize),
    /// `ok`: what is ticked is the answer.
    Done,
    /// `skip`: no answer, the next question.
    Skip,
    /// `run`: no further questions.
    Run,
    /// `no`: nothing is to be done after all.
    Cancel,
}

impl Data {
    /// The text on the button.
    pub(super) fn write(&self) -> String {
        match self {
            Self::Press { token, choice: None } => format!("p:{}", token.as_str()),
            Self::Press { token, choice: Some(Pick { number, check }) } => {
                format!("p:{}:{number}.{check}", token.as_str())
            }
            Self::Menu { token, turn: Turn::Page(0) } => format!("m:{}", token.as_str()),
            Self::Menu { token, turn: Turn::Page(page) } => format!("m:{}:{page}", token.as_str()),
            Self::Menu { token, turn: Turn::Close } => format!("m:{}:x", token.as_str()),
            Self::Form { token, key } => {
                let key = match key {
                    Key::Choice(choice) => choice.to_string(),
                    Key::Tick(choice) => format!("t{choice}"),
                    Key::Done => "ok".to_owned(),
                    Key::Skip => "skip".to_owned(),
                    Key::Run => "run".to_owned(),
                    Key::Cancel => "no".to_owned(),
                };
                format!("f:{}:{key}", token.as_str())
            }
        }
    }

    /// What the text on a button means; `None` when it is none of ours.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (token, key) = match rest.split_once(':') {
            Some((token, key)) => (token, Some(key)),
            None => (rest, None),
        };
        let sound = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
        if token.is_empty() || token.len() > 40 || !token.chars().all(sound) {
            return None;
        }
        let token = Token::from_wire(token);
        Some(match (kind, key) {
            ("p", None) => Self::Press { token, choice: None },
            ("p", Some(choice)) => Self::Press { token, choice: Some(Pick::read(choice)?) },
            ("m", None) => Self::Menu { token, turn: Turn::Page(0) },
            ("m", Some("x")) => Self::Menu { token, turn: Turn::Close },
            ("m", Some(page)) => Self::Menu { token, turn: Turn::Page(page.parse().ok()?) },
            ("f", Some(key)) => {
                let key = match key {
                    "ok" => Key::Done,
                    "skip" => Key::Skip,
                    "run" => Key::Run,
                    "no" => Key::Cancel,
                    _ => match key.strip_prefix('t') {
                        Some(choice) => Key::Tick(choice.parse().ok()?),
                        None => Key::Choice(key.parse().ok()?),
                    },
                };
                Self::Form { token, key }
            }
            _ => return None,
        })
    }
}

/// A press that can be answered, or a line in a group: the value of a request's [`crate::model::ReplyHandle`].
///
/// The message can be edited and replied to as long as it is there. The callback query, which shows a short text to
/// the person alone, is open for a moment only; see [`super::callbacks::Callbacks`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handle {
    /// The callback query's id; empty for a line.
    pub query: String,
    /// Where the message stands.
    pub place: Place,
    /// The message with the button, or with the line.
    pub message: i64,
    /// Who pressed, or wrote.
    pub user: i64,
}

/// Who is to be asked, and where: the value of a request's `trigger`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trigger {
    /// Where.
    pub place: Place,
    /// Who.
    pub user: i64,
    /// What they are called.
    pub name: String,
    /// The person's message that asked for it: what a question replies to, so that in a group it is put to that person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<i64>,
    /// The question that was answered, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<i64>,
}

macro_rules! as_text {
    ($name:ident) => {
        impl $name {
            /// As the text that is stored.
            pub(super) fn write(&self) -> String {
                // Texts and numbers alone can always be written.
                serde_json::to_string(self).unwrap_or_default()
            }

            /// From the text that was stored; `None` when it is none of ours.
            pub(super) fn read(text: &str) -> Option<Self> {
                serde_json::from_str(text).ok()
            }
        }
    };
}

as_text!(Handle);
as_text!(Trigger);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_buttons_carry_comes_back_and_fits() {
        let token = Token::new();
        let form = |key| Data::Form { token: token.clone(), key };
        for data in [
            Data::Press { token: token.clone(), choice: None },
            Data::Press { token: token.clone(), choice: Some(Pick::new(124, "acme/api")) },
            Data::Menu { token: token.clone(), turn: Turn::Page(0) },
            Data::Menu { token: token.clone(), turn: Turn::Page(3) },
            Data::Menu { token: token.clone(), turn: Turn::Close },
            form(Key::Choice(0)),
            form(Key::Tick(12)),
            form(Key::Done),
            form(Key::Skip),
            form(Key::Run),
            form(Key::Cancel),
        ] {
            let text = data.write();
            assert!(text.len() <= 64, "{text}");
            assert_eq!(Data::read(&text), Some(data), "{text}");
        }
        for odd in ["", "p", "p:", "x:abc", "f:abc", "f:abc:what", "p:a b", "p:abc:x", &"x".repeat(64), "p:a:1:2"] {
            assert_eq!(Data::read(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_pick_means_its_choice_wherever_that_stands() {
        let choices = |values: &[&str]| -> Vec<Choice> {
            values.iter().map(|value| Choice { value: (*value).to_owned(), label: value.to_uppercase() }).collect()
        };
        let pick = Pick::new(1, "ben");
        let of = |values: &[&str]| pick.of(&choices(values)).map(|choice| choice.value.clone());
        for there in [&["ana", "ben", "cleo"][..], &["ben"], &["cleo", "ana", "ben"]] {
            assert_eq!(of(there).as_deref(), Some("ben"));
        }
        assert_eq!(of(&["ana", "cleo"]), None);
        assert_eq!(of(&[]), None);
        let Some(Data::Press { choice: Some(old), .. }) = Data::read("p:abc:1") else { panic!("a press") };
        assert_eq!(old.of(&choices(&["ana", "ben"])), None);
    }

    #[test]
    fn handles_and_triggers_come_back() {
        let place: Place = "telegram:-100/7".parse().expect("a place");
        let handle = Handle { query: "9".into(), place: place.clone(), message: 3, user: 5 };
        assert_eq!(Handle::read(&handle.write()), Some(handle));
        let trigger = Trigger { place, user: 5, name: "Ana \"A\"".into(), message: None, question: Some(2) };
        assert_eq!(Trigger::read(&trigger.write()), Some(trigger));
        assert_eq!(Handle::read("123/456"), None);
    }
}
