internal import Control
internal import Flags
internal import Healing
internal import Platform
internal import Stack
internal import Wire

/// Has the flags judged whenever something has happened, lets everybody see what came of it, and keeps what people have
/// set by hand. Belongs to the healer's thread.
final class FlagKeeper {
    private let reactor: Reactor
    private let files: StateFiles
    private let published: PublishedFlags
    private let write: (Entry) -> Void
    private var board: FlagBoard
    private var saved: [String: FlagOverride]
    private var shown: [FlagReport] = []
    private var breakers: [String: BreakerSummary] = [:]
    private var timer: (token: TimerToken, deadline: Instant)?
    /// The engine as it is when an override ends.
    var engine: () -> Engine? = { nil }
    /// From an instant to the calendar's name for it.
    var time: (Instant) -> String = { _ in "" }

    /// Starts from what people had set before Hale was restarted; `write` writes entries down.
    init(reactor: Reactor, files: StateFiles, published: PublishedFlags, write: @escaping (Entry) -> Void) {
        self.reactor = reactor
        self.files = files
        self.published = published
        self.write = write
        saved = files.flagOverrides()
        board = FlagBoard(overrides: saved)
    }

    /// Takes the flags of a new configuration; they have values once the engine was asked about its services.
    func configure(_ flags: [Flag]) {
        board.configure(flags)
    }

    /// Takes what the gateway says of breakers: all there are.
    func note(_ records: [BreakerRecord], _ engine: Engine) {
        breakers = BreakerSummary.byService(records)
        judge(engine, by: nil)
    }

    /// Judges every flag by what the engine knows. Costs next to nothing where there are no flags.
    func judge(_ engine: Engine, by actor: String? = nil) {
        guard !board.flags.isEmpty || !shown.isEmpty || board.overrides != saved else { return }
        let changes = board.judge(at: Instant.now()) { name in
            ServiceCondition(
                instances: engine.report(of: name), breaker: self.breakers[name] ?? .closed,
                isHeld: engine.routing(of: name) == .held)
        }
        for change in changes { write(Self.entry(change, by: actor)) }
        show()
        keep()
        arm()
    }

    // MARK: What people ask for

    func set(
        _ name: String, _ value: JSONValue, for span: Duration?, by actor: String, _ engine: Engine
    ) -> ControlReply {
        let now = Instant.now()
        do throws(FlagRefusal) {
            try board.set(name, FlagOverride(value: value, until: span.map { now + $0 }, since: now, by: actor))
        } catch {
            return error.reply
        }
        let lasting = span.map { " for " + DurationText.format($0) } ?? ""
        let sentence = "\(name) to \(Self.short(value))\(lasting)"
        write(Entry(.operatorAsked, text: "asked to set the flag \(sentence)", cause: "asked by hand", actor: actor))
        judge(engine, by: actor)
        return .done("\(name) is \(Self.short(value))" + (lasting.isEmpty ? " until it is cleared" : lasting))
    }

    func clear(_ name: String, by actor: String, _ engine: Engine) -> ControlReply {
        do throws(FlagRefusal) {
            guard try board.clear(name) else { return .done("\(name) was not set by hand") }
        } catch {
            return error.reply
        }
        write(Entry(.operatorAsked, text: "asked to clear the flag \(name)", cause: "asked by hand", actor: actor))
        judge(engine, by: actor)
        return .done("\(name) goes by its rules again")
    }

    private static func short(_ value: JSONValue) -> String {
        let text = "\(value)"
        return text.count > 80 ? text.prefix(80) + "…" : text
    }

    private static func entry(_ change: FlagChange, by actor: String?) -> Entry {
        let text = "the flag \(change.flag.name) is \(short(change.to.value))"
        return Entry(.flagChanged, text: text, cause: change.cause, actor: actor)
    }

    // MARK: What follows

    private func show() {
        let reports = board.reports
        guard reports != shown else { return }
        shown = reports
        published.update(reports.map { FlagStatus($0, time: time) })
    }

    /// Forgets what people have set, as the stack is going.
    func forget() {
        board = FlagBoard()
        keep()
    }

    private func keep() {
        guard board.overrides != saved else { return }
        saved = board.overrides
        files.save(saved)
    }

    /// Judges anew when the next override ends.
    private func arm() {
        guard timer?.deadline != board.nextDeadline else { return }
        if let timer { reactor.cancel(timer.token) }
        timer = board.nextDeadline.map { deadline in
            let token = reactor.schedule(at: deadline) { [weak self] in
                guard let self else { return }
                timer = nil
                if let engine = engine() { judge(engine) }
            }
            return (token, deadline)
        }
    }
}

extension FlagRefusal {
    fileprivate var reply: ControlReply {
        switch self {
        case .unknown(let name, let known):
            let those = known.isEmpty ? "the stack has none" : "there are: \(known.joined(separator: ", "))"
            return .notFound("there is no flag '\(name.prefix(100))'; \(those)")
        case .wrongType(let flag):
            return .refused("the flag '\(flag.name)' takes \(flag.type.expectation)")
        }
    }
}

extension FlagStatus {
    fileprivate init(_ report: FlagReport, time: (Instant) -> String) {
        let (source, rule): (Source, Int?) =
            switch report.verdict.source {
            case .standard: (.standard, nil)
            case .rule(let place): (.rule, place + 1)
            case .override: (.override, nil)
            }
        self.init(
            name: report.flag.name, type: report.flag.type, value: report.verdict.value,
            defaultValue: report.flag.defaultValue, source: source, rule: rule, why: report.why,
            since: time(report.since), description: report.flag.description,
            override: report.override.map {
                Override(value: $0.value, since: time($0.since), until: $0.until.map(time), by: $0.by)
            })
    }
}
