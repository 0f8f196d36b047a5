//! The sections of this room: `[[subscriptions]]` and `[[places]]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Place;

/// One subscription of the configuration file: `[[subscriptions]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionConfig {
    /// Where matching events are told, such as `slack:#deploys`.
    #[schemars(example = &"slack:#deploys")]
    pub place: Place,
    /// Where the events come from; `*` stands for any text. GitHub's are `github:owner/name`.
    #[serde(default = "any")]
    #[schemars(example = &"github:acme/*")]
    pub source: String,
    /// Which events: types such as `github.issues.*`, or words such as `issues`, `pulls`, `tasks`, `alerts`, `scans`.
    #[schemars(example = ["issues", "pulls", "task.failed"])]
    pub events: Vec<String>,
}

/// What a place takes for granted: `[[places]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceConfig {
    /// The place.
    #[schemars(example = &"slack:#api")]
    pub place: Place,
    /// The repository that `#12` belongs to there, as `owner/name`.
    #[schemars(example = &"acme/api")]
    pub repository: String,
}

fn any() -> String {
    "*".to_owned()
}
