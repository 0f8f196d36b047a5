//! Verify, export, import, compact.

use super::super::admin::{AdminError, compact, export, import, verify};
use super::super::open::beside;
use super::super::{OpenError, keys};
use super::*;

async fn filled(room: &Room) -> u64 {
    let store = room.open();
    store
        .write(|tx| {
            tx.put::<Numbers>(&1, &"ä \" \n text".to_owned())?;
            tx.put_until::<Numbers>(&2, &"goes".to_owned(), at(77))?;
            tx.put::<Words>(&"word".to_owned(), &u64::MAX)?;
            for (key, body) in (10..).zip([
                &b"{ \"a\": 1.50,  \"b\":[] }"[..],
                b"{\"a\":\n1}",
                b" 1",
                b"null",
                b"\xFF\x00",
                b"",
                b"not json",
            ]) {
                tx.put::<Bodies>(&key, &Raw(Bytes::from_static(body)))?;
            }
            tx.put::<Bodies>(&99, &noise(50_000, 3))
        })
        .await
        .unwrap();
    let sequence = store.write(|tx| Ok((0..100).map(|_| tx.sequence()).max().unwrap())).await.unwrap();
    store.close().await;
    sequence
}

type Everything = (Vec<(u64, String)>, Vec<(String, u64)>, Vec<(u64, Raw)>);

fn everything(store: &Store) -> Everything {
    (
        store.scan::<Numbers>(None, 999).unwrap(),
        store.scan::<Words>(None, 999).unwrap(),
        store.scan::<Bodies>(None, 999).unwrap(),
    )
}

