-- wrk's request of the page benchmark: the page of 100 assets; TOKEN is sent where there is one.
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["accept"] = "application/graphql-response+json, application/json"
local token = os.getenv("TOKEN")
if token then wrk.headers["authorization"] = "Bearer " .. token end
wrk.body = os.getenv("BODY")
function done(summary, latency, _)
  io.write(string.format("RESULT %.1f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
