-- Where applications are told what became of their messages, and each event on its way there.
CREATE TABLE webhook_endpoints (
    id                  VARCHAR(32) NOT NULL,
    application_id      VARCHAR(32) NOT NULL,
    url                 TEXT NOT NULL,
    events              VARCHAR(1000) NOT NULL,  -- JSON array of event kinds
    statuses            VARCHAR(1000) NOT NULL,  -- JSON array of message statuses; empty for all
    active              TINYINT(1) NOT NULL,
    off_reason          TEXT,                 -- why the gateway switched it off
    sealed_key          BLOB NOT NULL,
    sealed_previous_key BLOB,
    previous_key_until  BIGINT,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT webhook_endpoints_application FOREIGN KEY (application_id) REFERENCES applications (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The outbox: written in the transaction that moves the message. The payload is rendered from it at each try.
CREATE TABLE webhook_deliveries (
    endpoint_id  VARCHAR(32) NOT NULL,
    event_id     VARCHAR(96) NOT NULL,        -- made from what happened, so that it is told once
    message_id   VARCHAR(32),
    inbound_id   VARCHAR(32),
    status       VARCHAR(16),                 -- the message's at that moment
    cause_code   VARCHAR(255),
    cause_detail TEXT,
    occurred_at  BIGINT NOT NULL,
    state        VARCHAR(16) NOT NULL,
    tries        INT UNSIGNED NOT NULL,
    step         INT UNSIGNED NOT NULL,       -- failed tries since the beginning or the last replay
    due_at       BIGINT NOT NULL,
    PRIMARY KEY (endpoint_id, event_id),
    KEY webhook_deliveries_waiting (endpoint_id, state, due_at, event_id),
    KEY webhook_deliveries_by_state (state, occurred_at, event_id, endpoint_id),
    KEY webhook_deliveries_by_time (occurred_at, event_id, endpoint_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE webhook_tries (
    endpoint_id VARCHAR(32) NOT NULL,
    event_id    VARCHAR(96) NOT NULL,
    no          INT UNSIGNED NOT NULL,
    started_at  BIGINT NOT NULL,
    duration_ms INT UNSIGNED NOT NULL,
    http_status SMALLINT UNSIGNED,
    error       TEXT,
    PRIMARY KEY (endpoint_id, event_id, no)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
