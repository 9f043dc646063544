internal import Stack

/// The metrics of circuit breakers; none where there are no breakers.
enum BreakerMetrics {
    static func families(_ status: StackStatus) -> [MetricFamily] {
        let breakers = status.breakers
        guard !breakers.isEmpty else { return [] }
        func counter(_ name: String, _ help: String, _ value: (BreakerStatus) -> UInt64) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: .counter,
                samples: breakers.map { sample(status.stack, $0, [], Double(value($0))) })
        }
        return [
            states(status.stack, breakers),
            counter("hale_breaker_trips_total", "Times that the breaker has opened by itself.", \.trips),
            counter("hale_breaker_rejections_total", "Calls that the breaker kept away.", \.rejections),
            calls(status.stack, breakers),
        ]
    }

    /// One series for each state there is, of which one is 1: so a state can be summed and alerted on by name.
    private static func states(_ stack: String, _ breakers: [BreakerStatus]) -> MetricFamily {
        MetricFamily(
            name: "hale_breaker_state", help: "1 for the state of the breaker, 0 for the others.", kind: .gauge,
            samples: breakers.flatMap { breaker in
                BreakerState.allCases.map { state in
                    sample(
                        stack, breaker, [(name: "state", value: state.rawValue)], state == breaker.state ? 1 : 0)
                }
            })
    }

    /// A slow call has also succeeded or failed, so the outcomes are no parts of a whole.
    private static func calls(_ stack: String, _ breakers: [BreakerStatus]) -> MetricFamily {
        MetricFamily(
            name: "hale_breaker_calls_total",
            help: "Calls that succeeded or failed, and those of them that were slow.", kind: .counter,
            samples: breakers.flatMap { breaker in
                [("success", breaker.successes), ("failure", breaker.failures), ("slow", breaker.slowCalls)].map {
                    sample(stack, breaker, [(name: "outcome", value: $0.0)], Double($0.1))
                }
            })
    }

    private static func sample(
        _ stack: String, _ breaker: BreakerStatus, _ more: [(name: String, value: String)], _ value: Double
    ) -> MetricFamily.Sample {
        MetricFamily.Sample(
            labels: [
                (name: "stack", value: stack), (name: "service", value: breaker.service),
                (name: "instance", value: breaker.instance), (name: "port", value: "\(breaker.port)"),
            ] + more, value: value)
    }
}
