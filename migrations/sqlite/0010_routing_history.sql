-- What routing learnt and decided. An attempt names the version of the ranking that it was decided by; a channel's standing in that
-- version is its row with the highest version not above it.
CREATE TABLE standings (
    channel_id TEXT NOT NULL,
    version    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    standing   TEXT NOT NULL,                 -- JSON: state, share, place and rating for each class
    PRIMARY KEY (channel_id, version)
) WITHOUT ROWID;

CREATE INDEX standings_by_age ON standings (changed_at);

CREATE TABLE routing_events (
    id          TEXT PRIMARY KEY NOT NULL,
    version     INTEGER NOT NULL,
    subject     TEXT NOT NULL,                -- a channel's id, or a provider's for what concerns its plugin
    class       TEXT,
    destination TEXT,
    kind        TEXT NOT NULL,
    cause       TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    occurred_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX routing_events_by_subject ON routing_events (subject, id);

-- What is known of each channel, so that a restart forgets little.
CREATE TABLE routing_states (
    channel_id TEXT PRIMARY KEY NOT NULL,
    state      TEXT NOT NULL,                 -- JSON
    saved_at   INTEGER NOT NULL
) WITHOUT ROWID;
