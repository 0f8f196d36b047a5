//! Files: sending documents and photos, and finding them again.
//!
//! A file comes as an upload or as the id of one that is known. The bytes are served under `/file/bot<token>/`.

use serde_json::json;

use super::{
    super::{
        access::Sending,
        args::Upload,
        lock,
        model::{Attachment, FileKind, StoredFile, World},
    },
    Answer, Call, Refused,
    send::{self, Content},
};

/// The largest file a bot sends.
pub(in super::super) const LARGEST_UPLOAD: usize = 50 << 20;
/// The largest photo.
const LARGEST_PHOTO: usize = 10 << 20;
/// The largest file a bot fetches.
const LARGEST_DOWNLOAD: u64 = 20 << 20;

/// `sendDocument`.
pub(super) fn send_document(call: &Call<'_>) -> Answer {
    send_file(call, "document", FileKind::Document)
}

/// `sendPhoto`.
pub(super) fn send_photo(call: &Call<'_>) -> Answer {
    send_file(call, "photo", FileKind::Photo)
}

fn send_file(call: &Call<'_>, name: &str, kind: FileKind) -> Answer {
    let upload = call.args.upload(name);
    let given = call.args.get(name);
    if upload.is_none() && (given.is_empty() || given.starts_with("attach://")) {
        return Err(Refused::bad(format!("there is no {name} in the request")));
    }
    let formatted = send::caption(call)?;
    let mut world = lock(&call.inner.world);
    let place = send::place(call, &world)?;
    let file = match upload {
        Some(upload) => store(&mut world, upload, kind)?,
        None if given.starts_with("http://") || given.starts_with("https://") => {
            // The fake reaches no other machine.
            return Err(Refused::bad("failed to get HTTP URL content"));
        }
        None => {
            let known = world.files.get(given).map(|file| file.attachment.clone());
            let known = known.ok_or_else(|| Refused::bad("wrong file identifier/HTTP URL specified"))?;
            if known.kind != kind {
                let (has, wants) = (kind_name(known.kind), kind_name(kind));
                return Err(Refused::bad(format!("can't use file of type {has} as {wants}")));
            }
            known
        }
    };
    let sending = if kind == FileKind::Photo { Sending::Photo } else { Sending::Document };
    send::post(call, &mut world, place, Content { formatted, file: Some(file), extra: serde_json::Map::new() }, sending)
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Document => "Document",
        FileKind::Photo => "Photo",
    }
}

/// Keeps an upload.
pub(in super::super) fn store(world: &mut World, upload: &Upload, kind: FileKind) -> Result<Attachment, Refused> {
    let size = upload.content.len();
    if size == 0 {
        return Err(Refused::bad("file must be non-empty"));
    }
    if size > LARGEST_UPLOAD {
        return Err(Refused::new(413, "Request Entity Too Large"));
    }
    let mut pixels = None;
    if kind == FileKind::Photo {
        if size > LARGEST_PHOTO {
            return Err(Refused::bad(format!(
                "file \"{}\" of size {size} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes",
                upload.name
            )));
        }
        let (width, height) = dimensions(&upload.content).ok_or_else(|| Refused::bad("IMAGE_PROCESS_FAILED"))?;
        let narrow = width.max(height) > 20 * width.min(height);
        if width + height > 10_000 || narrow {
            return Err(Refused::bad("PHOTO_INVALID_DIMENSIONS"));
        }
        pixels = Some((width, height));
    }
    let serial = world.next_serial();
    let (letters, folder) = match kind {
        FileKind::Document => ("BQACAgIAAx", "documents"),
        FileKind::Photo => ("AgACAgIAAx", "photos"),
    };
    let ending = upload.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = if kind == FileKind::Photo { "jpg" } else { ending };
    let dot = if ending.is_empty() { "" } else { "." };
    let file = Attachment {
        kind,
        file_id: format!("{letters}kBAAIB{serial:012}"),
        unique_id: format!("AgAD{serial:08}"),
        name: (kind == FileKind::Document).then(|| upload.name.clone()),
        mime: upload.mime.clone().filter(|_| kind == FileKind::Document),
        size: u64::try_from(size).unwrap_or(u64::MAX),
        path: format!("{folder}/file_{serial}{dot}{ending}"),
        pixels,
    };
    let stored = StoredFile { attachment: file.clone(), content: upload.content.clone() };
    world.files.insert(file.file_id.clone(), stored);
    Ok(file)
}

/// Width and height of a PNG, GIF or JPEG.
fn dimensions(content: &[u8]) -> Option<(u32, u32)> {
    let word = |at: usize| Some(u32::from(u16::from_be_bytes(content.get(at..at + 2)?.try_into().ok()?)));
    let long = |at: usize| Some(u32::from_be_bytes(content.get(at..at + 4)?.try_into().ok()?));
    let little = |at: usize| Some(u32::from(u16::from_le_bytes(content.get(at..at + 2)?.try_into().ok()?)));
    let found = if content.starts_with(b"\x89PNG\r\n\x1a\n") {
        (long(16)?, long(20)?)
    } else if content.starts_with(b"GIF8") {
        (little(6)?, little(8)?)
    } else if content.starts_with(&[0xff, 0xd8]) {
        let mut at = 2;
        loop {
            let marker = *content.get(at + 1)?;
            if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                break (word(at + 7)?, word(at + 5)?);
            }
            at += 2 + usize::try_from(word(at + 2)?).ok()?;
        }
    } else {
        return None;
    };
    (found.0 > 0 && found.1 > 0).then_some(found)
}

/// `getFile`.
pub(super) fn get(call: &Call<'_>) -> Answer {
    let id = call.args.get("file_id");
    if id.is_empty() {
        return Err(Refused::bad("file_id not specified"));
    }
    let world = lock(&call.inner.world);
    let file = world.files.get(id).ok_or_else(|| Refused::bad("invalid file_id"))?;
    let file = &file.attachment;
    if file.size > LARGEST_DOWNLOAD {
        return Err(Refused::bad("file is too big"));
    }
    Ok(json!({
        "file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size, "file_path": file.path,
    })
    .into())
}
