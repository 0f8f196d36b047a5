//! The body of each request that has one: <https://developers.notion.com/reference>, version 2026-03-11.

use super::parts::{COLUMN_CHANGES, COLUMNS, COVER, ICON, PROPERTIES, RICH};
use super::shape::{Field, Shape, Tagged, may, need};

const MARKDOWN: Shape = Shape::Text(0, 500_000);
const SIZE: Shape = Shape::Whole(1, 100);
const CURSOR: Shape = Shape::OrNull(&Shape::Text(1, 200));
const CHILDREN: Shape = Shape::List(&Shape::Block(2), 100);
const TRUE: Shape = Shape::True;
const DIRECTION: Shape = Shape::Words(&["ascending", "descending"]);
const TIMEZONE: Shape = Shape::Text(1, 100);

const TEMPLATE_DEFAULT: Field = may("timezone", &TIMEZONE);
const NEW_TEMPLATE: Shape = Shape::Tagged(&Tagged {
    variants: &[("template_id", &Shape::Id)],
    bare: &["none", "default"],
    common: &[TEMPLATE_DEFAULT],
    typed: true,
});
const TEMPLATE: Shape = Shape::Tagged(&Tagged {
    variants: &[("template_id", &Shape::Id)],
    bare: &["default"],
    common: &[TEMPLATE_DEFAULT],
    typed: true,
});
const AFTER: Shape = Shape::Object(&[need("id", &Shape::Id)]);
const POSITION: Shape =
    Shape::Tagged(&Tagged { variants: &[("after_block", &AFTER)], bare: &["start", "end"], common: &[], typed: true });
const PAGE_POSITION: Shape = Shape::Tagged(&Tagged {
    variants: &[("after_block", &AFTER)],
    bare: &["page_start", "page_end"],
    common: &[],
    typed: true,
});

/// `POST /v1/pages`.
pub(in crate::sandbox::notion) const CREATE_PAGE: Shape = Shape::Object(&[
    may(
        "parent",
        &Shape::Tagged(&Tagged {
            variants: &[
                ("page_id", &Shape::Id),
                ("database_id", &Shape::Id),
                ("data_source_id", &Shape::Id),
                ("workspace", &TRUE),
            ],
            bare: &[],
            common: &[],
            typed: false,
        }),
    ),
    may("properties", &PROPERTIES),
    may("icon", &Shape::OrNull(&ICON)),
    may("cover", &Shape::OrNull(&COVER)),
    may("children", &CHILDREN),
    may("content", &CHILDREN),
    may("markdown", &MARKDOWN),
    may("allow_async", &Shape::Bool),
    may("template", &NEW_TEMPLATE),
    may("position", &PAGE_POSITION),
]);
/// `PATCH /v1/pages/{id}`.
pub(in crate::sandbox::notion) const UPDATE_PAGE: Shape = Shape::Object(&[
    may("properties", &PROPERTIES),
    may("icon", &Shape::OrNull(&ICON)),
    may("cover", &Shape::OrNull(&COVER)),
    may("is_locked", &Shape::Bool),
    may("template", &TEMPLATE),
    may("erase_content", &Shape::Bool),
    may("in_trash", &Shape::Bool),
    may("is_archived", &Shape::Bool),
]);
/// `POST /v1/pages/{id}/move`.
pub(in crate::sandbox::notion) const MOVE_PAGE: Shape = Shape::Object(&[need(
    "parent",
    &Shape::Tagged(&Tagged {
        variants: &[("page_id", &Shape::Id), ("data_source_id", &Shape::Id)],
        bare: &[],
        common: &[],
        typed: false,
    }),
)]);
/// `PATCH /v1/pages/{id}/markdown`.
pub(in crate::sandbox::notion) const UPDATE_MARKDOWN: Shape = Shape::Tagged(&Tagged {
    variants: &[
        (
            "insert_content",
            &Shape::Object(&[
                need("content", &MARKDOWN),
                may("after", &Shape::Text(1, 2_000)),
                may("position", &Shape::Object(&[need("type", &Shape::Words(&["start", "end"]))])),
            ]),
        ),
        (
            "replace_content_range",
            &Shape::Object(&[
                need("content", &MARKDOWN),
                need("content_range", &Shape::Text(1, 2_000)),
                may("allow_deleting_content", &Shape::Bool),
            ]),
        ),
        (
            "update_content",
            &Shape::Object(&[
                need(
                    "content_updates",
                    &Shape::List(
                        &Shape::Object(&[
                            need("old_str", &Shape::Text(1, 500_000)),
                            need("new_str", &MARKDOWN),
                            may("replace_all_matches", &Shape::Bool),
                        ]),
                        100,
                    ),
                ),
                may("allow_deleting_content", &Shape::Bool),
            ]),
        ),
        ("replace_content", &Shape::Object(&[need("new_str", &MARKDOWN), may("allow_deleting_content", &Shape::Bool)])),
    ],
    bare: &[],
    common: &[may("allow_async", &Shape::Bool)],
    typed: true,
});
/// `PATCH /v1/blocks/{id}/children`.
pub(in crate::sandbox::notion) const APPEND: Shape =
    Shape::Object(&[need("children", &CHILDREN), may("position", &POSITION)]);

