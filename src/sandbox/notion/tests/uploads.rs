//! Files: made, sent in one part or many, attached, let go.

use reqwest::multipart::{Form, Part};

use super::*;

fn form(bytes: Vec<u8>, name: &str, kind: &str) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()).mime_str(kind).unwrap())
}

async fn send(stage: &Stage, id: &str, form: Form) -> (u16, Value) {
    read(stage.ask(Method::POST, &format!("/file_uploads/{id}/send")).multipart(form).send().await.unwrap()).await
}

#[tokio::test]
async fn a_file_is_sent_attached_and_fetched() {
    let stage = Stage::new().await;
    let upload = stage.post("/file_uploads", json!({ "filename": "log.txt" })).await;
    assert_eq!((&upload["status"], &upload["content_type"]), (&json!("pending"), &json!("text/plain")));
    assert_eq!(upload["expiry_time"], "2026-11-20T11:00:00.000Z");
    let id = upload["id"].as_str().unwrap();
    let block = json!({ "children": [{ "file": { "file_upload": { "id": id } } }] });
    let path = format!("/blocks/{}/children", stage.id("Reports"));
    assert!(stage.invalid(Method::PATCH, &path, block.clone()).await.contains("has status `pending`"));
    let (status, body) = send(&stage, id, form(b"hello".to_vec(), "log.txt", "image/png")).await;
    assert_eq!(status, 400, "{body}");
    let (status, sent) = send(&stage, id, form(b"hello".to_vec(), "log.txt", "text/plain")).await;
    assert_eq!((status, &sent["status"], &sent["content_length"]), (200, &json!("uploaded"), &json!(5)));
    assert_eq!(send(&stage, id, form(b"again".to_vec(), "log.txt", "text/plain")).await.0, 400);
    let made = stage.patch(&path, block).await;
    let file = &made["results"][0]["file"];
    assert_eq!((&file["type"], &file["name"]), (&json!("file"), &json!("log.txt")));
    let fetched = stage.client.get(file["file"]["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(fetched.headers()["content-type"], "text/plain");
    assert_eq!(fetched.text().await.unwrap(), "hello");
    let cell = json!({ "properties": { "Files": { "files": {} } } });
    stage.patch(&format!("/data_sources/{}", stage.id("Tasks")), cell).await;
    let value = json!({ "properties": { "Files": { "files": [{ "file_upload": { "id": id }, "name": "The log" }] } } });
    let page = stage.patch(&format!("/pages/{}", stage.id("Rotate the keys")), value).await;
    assert_eq!(page["properties"]["Files"]["files"][0]["name"], "The log");
    stage.hand.advance(7200);
    assert_eq!(stage.get(&format!("/file_uploads/{id}")).await["status"], "uploaded", "what is attached stays");
}

#[tokio::test]
async fn what_is_not_attached_in_time_is_gone() {
    let stage = Stage::new().await;
    let upload = stage.post("/file_uploads", json!({ "filename": "a.png" })).await;
    stage.hand.advance(3600);
    let path = format!("/file_uploads/{}", upload["id"].as_str().unwrap());
    assert_eq!(stage.get(&path).await["status"], "expired");
    assert_eq!(stage.get("/file_uploads?status=expired").await["results"].as_array().unwrap().len(), 1);
    assert_eq!(send(&stage, upload["id"].as_str().unwrap(), form(vec![1], "a.png", "image/png")).await.0, 400);
}

#[tokio::test]
async fn large_files_come_in_parts_and_only_in_paid_workspaces() {
    let stage = Stage::new().await;
    let body = json!({ "mode": "multi_part", "filename": "a.pdf", "number_of_parts": 2 });
    assert!(stage.invalid(Method::POST, "/file_uploads", body.clone()).await.contains("paid workspaces"));
    let stage = Stage::with(|setup| setup.largest_file = 5 << 30).await;
    let upload = stage.post("/file_uploads", body).await;
    let id = upload["id"].as_str().unwrap();
    let part =
        |at: &str, size: usize| form(vec![7; size], "a.pdf", "application/pdf").text("part_number", at.to_owned());
    assert_eq!(send(&stage, id, part("1", 10)).await.0, 400, "too small");
    assert_eq!(send(&stage, id, part("3", 10)).await.0, 400, "no such part");
    assert_eq!(send(&stage, id, part("2", 10)).await.1["number_of_parts"], json!({ "total": 2, "sent": 1 }));
    let complete = format!("/file_uploads/{id}/complete");
    assert!(stage.invalid(Method::POST, &complete, Value::Null).await.contains("missing: [1]"));
    assert_eq!(send(&stage, id, part("1", 5 << 20)).await.0, 200);
    let done = stage.post(&complete, Value::Null).await;
    assert_eq!((&done["status"], &done["content_length"]), (&json!("uploaded"), &json!((5 << 20) + 10)));
}

#[tokio::test]
async fn sizes_and_types_are_limited_and_imports_end_one_way_or_the_other() {
    let stage = Stage::new().await;
    assert!(stage.invalid(Method::POST, "/file_uploads", json!({ "filename": "a.exe" })).await.contains("extension"));
    let upload = stage.post("/file_uploads", json!({ "filename": "a.png" })).await;
    let (status, _) =
        send(&stage, upload["id"].as_str().unwrap(), form(vec![1; (5 << 20) + 1], "a.png", "image/png")).await;
    assert_eq!(status, 413);
    let import = json!({ "mode": "external_url", "filename": "a.png", "external_url": "https://x.example/a.png" });
    let upload = stage.post("/file_uploads", import).await;
    let id = upload["id"].as_str().unwrap();
    stage.fake.finish_import(id, Err("The address does not answer.".to_owned())).unwrap();
    let failed = stage.get(&format!("/file_uploads/{id}")).await;
    assert_eq!((&failed["status"], &failed["file_import_result"]["type"]), (&json!("failed"), &json!("error")));
}
