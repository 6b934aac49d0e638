-- Reads the open turns from the oldest on, without what was said in them.
-- KEYS: live turns
-- ARGV: number of turns, turn key prefix, deadline up to which (ms; '+inf' = all), then the fields
-- Returns for each: turn id, the values of the fields (false where there is none)
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[3], 'LIMIT', 0, ARGV[1])) do
  found[#found + 1] = id
  found[#found + 1] = redis.call('HMGET', ARGV[2] .. id, unpack(ARGV, 4))
end
return found
