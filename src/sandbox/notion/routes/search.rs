//! Search by title: <https://developers.notion.com/reference/post-search>. It lags behind what was just written.

use jiff::Timestamp;
use serde_json::Value;

use super::Ask;
use crate::sandbox::notion::reply::Answer;
use crate::sandbox::notion::rich::plain;
use crate::sandbox::notion::state::State;

/// Pages and data sources whose title holds the words.
pub(super) fn search(state: &mut State, ask: &Ask<'_>) -> Answer {
    let words = ask.body["query"].as_str().unwrap_or_default().to_lowercase();
    let filter = &ask.body["filter"];
    let kind = filter["value"].as_str();
    let trashed = filter["in_trash"] == true;
    let world = &state.world;
    let sees = ask.capabilities.users;
    let fits = |id: &str, title: &str, indexed: Timestamp| {
        world.visible(id, &ask.bot)
            && world.trashed(id) == trashed
            && indexed <= state.now
            && title.to_lowercase().contains(&words)
    };
    let mut found: Vec<(Timestamp, String, Value)> = Vec::new();
    for id in &world.order {
        if let Some(page) = world.pages.get(id).filter(|_| kind != Some("data_source")) {
            let template = world.source_of(page).is_some_and(|source| source.templates.contains(id));
            if !template && fits(id, &page.title(), page.indexed) {
                found.push((page.stamp.edited, id.clone(), world.page_json(page, &[], sees, state.now)));
            }
        }
        if let Some(source) = world.sources.get(id).filter(|_| kind != Some("page"))
            && fits(id, &plain(&source.title), source.indexed)
        {
            found.push((source.stamp.edited, id.clone(), world.source_json(source, state.now)));
        }
    }
    // The newest come first, unless it is asked otherwise.
    found.sort_by_key(|(edited, ..)| std::cmp::Reverse(*edited));
    if ask.body["sort"]["direction"] == "ascending" {
        found.reverse();
    }
    ask.list("page_or_data_source", found.into_iter().map(|(_, id, shown)| (id, shown)).collect())
}
