-- One heartbeat of a viewer session: present, credited and counted in one step.
-- KEYS  1 here   2 session   3 person   4 pending   5 people   6 dirty   7 active
-- ARGV  1 now  2 session  3 person  4 broadcast  5 allowed until  6 live since  7 position
--       8 startup bucket  9 watched  10 rebuffering  11 rebuffers  12 kbit/s  13 leaving
--       14 present  15 remembered  16 most sessions  17 beacon  18 bin  19 kept  20… error codes
-- Moments and spans in milliseconds; -1 where the client said nothing.
-- Answers {viewers, 1 counted | 0 too many sessions | -1 ask whether this viewer may watch}.
-- adapters/memory_presence.py says the same in Python; one test holds the two together.
local now, present = tonumber(ARGV[1]), tonumber(ARGV[14])
local kept = redis.call('GET', KEYS[2])
local last, watched, bin, lasted, allowed_until, since, has_started = now, 0, -1, 0, 0, 0, 0
if kept then
  last, watched, bin, lasted, allowed_until, since, has_started = cmsgpack.unpack(kept)
end
if tonumber(ARGV[5]) > 0 then
  allowed_until, since = tonumber(ARGV[5]), tonumber(ARGV[6])
end
if allowed_until <= now then return {0, -1} end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local gap = math.max(0, now - last)
if not kept or gap >= present then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[16])
      and not redis.call('ZSCORE', KEYS[3], ARGV[2]) then
    return {redis.call('ZCARD', KEYS[1]), 0}
  end
end

local minute = string.format('%d|', math.floor(now / 60000))
local function add(field, amount)
  if amount ~= 0 then redis.call('HINCRBY', KEYS[4], field, amount) end
end

-- sooner than that it only says "here"; its time is credited with the next one
local is_news = not kept or gap >= tonumber(ARGV[17])
local told, credit = tonumber(ARGV[9]), 0
if is_news then
  credit = gap <= present and gap or 0
  if told >= 0 then credit = math.min(told, gap, present) end
  last = math.max(last, now)
end
if not kept then
  add(minute .. 'views', 1)
  add('|lasted:0', 1)
  if redis.call('PFADD', KEYS[5], ARGV[3]) == 1 then add('|people', 1) end
  redis.call('PEXPIRE', KEYS[5], ARGV[19])
end
if credit > 0 then
  watched = watched + credit
  add(minute .. 'watch_ms', credit)
  local bucket = 0
  if watched >= 1000 then
    bucket = math.min(1 + math.floor(math.log(watched / 1000) / math.log(1.1)), 180)
  end
  if bucket ~= lasted then
    add('|lasted:' .. lasted, -1)
    add('|lasted:' .. bucket, 1)
    lasted = bucket
  end
end

if is_news then
  local startup = tonumber(ARGV[8])
  if startup >= 0 and has_started == 0 then
    add(minute .. 'startups:' .. startup, 1)
    has_started = 1
  end
  local room = math.min(gap, present)
  add(minute .. 'rebuffer_ms', math.min(tonumber(ARGV[10]), room))
  add(minute .. 'rebuffers', math.min(tonumber(ARGV[11]), math.floor(room / 1000)))
  local kbps = tonumber(ARGV[12])
  if kbps > 0 and credit > 0 then
    add(minute .. 'bits', kbps * credit)
    add(minute .. 'rated_ms', credit)
  end
  for number = 20, #ARGV do add(minute .. 'errors:' .. ARGV[number], 1) end

  local position = tonumber(ARGV[7])
  if position < 0 and since > 0 then position = math.max(0, now - since) end
  if position >= 0 then
    local seconds = math.floor(position / 1000)
    local here = math.floor(seconds / 10)
    if seconds >= 3600 then here = math.min(360 + math.floor((seconds - 3600) / 60), 1740) end
    if here ~= bin then
      local from = here
      -- more than could be watched in the meantime was skipped
      if bin >= 0 and here > bin and here - bin <= math.floor(gap / tonumber(ARGV[18])) + 1 then
        from = bin + 1
      end
      for passed = from, here do add('|curve:' .. passed, 1) end
      bin = here
    end
  end
end

local ends = now + present
if ARGV[13] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[2])
  redis.call('ZREM', KEYS[3], ARGV[2])
else
  redis.call('ZADD', KEYS[1], ends, ARGV[2])
  redis.call('PEXPIRE', KEYS[1], present)
  redis.call('ZADD', KEYS[3], ends, ARGV[2])
  redis.call('PEXPIRE', KEYS[3], present)
  redis.call('ZADD', KEYS[7], ends, ARGV[4])
end
redis.call('SET', KEYS[2],
  cmsgpack.pack(last, watched, bin, lasted, allowed_until, since, has_started),
  'PX', ARGV[15])
local viewers = redis.call('ZCARD', KEYS[1])
local peak = tonumber(redis.call('HGET', KEYS[4], minute .. 'peak') or 0)
if viewers > peak then redis.call('HSET', KEYS[4], minute .. 'peak', viewers) end
redis.call('PEXPIRE', KEYS[4], ARGV[19])
redis.call('SADD', KEYS[6], ARGV[4])
return {viewers, 1}
