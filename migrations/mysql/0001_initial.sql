-- Everything the gateway remembers. Times are UTC milliseconds, ids are text made by the gateway, enums are short words, JSON is text. The
-- twin of this file for SQLite has the same name. Here there are no partial indexes, so the status leads where it matters; every table
-- says its engine, its character set and its order, so that no server's defaults matter. Keys are named table__column: errors name them.

CREATE TABLE applications (
    id            VARCHAR(32) NOT NULL,
    name          VARCHAR(255) NOT NULL,
    active        TINYINT(1) NOT NULL,
    networks      TEXT NOT NULL,              -- JSON array of CIDR texts; empty for everywhere
    allow_bearer  TINYINT(1) NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY applications__name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE access_keys (
    id             VARCHAR(32) NOT NULL,
    application_id VARCHAR(32) NOT NULL,
    sealed_secret  BLOB NOT NULL,
    test           TINYINT(1) NOT NULL,
    active         TINYINT(1) NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT access_keys_application FOREIGN KEY (application_id) REFERENCES applications (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE accounts (
    id             VARCHAR(32) NOT NULL,
    name           VARCHAR(255) NOT NULL,
    provider       VARCHAR(255) NOT NULL,
    config         MEDIUMTEXT NOT NULL,       -- JSON object without secrets
    sealed_secrets MEDIUMBLOB NOT NULL,
    callback_token VARCHAR(255) NOT NULL,
    enabled        TINYINT(1) NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY accounts__name (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE channels (
    id              VARCHAR(32) NOT NULL,
    name            VARCHAR(255) NOT NULL,
    account_id      VARCHAR(32) NOT NULL,
    enabled         TINYINT(1) NOT NULL,
    position        INT NOT NULL,
    max_concurrency INT UNSIGNED NOT NULL,
    rate_per_second INT UNSIGNED,
    countries       TEXT NOT NULL,            -- JSON array of calling codes; empty for all
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY channels__name (name),
    CONSTRAINT channels_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE templates (
    id         VARCHAR(32) NOT NULL,
    code       VARCHAR(255) NOT NULL,
    name       VARCHAR(255) NOT NULL,
    class      VARCHAR(16) NOT NULL,
    content    TEXT NOT NULL,
    params     MEDIUMTEXT NOT NULL,           -- JSON array of {name, max_length}
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY templates__code (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE sign_names (
    id         VARCHAR(32) NOT NULL,
    code       VARCHAR(255) NOT NULL,
    text       VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY sign_names__code (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE template_bindings (
    channel_id     VARCHAR(32) NOT NULL,
    template_id    VARCHAR(32) NOT NULL,
    provider_code  VARCHAR(255),
    params         MEDIUMTEXT NOT NULL,       -- JSON array of {from, to}; empty for the template's own names
    refusal_code   VARCHAR(255),
    refusal_detail TEXT,
    PRIMARY KEY (channel_id, template_id),
    CONSTRAINT template_bindings_channel FOREIGN KEY (channel_id) REFERENCES channels (id),
    CONSTRAINT template_bindings_template FOREIGN KEY (template_id) REFERENCES templates (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE sign_name_bindings (
    channel_id     VARCHAR(32) NOT NULL,
    sign_name_id   VARCHAR(32) NOT NULL,
    provider_code  VARCHAR(255),
    refusal_code   VARCHAR(255),
    refusal_detail TEXT,
    PRIMARY KEY (channel_id, sign_name_id),
    CONSTRAINT sign_name_bindings_channel FOREIGN KEY (channel_id) REFERENCES channels (id),
    CONSTRAINT sign_name_bindings_sign_name FOREIGN KEY (sign_name_id) REFERENCES sign_names (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE admin_tokens (
    id         VARCHAR(32) NOT NULL,
    name       VARCHAR(255) NOT NULL,
    token_hash VARBINARY(64) NOT NULL,        -- SHA-256 of the token
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY admin_tokens__token_hash (token_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row a text. Its status index is the outbox: a queue in front of it only carries ids.
CREATE TABLE messages (
    id             VARCHAR(32) NOT NULL,
    serial         BIGINT NOT NULL,
    application_id VARCHAR(32) NOT NULL,
    batch_id       VARCHAR(32),
    reference      VARCHAR(255),
    recipient      VARCHAR(32) NOT NULL,      -- E.164
    country_code   SMALLINT UNSIGNED NOT NULL,
    class          VARCHAR(16) NOT NULL,
    template_id    VARCHAR(32) NOT NULL,
    sign_name_id   VARCHAR(32) NOT NULL,
    params         MEDIUMTEXT NOT NULL,       -- JSON object
    text           TEXT NOT NULL,
    encoding       VARCHAR(8) NOT NULL,
    segments       SMALLINT UNSIGNED NOT NULL,
    test           TINYINT(1) NOT NULL,
    status         VARCHAR(16) NOT NULL,
    epoch          INT UNSIGNED NOT NULL,     -- claims so far; a claim compares and sets (status, epoch)
    attempts       SMALLINT UNSIGNED NOT NULL,
    maybe_sent     SMALLINT NOT NULL,
    due_at         BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    send_at        BIGINT,
    call_id        VARCHAR(32),
    channel_id     VARCHAR(32),
    account_id     VARCHAR(32),
    upstream_id    VARCHAR(255),
    cause_code     VARCHAR(255),
    cause_detail   TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    -- Covers what a queue is filled with.
    KEY messages_by_status (status, class, application_id, due_at, id),
    -- Scheduled, uncertain and parked ones, over all classes.
    KEY messages_due (status, due_at, id),
    KEY messages_by_application (application_id, id),
    KEY messages_by_recipient (recipient, id),
    KEY messages_by_serial (serial),
    KEY messages_by_batch (batch_id, id),
    KEY messages_by_reference (application_id, reference)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The intent of one provider call, committed before it. Without finished_at after a crash, its messages are uncertain.
CREATE TABLE calls (
    id          VARCHAR(32) NOT NULL,
    serial      BIGINT NOT NULL,
    node_id     VARCHAR(32) NOT NULL,
    account_id  VARCHAR(32) NOT NULL,
    channel_id  VARCHAR(32) NOT NULL,
    messages    MEDIUMTEXT NOT NULL,          -- JSON array of [message id, recipient]
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (id),
    KEY calls_open (finished_at, node_id, id),
    KEY calls_by_serial (serial)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One message through one channel once.
CREATE TABLE attempts (
    message_id   VARCHAR(32) NOT NULL,
    no           INT UNSIGNED NOT NULL,
    call_id      VARCHAR(32) NOT NULL,
    channel_id   VARCHAR(32) NOT NULL,
    account_id   VARCHAR(32) NOT NULL,
    outcome      VARCHAR(16) NOT NULL,
    reason       VARCHAR(32),
    scope        VARCHAR(32),
    cause_code   VARCHAR(255),
    cause_detail TEXT,
    upstream_id  VARCHAR(255),
    segments     INT UNSIGNED,
    price        TEXT,                        -- JSON {value, unit}
    explanation  MEDIUMTEXT,                  -- JSON: why this channel
    started_at   BIGINT NOT NULL,
    duration_ms  INT UNSIGNED NOT NULL,
    PRIMARY KEY (message_id, no),
    KEY attempts_by_upstream_id (account_id, upstream_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE receipts (
    id             VARCHAR(32) NOT NULL,
    account_id     VARCHAR(32) NOT NULL,
    message_id     VARCHAR(32),               -- NULL until it is matched
    upstream_id    VARCHAR(255),
    recipient      VARCHAR(255),
    fingerprint    CHAR(64) NOT NULL,         -- digest of the news: the same however often it is told
    part_number    INT UNSIGNED,
    part_total     INT UNSIGNED,
    status         VARCHAR(16) NOT NULL,
    cause_code     VARCHAR(255),
    cause_detail   TEXT,
    segments       INT UNSIGNED,
    price          TEXT,
    occurred_at    BIGINT,
    received_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY receipts__fingerprint (account_id, fingerprint),
    KEY receipts_by_message (message_id, received_at),
    KEY receipts_by_upstream_id (account_id, upstream_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE inbound_messages (
    id             VARCHAR(32) NOT NULL,
    account_id     VARCHAR(32) NOT NULL,
    application_id VARCHAR(32),
    fingerprint    CHAR(64) NOT NULL,
    sender         VARCHAR(255) NOT NULL,
    recipient      VARCHAR(255),
    extension      VARCHAR(255),
    sign_name      VARCHAR(255),
    text           MEDIUMTEXT NOT NULL,
    occurred_at    BIGINT,
    received_at    BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY inbound_messages__fingerprint (account_id, fingerprint),
    KEY inbound_by_application (application_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE idempotency_keys (
    application_id VARCHAR(32) NOT NULL,
    `key`          VARCHAR(255) NOT NULL,
    body_hash      VARCHAR(64) NOT NULL,      -- hex SHA-256 of the request's body
    answer         MEDIUMTEXT NOT NULL,       -- the body of the first answer
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (application_id, `key`),
    KEY idempotency_keys_by_age (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Nonces of signed requests that changed something, so that a restart forgets none.
CREATE TABLE nonces (
    hash       BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (hash),
    KEY nonces_by_age (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE counters (
    name  VARCHAR(32) NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO counters (name, value) VALUES ('serial', 1000000);
