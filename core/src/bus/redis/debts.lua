-- Times until which buckets are not full, kept by Redis' own clock. KEYS: the buckets. ARGV: by how many
-- microseconds each of those times moves away. Returns how many microseconds away each is then.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answer = {}
for n, key in ipairs(KEYS) do
  local full_at = math.max(tonumber(redis.call('GET', key) or 0), now)
  local taken = tonumber(ARGV[n])
  if taken > 0 then
    full_at = full_at + taken
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.floor((full_at - now) / 1000) + 1)
  end
  answer[n] = full_at - now
end
return answer
