//! The content of the sample workspace.

use serde_json::json;

use super::acts::Missing;
use super::state::State;

/// The runbook that the sample has.
const RUNBOOK: &str = "# When the API is slow\nLook at the dashboard first.\n- [ ] Check the queue\n- [ ] Check the database\n## Contacts\n- Ana: database\n- Ben: network";

/// Fills an empty workspace.
pub(super) fn fill(state: &mut State) {
    // Everything that is named here is made here.
    let filled: Result<(), Missing> = build(state);
    debug_assert_eq!(filled, Ok(()));
    state.happened.clear();
}

fn build(state: &mut State) -> Result<(), Missing> {
    state.new_page("ana", None, "Engineering", "Everything that we build and run.")?;
    let options = |names: &[(&str, &str)]| {
        let options: Vec<_> = names.iter().map(|(name, color)| json!({ "name": name, "color": color })).collect();
        json!({ "options": options })
    };
    let columns = json!({
        "Name": { "title": {} },
        "Status": { "status": {} },
        "Assignee": { "people": {} },
        "Due": { "date": {} },
        "Priority": { "select": options(&[("High", "red"), ("Medium", "yellow"), ("Low", "gray")]) },
        "Tags": { "multi_select": options(&[("bug", "red"), ("feature", "blue"), ("docs", "green")]) },
        "Estimate": { "number": { "format": "number" } },
    });
    state.new_database("ana", Some("Engineering"), "Tasks", &columns)?;
    let rows: [(&[(&str, &str)], &str); 3] = [
        (
            &[
                ("Name", "Fix the login page"),
                ("Status", "In progress"),
                ("Assignee", "ben"),
                ("Due", "2026-12-01"),
                ("Priority", "High"),
                ("Tags", "bug"),
                ("Estimate", "3"),
            ],
            "Logging in with a plus sign in the address fails.",
        ),
        (
            &[
                ("Name", "Write the release notes"),
                ("Status", "Not started"),
                ("Assignee", "ana"),
                ("Due", "2026-12-04"),
                ("Priority", "Medium"),
                ("Tags", "docs"),
                ("Estimate", "1"),
            ],
            "",
        ),
        (&[("Name", "Rotate the keys"), ("Status", "Done"), ("Priority", "Low"), ("Tags", "feature")], ""),
    ];
    for (cells, text) in rows {
        state.new_row("ana", "Tasks", cells, text)?;
    }
    state.new_page("ana", Some("Engineering"), "Runbook", RUNBOOK)?;
    state.new_page("chris", Some("Engineering"), "Reports", "")?;
    state.new_page("chris", None, "Board minutes", "Nobody else's business.")?;
    state.set_shared("Engineering", true)
}
