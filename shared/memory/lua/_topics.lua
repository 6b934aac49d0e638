-- Stands before every script that names it. A conversation's hash holds "count weight" of each of
-- its topics. `tallies` are, where Redis is all there is, a hash of counts and a sorted set of
-- weights, first of the user, then of all users; otherwise none.
local function tally(tallies, topic, count, weight)
  for i = 1, #tallies, 2 do
    if redis.call('HINCRBY', tallies[i], topic, count) <= 0 then
      redis.call('HDEL', tallies[i], topic)
      redis.call('ZREM', tallies[i + 1], topic)
    else
      redis.call('ZINCRBY', tallies[i + 1], string.format('%.0f', weight), topic)
    end
  end
end

-- Counts the topics of a message in (1) or out (-1).
local function move_topics(sign, message, own, tallies)
  for _, topic in ipairs(message.topics or {}) do
    local count, weight = sign, sign * message.weight
    local old = redis.call('HGET', own, topic)
    if old then
      local old_count, old_weight = string.match(old, '^(%d+) (%-?%d+)$')
      count, weight = count + tonumber(old_count), weight + tonumber(old_weight)
    end
    if count <= 0 then
      redis.call('HDEL', own, topic)
    else
      redis.call('HSET', own, topic, string.format('%.0f %.0f', count, weight))
    end
    tally(tallies, topic, sign, sign * message.weight)
  end
end

-- Counts out all topics of a conversation that is gone.
local function drop_topics(own, tallies)
  local found = redis.call('HGETALL', own)
  for i = 1, #found, 2 do
    local count, weight = string.match(found[i + 1], '^(%d+) (%-?%d+)$')
    tally(tallies, found[i], -tonumber(count), -tonumber(weight))
  end
  return redis.call('DEL', own)
end
