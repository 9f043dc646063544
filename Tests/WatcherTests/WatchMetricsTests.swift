import Control
import Engines
import Healing
import Stack
import Testing

@testable import Watcher

@Suite struct WatchMetricsTests {
    private static func picture(_ containers: [WatchedContainer], problem: String? = nil) -> WatchPicture {
        WatchPicture(
            engine: EngineEndpoint(.unix("/x"), source: "test"), version: "1", problem: problem,
            sinceLook: .milliseconds(1_500),
            standings: containers.map {
                WatchStanding(container: $0, phase: .quarantined, restarts: 2, failedRestarts: 1)
            })
    }

    private static func values(_ name: String, _ picture: WatchPicture) -> [Double] {
        WatchMetrics.families(picture).first { $0.name == name }?.samples.map(\.value) ?? []
    }

    @Test func eachContainerHasOneSeriesForEachAnswer() {
        let picture = Self.picture([WatchedContainer(id: "1", name: "web", health: .unhealthy)])
        #expect(Self.values("hale_watch_containers", picture) == [1])
        #expect(Self.values("hale_watch_container_health", picture) == [0, 0, 1])
        #expect(Self.values("hale_watch_container_quarantined", picture) == [1])
        #expect(Self.values("hale_watch_restarts_total", picture) == [2, 1])
        #expect(Self.values("hale_watch_look_age_seconds", picture) == [1.5])
    }

    @Test func whatWasRestartedWithoutACheckIsCountedAlone() {
        let picture = Self.picture([WatchedContainer(id: "1", name: "inside", health: .none)])
        #expect(Self.values("hale_watch_containers", picture) == [0])
        #expect(Self.values("hale_watch_container_health", picture).isEmpty)
        #expect(Self.values("hale_watch_restarts_total", picture) == [2, 1])
    }

    @Test func aProblemMeansThatTheEngineIsNotReached() {
        #expect(Self.values("hale_watch_engine_up", Self.picture([])) == [1])
        #expect(Self.values("hale_watch_engine_up", Self.picture([], problem: "gone")) == [0])
    }
}
