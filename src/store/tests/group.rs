//! Group commit: order, atomicity, failure, watching.

use std::sync::atomic::Ordering;

use super::*;

#[tokio::test]
async fn writes_run_in_the_order_of_calls_even_when_nobody_waits_for_them() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    disk.hold();
    let first = store.write(|tx| tx.put::<Words>(&"at".to_owned(), &0));
    disk.reached();
    let writes: Vec<_> = (1..=200)
        .map(|number| {
            store.write(move |tx| {
                let at = tx.get::<Words>(&"at".to_owned())?;
                tx.put::<Words>(&"at".to_owned(), &number)?;
                Ok(at)
            })
        })
        .collect();
    drop(first);
    disk.release();
    let before = disk.syncs.load(Ordering::SeqCst);
    for (number, write) in (0..).zip(writes) {
        assert_eq!(write.await.unwrap(), Some(number));
    }
    assert_eq!(store.get::<Words>(&"at".to_owned()).unwrap(), Some(200));
    assert!(disk.syncs.load(Ordering::SeqCst) <= before + 2, "all that waited share a sync");
}

#[tokio::test]
async fn what_fails_or_panics_writes_nothing_and_leaves_its_neighbours_alone() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    disk.hold();
    let first = put(&store, 0, "first");
    disk.reached();
    let good = store.write(|tx| tx.put::<Numbers>(&1, &"good".to_owned()));
    let bad = store.write(|tx| {
        tx.put::<Numbers>(&1, &"bad".to_owned())?;
        tx.put::<Numbers>(&2, &"bad".to_owned())?;
        Err::<(), _>(Fault::conflict("no"))
    });
    let worse = store.write(|tx| {
        tx.put::<Numbers>(&3, &"worse".to_owned())?;
        assert!(tx.get::<Numbers>(&3)?.is_none(), "this panics");
        Ok(())
    });
    let after = store.write(|tx| {
        tx.put::<Numbers>(&4, &"after".to_owned())?;
        tx.scan::<Numbers>(None, 99)
    });
    disk.release();
    first.await.unwrap();
    good.await.unwrap();
    assert_eq!(bad.await.unwrap_err(), Fault::conflict("no"));
    let worse = worse.await.unwrap_err();
    assert_eq!((worse.kind.policy().label, worse.inside.unwrap().contains("this panics")), ("bug", true));
    let expected: Vec<_> = [(0, "first"), (1, "good"), (4, "after")].map(|(key, value)| (key, value.to_owned())).into();
    assert_eq!(after.await.unwrap(), expected);
    assert_eq!(store.scan::<Numbers>(None, 99).unwrap(), expected);
    assert_eq!(store.count::<Numbers>(), 3);
}

#[tokio::test]
async fn a_failed_sync_is_told_to_all_who_wait_and_to_all_who_come_later() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    put(&store, 1, "kept").await.unwrap();
    store.health().unwrap();
    let mut watching = store.watch::<Numbers>();
    disk.fails.store(true, Ordering::SeqCst);
    let (one, two) =
        tokio::join!(put(&store, 2, "lost"), store.write(|_| Err::<(), _>(Fault::conflict("rests on two"))));
    assert_eq!(one.unwrap_err().kind.policy().label, "unavailable");
    assert_eq!(two.unwrap_err().kind.policy().label, "unavailable");
    disk.fails.store(false, Ordering::SeqCst);
    let late = put(&store, 3, "late").await.unwrap_err();
    assert_eq!(late.kind.policy().label, "unavailable");
    assert!(late.inside.as_ref().unwrap().contains("the disk is on fire"));
    assert_eq!(store.health().unwrap_err(), late);
    assert!(watching.try_recv().is_err());
    assert_eq!(store.get::<Numbers>(&1).unwrap().as_deref(), Some("kept"));
    store.close().await;
    let store = room.open();
    assert_eq!(store.get::<Numbers>(&1).unwrap().as_deref(), Some("kept"));
    assert_eq!(store.get::<Numbers>(&3).unwrap(), None);
    put(&store, 4, "works again").await.unwrap();
}

