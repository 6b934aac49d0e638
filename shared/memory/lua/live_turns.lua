-- Reads the open turns from the oldest on.
-- KEYS: live turns
-- ARGV: number of turns, turn key prefix, deadline up to which (ms; '+inf' = all)
-- Returns for each: turn id, record as fields and values (empty where it is gone)
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3], 'LIMIT', 0, ARGV[1])) do
  found[#found + 1] = id
  found[#found + 1] = redis.call('HGETALL', ARGV[2] .. id)
end
return found
