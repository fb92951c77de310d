-- Processes of the gateway that share this store. `beat` counts up while one lives; whoever sees it stand still takes the process for dead.
CREATE TABLE nodes (
    id         VARCHAR(32) NOT NULL,
    name       VARCHAR(255) NOT NULL,         -- for people
    role       VARCHAR(16) NOT NULL,
    version    VARCHAR(64) NOT NULL,
    plugins    MEDIUMTEXT NOT NULL,           -- JSON array of what serves there
    beat       BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,               -- by the node's own clock
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Those that left calls open before there was this table.
INSERT INTO nodes (id, name, role, version, plugins, beat, started_at, seen_at)
SELECT DISTINCT node_id, '', 'all', '', '[]', 0, 0, 0 FROM calls WHERE finished_at IS NULL;

-- Which node does what only one may do. `fence` counts the holders: what an earlier one still writes is known by its lower fence.
CREATE TABLE leases (
    name   VARCHAR(255) NOT NULL,
    holder VARCHAR(32),  -- NULL: given up
    fence  BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Count up with every change of what nodes keep in memory, so that one query tells them all there is to read anew.
INSERT INTO counters (name, value) VALUES ('directory', 0), ('blocklist', 0), ('queue', 0);

-- What changed in the blocklist and the opt-outs, for nodes that keep them in memory. Short-lived.
CREATE TABLE blocklist_changes (
    revision   BIGINT NOT NULL,
    kind       VARCHAR(16) NOT NULL,  -- blocked, unblocked or opt_outs
    numbers    MEDIUMTEXT NOT NULL,           -- JSON array of numbers
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (revision)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- By which holder of its lease a feed was read last.
ALTER TABLE feeds ADD COLUMN fence BIGINT NOT NULL DEFAULT 0;
