-- Sets or removes memories of the system; for each key the latest (time, sequence) wins, in whatever
-- order the events come. A removed one stays, so that an older event cannot bring it back.
-- KEYS: system, live system memories, reads
-- ARGV: for each: time us, sequence, key, removed 1|0, expires ms or '', memory
for i = 1, #ARGV, 6 do
  local at, sequence, key, removed = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3] == '1'
  local old = redis.call('HGET', KEYS[1], key)
  local newer = true
  if old then
    -- "microseconds sequence memory"
    local old_at, old_sequence = string.match(old, '^(%-?%d+) (%d+) ')
    old_at, old_sequence = tonumber(old_at), tonumber(old_sequence)
    newer = tonumber(at) > old_at or (tonumber(at) == old_at and tonumber(sequence) > old_sequence)
      -- It has expired.
      or (removed and tonumber(at) == old_at and tonumber(sequence) == old_sequence)
  end
  if newer then
    redis.call('HSET', KEYS[1], key, at .. ' ' .. sequence .. ' ' .. ARGV[i + 5])
    if removed then
      redis.call('ZREM', KEYS[2], key)
      redis.call('HDEL', KEYS[3], key)
    else
      redis.call('ZADD', KEYS[2], ARGV[i + 4] ~= '' and ARGV[i + 4] or '+inf', key)
    end
  end
end
return 0
