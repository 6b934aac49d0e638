-- Notes which memory events were handled, each in the set of its user; the oldest notes go first.
-- KEYS: the sets
-- ARGV: 1 ttl s, 2 how many notes a set keeps, then for each key: sequence, durable
for i, key in ipairs(KEYS) do
  local sequence, durable = ARGV[2 * i + 1], ARGV[2 * i + 2]
  redis.call('ZADD', key, sequence, durable .. ' ' .. sequence)
  redis.call('ZREMRANGEBYRANK', key, 0, -1 - tonumber(ARGV[2]))
  redis.call('EXPIRE', key, ARGV[1])
end
