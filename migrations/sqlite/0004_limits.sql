-- Rules of an application's own, beside those of the configuration: JSON array of {by, classes, most, per_seconds}. And how many texts
-- it may have accepted in a day; NULL for any number.
ALTER TABLE applications ADD COLUMN limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE applications ADD COLUMN daily_quota INTEGER;

-- What an application with a quota has used of a day. Written with the acceptance, so it is exact after a crash.
CREATE TABLE quota_days (
    application_id TEXT NOT NULL,
    day            TEXT NOT NULL,             -- 2026-11-24, in the zone of limits.time_zone
    used           INTEGER NOT NULL,
    PRIMARY KEY (application_id, day)
) WITHOUT ROWID;
