-- Reads the messages of a user that arrived in the last minutes.
-- KEYS: arrived
-- ARGV: prefix of message hashes, messages, bytes of the longest that is taken, since when (ms)
-- Returns {conversation, message, ...}, the latest first
return just_arrived(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], '')
