internal import Stack

/// Reads `x-hale.fallback`, once all services are known: one mapping or a list of them. The steps of a mapping are taken
/// in the order of `FallbackStep`, whatever the order of its keys.
struct FallbackLowering {
    static let answerKeys = ["status", "body", "content_type"]
    static let keys = ["service", "url", "model", "stale", "queue"] + answerKeys
    /// Steps beyond which a client is not made to wait for yet another one.
    static let mostSteps = 8

    /// The service whose `fallback` it is.
    let owner: String
    let fields: Fields
    let services: FallbackServices

    func chain(_ problems: inout Problems) -> [FallbackStep] {
        guard let value = QueueLowering.expanded(fields.value) else { return [] }
        guard let list = value.list else { return steps(Fields(value, path: fields.path), &problems) }
        var chain: [FallbackStep] = []
        for (index, value) in list.enumerated() {
            let step = Fields(
                value == .null ? .list([]) : QueueLowering.expanded(value), path: fields.path + ["\(index)"])
            if case .answer = chain.last {
                problems.report(step.path, "is never taken: the answer before it can always be given")
                break
            }
            let new = steps(step, &problems)
            for kind in [FallbackKind.stale, .queue] where chain.contains(where: { $0.kind == kind }) {
                guard new.contains(where: { $0.kind == kind }) else { continue }
                problems.report(step.path + [kind.rawValue], "stands there twice; expected one step that has it")
            }
            chain += new
        }
        if list.isEmpty { problems.report(fields.path, "is empty; expected a mapping or a list of them") }
        if chain.count > Self.mostSteps {
            problems.report(fields.path, "has \(chain.count) steps; expected \(Self.mostSteps) at most")
        }
        return chain
    }

    private func steps(_ fields: Fields, _ problems: inout Problems) -> [FallbackStep] {
        fields.allow(Self.keys, &problems)
        var steps: [FallbackStep] = []
        if let step = standIn(fields, &problems) { steps.append(step) }
        if let url = FallbackURLLowering(fields: fields).url(&problems) { steps.append(.url(url)) }
        if let stale = StaleLowering(fields: fields).answers(&problems) { steps.append(.stale(stale)) }
        if let queue = queue(fields, &problems) { steps.append(.queue(queue)) }
        let isAnswer = fields.map.keys.isEmpty || fields.map.keys.contains { Self.answerKeys.contains($0) }
        if isAnswer, fields.value?.map != nil {
            steps.append(.answer(StaticAnswerLowering(fields: fields).answer(&problems)))
        }
        return steps
    }

    private func queue(_ fields: Fields, _ problems: inout Problems) -> QueuePolicy? {
        guard let queue = QueueLowering(fields: fields).policy(&problems) else { return nil }
        guard services.firstPort(of: owner) != nil else {
            problems.report(
                fields.path + ["queue"],
                "needs a port of '\(owner)' that speaks HTTP; where one does, say so: protocol: http")
            return nil
        }
        return queue
    }

    /// Another service, another model, or both.
    private func standIn(_ fields: Fields, _ problems: inout Problems) -> FallbackStep? {
        let model = model(fields, &problems)
        guard let text = fields.string("service", &problems) else { return model.map { .model($0) } }
        let path = fields.path + ["service"]
        // `NAME` or `NAME:PORT`.
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts.first ?? "")
        guard name != owner else {
            if let model, parts.count == 1 { return .model(model) }
            problems.report(path, "'\(name)' cannot stand in for itself")
            return nil
        }
        guard !services.isInactive(name) else { return nil }
        guard services.has(name) else {
            problems.report(path, "there is no service '\(name)'", hint: nearest(name, in: services.names))
            return nil
        }
        let port = parts.count > 1 ? services.port(String(parts[1]), of: name) : services.firstPort(of: name)
        guard let port else {
            problems.report(path, services.complaint(of: name))
            return nil
        }
        return .service(name, port: port, model: model)
    }

    /// A name as Ollama's library has them, of characters that need no care in JSON or in a field of a head.
    private func model(_ fields: Fields, _ problems: inout Problems) -> String? {
        guard let name = fields.string("model", &problems) else { return nil }
        let path = fields.path + ["model"]
        guard services.speaksOllama(owner) else {
            problems.report(path, "is for a service with 'x-hale.protocol: ollama'")
            return nil
        }
        let isName = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789._-:/@".unicodeScalars.contains(scalar))
        }
        guard isName, (1...256).contains(name.utf8.count) else {
            problems.report(path, "expected the name of a model such as llama3.2:1b, found '\(name)'")
            return nil
        }
        return name
    }
}

/// The services that may be named, and the ports at which they speak HTTP.
struct FallbackServices {
    let names: [String]
    private let inactive: Set<String>
    private let ports: [String: [UInt16]]
    private let ollamas: Set<String>

