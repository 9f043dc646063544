import Foundation
import Stack
import Testing

@testable import Engines

@Suite struct ImageFactsTests {
    private func image(_ config: String) throws -> ImageDetails {
        try JSONDecoder().decode(ImageDetails.self, from: Data(#"{"Id":"sha256:1","Config":\#(config)}"#.utf8))
    }

    private func service(_ configuration: String = "{}") -> Service {
        Service(
            name: "web",
            launch: LaunchSpecification(
                command: [], container: ContainerSpecification(image: "nginx", configuration: configuration)))
    }

    private static let full = """
        {"ExposedPorts":{"80/tcp":{},"443":{},"53/udp":{},"70000/tcp":{},"x":{}},"StopSignal":"SIGQUIT",
         "Healthcheck":{"Test":["CMD","curl","x"],"Interval":5000000000,"Timeout":0,"StartPeriod":7000000000,"Retries":2}}
        """

    @Test func whatTheFileDoesNotSayIsTheImages() throws {
        let adorned = try image(Self.full).adorn(service())
        #expect(adorned.launch.container?.imageID == "sha256:1")
        #expect(adorned.stop.signal == 3)
        #expect(adorned.exposed == [443, 80])
        var check = HealthCheck(probe: .command(["curl", "x"]))
        check.interval = .seconds(5)
        check.startPeriod = .seconds(7)
        check.retries = 2
        #expect(adorned.check == check)
    }

    @Test func whatTheFileSaysStands() throws {
        var said = service(#"{"Healthcheck":{"Test":["NONE"]},"StopSignal":"SIGINT"}"#)
        said.stop.signal = 2
        said.ports = [PublishedPort(published: 8_080, target: 80)]
        let adorned = try image(Self.full).adorn(said)
        #expect(adorned.stop.signal == 2 && adorned.check == nil && adorned.exposed == [443])
        var checked = service()
        checked.check = HealthCheck(probe: .tcp(port: 9))
        #expect(try image(Self.full).adorn(checked).check == checked.check)
    }

    @Test func twiceIsOnce() throws {
        let image = try image(Self.full)
        let once = image.adorn(service())
        #expect(image.adorn(once) == once)
    }

    @Test(arguments: [
        ("null", Probe?.none), (#"["NONE"]"#, nil), ("[]", nil), (#"["CMD"]"#, nil), (#"["CMD-SHELL"]"#, nil),
        (#"["CMD-SHELL","exit 0"]"#, .shell("exit 0")), (#"["CMD","a","b"]"#, .command(["a", "b"])),
        (#"["other","x"]"#, nil),
    ])
    func healthIsAskedAsTheImageHasIt(test: String, probe: Probe?) throws {
        #expect(try image(#"{"Healthcheck":{"Test":\#(test)}}"#).adorn(service()).check?.probe == probe)
    }

    @Test(arguments: ["null", "{}", #"{"StopSignal":"","ExposedPorts":null}"#, #"{"StopSignal":"SIGNONSENSE"}"#])
    func anImageThatSaysNothingChangesNothing(config: String) throws {
        var expected = service()
        expected.launch.container?.imageID = "sha256:1"
        #expect(try image(config).adorn(service()) == expected)
    }
}
