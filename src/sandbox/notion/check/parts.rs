//! Shapes that stand in many requests: rich text, icons, covers, files, parents, property values and columns.

use jiff::{Timestamp, civil};

use super::shape::{Field, Shape, Tagged, may, need};

/// Colours of text and blocks.
pub(super) const COLORS: Shape = Shape::Words(&[
    "default",
    "gray",
    "brown",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "red",
    "default_background",
    "gray_background",
    "brown_background",
    "orange_background",
    "yellow_background",
    "green_background",
    "blue_background",
    "purple_background",
    "pink_background",
    "red_background",
]);
/// Colours of options.
const OPTION_COLORS: Shape = Shape::Words(&OPTION_COLOR_NAMES);
/// The names of the colours of options, in the order in which new ones get them.
pub(in crate::sandbox::notion) const OPTION_COLOR_NAMES: [&str; 10] =
    ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

pub(super) const EMPTY: Shape = Shape::Object(&[]);
const NAME: Shape = Shape::Text(0, 2_000);
const SHORT: Shape = Shape::Text(1, 200);

const ANNOTATIONS: Shape = Shape::Object(&[
    may("bold", &Shape::Bool),
    may("italic", &Shape::Bool),
    may("strikethrough", &Shape::Bool),
    may("underline", &Shape::Bool),
    may("code", &Shape::Bool),
    may("color", &COLORS),
]);
const DATE: Shape = Shape::Object(&[
    need("start", &Shape::Date),
    may("end", &Shape::OrNull(&Shape::Date)),
    may("time_zone", &Shape::OrNull(&NAME)),
]);
const USER: Shape = Shape::Object(&[need("id", &Shape::Id), may("object", &Shape::Words(&["user"]))]);
const WITH_ID: Shape = Shape::Object(&[need("id", &Shape::Id)]);
const MENTION: Shape = Shape::Tagged(&Tagged {
    variants: &[("user", &USER), ("date", &DATE), ("page", &WITH_ID), ("database", &WITH_ID)],
    bare: &[],
    common: &[],
    typed: false,
});
const LINK: Shape = Shape::Object(&[need("url", &Shape::Url)]);
/// One piece of rich text: <https://developers.notion.com/reference/rich-text>.
const RICH_ITEM: Shape = Shape::Tagged(&Tagged {
    variants: &[
        ("text", &Shape::Object(&[need("content", &Shape::Text(0, 2_000)), may("link", &Shape::OrNull(&LINK))])),
        ("mention", &MENTION),
        ("equation", &Shape::Object(&[need("expression", &Shape::Text(0, 1_000))])),
    ],
    bare: &[],
    common: &[may("annotations", &ANNOTATIONS)],
    typed: false,
});
/// Rich text: at most a hundred pieces.
pub(super) const RICH: Shape = Shape::List(&RICH_ITEM, 100);

const EXTERNAL: Shape = LINK;
const UPLOADED: Shape = WITH_ID;
/// A page's icon.
pub(super) const ICON: Shape = Shape::Tagged(&Tagged {
    variants: &[("emoji", &Shape::Text(1, 20)), ("external", &EXTERNAL), ("file_upload", &UPLOADED)],
    bare: &[],
    common: &[],
    typed: false,
});
/// A page's cover.
pub(super) const COVER: Shape = Shape::Tagged(&Tagged {
    variants: &[("external", &EXTERNAL), ("file_upload", &UPLOADED)],
    bare: &[],
    common: &[],
    typed: false,
});
/// A file of a block.
pub(super) const MEDIA: Shape = Shape::Tagged(&Tagged {
    variants: &[("external", &EXTERNAL), ("file_upload", &UPLOADED)],
    bare: &[],
    common: &[may("caption", &RICH)],
    typed: false,
});
/// A file of a block that has a name.
pub(super) const NAMED_MEDIA: Shape = Shape::Tagged(&Tagged {
    variants: &[("external", &EXTERNAL), ("file_upload", &UPLOADED)],
    bare: &[],
    common: &[may("caption", &RICH), may("name", &NAME)],
    typed: false,
});
const FILE: Shape = Shape::Tagged(&Tagged {
    variants: &[
        ("external", &EXTERNAL),
        ("file_upload", &UPLOADED),
        ("file", &Shape::Object(&[need("url", &Shape::Url), may("expiry_time", &NAME)])),
    ],
    bare: &[],
    common: &[may("name", &Shape::Text(0, 100))],
    typed: false,
});

const OPTION_BY_ID: Shape = Shape::Object(&[
    need("id", &Shape::Text(1, 100)),
    may("name", &Shape::Text(1, 100)),
    may("color", &OPTION_COLORS),
    may("description", &Shape::OrNull(&NAME)),
]);
const OPTION_BY_NAME: Shape = Shape::Object(&[
    need("name", &Shape::Text(1, 100)),
    may("id", &Shape::Text(1, 100)),
    may("color", &OPTION_COLORS),
    may("description", &Shape::OrNull(&NAME)),
]);
const OPTION: Shape = Shape::Either(&[&OPTION_BY_NAME, &OPTION_BY_ID]);

