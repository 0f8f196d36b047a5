//! Keys sort, tables stay apart, transactions see what they should.

use proptest::prelude::*;

use super::super::{Key, Store};
use super::*;
use crate::model::DeliveryId;

fn bytes(key: &impl Key) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.write(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn keys_come_back_and_sort_as_their_bytes(a: (u64, String, String, [u8; 16], u32), b: (u64, String, String, [u8; 16], u32)) {
        prop_assert_eq!(u64::read(&bytes(&a.0)), Some(a.0));
        prop_assert_eq!(bytes(&a.0).cmp(&bytes(&b.0)), a.0.cmp(&b.0));
        prop_assert_eq!(String::read(&bytes(&a.1)), Some(a.1.clone()));
        prop_assert_eq!(bytes(&a.1).cmp(&bytes(&b.1)), a.1.cmp(&b.1));
        let pair = |first: &str, second: &str| (first.replace('\0', ""), second.to_owned());
        let (one, two) = (pair(&a.1, &a.2), pair(&b.1, &b.2));
        prop_assert_eq!(<(String, String)>::read(&bytes(&one)), Some(one.clone()));
        prop_assert_eq!(bytes(&one).cmp(&bytes(&two)), one.cmp(&two));
        let (one, two) = ((DeliveryId::from_bytes(a.3), a.4), (DeliveryId::from_bytes(b.3), b.4));
        prop_assert_eq!(<(DeliveryId, u32)>::read(&bytes(&one)), Some(one));
        prop_assert_eq!(bytes(&one).cmp(&bytes(&two)), (a.3, a.4).cmp(&(b.3, b.4)));
    }
}

