-- Notes that facts were sought in all that was said up to a place of the stream.
-- KEYS: said
-- ARGV: sequence
-- Returns 1
local known = redis.call('HGET', KEYS[1], 'extracted_seq')
if not known or tonumber(known) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'extracted_seq', ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], 60000)
return 1
