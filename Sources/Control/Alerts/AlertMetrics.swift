internal import Stack

/// Alerts and channels as Prometheus families.
enum AlertMetrics {
    static func families(_ overview: AlertOverview, stack: String) -> [MetricFamily] {
        guard !overview.channels.isEmpty else { return [] }
        func family(
            _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ value: (AlertChannelStatus) -> Double
        ) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: kind,
                samples: overview.channels.map {
                    MetricFamily.Sample(
                        labels: [(name: "stack", value: stack), (name: "channel", value: $0.name)], value: value($0))
                })
        }
        let active = AlertSeverity.allCases.map { severity in
            MetricFamily.Sample(
                labels: [(name: "stack", value: stack), (name: "severity", value: severity.rawValue)],
                value: Double(overview.alerts.count { $0.severity == severity }))
        }
        return [
            MetricFamily(name: "hale_alerts_active", help: "Alerts that go on.", kind: .gauge, samples: active),
            family("hale_alerts_sent_total", "Messages that the channel took.", .counter) { Double($0.sentTotal) },
            family("hale_alerts_failed_total", "Messages to the channel that were given up.", .counter) {
                Double($0.failedTotal)
            },
            family("hale_alerts_queued", "Messages that wait for the channel.", .gauge) { Double($0.queued) },
            family("hale_alert_channel_up", "1 where the channel took what it was told last.", .gauge) {
                $0.state == .ok ? 1 : 0
            },
        ]
    }
}