async fn filled(room: &Room) -> Store {
    let store = room.open();
    store
        .write(|tx| {
            for key in [5, 1, 300, 70_000] {
                tx.put::<Numbers>(&key, &format!("n{key}"))?;
            }
            for word in ["b", "ab", "abc", "a"] {
                tx.put::<Words>(&word.to_owned(), &7)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    store
}

fn keys<K, V>(rows: Vec<(K, V)>) -> Vec<K> {
    rows.into_iter().map(|(key, _)| key).collect()
}

#[tokio::test]
async fn reads_are_in_order_within_limits_and_within_their_table() {
    let room = Room::new();
    let store = filled(&room).await;
    assert_eq!(store.get::<Numbers>(&300).unwrap().as_deref(), Some("n300"));
    assert_eq!(store.get::<Numbers>(&2).unwrap(), None);
    assert_eq!(keys(store.scan::<Numbers>(None, 99).unwrap()), [1, 5, 300, 70_000]);
    assert_eq!(keys(store.scan::<Numbers>(Some(&5), 2).unwrap()), [5, 300]);
    assert_eq!(keys(store.last::<Numbers>(2).unwrap()), [70_000, 300]);
    assert_eq!(keys(store.last::<Words>(99).unwrap()), ["b", "abc", "ab", "a"]);
    assert_eq!(keys(store.prefix::<Words>(b"ab", 99).unwrap()), ["ab", "abc"]);
    assert_eq!(keys(store.prefix::<Words>(b"ab", 1).unwrap()), ["ab"]);
    assert_eq!((store.count::<Numbers>(), store.count::<Words>(), store.count::<Bodies>()), (4, 4, 0));
}

#[tokio::test]
async fn a_transaction_sees_its_own_changes_over_the_stored_rows() {
    let room = Room::new();
    let store = filled(&room).await;
    let seen = store
        .write(|tx| {
            tx.delete::<Words>(&"ab".to_owned());
            tx.delete::<Words>(&"was never there".to_owned());
            tx.put::<Words>(&"abd".to_owned(), &1)?;
            tx.put::<Words>(&"a".to_owned(), &2)?;
            let all = tx.scan::<Words>(None, 99)?;
            Ok((tx.get::<Words>(&"ab".to_owned())?, tx.prefix::<Words>(b"ab", 99)?, all, tx.count::<Words>()))
        })
        .await
        .unwrap();
    assert_eq!(seen.0, None);
    assert_eq!(seen.1, [("abc".to_owned(), 7), ("abd".to_owned(), 1)]);
    assert_eq!(seen.2[0], ("a".to_owned(), 2));
    assert_eq!((seen.2.len(), seen.3, store.count::<Words>()), (4, 4, 4));
}

#[tokio::test]
async fn last_and_prefix_hold_over_many_pages() {
    let room = Room::new();
    let store = room.open();
    store.write(|tx| (0..3000).try_for_each(|key| tx.put::<Numbers>(&key, &"x".repeat(40)))).await.unwrap();
    store.write(|tx| tx.put::<Words>(&"behind".to_owned(), &1)).await.unwrap();
    store
        .write(|tx| {
            (0..3000).filter(|key| key % 3 != 0).for_each(|key| tx.delete::<Numbers>(&key));
            Ok(())
        })
        .await
        .unwrap();
    let expected: Vec<u64> = (0..3000).filter(|key| key % 3 == 0).collect();
    assert_eq!(keys(store.scan::<Numbers>(None, usize::MAX).unwrap()), expected);
    let last = keys(store.last::<Numbers>(usize::MAX).unwrap());
    assert_eq!(last.into_iter().rev().collect::<Vec<_>>(), expected);
    assert_eq!(keys(store.prefix::<Numbers>(&2048_u64.to_be_bytes()[..7], 99).unwrap()).len(), 85);
    assert_eq!(store.count::<Numbers>(), 1000);
}

#[tokio::test]
async fn wrong_tables_and_keys_are_refused_and_write_nothing() {
    struct Twin;
    impl Table for Twin {
        const ID: u8 = Numbers::ID;
        const NAME: &'static str = "twin";
        type Key = u64;
        type Value = String;
    }
    struct Own;
    impl Table for Own {
        const ID: u8 = 255;
        const NAME: &'static str = "own";
        type Key = u64;
        type Value = String;
    }
    let room = Room::new();
    let store = filled(&room).await;
    let twin = store.write(|tx| tx.put::<Twin>(&1, &String::new())).await.unwrap_err();
    assert_eq!(twin.inside.as_deref(), Some("tables numbers and twin have the same number, 10"));
    let own = store.write(|tx| tx.put::<Own>(&1, &String::new())).await.unwrap_err();
    assert!(own.inside.unwrap().contains("the store's own"));
    let long = store.write(|tx| tx.put::<Words>(&"k".repeat(481), &1)).await.unwrap_err();
    assert_eq!(long.kind.policy().label, "bad_input");
    store.write(|tx| tx.put::<Words>(&"k".repeat(480), &1)).await.unwrap();
    assert_eq!(store.get::<Words>(&"k".repeat(480)).unwrap(), Some(1));
    assert_eq!(store.get::<Words>(&"k".repeat(481)).unwrap(), None);
    assert_eq!(store.count::<Numbers>(), 4);
}

#[tokio::test]
async fn counts_names_sizes_and_the_sequence_outlive_the_process() {
    let room = Room::new();
    let store = filled(&room).await;
    let first = store.write(|tx| Ok([tx.sequence(), tx.sequence()])).await.unwrap();
    assert!(first[0] < first[1]);
    // Given by a transaction that failed afterwards: it must not be given again either.
    let failed = store.write(|tx| Err::<(), _>(Fault::conflict(tx.sequence().to_string()))).await.unwrap_err();
    let before = store.stats().unwrap();
    store.close().await;

    let store = room.open();
    assert_eq!(store.stats().unwrap().tables, before.tables);
    assert_eq!(store.stats().unwrap().live_bytes, before.live_bytes);
    assert_eq!(before.tables[0].name.as_deref(), Some("numbers"));
    assert_eq!((store.count::<Numbers>(), store.count::<Words>()), (4, 4));
    let next = store.write(|tx| Ok(tx.sequence())).await.unwrap();
    assert!(next > first[1] && next > failed.outside.parse().unwrap());

    store
        .write(|tx| {
            tx.prefix::<Numbers>(b"", 99)?.iter().for_each(|(key, _)| tx.delete::<Numbers>(key));
            tx.prefix::<Words>(b"", 99)?.iter().for_each(|(key, _)| tx.delete::<Words>(key));
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(store.stats().unwrap().live_bytes, 0);
    assert_eq!(store.stats().unwrap().tables, []);
}

#[tokio::test]
async fn a_store_opens_and_closes_twenty_times_in_a_row() {
    let room = Room::new();
    for round in 0..20 {
        let store = room.open();
        assert_eq!(store.count::<Numbers>(), round);
        put(&store, round, "here").await.unwrap();
        let other = store.clone();
        store.close().await;
        assert_eq!(put(&other, 99, "too late").await.unwrap_err().kind.policy().label, "unavailable");
        assert_eq!(other.get::<Numbers>(&0).unwrap_err().kind.policy().label, "unavailable");
    }
}
