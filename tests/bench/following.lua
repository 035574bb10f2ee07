-- Readers who follow links of a campaign: each request another reader, another link.
local agents = {
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
}
local campaign = os.getenv("BENCH_CAMPAIGN")
request = function()
  local headers = {
    ["Host"] = "rounds.example",
    ["User-Agent"] = agents[math.random(#agents)],
    ["X-Forwarded-Proto"] = "https",
    ["X-Forwarded-For"] = math.random(20, 200) .. "." .. math.random(255) .. "." .. math.random(255) .. "." .. math.random(255),
  }
  return wrk.format("GET", "/r/" .. campaign .. "/" .. math.random(12), headers)
end
done = function(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("MEASURED %d %d %d %d\n", summary.requests, summary.duration, errors, latency:percentile(99)))
end
