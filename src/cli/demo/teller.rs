//! Tells the story in the terminal: who says what, and the cards as they are.

use std::io::{IsTerminal as _, Write as _};

use super::paint::Names;
use crate::cli::Failure;
use crate::sandbox::slack::Message;

/// The story's voice.
#[derive(Debug)]
pub(super) struct Teller {
    names: Names,
    colours: bool,
}

impl Teller {
    pub(super) fn new(names: Names) -> Self {
        let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { names, colours }
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// A new chapter.
    pub(super) fn chapter(&self, title: &str) -> Result<(), Failure> {
        line(&format!("\n{}", self.styled("1", &format!("━━ {title}"))))
    }

    /// Somebody does something somewhere.
    pub(super) fn does(&self, who: &str, place: &str, what: &str) -> Result<(), Failure> {
        let (who, place) = (self.styled("36", &format!("{who:<6}")), self.styled("2", &format!("{place:<9}")));
        line(&format!("  {who} {place} {what}"))
    }

    /// A card, and what is special about it.
    pub(super) fn card(&self, place: &str, remark: &str, message: &Message) -> Result<(), Failure> {
        let lines = self.names.lines(message);
        self.framed(place, remark, &lines)
    }

    /// A form.
    pub(super) fn framed(&self, place: &str, remark: &str, lines: &[String]) -> Result<(), Failure> {
        let remark = if remark.is_empty() { String::new() } else { self.styled("2", &format!(" ({remark})")) };
        line(&format!("  {} {place}{remark}", self.styled("1;35", "⚓ Quarterdeck")))?;
        for (at, text) in lines.iter().enumerate() {
            let shown = if at == 0 { self.styled("1", text) } else { text.clone() };
            line(&format!("    │ {shown}"))?;
        }
        Ok(())
    }

    /// A step that was looked at and is as it should be.
    pub(super) fn checked(&self, what: &str) -> Result<(), Failure> {
        line(&format!("    {} {what}", self.styled("32", "✔")))
    }

    fn styled(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A line of its own.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