#[tokio::test]
async fn watchers_hear_keys_in_order_and_only_after_the_sync() {
    let room = Room::new();
    let disk = Arc::new(Watched::default());
    let store = room.open_on(disk.clone());
    put(&store, 1, "before anybody watched").await.unwrap();
    let (mut numbers, mut words) = (store.watch::<Numbers>(), store.watch::<Words>());
    drop(store.watch::<Numbers>());
    disk.hold();
    let write = store.write(|tx| {
        for key in [9, 3, 7, 5] {
            tx.put::<Numbers>(&key, &"x".to_owned())?;
        }
        tx.delete::<Numbers>(&7);
        Ok(())
    });
    let failing = store.write(|tx| {
        tx.put::<Numbers>(&100, &"x".to_owned())?;
        Err::<(), _>(Fault::conflict("no"))
    });
    disk.reached();
    assert!(store.get::<Numbers>(&9).unwrap().is_some(), "it is applied");
    assert!(numbers.try_recv().is_err(), "and not on disk");
    disk.release();
    write.await.unwrap();
    failing.await.unwrap_err();
    let heard: Vec<u64> = std::iter::from_fn(|| numbers.try_recv().ok()).collect();
    assert_eq!(heard, [9, 3, 5]);
    assert!(words.try_recv().is_err());
}

#[tokio::test]
async fn rows_are_swept_when_due_unless_they_were_written_again() {
    let room = Room::new();
    let store = room.open();
    store
        .write(|tx| {
            for key in 0..600 {
                tx.put_until::<Numbers>(&key, &"due".to_owned(), at(100))?;
            }
            tx.put_until::<Numbers>(&1000, &"later".to_owned(), at(200))?;
            tx.put_until::<Numbers>(
                &1001,
                &"half a second later".to_owned(),
                "1970-01-01T00:01:40.5Z".parse().unwrap(),
            )?;
            tx.put_until::<Numbers>(&1002, &"long ago".to_owned(), at(-5))
        })
        .await
        .unwrap();
    store
        .write(|tx| {
            tx.put::<Numbers>(&0, &"stays".to_owned())?;
            tx.put_until::<Numbers>(&1, &"extended".to_owned(), at(300))?;
            tx.delete::<Numbers>(&2);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(store.sweep(at(99), 10_000).await.unwrap(), 1);
    assert_eq!(store.sweep(at(100), 10).await.unwrap(), 10);
    assert_eq!(store.sweep(at(100), 10_000).await.unwrap(), 587);
    assert_eq!(store.sweep(at(100), 10_000).await.unwrap(), 0);
    assert_eq!(
        store.scan::<Numbers>(None, 99).unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>(),
        [0, 1, 1000, 1001]
    );
    assert_eq!(store.sweep(at(101), 10_000).await.unwrap(), 1);
    assert_eq!(store.sweep(at(1_000_000), 10_000).await.unwrap(), 2);
    assert_eq!(store.get::<Numbers>(&0).unwrap().as_deref(), Some("stays"));
    remove::<Numbers>(&store, 0).await;
    assert_eq!(store.stats().unwrap().live_bytes, 0, "no index entry is left");
}

#[tokio::test]
async fn an_entry_that_does_not_fit_its_row_takes_nothing_away() {
    let room = Room::new();
    let store = room.open();
    store.write(|tx| tx.put_until::<Numbers>(&1, &"x".to_owned(), at(500))).await.unwrap();
    let full = super::super::keys::row::<Numbers>(&1);
    let stray = super::super::keys::expiry(100, &full);
    store.write(move |tx| tx.set(stray, Some(sled::IVec::default()))).await.unwrap();
    assert_eq!(store.sweep(at(100), 10).await.unwrap(), 0);
    assert!(store.get::<Numbers>(&1).unwrap().is_some());
    store.close().await;
    assert!(super::super::admin::verify(&room.config()).unwrap().is_whole(), "the stray entry is gone");
}

#[tokio::test]
async fn many_tasks_write_at_once_and_none_is_lost() {
    let room = Room::new();
    let store = room.open();
    let tasks: Vec<_> = (0..16_u64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..50 {
                    put(&store, task * 1000 + number, "x").await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.count::<Numbers>(), 800);
    drop(store);
    assert_eq!(room.open().scan::<Numbers>(None, usize::MAX).unwrap().len(), 800);
}
