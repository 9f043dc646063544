-- Has wrk print what it measured as one JSON object.
done = function(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"total": %d, "requests": %d, "failed": %d, "seconds": %.6f, "p50_us": %.3f, "p99_us": %.3f, "p999_us": %.3f}\n',
      summary.requests, summary.requests,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
