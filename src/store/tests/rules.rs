//! The rules of working with this engine, one test each.

use std::os::unix::fs::PermissionsExt as _;

use super::super::OpenError;
use super::super::open::Migration;
use super::*;

#[tokio::test]
async fn one_thread_runs_every_transaction() {
    let room = Room::new();
    let store = room.open();
    let name = || std::thread::current().name().map(str::to_owned);
    for task in 0..4 {
        let other = store.clone();
        let ran = tokio::spawn(async move { other.write(move |_| Ok(name())).await });
        assert_eq!(ran.await.unwrap().unwrap().as_deref(), Some("quarterdeck-store"), "task {task}");
    }
}

#[tokio::test]
async fn acknowledged_means_flushed_and_synced_in_this_order() {
    let room = Room::new();
    let copy = TempDir::new().unwrap();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    *disk.copy.lock().unwrap() = Some((room.path(), copy.path().join("store")));
    disk.hold();
    let mut write = tokio::spawn(put(&store, 1, "durable"));
    disk.reached();
    tokio::task::yield_now().await;
    assert!(!write.is_finished(), "nothing is acknowledged while the sync is under way");
    disk.release();
    (&mut write).await.unwrap().unwrap();
    // What was in the file when our sync began: the engine's flush came before it.
    let there = Store::open(&StoreConfig { path: copy.path().join("store"), ..StoreConfig::default() }).unwrap();
    assert_eq!(there.get::<Numbers>(&1).unwrap().as_deref(), Some("durable"));
}

#[test]
fn creation_syncs_the_conf_file_and_every_directory() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    drop(room.open_on(disk.clone()));
    let paths = disk.paths();
    let path = room.path();
    for expected in
        [path.join("conf"), path.join("blobs"), path.clone(), path.join("mark"), path.parent().unwrap().to_owned()]
    {
        assert!(paths.contains(&expected), "{} was not synced: {paths:?}", expected.display());
    }
    assert!(disk.syncs.load(Ordering::SeqCst) > 0, "nor was the data file");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn no_value_and_no_key_makes_a_blob_file() {
    let room = Room::new();
    let store = room.open();
    let rounds = 12_u64;
    for round in 0..rounds {
        store
            .write(move |tx| {
                for key in 0..60 {
                    // The largest rows that stay in one piece, and values of many pieces.
                    tx.put::<Bodies>(&(key * rounds + round), &noise(4096 - usize::from(key % 2 == 0), key))?;
                    tx.put::<Bodies>(
                        &(1_000_000 + key),
                        &noise(10_000 + usize::try_from(round * key).unwrap() * 50, round),
                    )?;
                    // The longest keys, differing at their very end: no prefix to cut in front, nothing behind.
                    let long = format!("{:0>480}", key * rounds + round);
                    tx.put::<Words>(&long, &key)?;
                    tx.put::<Words>(&format!("{}{}", key * rounds + round, "z".repeat(470)), &key)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        store
            .write(move |tx| {
                (0..60)
                    .filter(|key| (key + round) % 3 == 0)
                    .for_each(|key| tx.delete::<Bodies>(&(key * rounds + round)));
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(blobs(&room.path()), 0, "round {round}");
    }
    store.close().await;
    assert!(super::super::admin::verify(&room.config()).unwrap().is_whole());
    assert_eq!(blobs(&room.path()), 0);
}

#[tokio::test]
async fn sizes_and_the_queue_can_be_watched() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    disk.hold();
    let first = store.write(|tx| tx.put::<Bodies>(&1, &noise(3000, 1)));
    disk.reached();
    let waiting: Vec<_> =
        (2..70_000_u64).map(|key| store.write(move |tx| tx.put::<Words>(&key.to_string(), &key))).collect();
    let stats = store.stats().unwrap();
    assert_eq!(stats.queued, 65_536, "what comes beyond that is turned away at once");
    disk.release();
    first.await.unwrap();
    let mut done = 0;
    for write in waiting {
        match write.await {
            Ok(()) => done += 1,
            Err(fault) => assert!(fault.inside.unwrap().contains("wait for the disk")),
        }
    }
    assert_eq!(done, 65_536);
    let stats = store.stats().unwrap();
    assert_eq!((stats.queued, store.count::<Words>()), (0, 65_536));
    assert!(stats.live_bytes > 3000 && stats.file_bytes > stats.live_bytes);
}

#[test]
fn a_second_opener_is_told_who_to_stop() {
    let room = Room::new();
    let store = room.open();
    let error = Store::open(&room.config()).unwrap_err();
    assert!(matches!(&error, OpenError::Locked { path } if *path == room.path()));
    assert!(error.to_string().contains("in use by another process"), "{error}");
    drop(store);
    room.open();
}

#[test]
fn the_engines_own_lock_is_told_as_well() {
    let room = Room::new();
    drop(room.open());
    let file = File::options().write(true).open(room.path().join("db")).unwrap();
    file.lock().unwrap();
    assert!(matches!(Store::open(&room.config()).unwrap_err(), OpenError::Locked { .. }));
}

#[tokio::test]
async fn schemas_move_forward_and_never_back() {
    const STEPS: &[Migration] = &[
        |tx| tx.put::<Words>(&"first step".to_owned(), &1),
        |tx| {
            let seen = tx.get::<Words>(&"first step".to_owned())?.unwrap_or(0);
            tx.put::<Words>(&"second step".to_owned(), &(seen + 1))
        },
    ];
    const BROKEN: &[Migration] = &[STEPS[0], STEPS[1], |tx| {
        tx.delete::<Words>(&"first step".to_owned());
        Err(Fault::bug("does not work"))
    }];
    let room = Room::new();
    let open = |migrations| open::open(&room.config(), &Terms { disk: Arc::new(RealDisk), migrations, count: true });
    open(&STEPS[..0]).unwrap().close().await;
    for _ in 0..2 {
        let store = open(STEPS).unwrap();
        assert_eq!(store.get::<Words>(&"second step".to_owned()).unwrap(), Some(2));
        assert_eq!(store.count::<Words>(), 2);
        store.close().await;
    }
    let newer = open(&STEPS[..1]).unwrap_err();
    assert!(matches!(newer, OpenError::Newer { found: 3, known: 2, .. }), "{newer}");
    let broken = open(BROKEN).unwrap_err();
    assert!(matches!(broken, OpenError::Migration { from: 3, .. }), "{broken}");
    assert_eq!(open(STEPS).unwrap().count::<Words>(), 2);
}
