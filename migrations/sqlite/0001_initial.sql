-- Everything the gateway remembers. Times are UTC milliseconds, ids are text made by the gateway, enums are short words,
-- JSON is text. The twin of this file for MySQL has the same name.

CREATE TABLE applications (
    id            TEXT PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL UNIQUE,
    active        INTEGER NOT NULL,
    networks      TEXT NOT NULL,              -- JSON array of CIDR texts; empty for everywhere
    allow_bearer  INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
);

CREATE TABLE access_keys (
    id             TEXT PRIMARY KEY NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    sealed_secret  BLOB NOT NULL,
    test           INTEGER NOT NULL,
    active         INTEGER NOT NULL,
    created_at     INTEGER NOT NULL
);

CREATE TABLE accounts (
    id             TEXT PRIMARY KEY NOT NULL,
    name           TEXT NOT NULL UNIQUE,
    provider       TEXT NOT NULL,
    config         TEXT NOT NULL,             -- JSON object without secrets
    sealed_secrets BLOB NOT NULL,
    callback_token TEXT NOT NULL,
    enabled        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);

CREATE TABLE channels (
    id              TEXT PRIMARY KEY NOT NULL,
    name            TEXT NOT NULL UNIQUE,
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    enabled         INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    max_concurrency INTEGER NOT NULL,
    rate_per_second INTEGER,
    countries       TEXT NOT NULL,            -- JSON array of calling codes; empty for all
    created_at      INTEGER NOT NULL
);

CREATE TABLE templates (
    id         TEXT PRIMARY KEY NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    class      TEXT NOT NULL,
    content    TEXT NOT NULL,
    params     TEXT NOT NULL,                 -- JSON array of {name, max_length}
    created_at INTEGER NOT NULL
);

