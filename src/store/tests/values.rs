//! Values: compressed, cut into pieces, put together again; and no blob file, ever.

use proptest::prelude::*;

use super::super::cell::{Body, CHUNK, Cell, Packed};
use super::super::{Encoded, keys};
use super::*;

proptest! {
    #[test]
    fn values_and_headers_come_back(bytes: Vec<u8>, repeated in 0_usize..40, until: Option<i64>, id: u64, len: u32) {
        let plain = bytes.repeat(repeated);
        let packed = Packed::new(plain.clone()).unwrap();
        prop_assert!(packed.bytes.len() <= plain.len());
        let here = Cell { squeezed: packed.squeezed, until, body: Body::Here(&packed.bytes) };
        let row = here.write();
        prop_assert_eq!(Cell::read(&row).unwrap(), here);
        let away = Cell { body: Body::Chunks { id, len }, ..here };
        let row = away.write();
        prop_assert_eq!(Cell::read(&row).unwrap(), away);
        prop_assert_eq!(packed.unpack().unwrap(), plain);
    }

    #[test]
    fn damaged_rows_are_faults_and_never_panics(bytes: Vec<u8>) {
        if let Ok(cell) = Cell::read(&bytes)
            && let Body::Here(body) = cell.body
        {
            let _ = Packed { squeezed: cell.squeezed, bytes: body.to_vec() }.unpack();
        }
    }
}

#[test]
fn sizes_around_the_edges() {
    for (len, pieces) in [(0, 0), (1, 1), (CHUNK, 1), (CHUNK + 1, 2), (3 * CHUNK, 3)] {
        let found: Vec<_> = super::super::cell::pieces(u32::try_from(len).unwrap()).collect();
        assert_eq!((found.len(), found.iter().map(|(_, size)| size).sum::<usize>()), (pieces, len));
    }
    assert_eq!(keys::after(&[1, 255]), Some(vec![2]));
    assert_eq!(keys::after(&[255, 255]), None);
    let huge = Packed::new(vec![0; super::super::cell::VALUE_MAX + 1]).unwrap_err();
    assert_eq!(huge.kind.policy().label, "bad_input");
}

#[tokio::test]
async fn large_values_are_cut_put_together_replaced_and_removed() {
    let room = Room::new();
    let store = room.open();
    for (round, len) in [10, CHUNK, CHUNK + 1, 100_000, 0, 300_000, 5].into_iter().enumerate() {
        let body = noise(len, round as u64);
        store
            .write({
                let body = body.clone();
                move |tx| tx.put::<Bodies>(&1, &body)
            })
            .await
            .unwrap();
        assert_eq!(store.get::<Bodies>(&1).unwrap(), Some(body.clone()));
        assert_eq!(store.scan::<Bodies>(None, 9).unwrap(), [(1, body.clone())]);
        let seen = store
            .write(|tx| {
                let before = tx.get::<Bodies>(&1)?;
                tx.put::<Bodies>(&2, &noise(20_000, 7))?;
                let other = tx.get::<Bodies>(&2)?;
                tx.delete::<Bodies>(&2);
                Ok((before, other))
            })
            .await
            .unwrap();
        assert_eq!(seen, (Some(body), Some(noise(20_000, 7))));
    }
    assert_eq!(store.count::<Bodies>(), 1);
    let small = store.stats().unwrap().live_bytes;
    assert!(small < 100, "the pieces of earlier values are gone, {small} bytes remain");
    remove::<Bodies>(&store, 1).await;
    assert_eq!(store.stats().unwrap().live_bytes, 0);
}

#[tokio::test]
async fn twenty_five_megabytes_work_encoded_ahead() {
    let room = Room::new();
    let store = room.open();
    let body = noise(25 << 20, 1);
    let encoded = Encoded::<Bodies>::new(&body).unwrap();
    assert_eq!(encoded.stored_bytes(), 25 << 20);
    store.write(move |tx| tx.put_encoded_until(&1, encoded, at(50))).await.unwrap();
    assert!(store.get::<Bodies>(&1).unwrap() == Some(body.clone()));
    store.close().await;
    let store = room.open();
    assert!(store.get::<Bodies>(&1).unwrap() == Some(body));
    assert_eq!(blobs(&room.path()), 0);
    assert_eq!(store.sweep(at(50), 10).await.unwrap(), 1);
    assert_eq!(store.stats().unwrap().live_bytes, 0);
}

#[tokio::test]
async fn compressible_values_take_less() {
    let room = Room::new();
    let store = room.open();
    let body = Raw(Bytes::from(r#"{"action":"opened","number":12},"#.repeat(400)));
    store
        .write({
            let body = body.clone();
            move |tx| tx.put::<Bodies>(&1, &body)
        })
        .await
        .unwrap();
    assert!(store.stats().unwrap().live_bytes < 1000);
    assert_eq!(store.get::<Bodies>(&1).unwrap(), Some(body));
}

#[tokio::test]
async fn readers_beside_a_writer_never_see_half_a_value() {
    let room = Room::new();
    let store = room.open();
    store.write(|tx| tx.put::<Bodies>(&1, &noise(60_000, 0))).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let reader = std::thread::spawn({
        let (store, stop) = (store.clone(), stop.clone());
        move || {
            let mut reads = 0;
            while !stop.load(Ordering::SeqCst) {
                let body = store.get::<Bodies>(&1).unwrap().unwrap();
                let seed = body.0.len() as u64 - 60_000;
                assert!(body == noise(body.0.len(), seed));
                reads += 1;
            }
            reads
        }
    });
    for round in 1..60 {
        store
            .write(move |tx| tx.put::<Bodies>(&1, &noise(60_000 + usize::try_from(round).unwrap(), round)))
            .await
            .unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    assert!(reader.join().unwrap() > 0);
}
