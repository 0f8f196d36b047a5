//! A stretch of inline text between Markdown and Notion, and the order that both can live with.

/// How a stretch of text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
}

/// A stretch of text, or a formula.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) link: Option<String>,
    pub(super) equation: bool,
}

impl Piece {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn is_blank(&self) -> bool {
        !self.solid() && self.text.chars().all(char::is_whitespace)
    }

    /// Whether blanks in it are part of what it says.
    fn solid(&self) -> bool {
        self.style.code || self.equation
    }
}

/// As it can be written in Markdown: no mark begins or ends with a blank, no text begins or ends with one, and what
/// looks alike is one piece.
pub(super) fn tidy(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut split: Vec<Piece> = pieces.into_iter().flat_map(edges).filter(|piece| !piece.text.is_empty()).collect();
    unmark(&mut split, |piece| piece.style.bold.then_some(()), |piece| piece.style.bold = false);
    unmark(&mut split, |piece| piece.style.italic.then_some(()), |piece| piece.style.italic = false);
    unmark(&mut split, |piece| piece.style.strike.then_some(()), |piece| piece.style.strike = false);
    unmark(&mut split, |piece| piece.link.clone(), |piece| piece.link = None);
    let first = split.iter().position(|piece| !piece.is_blank()).unwrap_or(split.len());
    let last = split.iter().rposition(|piece| !piece.is_blank()).map_or(first, |last| last + 1);
    let mut out: Vec<Piece> = Vec::new();
    for piece in split.drain(first..last) {
        match out.last_mut() {
            Some(last) if last.style == piece.style && last.link == piece.link && !last.equation && !piece.equation => {
                last.text.push_str(&piece.text);
            }
            _ => out.push(piece),
        }
    }
    out
}

/// The blanks before and behind a piece, apart from it.
fn edges(piece: Piece) -> Vec<Piece> {
    if piece.solid() {
        return vec![piece];
    }
    let start = piece.text.len() - piece.text.trim_start().len();
    let end = piece.text.trim_end().len().max(start);
    let part = |from: usize, to: usize| Piece {
        text: piece.text.get(from..to).unwrap_or_default().to_owned(),
        ..piece.clone()
    };
    vec![part(0, start), part(start, end), part(end, piece.text.len())]
}

/// Takes a mark off the blanks at both ends of each run of pieces that bear the same.
fn unmark<M: PartialEq>(pieces: &mut [Piece], mark: fn(&Piece) -> Option<M>, clear: fn(&mut Piece)) {
    let mut rest = pieces;
    while let Some(found) = rest.first().map(mark) {
        let length = rest.iter().position(|piece| mark(piece) != found).unwrap_or(rest.len());
        let (run, behind) = std::mem::take(&mut rest).split_at_mut(length);
        if found.is_some() {
            let first = run.iter().position(|piece| !piece.is_blank()).unwrap_or(run.len());
            let last = run.iter().rposition(|piece| !piece.is_blank()).map_or(first, |last| last + 1);
            let (before, inside) = run.split_at_mut(first);
            before.iter_mut().chain(inside.iter_mut().skip(last - first)).for_each(clear);
        }
        rest = behind;
    }
}