CREATE TABLE sign_names (
    id         TEXT PRIMARY KEY NOT NULL,
    code       TEXT NOT NULL UNIQUE,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE template_bindings (
    channel_id     TEXT NOT NULL REFERENCES channels (id),
    template_id    TEXT NOT NULL REFERENCES templates (id),
    provider_code  TEXT,
    params         TEXT NOT NULL,             -- JSON array of {from, to}; empty for the template's own names
    refusal_code   TEXT,
    refusal_detail TEXT,
    PRIMARY KEY (channel_id, template_id)
);

CREATE TABLE sign_name_bindings (
    channel_id     TEXT NOT NULL REFERENCES channels (id),
    sign_name_id   TEXT NOT NULL REFERENCES sign_names (id),
    provider_code  TEXT,
    refusal_code   TEXT,
    refusal_detail TEXT,
    PRIMARY KEY (channel_id, sign_name_id)
);

CREATE TABLE blocked_numbers (
    number     TEXT PRIMARY KEY NOT NULL,     -- E.164
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE admin_tokens (
    id         TEXT PRIMARY KEY NOT NULL,
    name       TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,          -- SHA-256 of the token
    created_at INTEGER NOT NULL
);

-- One row a text. Its status index is the outbox: a queue in front of it only carries ids.
CREATE TABLE messages (
    id             TEXT PRIMARY KEY NOT NULL,
    serial         INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    batch_id       TEXT,
    reference      TEXT,
    recipient      TEXT NOT NULL,             -- E.164
    country_code   INTEGER NOT NULL,
    class          TEXT NOT NULL,
    template_id    TEXT NOT NULL,
    sign_name_id   TEXT NOT NULL,
    params         TEXT NOT NULL,             -- JSON object
    text           TEXT NOT NULL,
    encoding       TEXT NOT NULL,
    segments       INTEGER NOT NULL,
    test           INTEGER NOT NULL,
    status         TEXT NOT NULL,
    epoch          INTEGER NOT NULL,          -- claims so far; a claim compares and sets (status, epoch)
    attempts       INTEGER NOT NULL,
    maybe_sent     INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    send_at        INTEGER,
    call_id        TEXT,
    channel_id     TEXT,
    account_id     TEXT,
    upstream_id    TEXT,
    cause_code     TEXT,
    cause_detail   TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX messages_queued ON messages (class, application_id, due_at, id) WHERE status = 'queued';
CREATE INDEX messages_scheduled ON messages (due_at, id) WHERE status = 'scheduled';
CREATE INDEX messages_uncertain ON messages (due_at, id) WHERE status = 'uncertain';
CREATE INDEX messages_by_application ON messages (application_id, id);
CREATE INDEX messages_by_recipient ON messages (recipient, id);
CREATE INDEX messages_by_serial ON messages (serial);
CREATE INDEX messages_by_batch ON messages (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE INDEX messages_by_reference ON messages (application_id, reference) WHERE reference IS NOT NULL;

-- The intent of one provider call, committed before it. Without finished_at after a crash, its messages are uncertain.
CREATE TABLE calls (
    id          TEXT PRIMARY KEY NOT NULL,
    serial      INTEGER NOT NULL,
    node_id     TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    channel_id  TEXT NOT NULL,
    messages    TEXT NOT NULL,                -- JSON array of [message id, recipient]
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) WITHOUT ROWID;

CREATE INDEX calls_open ON calls (node_id, id) WHERE finished_at IS NULL;
CREATE INDEX calls_by_serial ON calls (serial);

-- One message through one channel once.
CREATE TABLE attempts (
    message_id   TEXT NOT NULL,
    no           INTEGER NOT NULL,
    call_id      TEXT NOT NULL,
    channel_id   TEXT NOT NULL,
    account_id   TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    reason       TEXT,
    scope        TEXT,
    cause_code   TEXT,
    cause_detail TEXT,
    upstream_id  TEXT,
    segments     INTEGER,
    price        TEXT,                        -- JSON {value, unit}
    explanation  TEXT,                        -- JSON: why this channel
    started_at   INTEGER NOT NULL,
    duration_ms  INTEGER NOT NULL,
    PRIMARY KEY (message_id, no)
) WITHOUT ROWID;

CREATE INDEX attempts_by_upstream_id ON attempts (account_id, upstream_id) WHERE upstream_id IS NOT NULL;

CREATE TABLE receipts (
    id             TEXT PRIMARY KEY NOT NULL,
    account_id     TEXT NOT NULL,
    message_id     TEXT,                      -- NULL until it is matched
    upstream_id    TEXT,
    recipient      TEXT,
    fingerprint    TEXT NOT NULL,             -- same text for the same news, however often it is told
    part_number    INTEGER,
    part_total     INTEGER,
    status         TEXT NOT NULL,
    cause_code     TEXT,
    cause_detail   TEXT,
    segments       INTEGER,
    price          TEXT,
    occurred_at    INTEGER,
    received_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX receipts_once ON receipts (account_id, fingerprint);
CREATE INDEX receipts_by_message ON receipts (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX receipts_unmatched ON receipts (account_id, upstream_id) WHERE message_id IS NULL;

CREATE TABLE inbound_messages (
    id             TEXT PRIMARY KEY NOT NULL,
    account_id     TEXT NOT NULL,
    application_id TEXT,
    fingerprint    TEXT NOT NULL,
    sender         TEXT NOT NULL,
    recipient      TEXT,
    extension      TEXT,
    sign_name      TEXT,
    text           TEXT NOT NULL,
    occurred_at    INTEGER,
    received_at    INTEGER NOT NULL
);

CREATE UNIQUE INDEX inbound_once ON inbound_messages (account_id, fingerprint);

CREATE TABLE idempotency_keys (
    application_id TEXT NOT NULL,
    key            TEXT NOT NULL,
    body_hash      TEXT NOT NULL,             -- hex SHA-256 of the request's body
    answer         TEXT NOT NULL,             -- the body of the first answer
    expires_at     INTEGER NOT NULL,
    PRIMARY KEY (application_id, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (expires_at);

-- Nonces of signed requests that changed something, so that a restart forgets none.
CREATE TABLE nonces (
    hash       INTEGER PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE counters (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('serial', 1000000);
