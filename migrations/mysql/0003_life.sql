-- Steps of a message that are neither attempts nor receipts (expiry, parking, a resend, quiet hours, a person's decision). Those two
-- have tables of their own, so an ordinary text writes nothing here.
CREATE TABLE moves (
    message_id   VARCHAR(32) NOT NULL,
    epoch        INT UNSIGNED NOT NULL,       -- the message's epoch after the step
    from_status  VARCHAR(16) NOT NULL,
    to_status    VARCHAR(16) NOT NULL,
    moved_at     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,             -- when the message was to be looked at next
    actor        VARCHAR(16) NOT NULL,
    cause_code   VARCHAR(255),
    cause_detail TEXT,
    PRIMARY KEY (message_id, epoch)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Where a message stood after an attempt, and when it was to be tried again. NULL where the provider took it.
ALTER TABLE attempts ADD COLUMN `after` VARCHAR(16);
ALTER TABLE attempts ADD COLUMN next_at BIGINT;

-- How often it was sent again without an answer to the try before; and the channel that a person chose for it.
ALTER TABLE messages ADD COLUMN resends SMALLINT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN pinned_channel_id VARCHAR(32);
-- Attempts after this one count when a channel is picked.
ALTER TABLE messages ADD COLUMN tries_from SMALLINT UNSIGNED NOT NULL DEFAULT 0;

-- From here on maybe_sent counts the tries whose fate is unknown.
