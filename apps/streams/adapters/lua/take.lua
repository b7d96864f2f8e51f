-- Put what was counted of a broadcast aside under a number; what was put aside before comes first.
-- KEYS  1 pending   2 aside   3 dirty   4 mark
-- ARGV  1 broadcast
-- The number only grows, also where the clock goes back: a late writer is known by its lower one.
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('SREM', KEYS[3], ARGV[1])
    return {}
  end
  local time = redis.call('TIME')
  local number = time[1] * 1000 + math.floor(time[2] / 1000)
  number = math.max(number, tonumber(redis.call('GET', KEYS[4]) or 0) + 1)
  redis.call('RENAME', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[2], 'number', string.format('%.0f', number))
  redis.call('SET', KEYS[4], string.format('%.0f', number), 'PX', KEPT)
end
return redis.call('HGETALL', KEYS[2])
