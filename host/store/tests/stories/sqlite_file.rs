//! What is told of SQLite alone: its file, its settings, and the plans of its statements.

use super::support::*;
use jixinda_store::sqlite::SqliteStore;
use jixinda_store::*;

fn sqlite(story: &Story) -> &SqliteStore {
    story.sqlite.as_ref().expect("it is told of SQLite")
}

#[tokio::test]
async fn a_commit_is_on_the_disk_before_it_is_answered() {
    let story = begin_on_sqlite().await;
    // 2 is FULL: the log is synchronised at every commit.
    assert_eq!(sqlite(&story).durability().await.expect("read"), ("wal".to_owned(), 2));
}

#[tokio::test]
async fn hot_statements_use_their_indexes() {
    let story = begin_on_sqlite().await;
    for (statement, index) in [
        (
            "SELECT id FROM messages WHERE status = 'queued' AND class = ? AND application_id = ? AND due_at <= ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT 9",
            "messages_queued",
        ),
        (
            "SELECT id FROM messages WHERE status = 'scheduled' AND due_at <= ? ORDER BY due_at, id LIMIT 9",
            "messages_scheduled",
        ),
        (
            "SELECT id FROM messages WHERE status = 'uncertain' AND due_at <= ? ORDER BY due_at, id LIMIT 9",
            "messages_uncertain",
        ),
        ("SELECT m.id FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value", "PRIMARY KEY"),
        (
            "SELECT count(*) FROM json_each(?) j CROSS JOIN messages m ON m.recipient = j.value ->> 0 AND m.id >= j.value ->> 1",
            "messages_by_recipient",
        ),
        (
            "SELECT count(*) FROM json_each(?) j CROSS JOIN messages m ON m.application_id = j.value ->> 0 AND m.id >= j.value ->> 1",
            "messages_by_application",
        ),
        (
            "SELECT r.id FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value ->> 1 CROSS JOIN receipts r ON r.account_id = j.value ->> 0 AND r.recipient = m.recipient AND r.message_id IS NULL",
            "receipts_unmatched_by_number (account_id=? AND recipient=?)",
        ),
        ("SELECT id FROM receipts WHERE message_id IS NULL AND id < ? LIMIT 9", "receipts_unmatched_by_age"),
        (
            "SELECT id FROM inbound_messages WHERE id < ? AND instr(sender, '*') = 0 ORDER BY id LIMIT 9",
            "inbound_unmasked",
        ),
        (
            "UPDATE messages SET epoch = 1 FROM json_each(?) j WHERE messages.id = j.value ->> 'id' AND messages.status = 'queued'",
            "PRIMARY KEY",
        ),
    ] {
        let plan = sqlite(&story).explain(statement).await.expect("explained");
        assert!(plan.contains(index), "{statement}\n{plan}");
        assert!(!plan.contains("SCAN messages"), "{statement}\n{plan}");
    }
}

#[tokio::test]
async fn what_is_due_is_found_by_the_index() {
    let story = begin_on_sqlite().await;
    let plan = sqlite(&story)
        .explain(
            "SELECT * FROM webhook_deliveries WHERE endpoint_id = 'a' AND state = 'waiting' AND due_at <= 1
             ORDER BY due_at, event_id LIMIT 9",
        )
        .await
        .expect("a plan");
    assert!(plan.contains("webhook_deliveries_waiting") && !plan.contains("TEMP B-TREE"), "{plan}");
    let plan = sqlite(&story).explain("SELECT * FROM webhook_deliveries WHERE state = 'parked' ORDER BY occurred_at DESC, event_id DESC, endpoint_id DESC LIMIT 9")
        .await
        .expect("a plan");
    assert!(plan.contains("webhook_deliveries_parked") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn who_only_looks_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let missing = SqliteStore::open_read_only(&path).await.err().expect("it is not made");
    assert!(missing.to_string().contains("there is no file") && !path.exists(), "{missing}");
    let owner = SqliteStore::open(&path).await.expect("opens");
    let looking = SqliteStore::open_read_only(&path).await.expect("opens beside it");
    assert_eq!(looking.recorded_traffic(NOW, NOW, None, 1).await.expect("read"), Default::default());
    let refused = |error: StoreError| assert!(error.to_string().contains("readonly"), "{error}");
    refused(looking.reserve_serials(1).await.expect_err("no write"));
    let state = StoredRoutingState { channel_id: channel(), state: "{}".to_owned(), saved_at: NOW };
    let record = RoutingRecord { states: vec![state], ..RoutingRecord::default() };
    refused(looking.record_routing(&record).await.expect_err("no write"));
    assert_eq!(owner.routing_states().await.expect("read"), []);
    owner.reserve_serials(1).await.expect("its owner writes on");
}

#[tokio::test]
async fn a_store_of_another_version_is_not_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).await.expect("opens"));
    let steps = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("opens");
    let look = async |change: &'static str, words: &str| {
        sqlx::query(change).execute(&steps).await.expect("changed");
        let refused = SqliteStore::open_read_only(&path).await.err().expect("refused").to_string();
        assert!(refused.contains(words), "{refused}");
    };
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99999, 'of tomorrow', 1, x'00', 0)";
    look(newer, "a newer version").await;
    look("DELETE FROM _sqlx_migrations WHERE version > 1", "`jixinda migrate`").await;
    look("DROP TABLE _sqlx_migrations", "_sqlx_migrations").await;
}
