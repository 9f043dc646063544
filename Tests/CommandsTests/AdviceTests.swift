import Compose
import Testing

@testable import Commands

@Suite struct AdviceTests {
    /// The rules that speak up for the service `web` among `services`; `lines` are the texts of the files by last key.
    private func rules(_ services: ComposeMap, lines: [String: String] = [:]) -> [Advice.Rule] {
        Advisor.advice(on: .map(["services": .map(services)])) { path in path.last.flatMap { lines[$0] } }
            .filter { $0.service == "web" }.map(\.rule).sorted { $0.rawValue < $1.rawValue }
    }

    /// A service about which there is nothing to say.
    private static let good: ComposeMap = [
        "image": .string("web:1.2"), "mem_limit": .string("64m"), "restart": .string("always"),
        "healthcheck": .map(["test": .list([.string("CMD"), .string("true")])]),
        "x-hale": .map(["run": .string("web")]),
    ]

    private func web(_ changes: ComposeMap, without: String? = nil) -> ComposeMap {
        var service = Self.good
        if let without { service[without] = nil }
        for (key, value) in changes { service[key] = value }
        return ["web": .map(service)]
    }

    @Test func aGoodServiceIsLeftAlone() {
        #expect(rules(web([:])).isEmpty)
    }

    @Test func whatIsMissingIsNamed() {
        #expect(rules(web([:], without: "healthcheck")) == [.noHealthCheck])
        #expect(rules(web([:], without: "mem_limit")) == [.noMemoryLimit])
        #expect(rules(web([:], without: "restart")) == [.noRestart])
        #expect(rules(web([:], without: "x-hale")) == [.nothingToRun])
        #expect(rules(web(["healthcheck": .map(["test": .list([.string("NONE")])])])).isEmpty)
        #expect(rules(web(["restart": .string("no")])) == [.noRestart])
    }

    @Test(arguments: [
        ("web", true), ("web:latest", true), ("registry:5000/web", true), ("registry:5000/web:1", false),
        ("web@sha256:abc", false), ("web:1.2", false),
    ])
    func imagesWithoutAVersionAreNamed(image: String, isNamed: Bool) {
        #expect(rules(web(["image": .string(image)])) == (isNamed ? [.unpinnedImage] : []))
    }

    @Test func aConditionIsAskedForWhereItCouldHold() {
        let started: ComposeValue = .map(["db": .map(["condition": .string("service_started")])])
        var services = web(["depends_on": started])
        services["db"] = .map(Self.good)
        #expect(rules(services) == [.noCondition])
        services["db"] = .map(["image": .string("db:1")])
        #expect(rules(services).isEmpty)
    }

    @Test func databasesNeedGrace() {
        #expect(rules(web(["image": .string("library/postgres:17")])) == [.shortGrace])
        #expect(
            rules(web(["image": .string("postgres:17"), "stop_grace_period": .string("1m0s")])).isEmpty)
        #expect(
            rules(web(["image": .string("postgres:17"), "stop_grace_period": .string("5s")])) == [.shortGrace])
    }

    @Test(arguments: [
        ("POSTGRES_PASSWORD", "hunter2", true), ("API_KEY", "abc", true), ("GITHUB_TOKEN", "abc", true),
        ("URL", "postgres://user:word@db/x", true), ("URL", "postgres://user@db/x", false),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/x", false), ("KEYBOARD", "de", false), ("TOKENIZER", "bpe", false),
        ("PASSWORD", "/run/secrets/x", false),
    ])
    func secretsAreToldByName(name: String, value: String, isSecret: Bool) {
        #expect(SecretAdvice.looksSecret(name, value) == isSecret)
    }

    @Test func onlySecretsThatTheFileItselfHoldsAreNamedAndNeverShown() throws {
        let services = web(["environment": .map(["PASSWORD": .string("hunter2")])])
        #expect(rules(services, lines: ["PASSWORD": "  PASSWORD: hunter2"]) == [.secretInEnvironment])
        #expect(rules(services, lines: ["PASSWORD": "  PASSWORD: ${PASSWORD:?}"]).isEmpty)
        #expect(rules(services, lines: ["PASSWORD": "  PASSWORD: $PW"]).isEmpty)
        #expect(rules(services, lines: ["PASSWORD": "  PASSWORD: a$$b"]) == [.secretInEnvironment])
        #expect(rules(services).isEmpty)
        let advice = Advisor.advice(on: .map(["services": .map(services)])) { _ in "PASSWORD: hunter2" }
        #expect(try advice.allSatisfy { try !Finding.json([Finding($0, at: nil, otherwise: "f")]).contains("hunter2") })
    }

    private func port(_ published: String, address: String? = nil, transport: String = "tcp") -> ComposeValue {
        var port: ComposeMap = [
            "published": .string(published), "target": .integer(80), "protocol": .string(transport),
        ]
        port["host_ip"] = address.map { .string($0) }
        return .map(port)
    }

    @Test func openAndDoubledPortsAreNamed() {
        let local = "127.0.0.1"
        #expect(rules(web(["ports": .list([port("80")])])) == [.publishedEverywhere])
        #expect(rules(web(["ports": .list([port("80", address: local)])])).isEmpty)
        #expect(rules(web(["ports": .list([port("80", address: local, transport: "udp")])])) == [.udpPort])
        var services: ComposeMap = ["first": .map(["ports": .list([port("8000-8010", address: local)])])]
        for (name, service) in web(["ports": .list([port("8005", address: local)])]) { services[name] = service }
        #expect(rules(services) == [.duplicatePort])
        for (name, service) in web(["ports": .list([port("8005", address: "127.0.0.2")])]) { services[name] = service }
        #expect(rules(services).isEmpty)
    }

    private func hale(_ key: String, _ value: ComposeValue) -> ComposeMap {
        web(["x-hale": .map(["run": .string("web"), key: value])])
    }

    @Test(arguments: [("POST", true), ("patch", true), ("PUT", false), ("DELETE", false)])
    func requestsThatMayBeCarriedOutTwiceAreNamed(method: String, isNamed: Bool) {
        let retry: ComposeValue = .map(["methods": .list([.string("PUT"), .string(method)])])
        #expect(rules(hale("retry", retry)) == (isNamed ? [.repeatedWrites] : []))
    }

    @Test func aBreakerThatIsOffIsNamed() {
        for off: ComposeValue in [.string("off"), .string("disabled"), .bool(false)] {
            #expect(rules(hale("breaker", off)) == [.breakerOff])
            #expect(rules(hale("breaker", .map(["mode": off]))) == [.breakerOff])
        }
        #expect(rules(hale("breaker", .string("metrics-only"))).isEmpty)
        #expect(rules(hale("breaker", .map(["open": .string("1s")]))).isEmpty)
        #expect(rules(hale("retry", .string("off"))).isEmpty)
    }

    @Test func jobsNeedNeitherCheckNorRestart() {
        var services: ComposeMap = ["web": .map(["image": .string("job:1"), "mem_limit": .string("1g")])]
        services["other"] = .map([
            "depends_on": .map(["web": .map(["condition": .string("service_completed_successfully")])])
        ])
        #expect(rules(services) == [.nothingToRun])
    }
}
