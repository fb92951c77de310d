-- Where polling stands, for each feed of each account. The cursor is committed together with the page that it follows.
CREATE TABLE feeds (
    account_id VARCHAR(32) NOT NULL,
    feed       VARCHAR(255) NOT NULL,
    `cursor`   MEDIUMTEXT,
    polled_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, feed)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Accepted messages whose provider tells their receipts only when it is asked, message by message.
CREATE TABLE awaited_receipts (
    message_id VARCHAR(32) NOT NULL,
    due_at     BIGINT NOT NULL,
    PRIMARY KEY (message_id),
    KEY awaited_receipts_due (due_at, message_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A receipt of a call that was never answered brings an id that nobody knows: it is looked for by its number.
ALTER TABLE receipts ADD KEY receipts_by_number (account_id, recipient);
