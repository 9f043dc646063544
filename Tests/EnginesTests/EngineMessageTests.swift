import Foundation
import Testing

@testable import Engines

@Suite struct EngineMessageTests {
    @Test func versionsAreComparedByNumber() throws {
        let newer = try #require(APIVersion("1.100"))
        let older = try #require(APIVersion("1.41"))
        #expect(older < newer)
        #expect("\(older)" == "1.41")
        for text in ["", "1", "x.y", "1."] { #expect(APIVersion(text) == nil) }
    }

    @Test func linesAreWholeWhateverTheCut() {
        let text = Array("{\"a\":1}\n\n{\"b\":2}\n{\"c\"".utf8)
        for cut in 0...text.count {
            var lines = JSONLines()
            let all = lines.take(Array(text[..<cut])).map(Array.init) + lines.take(Array(text[cut...])).map(Array.init)
            #expect(all.map { String(decoding: $0, as: UTF8.self) } == ["{\"a\":1}", "{\"b\":2}"])
        }
    }

    @Test func whatHasNoEndIsDropped() {
        var lines = JSONLines()
        for _ in 0..<40 { #expect(lines.take([UInt8](repeating: 120, count: 65_536)).isEmpty) }
        #expect(lines.take(Array("\n{}\n".utf8)).last.map { Array($0) } == Array("{}".utf8))
    }

    @Test func aRefusalSaysWhatTheEngineSays() {
        #expect(throws: EngineError.refused(status: 404, "No such container: x")) {
            try EngineClient.check(404, Array(#"{"message":"No such container: x"}"#.utf8))
        }
        #expect(throws: EngineError.refused(status: 500, "the engine answers with status 500")) {
            try EngineClient.check(500, Array("<html>".utf8))
        }
        #expect(throws: Never.self) { try EngineClient.check(204, []) }
        #expect(throws: Never.self) { try EngineClient.check(304, []) }
    }

    @Test func containersOfBothEnginesAreRead() throws {
        let podman = #"{"Id":"a","Names":["/web"],"State":"running","Status":"Up 3 minutes","Labels":null,"Ports":[]}"#
        let summary = try JSONDecoder().decode(ContainerSummary.self, from: Data(podman.utf8))
        #expect(summary.Labels == nil)
        let docker = #"""
            {"Id":"a","Name":"/web","State":{"Status":"running","Health":{"Status":"healthy","Log":[]}},
             "Config":{"Labels":{"x":"y"},"Healthcheck":{"Test":["CMD","true"],"Interval":1000000000}},
             "HostConfig":{"NetworkMode":"container:b","IpcMode":"private"}}
            """#
        let details = try JSONDecoder().decode(ContainerDetails.self, from: Data(docker.utf8))
        #expect(details.State.Health?.Status == "healthy")
        #expect(details.HostConfig?.NetworkMode == "container:b")
        #expect(details.Config.Healthcheck?.Interval == 1_000_000_000 && details.Config.Healthcheck?.Timeout == nil)
    }

    @Test func nobodyThereIsSaid() throws {
        let endpoint = try EngineEndpoint.parse("unix:///nowhere/docker.sock", source: "test")
        #expect(throws: EngineError.unreachable("unix:///nowhere/docker.sock: No such file or directory")) {
            _ = try EngineClient(endpoint).connect()
        }
    }
}