/// `POST /v1/comments`; what belongs together is looked at by the handler.
pub(in crate::sandbox::notion) const CREATE_COMMENT: Shape = Shape::Object(&[
    may(
        "parent",
        &Shape::Tagged(&Tagged {
            variants: &[("page_id", &Shape::Id), ("block_id", &Shape::Id)],
            bare: &[],
            common: &[],
            typed: false,
        }),
    ),
    may("discussion_id", &Shape::Id),
    may("rich_text", &RICH),
    may("markdown", &MARKDOWN),
    may(
        "attachments",
        &Shape::List(
            &Shape::Object(&[need("file_upload_id", &Shape::Id), may("type", &Shape::Words(&["file_upload"]))]),
            3,
        ),
    ),
    may(
        "display_name",
        &Shape::Tagged(&Tagged {
            variants: &[("custom", &Shape::Object(&[need("name", &Shape::Text(1, 200))]))],
            bare: &["integration", "user"],
            common: &[],
            typed: true,
        }),
    ),
]);
/// `PATCH /v1/comments/{id}`.
pub(in crate::sandbox::notion) const UPDATE_COMMENT: Shape =
    Shape::Object(&[may("rich_text", &RICH), may("markdown", &MARKDOWN)]);

/// `POST /v1/search`.
pub(in crate::sandbox::notion) const SEARCH: Shape = Shape::Object(&[
    may("query", &Shape::Text(0, 2_000)),
    may("start_cursor", &CURSOR),
    may("page_size", &SIZE),
    may(
        "sort",
        &Shape::Either(&[
            &Shape::Object(&[need("timestamp", &Shape::Words(&["last_edited_time"])), need("direction", &DIRECTION)]),
            &Shape::Object(&[need("property", &Shape::Words(&["relevance"]))]),
        ]),
    ),
    may(
        "filter",
        &Shape::Either(&[
            &Shape::Object(&[
                need("property", &Shape::Words(&["object"])),
                need("value", &Shape::Words(&["page", "data_source"])),
                may("in_trash", &Shape::Bool),
            ]),
            &Shape::Object(&[need("in_trash", &Shape::Bool)]),
        ]),
    ),
]);

const DATABASE_PARENT: Shape = Shape::Tagged(&Tagged {
    variants: &[("page_id", &Shape::Id), ("workspace", &TRUE)],
    bare: &[],
    common: &[],
    typed: true,
});
/// `POST /v1/databases`.
pub(in crate::sandbox::notion) const CREATE_DATABASE: Shape = Shape::Object(&[
    need("parent", &DATABASE_PARENT),
    may("title", &RICH),
    may("description", &RICH),
    may("is_inline", &Shape::Bool),
    may("initial_data_source", &Shape::Object(&[may("properties", &COLUMNS)])),
    may("icon", &ICON),
    may("cover", &COVER),
]);
/// `PATCH /v1/databases/{id}`.
pub(in crate::sandbox::notion) const UPDATE_DATABASE: Shape = Shape::Object(&[
    may("parent", &DATABASE_PARENT),
    may("title", &RICH),
    may("description", &RICH),
    may("is_inline", &Shape::Bool),
    may("icon", &ICON),
    may("cover", &COVER),
    may("in_trash", &Shape::Bool),
    may("is_locked", &Shape::Bool),
]);
const SOURCE_PARENT: Shape =
    Shape::Object(&[need("database_id", &Shape::Id), may("type", &Shape::Words(&["database_id"]))]);
/// `POST /v1/data_sources`.
pub(in crate::sandbox::notion) const CREATE_SOURCE: Shape = Shape::Object(&[
    need("parent", &SOURCE_PARENT),
    need("properties", &COLUMNS),
    may("title", &RICH),
    may("icon", &Shape::OrNull(&ICON)),
]);
/// `PATCH /v1/data_sources/{id}`.
pub(in crate::sandbox::notion) const UPDATE_SOURCE: Shape = Shape::Object(&[
    may("title", &RICH),
    may("icon", &Shape::OrNull(&ICON)),
    may("properties", &COLUMN_CHANGES),
    may("in_trash", &Shape::Bool),
    may("parent", &SOURCE_PARENT),
]);
/// `POST /v1/data_sources/{id}/query`.
pub(in crate::sandbox::notion) const QUERY: Shape = Shape::Object(&[
    may("filter", &Shape::Own(super::filters::look)),
    may(
        "sorts",
        &Shape::List(
            &Shape::Either(&[
                &Shape::Object(&[need("property", &Shape::Text(1, 200)), need("direction", &DIRECTION)]),
                &Shape::Object(&[
                    need("timestamp", &Shape::Words(&["created_time", "last_edited_time"])),
                    need("direction", &DIRECTION),
                ]),
            ]),
            100,
        ),
    ),
    may("start_cursor", &CURSOR),
    may("page_size", &SIZE),
    may("in_trash", &Shape::Bool),
    may("result_type", &Shape::Words(&["page", "data_source"])),
]);

/// `POST /v1/file_uploads`.
pub(in crate::sandbox::notion) const CREATE_UPLOAD: Shape = Shape::Object(&[
    may("mode", &Shape::Words(&["single_part", "multi_part", "external_url"])),
    may("filename", &Shape::Text(1, 900)),
    may("content_type", &Shape::Text(1, 200)),
    may("number_of_parts", &Shape::Whole(1, 10_000)),
    may("external_url", &Shape::Url),
]);