#[tokio::test]
async fn an_export_comes_back_to_the_byte() {
    let (room, other) = (Room::new(), Room::new());
    let sequence = filled(&room).await;
    let mut lines = Vec::new();
    let exported = export(&room.config(), &mut lines).unwrap();
    assert_eq!(exported.rows, 11);
    let text = String::from_utf8(lines.clone()).unwrap();
    assert!(text.starts_with(
        r#"{"format":"quarterdeck-store","version":1,"schema":1,"sequence":100,"tables":{"10":"numbers""#
    ));
    assert!(text.contains(r#""value":{ "a": 1.50,  "b":[] }"#), "JSON stays readable and exact");
    assert!(text.ends_with("{\"end\":{\"rows\":11}}\n"));

    let imported = import(&other.config(), lines.as_slice()).unwrap();
    assert_eq!(imported.rows, 11);
    assert!(verify(&other.config()).unwrap().is_whole());
    let (a, b) = (room.open(), other.open());
    assert!(everything(&a) == everything(&b));
    assert_eq!(a.stats().unwrap().tables, b.stats().unwrap().tables);
    assert_eq!(a.stats().unwrap().live_bytes, b.stats().unwrap().live_bytes);
    assert_eq!(b.write(|tx| Ok(tx.sequence())).await.unwrap(), sequence + 1);
    assert_eq!(b.sweep(at(77), 9).await.unwrap(), 1);
    b.close().await;
    let refused = import(&other.config(), lines.as_slice()).unwrap_err();
    assert!(refused.to_string().contains("is not empty"), "{refused}");
}

#[tokio::test]
async fn an_import_says_which_line_is_wrong() {
    let head = r#"{"format":"quarterdeck-store","version":1,"schema":1,"sequence":0,"tables":{}}"#;
    let row = r#"{"table":10,"key":"AAAAAAAAAAE=","value":"x"}"#;
    for (lines, line, what) in [
        (vec!["hello"], 1, "no header"),
        (
            vec![r#"{"format":"quarterdeck-store","version":1,"schema":99,"sequence":0,"tables":{}}"#],
            1,
            "newer Quarterdeck",
        ),
        (vec![head, row], 3, "cut off"),
        (vec![head, row, r#"{"end":{"rows":2}}"#], 3, "should have 2 rows and has 1"),
        (vec![head, row, r#"{"end":{"rows":1}}"#, row], 4, "nothing may follow"),
        (vec![head, "{}"], 2, "`table`"),
        (vec![head, r#"{"table":255,"key":"","value":1}"#], 2, "1 to 253"),
        (vec![head, r#"{"table":10,"key":"?","value":1}"#], 2, "base64"),
        (vec![head, r#"{"table":10,"key":""}"#], 2, "either `value` or `base64`"),
        (vec![], 1, "cut off"),
    ] {
        let room = Room::new();
        let error = import(&room.config(), lines.join("\n").as_bytes()).unwrap_err();
        assert!(matches!(&error, AdminError::Line { line: found, .. } if *found == line), "{lines:?}: {error}");
        assert!(error.to_string().contains(what), "{lines:?}: {error}");
    }
}

#[tokio::test]
async fn verification_finds_what_does_not_fit() {
    let room = Room::new();
    filled(&room).await;
    let whole = verify(&room.config()).unwrap();
    assert!(whole.is_whole() && whole.to_string().contains("numbers"), "{whole}");
    let store = room.open();
    let gone = keys::expiry(77, &keys::row::<Numbers>(&2));
    store
        .write(move |tx| {
            tx.set(gone, None)?;
            tx.set(keys::expiry(5, b"\x0Anobody"), Some(sled::IVec::default()))?;
            tx.set(keys::row::<Bodies>(&10), Some(b"\x01\x05\0\0\0garbage".as_slice().into()))?;
            tx.set(keys::row::<Bodies>(&11), Some(b"\xF0".as_slice().into()))?;
            tx.set(keys::chunk(1, 2), None)?;
            tx.set(keys::chunk(9999, 0), Some(b"x".as_slice().into()))
        })
        .await
        .unwrap();
    assert_eq!(store.get::<Bodies>(&99).unwrap_err().kind.policy().label, "bug");
    assert_eq!(store.get::<Bodies>(&10).unwrap_err().kind.policy().label, "bug");
    store.close().await;
    std::fs::write(room.path().join("blobs/123"), b"").unwrap();
    let found = verify(&room.config()).unwrap();
    let text = found.to_string();
    for expected in [
        "index does not say so",
        "row that is not there",
        "damaged",
        "header makes no sense",
        "pieces of its value are missing",
        "should not exist",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(found.found >= 6, "{text}");
}

#[tokio::test]
async fn compaction_gives_the_disk_back_and_keeps_every_row() {
    let room = Room::new();
    let sequence = filled(&room).await;
    let store = room.open();
    for part in 0..16 {
        store
            .write(move |tx| {
                (0..100).try_for_each(|key| tx.put::<Bodies>(&(1000 + part * 100 + key), &noise(6000, key)))
            })
            .await
            .unwrap();
    }
    store
        .write(|tx| {
            (1000..2600).for_each(|key| tx.delete::<Bodies>(&key));
            Ok(())
        })
        .await
        .unwrap();
    let before = everything(&store);
    store.close().await;
    // What an earlier compaction left is cleared away.
    std::fs::create_dir(beside(&room.path(), "compact")).unwrap();
    std::fs::create_dir(beside(&room.path(), "before-compact")).unwrap();
    let done = compact(&room.config()).unwrap();
    assert!(done.after * 3 < done.before, "{done}");
    assert_eq!(done.rows, 11);
    let store = room.open();
    assert!(everything(&store) == before);
    assert_eq!(store.write(|tx| Ok(tx.sequence())).await.unwrap(), sequence + 1);
    assert_eq!(store.stats().unwrap().tables[0].name.as_deref(), Some("numbers"));
    store.close().await;
    assert!(verify(&room.config()).unwrap().is_whole());
    let left: Vec<_> =
        std::fs::read_dir(room.path().parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["store"]);
}

#[tokio::test]
async fn a_compaction_that_was_cut_short_leaves_a_store_that_opens() {
    let room = Room::new();
    filled(&room).await;
    let (fresh, old) = (beside(&room.path(), "compact"), beside(&room.path(), "before-compact"));
    // While copying.
    std::fs::create_dir(&fresh).unwrap();
    assert_eq!(room.open().count::<Numbers>(), 2);
    // Between the renames: the store is only beside its place.
    std::fs::rename(room.path(), &old).unwrap();
    {
        // While the compaction still runs, nobody else may take the store.
        let held = open::lock(&old).unwrap();
        assert!(matches!(Store::open(&room.config()).unwrap_err(), OpenError::Locked { .. }));
        drop(held);
    }
    assert_eq!(room.open().count::<Numbers>(), 2);
    assert!(!old.exists());
    // After them.
    copy_dir(&room.path(), &old);
    assert_eq!(room.open().count::<Numbers>(), 2);
    compact(&room.config()).unwrap();
    assert!(!old.exists() && !fresh.exists());
    assert_eq!(room.open().count::<Numbers>(), 2);
}

#[tokio::test]
async fn commands_create_no_store_and_wait_for_nobody() {
    let room = Room::new();
    assert!(matches!(verify(&room.config()).unwrap_err(), AdminError::Missing(_)));
    assert!(matches!(compact(&room.config()).unwrap_err(), AdminError::Missing(_)));
    assert!(matches!(export(&room.config(), Vec::new()).unwrap_err(), AdminError::Missing(_)));
    assert!(!room.path().exists());
    let store = room.open();
    assert!(matches!(verify(&room.config()).unwrap_err(), AdminError::Open(OpenError::Locked { .. })));
    drop(store);
}
