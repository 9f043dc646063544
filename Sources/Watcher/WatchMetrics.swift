internal import Control
internal import Healing
internal import Stack

/// The metrics of `hale watch`.
enum WatchMetrics {
    static func families(_ picture: WatchPicture) -> [MetricFamily] {
        [
            single("hale_build_info", "Which Hale runs; always 1.", 1, [(name: "version", value: HaleVersion.current)]),
            single("hale_watch_engine_up", "1 where the container engine is reached.", picture.isReachable ? 1 : 0),
            single(
                "hale_watch_look_age_seconds", "Since the engine answered a look; NaN before the first time.",
                picture.sinceLook?.seconds ?? .nan),
            single(
                "hale_watch_containers", "Containers that have a health check and are to be healed.",
                Double(picture.watched.count)),
            health(picture.watched),
            family(
                "hale_watch_container_quarantined",
                "1 where the container is restarted no more, for a while or for good.", .gauge, picture.watched
            ) { $0.phase == .quarantined ? 1 : 0 },
            restarts(picture.standings),
        ]
    }

    private static func single(
        _ name: String, _ help: String, _ value: Double, _ labels: [(name: String, value: String)] = []
    ) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .gauge, samples: [MetricFamily.Sample(labels: labels, value: value)])
    }

    private static func family(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ standings: [WatchStanding],
        _ value: (WatchStanding) -> Double
    ) -> MetricFamily {
        MetricFamily(
            name: name, help: help, kind: kind,
            samples: standings.map { MetricFamily.Sample(labels: labels($0), value: value($0)) })
    }

    /// One series for each value there is, of which one is 1: so health can be summed and alerted on by name.
    private static func health(_ standings: [WatchStanding]) -> MetricFamily {
        let values: [WatchedContainer.Health] = [.starting, .healthy, .unhealthy]
        return MetricFamily(
            name: "hale_watch_container_health", help: "1 for what the container's check says, 0 for what it does not.",
            kind: .gauge,
            samples: standings.flatMap { standing in
                values.map {
                    MetricFamily.Sample(
                        labels: labels(standing) + [(name: "health", value: $0.rawValue)],
                        value: standing.container.health == $0 ? 1 : 0)
                }
            })
    }

    private static func restarts(_ standings: [WatchStanding]) -> MetricFamily {
        MetricFamily(
            name: "hale_watch_restarts_total", help: "Restarts since Hale has known the container, by how they went.",
            kind: .counter,
            samples: standings.flatMap { standing in
                [("restarted", standing.restarts), ("failed", standing.failedRestarts)].map {
                    MetricFamily.Sample(
                        labels: labels(standing) + [(name: "outcome", value: $0.0)], value: Double($0.1))
                }
            })
    }

    private static func labels(_ standing: WatchStanding) -> [(name: String, value: String)] {
        let membership = standing.container.membership
        return [
            (name: "container", value: standing.container.name), (name: "project", value: membership?.project ?? ""),
            (name: "service", value: membership?.service ?? ""),
        ]
    }
}
