-- An application's share of a busy channel, against those of others: 1 to 100.
ALTER TABLE applications ADD COLUMN weight INT UNSIGNED NOT NULL DEFAULT 1;
