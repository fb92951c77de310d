-- Steps of a message that are neither attempts nor receipts (expiry, parking, a resend, quiet hours, a person's decision). Those two
-- have tables of their own, so an ordinary text writes nothing here.
CREATE TABLE moves (
    message_id   TEXT NOT NULL,
    epoch        INTEGER NOT NULL,            -- the message's epoch after the step
    from_status  TEXT NOT NULL,
    to_status    TEXT NOT NULL,
    moved_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,            -- when the message was to be looked at next
    actor        TEXT NOT NULL,
    cause_code   TEXT,
    cause_detail TEXT,
    PRIMARY KEY (message_id, epoch)
) WITHOUT ROWID;

-- Where a message stood after an attempt, and when it was to be tried again. NULL where the provider took it.
ALTER TABLE attempts ADD COLUMN after TEXT;
ALTER TABLE attempts ADD COLUMN next_at INTEGER;

-- How often it was sent again without an answer to the try before; and the channel that a person chose for it.
ALTER TABLE messages ADD COLUMN resends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned_channel_id TEXT;
-- Attempts after this one count when a channel is picked.
ALTER TABLE messages ADD COLUMN tries_from INTEGER NOT NULL DEFAULT 0;

-- From here on maybe_sent counts the tries whose fate is unknown.

CREATE INDEX messages_parked ON messages (id) WHERE status = 'parked';
