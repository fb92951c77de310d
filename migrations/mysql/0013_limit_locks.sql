-- One row for each number or application that a frequency limit counts: whoever accepts for it holds the row until its commit, so that two
-- nodes take turns. Rows that nobody held for a day are deleted.
CREATE TABLE limit_locks (
    subject VARCHAR(64) NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (subject),
    KEY limit_locks_by_age (used_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
