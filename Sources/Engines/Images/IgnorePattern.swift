/// A pattern of a `.dockerignore` file, without the `!` of an exception.
///
/// `*` is any number of characters but slashes, `?` one of them, `[a-z]` and `[^a-z]` one of a class, `\` takes the next
/// character as it is, and `**` is any number of folders, none included.
///
/// - Source: Docker's documentation of `.dockerignore`; the rules of Go's `filepath.Match` and `filepath.Clean`.
struct IgnorePattern {
    private enum Piece {
        case exactly(Unicode.Scalar)
        case oneButSlash
        case oneOf([ClosedRange<Unicode.Scalar>], negated: Bool)
        case runWithoutSlash
        /// Any number of whole folders. It may be passed over, or entered: what follows it here.
        case folders
        /// Within folders, to be left after a slash.
        case withinFolders
        case anything
    }

    private static let slash: Unicode.Scalar = "/"

    private let pieces: [Piece]

    /// Nil where the text is no pattern.
    init?(_ text: String) {
        var reader = Reader(Self.clean(text))
        guard let pieces = reader.pieces() else { return nil }
        self.pieces = pieces
    }

    /// The path to the letter.
    init(exactly path: String) {
        pieces = path.unicodeScalars.map { .exactly($0) }
    }

    /// Whether it is the pattern of this path.
    func matches(_ path: String) -> Bool {
        states(after: path).last == true
    }

    /// Whether it may match something in this folder.
    func mayMatch(below folder: String) -> Bool {
        states(after: folder + "/").contains(true)
    }

    /// How far each reading of the pattern has come when the path is over: the index of a piece, its end included.
    private func states(after path: String) -> [Bool] {
        var states = [Bool](repeating: false, count: pieces.count + 1)
        reach(0, &states)
        for scalar in path.unicodeScalars {
            var next = [Bool](repeating: false, count: states.count)
            var isAlive = false
            for (index, piece) in pieces.enumerated() where states[index] {
                for target in Self.targets(of: piece, at: index, reading: scalar) {
                    reach(target, &next)
                    isAlive = true
                }
            }
            states = next
            if !isAlive { break }
        }
        return states
    }

    private func reach(_ index: Int, _ states: inout [Bool]) {
        guard states.indices.contains(index), !states[index] else { return }
        states[index] = true
        guard pieces.indices.contains(index) else { return }
        switch pieces[index] {
        case .runWithoutSlash, .anything: reach(index + 1, &states)
        case .folders:
            reach(index + 1, &states)
            reach(index + 2, &states)
        case .exactly, .oneButSlash, .oneOf, .withinFolders: break
        }
    }

    private static func targets(of piece: Piece, at index: Int, reading scalar: Unicode.Scalar) -> [Int] {
        switch piece {
        case .exactly(let wanted): scalar == wanted ? [index + 1] : []
        case .oneButSlash: scalar == slash ? [] : [index + 1]
        case .oneOf(let ranges, let negated):
            // Docker lets a negated class take a slash, unlike Go.
            ranges.contains { $0.contains(scalar) } != negated ? [index + 1] : []
        case .runWithoutSlash: scalar == slash ? [] : [index]
        case .folders: []
        case .withinFolders: scalar == slash ? [index, index + 1] : [index]
        case .anything: [index]
        }
    }

    /// Without empty parts, `.` and `..`, and without a slash at either end.
    static func clean(_ text: String) -> String {
        var parts: [Substring] = []
        for part in text.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !text.hasPrefix("/") {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}

extension IgnorePattern {
    private struct Reader {
        private var rest: Substring.UnicodeScalarView

        init(_ text: String) {
            rest = Substring(text).unicodeScalars
        }

        mutating func pieces() -> [Piece]? {
            // Docker takes `**` with nothing but a name after it for the end of a path, be that a whole name or not.
            if rest.starts(with: "**".unicodeScalars),
                rest.dropFirst(2).allSatisfy({ !"/*?[\\".unicodeScalars.contains($0) })
            {
                return [.anything] + rest.dropFirst(2).map { .exactly($0) }
            }
            var pieces: [Piece] = []
            while let scalar = rest.popFirst() {
                switch scalar {
                case "*" where rest.first == "*":
                    rest.removeFirst()
                    if rest.first == "/" { rest.removeFirst() }
                    pieces += rest.isEmpty ? [.anything] : [.folders, .withinFolders]
                case "*": pieces.append(.runWithoutSlash)
                case "?": pieces.append(.oneButSlash)
                case "[":
                    guard let piece = characterClass() else { return nil }
                    pieces.append(piece)
                case "\\":
                    guard let next = rest.popFirst() else { return nil }
                    pieces.append(.exactly(next))
                default: pieces.append(.exactly(scalar))
                }
            }
            return pieces
        }

        private mutating func characterClass() -> Piece? {
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            let isNegated = rest.first == "^"
            if isNegated { rest.removeFirst() }
            while ranges.isEmpty || rest.first != "]" {
                guard let low = member() else { return nil }
                guard rest.first == "-" else {
                    ranges.append(low...low)
                    continue
                }
                rest.removeFirst()
                guard let high = member(), low <= high else { return nil }
                ranges.append(low...high)
            }
            rest.removeFirst()
            return .oneOf(ranges, negated: isNegated)
        }

        private mutating func member() -> Unicode.Scalar? {
            guard let scalar = rest.popFirst(), scalar != "-", scalar != "]" else { return nil }
            return scalar == "\\" ? rest.popFirst() : scalar
        }
    }
}
