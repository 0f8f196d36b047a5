//! What changed between two sets of files, as GitHub shows it: counts, patches, and which lines can be commented on.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Tree;
use super::git::Blob;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// One changed file.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct FileDiff {
    pub path: String,
    pub sha: String,
    /// `added`, `removed` or `modified`.
    pub status: &'static str,
    pub additions: usize,
    pub deletions: usize,
    lines: Vec<Line>,
}

/// A line of a patch; its place in the list is GitHub's `position`.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    /// Its number before; none for what is new, and for a hunk's head.
    old: Option<u64>,
    /// Its number after; none for what is gone, and for a hunk's head.
    new: Option<u64>,
    hunk: usize,
}

/// Where a comment stands in a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox::github) struct Spot {
    pub position: u64,
    pub hunk_text: String,
    hunk: usize,
}

impl FileDiff {
    /// The patch without the heads that name the file.
    pub(in crate::sandbox::github) fn patch(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Where a line is in the diff, when it is there. `LEFT` counts lines as they were before.
    pub(in crate::sandbox::github) fn spot(&self, line: u64, side: &str) -> Option<Spot> {
        let number = |at: &Line| if side == "LEFT" { at.old } else { at.new };
        let at = self.lines.iter().position(|found| number(found) == Some(line))?;
        self.at(at)
    }

    /// The line at a `position`, with its number and side.
    pub(in crate::sandbox::github) fn position(&self, position: u64) -> Option<(Spot, u64, &'static str)> {
        let at = usize::try_from(position).ok()?;
        let line = self.lines.get(at)?;
        let (number, side) = line.new.map(|new| (new, "RIGHT")).or_else(|| line.old.map(|old| (old, "LEFT")))?;
        Some((self.at(at)?, number, side))
    }

    fn at(&self, at: usize) -> Option<Spot> {
        let hunk = self.lines.get(at)?.hunk;
        let shown = self.lines.iter().take(at + 1).filter(|line| line.hunk == hunk);
        let hunk_text = shown.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
        Some(Spot { position: u64::try_from(at).ok()?, hunk_text, hunk })
    }
}

impl Spot {
    /// Whether both are in the same hunk.
    pub(in crate::sandbox::github) fn beside(&self, other: &Self) -> bool {
        self.hunk == other.hunk
    }
}

/// The changed files by path.
pub(in crate::sandbox::github) fn diff(before: &Tree, after: &Tree) -> Vec<FileDiff> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    changed.map(|path| file(path, before.get(path), after.get(path))).collect()
}

fn file(path: &str, before: Option<&Blob>, after: Option<&Blob>) -> FileDiff {
    let lines = |blob: Option<&Blob>| blob.map_or(Vec::new(), |blob| blob.text.lines().map(str::to_owned).collect());
    let (old, new): (Vec<String>, Vec<String>) = (lines(before), lines(after));
    let steps = steps(&old, &new);
    let status = match (before, after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "modified",
    };
    FileDiff {
        path: path.to_owned(),
        sha: after.or(before).map(Blob::sha).unwrap_or_default(),
        status,
        additions: steps.iter().filter(|step| step.old.is_none()).count(),
        deletions: steps.iter().filter(|step| step.new.is_none()).count(),
        lines: hunks(&steps),
    }
}

/// One line on its way from before to after.
struct Step<'a> {
    text: &'a str,
    old: Option<u64>,
    new: Option<u64>,
}

/// The longest common subsequence, walked from the start.
fn steps<'a>(old: &'a [String], new: &'a [String]) -> Vec<Step<'a>> {
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let number = |at: usize| u64::try_from(at + 1).ok();
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push(Step { text: &old[i], old: number(i), new: number(j) });
            (i, j) = (i + 1, j + 1);
        } else if j >= new.len() || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            out.push(Step { text: &old[i], old: number(i), new: None });
            i += 1;
        } else {
            out.push(Step { text: &new[j], old: None, new: number(j) });
            j += 1;
        }
    }
    out
}

/// The steps near a change, cut into hunks with their heads.
fn hunks(steps: &[Step<'_>]) -> Vec<Line> {
    let changed = |step: &Step<'_>| step.old.is_none() || step.new.is_none();
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        steps.iter().skip(from).take(at + CONTEXT + 1 - from).any(changed)
    };
    let mut out: Vec<Line> = Vec::new();
    let (mut hunk, mut at) = (0, 0);
    while at < steps.len() {
        if !near(at) {
            at += 1;
            continue;
        }
        let length = (at..steps.len()).take_while(|&at| near(at)).count();
        let part = &steps[at..at + length];
        out.push(Line { text: head(part), old: None, new: None, hunk });
        for step in part {
            let sign = match (step.old, step.new) {
                (None, _) => '+',
                (_, None) => '-',
                _ => ' ',
            };
            out.push(Line { text: format!("{sign}{}", step.text), old: step.old, new: step.new, hunk });
        }
        (hunk, at) = (hunk + 1, at + length);
    }
    out
}

/// `@@ -1,3 +1,4 @@`.
fn head(part: &[Step<'_>]) -> String {
    let range = |numbers: Vec<u64>| {
        let mut text = numbers.first().copied().unwrap_or_default().to_string();
        if numbers.len() != 1 {
            let _written = write!(text, ",{}", numbers.len());
        }
        text
    };
    let old = range(part.iter().filter_map(|step| step.old).collect());
    let new = range(part.iter().filter_map(|step| step.new).collect());
    format!("@@ -{old} +{new} @@")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    fn tree(text: &str) -> Tree {
        Arc::new(BTreeMap::from([("a.txt".to_owned(), Blob::text(text))]))
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let before = (1..=12).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        let found = diff(&tree(&before), &tree(&before.replace("line 6\n", "line six\nand more\n")));
        assert_eq!((found[0].status, found[0].additions, found[0].deletions), ("modified", 2, 1));
        insta::assert_snapshot!(found[0].patch(), @r"
        @@ -3,7 +3,8 @@
         line 3
         line 4
         line 5
        -line 6
        +line six
        +and more
         line 7
         line 8
         line 9
        ");
        assert_eq!(found[0].spot(7, "RIGHT").unwrap().position, 6);
        assert_eq!(found[0].spot(6, "LEFT").unwrap().position, 4);
        assert_eq!((found[0].spot(1, "RIGHT"), found[0].spot(12, "LEFT")), (None, None));
        assert_eq!(found[0].position(5).map(|(_, line, side)| (line, side)), Some((6, "RIGHT")));
    }

    #[test]
    fn a_new_file_starts_at_nothing() {
        let found = diff(&Tree::default(), &tree("one\n"));
        assert_eq!((found[0].status, found[0].patch().as_str()), ("added", "@@ -0,0 +1 @@\n+one"));
        assert_eq!(diff(&tree("one\n"), &tree("one\n")).len(), 0);
    }
}
