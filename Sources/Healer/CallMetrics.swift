internal import Control
internal import Stack
internal import Wire

/// Calls and how long they took, as Prometheus families.
enum CallMetrics {
    static func families(_ counts: [GatewayCalls.Counts], stack: String) -> [MetricFamily] {
        guard !counts.isEmpty else { return [] }
        return [calls(counts, stack), durations(counts, stack)]
    }

    private static func calls(_ counts: [GatewayCalls.Counts], _ stack: String) -> MetricFamily {
        MetricFamily(
            name: "hale_gateway_calls_total",
            help: "Calls that went to the instance and ended: requests over HTTP, connections otherwise.",
            kind: .counter,
            samples: counts.flatMap { counts in
                // A series that begins with a failure would hide that one from rate().
                CallOutcome.allCases.compactMap { outcome in
                    let tally = counts.tallies.first { $0.outcome == outcome }
                    guard tally != nil || outcome == .success || outcome == .failure else { return nil }
                    return MetricFamily.Sample(
                        labels: labels(counts, outcome, stack), value: Double(tally?.count ?? 0))
                }
            })
    }

    private static func durations(_ counts: [GatewayCalls.Counts], _ stack: String) -> MetricFamily {
        MetricFamily(
            name: "hale_gateway_call_duration_seconds",
            help: "From asking the instance: HTTP to the end of its response, PostgreSQL until the session is ready, "
                + "Redis and Bolt to its first answer, other TCP until the connection is made.",
            kind: .histogram,
            samples: counts.flatMap { counts in
                counts.tallies.flatMap { samples(of: $0, labels(counts, $0.outcome, stack)) }
            })
    }

    /// Prometheus' buckets hold the calls of all shorter ones as well.
    private static func samples(
        of tally: GatewayCalls.Tally, _ labels: [(name: String, value: String)]
    ) -> [MetricFamily.Sample] {
        var samples: [MetricFamily.Sample] = []
        var sum: UInt64 = 0
        for (bound, count) in zip(bounds, tally.buckets) {
            sum &+= count
            samples.append(
                MetricFamily.Sample(
                    suffix: "_bucket", labels: labels + [(name: "le", value: bound)], value: Double(sum)))
        }
        samples.append(
            MetricFamily.Sample(suffix: "_sum", labels: labels, value: Double(tally.microseconds) / 1_000_000))
        samples.append(MetricFamily.Sample(suffix: "_count", labels: labels, value: Double(sum)))
        return samples
    }

    private static let bounds: [String] =
        LatencyBuckets.bounds.map { bound in
            Int64(exactly: bound.seconds).map { "\($0)" } ?? "\(bound.seconds)"
        } + ["+Inf"]

    private static func labels(
        _ counts: GatewayCalls.Counts, _ outcome: CallOutcome, _ stack: String
    ) -> [(name: String, value: String)] {
        [
            (name: "stack", value: stack), (name: "service", value: counts.instance.service),
            (name: "port", value: "\(counts.port)"), (name: "instance", value: counts.instance.description),
            (name: "outcome", value: "\(outcome.word)"),
        ]
    }
}
