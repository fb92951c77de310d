-- In MySQL this is a table of locks for nodes that accept texts to one number at once. Here there is one writer, so nobody waits for
-- anybody: the twin of that file makes nothing.
SELECT 1;
