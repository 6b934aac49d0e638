-- Stands before every script that names it. Lets the keys of a conversation expire when its hash
-- says so, or never where it is critical. Its topics stay for a day longer where they are still to
-- be counted out.
local function set_expiry(conversation, others, topics, changes, live, member, counted_out)
  local expires = tonumber(redis.call('HGET', conversation, 'expires_ms'))
  local priority = redis.call('HGET', changes, 'priority')
  local forever = priority and string.find(priority, ' "critical"', 1, true)
  local function let(key, moment)
    if forever then redis.call('PERSIST', key) else redis.call('PEXPIREAT', key, moment) end
  end
  let(conversation, expires)
  let(changes, expires)
  for _, key in ipairs(others) do let(key, expires) end
  let(topics, expires + (counted_out and 86400000 or 0))
  redis.call('ZADD', live, forever and '+inf' or expires, member)
end
