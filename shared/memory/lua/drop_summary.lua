-- Takes the summary of a conversation away.
-- KEYS: conversation
redis.call('HDEL', KEYS[1], 'summary', 'summarized')
