-- Rules of an application's own, beside those of the configuration: JSON array of {by, classes, most, per_seconds}. And how many texts
-- it may have accepted in a day; NULL for any number.
ALTER TABLE applications ADD COLUMN limits VARCHAR(8000) NOT NULL DEFAULT '[]';
ALTER TABLE applications ADD COLUMN daily_quota INT UNSIGNED;

-- What an application with a quota has used of a day. Written with the acceptance, so it is exact after a crash.
CREATE TABLE quota_days (
    application_id VARCHAR(32) NOT NULL,
    day            VARCHAR(10) NOT NULL,      -- 2026-11-24, in the zone of limits.time_zone
    used           BIGINT NOT NULL,
    PRIMARY KEY (application_id, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
