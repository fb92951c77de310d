-- When the application said that the code of the message was used. NULL where it never did.
ALTER TABLE messages ADD COLUMN converted_at BIGINT;
