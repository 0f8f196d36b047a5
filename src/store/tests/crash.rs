//! What a crash or a bad disk leaves behind: torn snapshots, damaged files, half a first start.

use std::os::unix::fs::FileExt as _;

use super::super::OpenError;
use super::*;

/// A store with some history, closed.
async fn aged(room: &Room) {
    for round in 0..3 {
        let store = room.open();
        for key in 0..40 {
            put(&store, key, &format!("{round} {}", "x".repeat(100))).await.unwrap();
        }
        store.close().await;
    }
}

fn check(store: &Store) {
    let rows = store.scan::<Numbers>(None, 99).unwrap();
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|(_, value)| value.starts_with("2 ")));
}

/// Opening says "damaged" and changes nothing.
fn refused(room: &Room, what: &str) {
    let before = contents(&room.path());
    let error = Store::open(&room.config()).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{what}: {error}");
    let text = error.to_string();
    assert!(text.contains(room.path().to_str().unwrap()) && text.contains("store import"), "{what}: {text}");
    assert!(contents(&room.path()) == before, "{what}: the files were changed");
    assert!(matches!(Store::open(&room.config()).unwrap_err(), OpenError::Corrupt { .. }), "{what}: the second time");
}

#[tokio::test]
async fn torn_snapshots_do_not_keep_it_from_starting() {
    for name in ["snap.FFFFFFFFFFFFFFF0.generating", "snap.0000000000000001.generating", "snap.7FFFFFFFFFFFFFF0"] {
        let room = Room::new();
        aged(&room).await;
        std::fs::write(room.path().join(name), b"half a snap").unwrap();
        check(&room.open());
        assert!(!room.path().join(name).exists(), "{name}");
    }
}

#[tokio::test]
async fn without_any_snapshot_the_log_says_it_all() {
    let room = Room::new();
    // Enough to make the engine free and reuse segments.
    for round in 0..4_u64 {
        let store = room.open();
        for part in 0..8 {
            store
                .write(move |tx| {
                    (0..100).try_for_each(|key| tx.put::<Bodies>(&key, &noise(3000, round * 8 + part + key)))
                })
                .await
                .unwrap();
        }
        store.close().await;
    }
    let snapshots = super::super::damage::snapshots(&room.path()).unwrap();
    assert!(!snapshots.is_empty());
    for snapshot in snapshots {
        assert!(super::super::damage::is_whole(&snapshot).unwrap(), "our reading of snapshots is the engine's");
        let bytes = std::fs::read(&snapshot).unwrap();
        std::fs::write(&snapshot, &bytes[..bytes.len() / 2]).unwrap();
    }
    let store = room.open();
    for key in 0..100 {
        assert!(store.get::<Bodies>(&key).unwrap() == Some(noise(3000, 31 + key)));
    }
    store.close().await;
    assert!(super::super::admin::verify(&room.config()).unwrap().is_whole());
}

#[tokio::test]
async fn damaged_files_are_refused_and_left_alone() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 8] = [
        ("all of it", |dir| spoil(dir, 0, 100)),
        ("its beginning", |dir| spoil(dir, 0, 1)),
        ("its middle", |dir| spoil(dir, 50, 5)),
        ("its end", |dir| spoil(dir, 97, 3)),
        ("zeros", |dir| {
            let len = std::fs::metadata(dir.join("db")).unwrap().len();
            std::fs::write(dir.join("db"), vec![0; usize::try_from(len).unwrap()]).unwrap();
        }),
        ("cut to nothing", |dir| std::fs::write(dir.join("db"), b"").unwrap()),
        ("cut in half", |dir| {
            let half = used(dir) / 2;
            File::options().write(true).open(dir.join("db")).unwrap().set_len(half).unwrap();
        }),
        ("gone", |dir| std::fs::remove_file(dir.join("db")).unwrap()),
    ];
    for (what, damage) in damages {
        let room = Room::new();
        aged(&room).await;
        damage(&room.path());
        refused(&room, what);
    }
}