/// A property value of a page, in requests: <https://developers.notion.com/reference/page-property-values>.
const PROPERTY: Shape = Shape::Tagged(&Tagged {
    variants: &[
        ("title", &RICH),
        ("rich_text", &RICH),
        ("number", &Shape::OrNull(&Shape::Number)),
        ("url", &Shape::OrNull(&Shape::Text(1, 2_000))),
        ("select", &Shape::OrNull(&OPTION)),
        ("multi_select", &Shape::List(&OPTION, 100)),
        ("people", &Shape::List(&USER, 100)),
        ("email", &Shape::OrNull(&SHORT)),
        ("phone_number", &Shape::OrNull(&SHORT)),
        ("date", &Shape::OrNull(&DATE)),
        ("checkbox", &Shape::Bool),
        ("relation", &Shape::List(&WITH_ID, 100)),
        ("files", &Shape::List(&FILE, 100)),
        ("status", &Shape::OrNull(&OPTION)),
    ],
    bare: &[],
    common: &[],
    typed: false,
});
/// The property values of a page.
pub(super) const PROPERTIES: Shape = Shape::Map(&PROPERTY);

const NEW_OPTIONS: Shape = Shape::Object(&[may(
    "options",
    &Shape::List(
        &Shape::Object(&[
            need("name", &Shape::Text(1, 100)),
            may("color", &OPTION_COLORS),
            may("description", &Shape::OrNull(&NAME)),
        ]),
        100,
    ),
)]);
const OPTIONS: Shape = Shape::Object(&[may("options", &Shape::List(&OPTION, 100))]);
const NUMBER: Shape = Shape::Object(&[may("format", &Shape::Text(1, 50))]);
const FORMULA: Shape = Shape::Object(&[may("expression", &NAME)]);
const UNIQUE_ID: Shape = Shape::Object(&[may("prefix", &Shape::OrNull(&Shape::Text(0, 20)))]);
const RELATION: Shape = Shape::Tagged(&Tagged {
    variants: &[
        ("single_property", &EMPTY),
        ("dual_property", &Shape::Object(&[may("synced_property_id", &NAME), may("synced_property_name", &NAME)])),
    ],
    bare: &[],
    common: &[need("data_source_id", &Shape::Id)],
    typed: false,
});
const ROLLUP: Shape = Shape::Either(&[
    &Shape::Object(&[FUNCTION, need("relation_property_name", &NAME), need("rollup_property_name", &NAME)]),
    &Shape::Object(&[FUNCTION, need("relation_property_id", &NAME), need("rollup_property_name", &NAME)]),
    &Shape::Object(&[FUNCTION, need("relation_property_name", &NAME), need("rollup_property_id", &NAME)]),
    &Shape::Object(&[FUNCTION, need("relation_property_id", &NAME), need("rollup_property_id", &NAME)]),
]);
const FUNCTION: Field = need("function", &Shape::Text(1, 50));

/// A column as it is made: <https://developers.notion.com/reference/property-object>.
const COLUMN: Shape = Shape::Tagged(&Tagged {
    variants: &columns(&NEW_OPTIONS),
    bare: &[],
    common: &[may("description", &Shape::OrNull(&Shape::Text(0, 280)))],
    typed: false,
});
/// A column as it is changed.
const COLUMN_CHANGE: Shape = Shape::Tagged(&Tagged {
    variants: &columns(&OPTIONS),
    bare: &[],
    common: &[may("name", &Shape::Text(1, 200)), may("description", &Shape::OrNull(&Shape::Text(0, 280)))],
    typed: false,
});
const COLUMN_RENAME: Shape = Shape::Object(&[need("name", &Shape::Text(1, 200))]);

const fn columns(options: &'static Shape) -> [(&'static str, &'static Shape); 20] {
    [
        ("title", &EMPTY),
        ("rich_text", &EMPTY),
        ("number", &NUMBER),
        ("select", options),
        ("multi_select", options),
        ("status", options),
        ("date", &EMPTY),
        ("people", &EMPTY),
        ("files", &EMPTY),
        ("checkbox", &EMPTY),
        ("url", &EMPTY),
        ("email", &EMPTY),
        ("phone_number", &EMPTY),
        ("formula", &FORMULA),
        ("relation", &RELATION),
        ("rollup", &ROLLUP),
        ("created_time", &EMPTY),
        ("created_by", &EMPTY),
        ("last_edited_time", &EMPTY),
        ("unique_id", &UNIQUE_ID),
    ]
}

/// The columns of a new data source.
pub(super) const COLUMNS: Shape = Shape::Map(&COLUMN);
/// Changes of columns; `null` takes one away.
pub(super) const COLUMN_CHANGES: Shape = Shape::Map(&Shape::OrNull(&Shape::Either(&[&COLUMN_RENAME, &COLUMN_CHANGE])));

/// Whether a text is a date, or a date with a time.
pub(in crate::sandbox::notion) fn is_date(text: &str) -> bool {
    text.parse::<civil::Date>().is_ok_and(|_| text.len() == 10)
        || text.parse::<Timestamp>().is_ok()
        || (text.contains('T') && text.parse::<civil::DateTime>().is_ok())
}
