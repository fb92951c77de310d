-- What operators say about the channels of some messages. NULL in application_id, template_id or class does not matter.
CREATE TABLE routing_policies (
    id             TEXT PRIMARY KEY NOT NULL,
    scope          TEXT NOT NULL UNIQUE,      -- application/template/class with * for NULL: NULLs would not be equal in an index
    application_id TEXT REFERENCES applications (id),
    template_id    TEXT REFERENCES templates (id),
    class          TEXT,
    strategy       TEXT,
    note           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);

-- A channel that a policy names is not deleted under it: without its only pinned channel a policy would mean the contrary.
CREATE TABLE routing_policy_channels (
    policy_id  TEXT NOT NULL REFERENCES routing_policies (id),
    role       TEXT NOT NULL,                 -- pinned, excluded or weight
    channel_id TEXT NOT NULL REFERENCES channels (id),
    value      INTEGER NOT NULL,              -- pinned: its place; weight: the weight; excluded: its place in the list
    PRIMARY KEY (policy_id, role, channel_id)
) WITHOUT ROWID;

CREATE INDEX routing_policy_channels_by_channel ON routing_policy_channels (channel_id);
CREATE INDEX routing_policies_by_template ON routing_policies (template_id) WHERE template_id IS NOT NULL;
