-- Removes what a turn's model was told, from its record and from its outcome.
-- KEYS: turn
-- ARGV: the outcome without its receipt, or '' where that has none
-- Returns 1
redis.call('HDEL', KEYS[1], 'prompt', 'receipt')
if ARGV[1] ~= '' and redis.call('HEXISTS', KEYS[1], 'outcome') == 1 then
  redis.call('HSET', KEYS[1], 'outcome', ARGV[1])
end
return 1