/// How far the engine's file is written.
fn used(dir: &Path) -> u64 {
    std::fs::read(dir.join("db")).unwrap().iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

/// Overwrites so many hundredths of the written part of the engine's file.
fn spoil(dir: &Path, from: u64, hundredths: u64) {
    let (used, file) = (used(dir), File::options().write(true).open(dir.join("db")).unwrap());
    let len = usize::try_from(used * hundredths / 100).unwrap() + 1;
    file.write_all_at(&vec![0xA5; len], used * from / 100).unwrap();
}

#[tokio::test]
async fn rows_that_are_missing_are_noticed_though_the_engine_comes_up() {
    let room = Room::new();
    aged(&room).await;
    let kept = TempDir::new().unwrap();
    copy_dir(&room.path(), &kept.path().join("old"));
    let store = room.open();
    put(&store, 999, "acknowledged").await.unwrap();
    store.close().await;
    // The files of before the write, under the mark of after it.
    std::fs::copy(room.path().join("mark"), kept.path().join("old/mark")).unwrap();
    let error = Store::open(&StoreConfig { path: kept.path().join("old"), ..StoreConfig::default() }).unwrap_err();
    assert!(error.to_string().contains("were acknowledged"), "{error}");
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_starts_again() {
    let stages: [fn(&Path); 5] = [
        |dir| std::fs::create_dir_all(dir).unwrap(),
        |dir| std::fs::create_dir_all(dir.join("blobs")).unwrap(),
        |dir| {
            std::fs::create_dir_all(dir.join("blobs")).unwrap();
            std::fs::write(dir.join("conf"), b"ab").unwrap();
            std::fs::write(dir.join("db"), b"").unwrap();
        },
        |dir| {
            // The engine was up, and nothing of ours was written.
            std::fs::create_dir_all(dir).unwrap();
            drop(sled::Config::new().path(dir).segment_size(1 << 20).flush_every_ms(None).open().unwrap());
            std::fs::write(dir.join("mark"), b"").unwrap();
        },
        |dir| {
            // All was written but the mark.
            drop(Store::open(&StoreConfig { path: dir.to_owned(), ..StoreConfig::default() }).unwrap());
            std::fs::remove_file(dir.join("mark")).unwrap();
        },
    ];
    for (number, stage) in stages.into_iter().enumerate() {
        let room = Room::new();
        stage(&room.path());
        let store = room.open();
        put(&store, 1, "works").await.unwrap_or_else(|fault| panic!("stage {number}: {fault}"));
    }
}

#[tokio::test]
async fn a_torn_mark_is_written_anew() {
    let room = Room::new();
    aged(&room).await;
    std::fs::write(room.path().join("mark"), b"This directory is a st").unwrap();
    check(&room.open());
    assert!(std::fs::read_to_string(room.path().join("mark")).unwrap().contains("Written up to group"));
}

#[test]
fn foreign_and_impossible_places_are_refused_in_words() {
    let room = Room::new();
    std::fs::write(room.path(), b"a file").unwrap();
    let error = Store::open(&room.config()).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    let room = Room::new();
    let foreign = sled::Config::new().path(room.path()).segment_size(1 << 20).open().unwrap();
    let mut batch = sled::Batch::default();
    batch.insert(b"somebody", b"else's");
    foreign.apply_batch(batch).unwrap();
    drop(foreign);
    let error = Store::open(&room.config()).unwrap_err();
    assert!(error.to_string().contains("not Quarterdeck's"), "{error}");
}

#[tokio::test]
async fn damage_anywhere_is_refused_or_harmless() {
    let room = Room::new();
    for _ in 0..2 {
        let store = room.open();
        for part in 0..6 {
            store
                .write(move |tx| (0..50).try_for_each(|key| tx.put::<Bodies>(&(part * 50 + key), &noise(5000, key))))
                .await
                .unwrap();
        }
        // The engine writes a snapshot only when it opens, so most of the log is newer than the last one.
        store.close().await;
    }
    let (mut refused, len) = (0, std::fs::metadata(room.path().join("db")).unwrap().len());
    assert!(len > 3 << 20, "several segments");
    for part in 0..12 {
        let copy = TempDir::new().unwrap();
        copy_dir(&room.path(), copy.path());
        let file = File::options().write(true).open(copy.path().join("db")).unwrap();
        file.write_all_at(&noise(2000, part).0, len * part / 12 + 777).unwrap();
        match Store::open(&StoreConfig { path: copy.path().to_owned(), ..StoreConfig::default() }) {
            Err(OpenError::Corrupt { .. }) => refused += 1,
            Err(other) => panic!("{part}: {other}"),
            Ok(store) => {
                for key in 0..300 {
                    assert!(store.get::<Bodies>(&key).unwrap() == Some(noise(5000, key % 50)), "{part}: row {key}");
                }
            }
        }
    }
    assert!(refused >= 3, "{refused} of 12");
}
