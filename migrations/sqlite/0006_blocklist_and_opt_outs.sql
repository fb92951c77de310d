-- Numbers as integers (E.164 without the plus, at most 15 digits): a million of them are a small, ordered table.
CREATE TABLE blocked_numbers_as_integers (
    number     INTEGER PRIMARY KEY NOT NULL,
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
INSERT INTO blocked_numbers_as_integers (number, note, created_at)
SELECT CAST(substr(number, 2) AS INTEGER), note, created_at
FROM blocked_numbers
ORDER BY 1;
DROP TABLE blocked_numbers;
ALTER TABLE blocked_numbers_as_integers RENAME TO blocked_numbers;

-- Who wants no more texts of an application under a sign name. An empty id stands for all: where nobody knows whose text was answered,
-- the person's word counts for everyone's.
CREATE TABLE opt_outs (
    number         INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    sign_name_id   TEXT NOT NULL,
    word           TEXT NOT NULL,             -- what the person wrote
    inbound_id     TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (number, application_id, sign_name_id)
) WITHOUT ROWID;

-- What grows old without a look at all that stays.
CREATE INDEX receipts_unmatched_by_age ON receipts (id) WHERE message_id IS NULL;
CREATE INDEX inbound_unmasked ON inbound_messages (id) WHERE instr(sender, '*') = 0;

-- Whose an inbound text is. What is NULL does not matter; the most specific rule wins.
CREATE TABLE inbound_routes (
    id             TEXT PRIMARY KEY NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    account_id     TEXT,
    recipient      TEXT,                      -- the number it was sent to
    extension      TEXT,                      -- the sub-number
    keyword        TEXT,                      -- what it begins with, in any case
    created_at     INTEGER NOT NULL
);
