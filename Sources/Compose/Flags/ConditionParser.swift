internal import Stack

/// Why a condition is refused.
struct ConditionProblem: Error, Equatable {
    let message: String
    var nearest: String?
}

/// Reads the condition of a flag's rule.
///
///     condition   = conjunction *( "or" conjunction )
///     conjunction = term *( "and" term )
///     term        = "not" term / "(" condition ")" / service "is" state
struct ConditionParser {
    /// Parentheses and `not` within each other; more than this nobody can read.
    private static let mostDepth = 32
    /// Characters that a condition may have.
    private static let mostLength = 1000

    private static let states = FlagCondition.State.allCases.map(\.rawValue)

    private let services: [String]
    private let words: [String]
    private var place = 0

    /// Reads `text`, which may name `services` alone.
    static func parse(_ text: String, services: [String]) throws(ConditionProblem) -> FlagCondition {
        guard text.unicodeScalars.count <= mostLength else {
            throw ConditionProblem(message: "a condition has at most \(mostLength) characters")
        }
        var parser = ConditionParser(services: services, words: words(of: text))
        let condition = try parser.condition(depth: 0)
        if let word = parser.next {
            throw ConditionProblem(
                message: "expected 'and', 'or' or the end, not '\(word)'", nearest: nearest(word, in: ["and", "or"]))
        }
        return condition
    }

    private init(services: [String], words: [String]) {
        self.services = services
        self.words = words
    }

    /// Parentheses are words of their own.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            let isParenthesis = character == "(" || character == ")"
            guard isParenthesis || character.isWhitespace else {
                word.append(character)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = ""
            if isParenthesis { words.append(String(character)) }
        }
        return word.isEmpty ? words : words + [word]
    }

    private var next: String? { word(at: place) }

    private func word(at place: Int) -> String? { words.indices.contains(place) ? words[place] : nil }

    private mutating func take(_ word: String) -> Bool {
        guard next == word else { return false }
        place += 1
        return true
    }

    private mutating func condition(depth: Int) throws(ConditionProblem) -> FlagCondition {
        var left = try conjunction(depth: depth)
        while take("or") { left = .either(left, try conjunction(depth: depth)) }
        return left
    }

    private mutating func conjunction(depth: Int) throws(ConditionProblem) -> FlagCondition {
        var left = try term(depth: depth)
        while take("and") { left = .both(left, try term(depth: depth)) }
        return left
    }

    private mutating func term(depth: Int) throws(ConditionProblem) -> FlagCondition {
        guard depth < Self.mostDepth else {
            throw ConditionProblem(message: "the condition is nested more than \(Self.mostDepth) deep")
        }
        // A service may have the name of a word of the grammar; what says something of it is 'is'.
        if word(at: place + 1) != "is", take("not") { return .not(try term(depth: depth + 1)) }
        guard take("(") else { return try statement() }
        let inner = try condition(depth: depth + 1)
        guard take(")") else { throw ConditionProblem(message: "expected ')'" + instead) }
        return inner
    }

    private mutating func statement() throws(ConditionProblem) -> FlagCondition {
        guard let service = next, service != ")" else {
            throw ConditionProblem(message: "expected SERVICE is STATE, such as 'ollama is open'" + instead)
        }
        place += 1
        guard take("is") else { throw ConditionProblem(message: "expected 'is' after '\(service)'" + instead) }
        guard services.contains(service) else {
            throw ConditionProblem(
                message: "there is no service '\(service)'", nearest: nearest(service, in: services))
        }
        guard let word = next, let state = FlagCondition.State(rawValue: word) else {
            throw ConditionProblem(
                message: "expected one of \(Self.states.joined(separator: ", "))" + instead,
                nearest: next.flatMap { nearest($0, in: Self.states) })
        }
        place += 1
        return .service(service, state)
    }

    /// What stands where something else was expected.
    private var instead: String { next.map { ", not '\($0)'" } ?? ", but the condition ends" }
}
