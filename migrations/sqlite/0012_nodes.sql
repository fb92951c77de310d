-- Processes of the gateway that share this store. `beat` counts up while one lives; whoever sees it stand still takes the process for dead.
CREATE TABLE nodes (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,                 -- for people
    role       TEXT NOT NULL,
    version    TEXT NOT NULL,
    plugins    TEXT NOT NULL,                 -- JSON array of what serves there
    beat       INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL               -- by the node's own clock
) WITHOUT ROWID;

-- Those that left calls open before there was this table.
INSERT INTO nodes (id, name, role, version, plugins, beat, started_at, seen_at)
SELECT DISTINCT node_id, '', 'all', '', '[]', 0, 0, 0 FROM calls WHERE finished_at IS NULL;

-- Which node does what only one may do. `fence` counts the holders: what an earlier one still writes is known by its lower fence.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY NOT NULL,
    holder TEXT,                              -- NULL: given up
    fence  INTEGER NOT NULL
) WITHOUT ROWID;

-- Count up with every change of what nodes keep in memory, so that one query tells them all there is to read anew.
INSERT INTO counters (name, value) VALUES ('directory', 0), ('blocklist', 0), ('queue', 0);

-- What changed in the blocklist and the opt-outs, for nodes that keep them in memory. Short-lived.
CREATE TABLE blocklist_changes (
    revision   INTEGER PRIMARY KEY NOT NULL,
    kind       TEXT NOT NULL,                 -- blocked, unblocked or opt_outs
    numbers    TEXT NOT NULL,                 -- JSON array of numbers
    changed_at INTEGER NOT NULL
);

-- By which holder of its lease a feed was read last.
ALTER TABLE feeds ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