    init(_ services: [Service], inactive: some Sequence<String>) {
        names = services.map(\.name)
        self.inactive = Set(inactive)
        let ports = services.map { service in
            (service.name, ServicePorts.ports(of: service).filter { service.applicationProtocol(of: $0).isHTTP })
        }
        self.ports = Dictionary(ports, uniquingKeysWith: { first, _ in first })
        let ollamas = services.filter { service in
            ServicePorts.ports(of: service).contains { service.applicationProtocol(of: $0) == .ollama }
        }
        self.ollamas = Set(ollamas.map(\.name))
    }

    func has(_ name: String) -> Bool { ports[name] != nil }

    /// Whether it belongs to a profile that is not active, and so will never answer.
    func isInactive(_ name: String) -> Bool { inactive.contains(name) && !has(name) }

    /// Whether one of its ports speaks Ollama's API.
    func speaksOllama(_ name: String) -> Bool { ollamas.contains(name) }

    func firstPort(of name: String) -> UInt16? { ports[name]?.first }

    func port(_ text: String, of name: String) -> UInt16? {
        UInt16(text).flatMap { ports[name]?.contains($0) == true ? $0 : nil }
    }

    func complaint(of name: String) -> String {
        guard let ports = ports[name], !ports.isEmpty else {
            return "'\(name)' has no port that speaks HTTP; its x-hale.protocol can say that it does"
        }
        let known = ports.map { "\($0)" }.joined(separator: ", ")
        return "expected one of the ports at which '\(name)' speaks HTTP (\(known))"
    }
}

/// Reads `stale`: a time, `declared`, or a mapping.
struct StaleLowering {
    /// What the gateway keeps for all services together.
    static let largestSize: Int64 = 256 << 20

    let fields: Fields

    func answers(_ problems: inout Problems) -> StaleAnswers? {
        guard let value = fields["stale"] else { return nil }
        guard value.map != nil else { return age("stale", of: fields, &problems).map { StaleAnswers(age: $0) } }
        let own = fields.fields("stale")
        own.allow(["age", "size", "entry"], &problems)
        guard own["age"] != nil else {
            problems.report(own.path, "expected 'age' (a duration such as 1h, or declared)")
            return nil
        }
        guard let age = age("age", of: own, &problems) else { return nil }
        var answers = StaleAnswers(age: age)
        answers.size = own.size("size", atMost: Self.largestSize, "256MiB", &problems) ?? answers.size
        answers.entry = min(answers.entry, answers.size)
        answers.entry = own.size("entry", atMost: answers.size, "size", &problems) ?? answers.entry
        return answers
    }

    /// Nil where it is wrong; a duration that is nil is as long as the answer itself declares.
    private func age(_ key: String, of fields: Fields, _ problems: inout Problems) -> Duration?? {
        guard let value = fields[key] else { return nil }
        if value.scalarText == "declared" { return .some(nil) }
        if let age = value.scalarText.flatMap(DurationText.parse), age >= .seconds(1) { return age }
        let found = value.scalarText.map { ", found '\($0)'" } ?? ""
        problems.report(
            fields.path + [key], "expected a duration of at least 1s such as 10m or 1h, or declared\(found)",
            hint: value.scalarText.flatMap { nearest($0, in: ["declared"]) })
        return nil
    }
}

/// Reads an answer that is always the same.
struct StaticAnswerLowering {
    /// More would not fit in what the gateway keeps for a client that reads slowly.
    static let largestBody = 32 << 10

    let fields: Fields

    func answer(_ problems: inout Problems) -> StaticAnswer {
        var answer = StaticAnswer()
        answer.status = status(&problems) ?? answer.status
        answer.body = fields.string("body", &problems) ?? answer.body
        if answer.body.utf8.count > Self.largestBody {
            problems.report(fields.path + ["body"], "must not be larger than 32KiB")
        }
        answer.contentType = contentType(&problems) ?? answer.contentType
        return answer
    }

    private func status(_ problems: inout Problems) -> Int? {
        guard let status = fields.count("status", in: 200...599, &problems) else { return nil }
        if [204, 205, 304].contains(status) {
            problems.report(fields.path + ["status"], "\(status) has no body; expected a status that has one")
        }
        return status
    }

    /// A media type (RFC 9110 section 8.3.1), as far as a head must not be broken by it.
    private func contentType(_ problems: inout Problems) -> String? {
        guard let text = fields.string("content_type", &problems) else { return nil }
        let isPrintable = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
        guard isPrintable, text.utf8.count <= 256, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            problems.report(fields.path + ["content_type"], "expected a media type such as application/json")
            return nil
        }
        return text
    }
}
