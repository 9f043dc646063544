import Engines
import Healing
import Platform
import Stack
import Testing

@testable import Watcher

@Suite struct WatchSettingsTests {
    @Test func nothingSaidIsEverythingWithACheck() throws {
        let settings = try WatchSettings(environment: [:])
        #expect(settings == WatchSettings())
        #expect(settings.choice == .all && settings.interval == .seconds(5) && settings.stopTimeout == 10)
    }

    @Test func theVariablesOfAutohealMeanWhatTheyDoThere() throws {
        let settings = try WatchSettings(environment: [
            "AUTOHEAL_CONTAINER_LABEL": "heal-me", "AUTOHEAL_INTERVAL": "7", "AUTOHEAL_START_PERIOD": "60",
            "AUTOHEAL_DEFAULT_STOP_TIMEOUT": "3", "AUTOHEAL_ONLY_MONITOR_RUNNING": "true", "CURL_TIMEOUT": "9",
            "WEBHOOK_URL": "http://a", "WEBHOOK_JSON_KEY": "content", "APPRISE_URL": "http://b",
            "POST_RESTART_SCRIPT": "/x y",
        ])
        #expect(settings.choice == .label("heal-me"))
        #expect(settings.interval == .seconds(7) && settings.startPeriod == .seconds(60))
        #expect(settings.stopTimeout == 3 && settings.callTimeout == .seconds(9))
        #expect(settings.webhook == "http://a" && settings.webhookKey == "content")
        #expect(settings.apprise == "http://b" && settings.script == "/x y")
        #expect(try WatchSettings(environment: ["AUTOHEAL_CONTAINER_LABEL": "all"]).choice == .all)
        #expect(try WatchSettings(environment: ["AUTOHEAL_CONTAINER_LABEL": "", "WEBHOOK_URL": ""]) == WatchSettings())
    }

    @Test(arguments: [
        ("AUTOHEAL_INTERVAL", "0"), ("AUTOHEAL_INTERVAL", "5s"), ("AUTOHEAL_START_PERIOD", "-1"),
        ("AUTOHEAL_DEFAULT_STOP_TIMEOUT", "99999999999999999999"), ("CURL_TIMEOUT", "x"),
        ("AUTOHEAL_ONLY_MONITOR_RUNNING", "yes"),
    ])
    func whatMakesNoSenseIsRefused(name: String, value: String) {
        #expect {
            _ = try WatchSettings(environment: [name: value])
        } throws: {
            "\($0)".hasPrefix("\(name) is '\(value)'; expected ")
        }
    }

    @Test func theEngineIsWhereAutohealFindsIt() throws {
        func way(_ socket: String, host: String? = nil) throws -> EngineEndpoint.Way {
            try WatchSettings.endpoint(host: host, environment: ["DOCKER_SOCK": socket, "DOCKER_HOST": "unix:///h"]).way
        }
        #expect(try way("/a.sock") == .unix("/a.sock"))
        #expect(try way("/a.sock", host: "unix:///b") == .unix("/b"))
        #expect(try way("tcp://h:1") == .network("http://h:1", nil))
        let files = EngineEndpoint.TLSFiles(
            authority: "/certs/ca.pem", certificate: "/certs/client-cert.pem", key: "/certs/client-key.pem")
        #expect(try way("tcps://h:1") == .network("https://h:1", files))
        #expect(try way("") == .unix("/h"))
    }

    @Test func whereToListenIsANumericAddress() throws {
        func listen(_ text: String) throws -> SocketAddress? {
            try WatchSettings(environment: ["HALE_WATCH_LISTEN": text]).listen
        }
        #expect(try listen("127.0.0.1:9100") == .ipv4("127.0.0.1", port: 9_100))
        #expect(try listen("localhost:9100") == .ipv4("127.0.0.1", port: 9_100))
        #expect(try listen("[::1]:9100") == .ipv6("::1", port: 9_100))
        #expect(try listen("") == nil)
        for text in ["9100", ":9100", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "host:9100", "/run/x:1"] {
            #expect(throws: WatchSettingsError.self, "\(text)") { try listen(text) }
        }
    }

    @Test func messagesSayWhyAContainerWasRestarted() {
        var container = WatchedContainer(id: "0123456789abcdef", name: "web", health: .unhealthy)
        #expect(
            RestartMessenger.sentence(container, failed: true)
                == "Container web (0123456789ab) found to be unhealthy. Failed to restart the container!")
        container.health = .none
        #expect(
            RestartMessenger.sentence(container, failed: false)
                == "Container web (0123456789ab) in need of a container that was restarted. "
                + "Successfully restarted the container!")
    }

    @Test func whatComposeWritesOfNeedsIsRead() {
        let needs = ContainerReading.needs("db:service_healthy:false,cache:service_started:true,odd,:x,")
        #expect(needs.map(\.service) == ["db", "cache", "odd"])
        #expect(needs.map(\.restart) == [false, true, false])
        #expect(ContainerReading.needs("").isEmpty)
    }
}
