-- What operators say about the channels of some messages. NULL in application_id, template_id or class does not matter.
CREATE TABLE routing_policies (
    id             VARCHAR(32) NOT NULL,
    scope          VARCHAR(100) NOT NULL,     -- application/template/class with * for NULL: NULLs would not be equal in an index
    application_id VARCHAR(32),
    template_id    VARCHAR(32),
    class          VARCHAR(16),
    strategy       VARCHAR(32),
    note           TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY routing_policies__scope (scope),
    CONSTRAINT routing_policies_application FOREIGN KEY (application_id) REFERENCES applications (id),
    CONSTRAINT routing_policies_template FOREIGN KEY (template_id) REFERENCES templates (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A channel that a policy names is not deleted under it: without its only pinned channel a policy would mean the contrary.
CREATE TABLE routing_policy_channels (
    policy_id  VARCHAR(32) NOT NULL,
    role       VARCHAR(16) NOT NULL,          -- pinned, excluded or weight
    channel_id VARCHAR(32) NOT NULL,
    value      INT UNSIGNED NOT NULL,         -- pinned: its place; weight: the weight; excluded: its place in the list
    PRIMARY KEY (policy_id, role, channel_id),
    CONSTRAINT routing_policy_channels_policy FOREIGN KEY (policy_id) REFERENCES routing_policies (id),
    CONSTRAINT routing_policy_channels_channel FOREIGN KEY (channel_id) REFERENCES channels (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
