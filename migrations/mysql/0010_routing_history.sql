-- What routing learnt and decided. An attempt names the version of the ranking that it was decided by; a channel's standing in that
-- version is its row with the highest version not above it.
CREATE TABLE standings (
    channel_id VARCHAR(32) NOT NULL,
    version    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    standing   MEDIUMTEXT NOT NULL,           -- JSON: state, share, place and rating for each class
    PRIMARY KEY (channel_id, version),
    KEY standings_by_age (changed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE routing_events (
    id          VARCHAR(32) NOT NULL,
    version     BIGINT NOT NULL,
    subject     VARCHAR(255) NOT NULL,        -- a channel's id, or a provider's for what concerns its plugin
    class       VARCHAR(16),
    destination VARCHAR(64),
    kind        VARCHAR(64) NOT NULL,
    cause       TEXT NOT NULL,
    evidence    MEDIUMTEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY routing_events_by_subject (subject, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What is known of each channel, so that a restart forgets little.
CREATE TABLE routing_states (
    channel_id VARCHAR(32) NOT NULL,
    state      MEDIUMTEXT NOT NULL,           -- JSON
    saved_at   BIGINT NOT NULL,
    PRIMARY KEY (channel_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
