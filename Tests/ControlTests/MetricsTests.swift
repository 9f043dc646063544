import Foundation
import Stack
import Testing

@testable import Control

struct MetricsTests {
    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private func metrics(_ backend: FakeBackend) -> String {
        let head = RequestHead(method: "GET", path: "/metrics", transport: .unix)
        return String(decoding: Router(backend: backend).answer(head, body: []).body, as: UTF8.self)
    }

    @Test func oneSeriesSaysWhichStateItIs() {
        let text = metrics(FakeBackend())
        #expect(text.contains("# TYPE hale_build_info gauge\nhale_build_info{version=\"0.1.0\"} 1\n"))
        #expect(text.contains("hale_service_up{stack=\"shop\",service=\"redis\"} 1\n"))
        #expect(text.contains("hale_service_state{stack=\"shop\",service=\"redis\",state=\"running\"} 1\n"))
        #expect(text.contains("hale_service_state{stack=\"shop\",service=\"redis\",state=\"quarantined\"} 0\n"))
        #expect(text.contains("hale_service_health{stack=\"shop\",service=\"redis\",health=\"healthy\"} 1\n"))
        #expect(text.contains("hale_service_instances{stack=\"shop\",service=\"worker\"} 2\n"))
        #expect(text.contains("# TYPE hale_restarts_total counter\n"))
        #expect(text.contains("hale_restarts_total{stack=\"shop\",service=\"redis\"} 3\n"))
        #expect(text.contains("instance=\"redis-1\"} 0.35\n"))
        #expect(
            text.contains(
                "hale_instance_start_time_seconds{stack=\"shop\",service=\"redis\",instance=\"redis-1\"} 1769853599.9\n"
            ))
    }

    @Test func breakersHaveASeriesForEachState() {
        let service = ServiceStatus.example("redis", breakers: [.example("redis-1", .halfOpen)])
        let text = metrics(FakeBackend(status: .example(services: ["redis": service])))
        let labels = #"stack="shop",service="redis",instance="redis-1",port="6379""#
        #expect(text.contains("hale_breaker_state{\(labels),state=\"half-open\"} 1\n"))
        #expect(text.contains("hale_breaker_state{\(labels),state=\"closed\"} 0\n"))
        #expect(text.contains("# TYPE hale_breaker_trips_total counter\nhale_breaker_trips_total{\(labels)} 2\n"))
        #expect(text.contains("hale_breaker_rejections_total{\(labels)} 7\n"))
        #expect(text.contains("hale_breaker_calls_total{\(labels),outcome=\"success\"} 40\n"))
        #expect(text.contains("hale_breaker_calls_total{\(labels),outcome=\"failure\"} 9\n"))
        #expect(text.contains("hale_breaker_calls_total{\(labels),outcome=\"slow\"} 3\n"))
        #expect(!metrics(FakeBackend()).contains("hale_breaker"))
    }

    @Test func namesAndValuesAreEscaped() {
        let families = [
            MetricFamily(
                name: "hale_example_bytes", help: "A \\ and\na line.", kind: .gauge,
                samples: [
                    MetricFamily.Sample(labels: [(name: "path", value: "a\\b\"c\nd")], value: .infinity),
                    MetricFamily.Sample(labels: [], value: .nan),
                ]),
            MetricFamily(name: "hale_example_bytes", help: "Again.", kind: .gauge, samples: []),
            MetricFamily(name: "0 wrong", help: "Wrong.", kind: .gauge, samples: []),
        ]
        #expect(
            PrometheusText.format(families) == #"""
                # HELP hale_example_bytes A \\ and\na line.
                # TYPE hale_example_bytes gauge
                hale_example_bytes{path="a\\b\"c\nd"} +Inf
                hale_example_bytes NaN

                """#)
    }

    @Test func aHistogramHasSamplesOfThreeKinds() {
        let family = Self.histogram
        #expect(
            PrometheusText.format([family]) == #"""
                # HELP hale_example_seconds How long.
                # TYPE hale_example_seconds histogram
                hale_example_seconds_bucket{service="web",le="0.5"} 1
                hale_example_seconds_bucket{service="web",le="+Inf"} 2
                hale_example_seconds_sum{service="web"} 1.5
                hale_example_seconds_count{service="web"} 2

                """#)
    }

    private static let histogram = MetricFamily(
        name: "hale_example_seconds", help: "How long.", kind: .histogram,
        samples: [("_bucket", "0.5", 1.0), ("_bucket", "+Inf", 2), ("_sum", nil, 1.5), ("_count", nil, 2)].map {
            suffix, bound, value in
            MetricFamily.Sample(
                suffix: suffix,
                labels: [(name: "service", value: "web")] + (bound.map { [(name: "le", value: $0)] } ?? []),
                value: value)
        })

    @Test func promtoolAcceptsThem() throws {
        guard let promtool = Self.promtool else {
            Issue.record("promtool is not installed (Debian package prometheus): the metrics were not checked by it")
            return
        }
        let strange = ["a\"b\\c\nd": ServiceStatus.example("ünïcode", state: .quarantined), "redis": .example("redis")]
        let family = MetricFamily(
            name: "hale_gateway_received_bytes_total", help: "Bytes from clients.", kind: .counter,
            samples: [MetricFamily.Sample(labels: [(name: "service", value: "redis")], value: 1e18)])
        let broken = ["redis": ServiceStatus.example("redis", breakers: [.example("redis-1", .open)])]
        let statuses = [
            StackStatus.example(), .example(services: [:]), .example(.down, services: strange),
            .example(services: broken),
        ]
        for status in statuses {
            let text = metrics(FakeBackend(status: status, families: [family, Self.histogram]))
            let (code, output) = try run(promtool, ["check", "metrics"], input: text)
            #expect(code == 0 && output.isEmpty, "\(output)\n\(text)")
        }
    }

    private func run(_ path: String, _ arguments: [String], input: String) throws -> (Int32, String) {
        let process = Process()
        let (stdin, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = stdin
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }
}
