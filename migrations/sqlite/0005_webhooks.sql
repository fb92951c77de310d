-- Where applications are told what became of their messages, and each event on its way there.
CREATE TABLE webhook_endpoints (
    id                  TEXT PRIMARY KEY NOT NULL,
    application_id      TEXT NOT NULL REFERENCES applications (id),
    url                 TEXT NOT NULL,
    events              TEXT NOT NULL,        -- JSON array of event kinds
    statuses            TEXT NOT NULL,        -- JSON array of message statuses; empty for all
    active              INTEGER NOT NULL,
    off_reason          TEXT,                 -- why the gateway switched it off
    sealed_key          BLOB NOT NULL,
    sealed_previous_key BLOB,
    previous_key_until  INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
);

CREATE INDEX webhook_endpoints_by_application ON webhook_endpoints (application_id);

-- The outbox: written in the transaction that moves the message. The payload is rendered from it at each try.
CREATE TABLE webhook_deliveries (
    endpoint_id  TEXT NOT NULL,
    event_id     TEXT NOT NULL,               -- made from what happened, so that it is told once
    message_id   TEXT,
    inbound_id   TEXT,
    status       TEXT,                        -- the message's at that moment
    cause_code   TEXT,
    cause_detail TEXT,
    occurred_at  INTEGER NOT NULL,
    state        TEXT NOT NULL,
    tries        INTEGER NOT NULL,
    step         INTEGER NOT NULL,            -- failed tries since the beginning or the last replay
    due_at       INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, event_id)
) WITHOUT ROWID;

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, due_at, event_id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_parked ON webhook_deliveries (occurred_at, event_id, endpoint_id) WHERE state = 'parked';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (occurred_at, event_id, endpoint_id);

CREATE TABLE webhook_tries (
    endpoint_id TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    no          INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    http_status INTEGER,
    error       TEXT,
    PRIMARY KEY (endpoint_id, event_id, no)
) WITHOUT ROWID;
