import Control
import Platform
import Stack
import Testing

@testable import Commands

@Suite struct PrintingTests {
    private func style(_ words: [String], _ environment: [String: String], terminal: Bool = true) throws -> Bool {
        let options = try CommandRequest(words + ["version"]).globals
        return Style.choose(options, environment: environment, isTerminal: terminal).isColored
    }

    @Test func coloursAreForTerminalsAndForThoseWhoAskForThem() throws {
        #expect(try style([], [:]))
        #expect(try !style([], [:], terminal: false))
        #expect(try !style([], ["NO_COLOR": "1"]))
        #expect(try style([], ["NO_COLOR": ""]))
        #expect(try !style([], ["TERM": "dumb"]))
        #expect(try !style(["--no-color"], [:]))
        #expect(try !style(["--ansi", "never"], [:]))
        #expect(try style(["--ansi", "always"], ["NO_COLOR": "1"], terminal: false))
    }

    @Test func columnsAreAligned() {
        var table = TextTable(header: ["NAME", "STATE", "PORTS"])
        table.rows = [[.init("a-long-name"), .init("running", .green), .init("-")]]
        #expect(table.rendered(.plain) == "NAME          STATE     PORTS\na-long-name   running   -\n")
        #expect(table.rendered(Style(isColored: true)).contains("\u{1B}[32mrunning\u{1B}[0m   -"))
    }

    @Test func placesAreMadeAbsolute() {
        let environment = HaleEnvironment.absolute(
            ["HALE_STATE": "state", "HALE_RUNTIME": "/run/x", "XDG_RUNTIME_DIR": "", "PATH": "bin"],
            currentDirectory: "/srv")
        #expect(environment == ["HALE_STATE": "/srv/state", "HALE_RUNTIME": "/run/x", "PATH": "bin"])
    }

    @Test(arguments: [
        ("name: shop\nservices: {}", "shop"), ("services:\n  name: x", nil), ("name: \"my-shop\" # ours", "my-shop"),
        ("name: ${NAME}", nil), ("name: 'My Shop'", nil), ("", nil),
    ])
    func aPlainNameIsFoundInABrokenFile(text: String, name: String?) {
        #expect(ProjectName.declaredName(in: text) == name)
    }

    @Test func namesThatNoProjectCanHaveAreRefused() throws {
        try ProjectName.check("my_shop-2")
        for name in ["", "../x", "a/b", "Shop", "-x", "a b"] {
            #expect(throws: UsageError.self) { try ProjectName.check(name) }
        }
    }
}

@Suite struct BreakerPrintingTests {
    private static func breaker(_ state: BreakerState) -> BreakerStatus {
        var breaker = BreakerStatus(service: "web", instance: "web-1", port: 80, state: state)
        breaker.successes = 40
        breaker.failures = 10
        breaker.failureRate = 0.5
        breaker.slowCalls = 3
        breaker.rejections = 7
        breaker.trips = 2
        breaker.lastFailure = "connection refused"
        return breaker
    }

    @Test func theTableHasWhatEachBreakerHasSeen() {
        var open = Self.breaker(.open)
        open.openUntil = "2026-01-31T10:00:05.000Z"
        #expect(
            BreakerTable.text([open], style: .plain) == """
                INSTANCE   PORT   STATE   CALLS   FAILED      SLOW   KEPT AWAY   TRIPS   NOTE
                web-1      80     open    50      10 (50 %)   3      7           2       \
                connection refused, until 2026-01-31T10:00:05.000Z

                """)
    }

    private static let notes: [(BreakerState, String?)] = [
        (.open, "breaker open (port 80): connection refused"),
        (.halfOpen, "breaker half-open (port 80): connection refused"), (.disabled, "breaker disabled (port 80)"),
        (.closed, nil),
    ]

    @Test(arguments: notes)
    func theStatusShowsABreakerThatIsNotClosed(state: BreakerState, note: String?) throws {
        var instance = Samples.instance("web-1", .running, .healthy)
        instance.breakers = [Self.breaker(state)]
        let now = try #require(CalendarTime("2026-01-31T10:05:00.000Z"))
        let text = StatusText.text(Samples.status(["web": Samples.service(instance)]), now: now, style: .plain)
        if let note { #expect(text.contains("   \(note)\n")) } else { #expect(!text.contains("breaker")) }
    }

    @Test func wrongWordsAreRefused() throws {
        #expect(throws: UsageError.self) { try CommandRequest(["breaker", "opne", "web"]) }
        #expect(throws: UsageError.self) { try CommandRequest(["breaker", "open"]) }
        #expect(throws: UsageError.self) { try CommandRequest(["breakers", "web", "db"]) }
        #expect(throws: UsageError.self) { try CommandRequest(["breakers", "--format", "xml"]) }
        let status = Samples.status(["web": Samples.service(Samples.instance("web-1", .running))])
        try BreakerChoice.check(["web", "web-1"], in: status)
        #expect(throws: CommandFailure.self) { try BreakerChoice.check(["web-2"], in: status) }
    }
}

@Suite struct OperatorPrintingTests {
    @Test func whoAskedAndWhenIsShown() throws {
        var service = Samples.service(Samples.instance("web-1", .stopped))
        service.operatorWill = "stopped"
        service.operatorSince = "2026-01-31T10:00:00.000Z"
        service.operatorBy = "root by hale"
        var status = Samples.status(["web": service])
        status.pause = .init(until: "2026-01-31T11:00:00.000Z", since: "2026-01-31T10:02:00.000Z", by: nil)
        let now = try #require(CalendarTime("2026-01-31T10:05:00.000Z"))
        let text = StatusText.text(status, now: now, style: .plain)
        #expect(text.contains("by hand: stopped, 5 minutes ago, root by hale"))
        #expect(
            text.contains(
                "Hale is paused until 2026-01-31T11:00:00.000Z, 3 minutes ago: it watches and acts on nothing"))
    }
}
