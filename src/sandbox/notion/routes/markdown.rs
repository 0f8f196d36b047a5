//! The content of a page as markdown: <https://developers.notion.com/reference/update-page-markdown>.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::data::Id;
use crate::sandbox::notion::markdown::{Item, What, read};
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::state::State;

fn shown(state: &State, id: &str) -> Value {
    let (text, unknown) = state.world.markdown(id);
    json!({ "object": "page_markdown", "id": id, "markdown": text, "truncated": false, "unknown_block_ids": unknown })
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    state.page(ask, &id)?;
    Ok(Reply::ok(shown(state, &id)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    state.living_page(ask, &id)?;
    let kind = ask.body["type"].as_str().unwrap_or_default();
    let given = &ask.body[kind];
    let deleting = given["allow_deleting_content"] == true;
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    match kind {
        "insert_content" => insert(state, ask, &id, given)?,
        "replace_content" => rewrite(state, ask, &id, text("new_str"), deleting)?,
        "update_content" => {
            let updated = updated(state, &id, &given["content_updates"])?;
            rewrite(state, ask, &id, &updated, deleting)?;
        }
        _ => {
            let (from, to) = selection(state, &id, text("content_range"))?;
            let lines = |blocks: &[(Id, String)]| blocks.iter().map(|(_, text)| text.clone()).collect::<Vec<String>>();
            let (blocks, _) = state.world.markdown_blocks(&id);
            let middle = vec![text("content").to_owned()];
            let whole = [lines(&blocks[..from]), middle, lines(&blocks[to..])].concat().join("\n");
            rewrite(state, ask, &id, &whole, deleting)?;
        }
    }
    Ok(Reply::ok(shown(state, &id)))
}

fn insert(state: &mut State, ask: &Ask<'_>, id: &str, given: &Value) -> Result<(), Reply> {
    let at = match (given["after"].as_str(), given["position"]["type"].as_str()) {
        (Some(after), _) => {
            let (_, to) = selection(state, id, after)?;
            let (blocks, _) = state.world.markdown_blocks(id);
            let last = &blocks[to - 1].0;
            state.after(id, &json!(last))?
        }
        (None, Some("start")) => 0,
        _ => usize::MAX,
    };
    let new = read(given["content"].as_str().unwrap_or_default()).into_iter().filter_map(|item| match item.what {
        What::New(ready) => Some(ready),
        What::Stays(_) => None,
    });
    state.put_blocks(id, new.collect(), at, &ask.bot);
    Ok(())
}

/// The outermost blocks that a selection `start...end` means, as a range.
fn selection(state: &State, id: &str, given: &str) -> Result<(usize, usize), Reply> {
    let (blocks, _) = state.world.markdown_blocks(id);
    let (start, end) = given.split_once("...").unwrap_or((given, given));
    let from = blocks.iter().position(|(_, text)| text.contains(start));
    let to =
        from.and_then(|from| blocks[from..].iter().position(|(_, text)| text.contains(end)).map(|to| from + to + 1));
    from.zip(to).ok_or_else(|| Reply::invalid(&format!("Could not find the selection in the page content: {given}")))
}

/// The content after every replacement, or a refusal when one of them finds nothing, or too much.
fn updated(state: &State, id: &str, updates: &Value) -> Result<String, Reply> {
    let (mut text, _) = state.world.markdown(id);
    for update in updates.as_array().into_iter().flatten() {
        let (old, new) =
            (update["old_str"].as_str().unwrap_or_default(), update["new_str"].as_str().unwrap_or_default());
        match text.matches(old).count() {
            0 => return Err(Reply::invalid(&format!("Could not find old_str in the page content: {old}"))),
            1 => text = text.replacen(old, new, 1),
            _ if update["replace_all_matches"] == true => text = text.replace(old, new),
            count => {
                let message = format!(
                    "Found {count} matches of old_str in the page content. Set replace_all_matches or give more context: {old}"
                );
                return Err(Reply::invalid(&message));
            }
        }
    }
    Ok(text)
}

/// Makes the content say this. Blocks at both ends that say the same already are left alone.
fn rewrite(state: &mut State, ask: &Ask<'_>, id: &str, text: &str, deleting: bool) -> Result<(), Reply> {
    let (old, _) = state.world.markdown_blocks(id);
    let mut new: Vec<Item> = read(text);
    let same = |(one, two): &(&(Id, String), &Item)| one.1 == two.source;
    let first = old.iter().zip(&new).take_while(same).count();
    let most = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let middle: Vec<Item> = new.drain(first..new.len() - last).collect();
    let gone = &old[first..old.len() - last];
    let stays: Vec<&Id> =
        middle.iter().filter_map(|item| if let What::Stays(id) = &item.what { Some(id) } else { None }).collect();
    let world = &state.world;
    let lost = gone
        .iter()
        .map(|(id, _)| id)
        .find(|id| (world.pages.contains_key(*id) || world.databases.contains_key(*id)) && !stays.contains(id));
    if let Some(lost) = lost.filter(|_| !deleting) {
        let message = format!(
            "This operation would delete child pages or databases: {lost}. Set allow_deleting_content to true to proceed."
        );
        return Err(Reply::invalid(&message));
    }
    for (old, _) in gone {
        if !stays.contains(&old) {
            state.trash(old, true, &ask.bot);
        }
    }
    // What stays keeps its place before what is new.
    let start = state.world.pages.get(id).map_or(0, |page| {
        let anchor = first.checked_sub(1).map(|at| &old[at].0);
        anchor.and_then(|anchor| page.children.iter().position(|child| child == anchor)).map_or(0, |at| at + 1)
    });
    let ready = middle.into_iter().filter_map(|item| match item.what {
        What::New(ready) => Some(ready),
        What::Stays(_) => None,
    });
    state.put_blocks(id, ready.collect(), start, &ask.bot);
    Ok(())
}
