-- Numbers as integers (E.164 without the plus, at most 15 digits): a million of them are a small, ordered table.
CREATE TABLE blocked_numbers (
    number     BIGINT NOT NULL,
    note       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Who wants no more texts of an application under a sign name. An empty id stands for all: where nobody knows whose text was answered,
-- the person's word counts for everyone's.
CREATE TABLE opt_outs (
    number         BIGINT NOT NULL,
    application_id VARCHAR(32) NOT NULL,
    sign_name_id   VARCHAR(32) NOT NULL,
    word           VARCHAR(255) NOT NULL,     -- what the person wrote
    inbound_id     VARCHAR(32) NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (number, application_id, sign_name_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Whose an inbound text is. What is NULL does not matter; the most specific rule wins.
CREATE TABLE inbound_routes (
    id             VARCHAR(32) NOT NULL,
    application_id VARCHAR(32) NOT NULL,
    account_id     VARCHAR(32),
    recipient      VARCHAR(255),              -- the number it was sent to
    extension      VARCHAR(255),              -- the sub-number
    keyword        VARCHAR(255),              -- what it begins with, in any case
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT inbound_routes_application FOREIGN KEY (application_id) REFERENCES applications (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
