-- Where polling stands, for each feed of each account. The cursor is committed together with the page that it follows.
CREATE TABLE feeds (
    account_id TEXT NOT NULL,
    feed       TEXT NOT NULL,
    cursor     TEXT,
    polled_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, feed)
) WITHOUT ROWID;

-- Accepted messages whose provider tells their receipts only when it is asked, message by message.
CREATE TABLE awaited_receipts (
    message_id TEXT PRIMARY KEY NOT NULL,
    due_at     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX awaited_receipts_due ON awaited_receipts (due_at, message_id);

-- A receipt of a call that was never answered brings an id that nobody knows: it is looked for by its number.
CREATE INDEX receipts_unmatched_by_number ON receipts (account_id, recipient) WHERE message_id IS NULL;
