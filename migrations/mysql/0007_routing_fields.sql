-- What routing weighs a channel by: the operator's share within one level, what a segment costs, which carriers it reaches, and limits
-- of the operator's own beside the provider's.
ALTER TABLE channels ADD COLUMN weight INT UNSIGNED NOT NULL DEFAULT 100;
ALTER TABLE channels ADD COLUMN price VARCHAR(255);                          -- JSON {value, unit}; NULL where nobody said
ALTER TABLE channels ADD COLUMN carriers VARCHAR(1000) NOT NULL DEFAULT '[]'; -- JSON array of words; empty for all
ALTER TABLE channels ADD COLUMN rules MEDIUMTEXT;                            -- JSON object, as limits.rules of a provider

-- A sign name may be registered with some carriers only: JSON array of words, empty for all.
ALTER TABLE sign_name_bindings ADD COLUMN carriers VARCHAR(1000) NOT NULL DEFAULT '[]';
