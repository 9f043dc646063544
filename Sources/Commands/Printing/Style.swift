/// Colours (ECMA-48, SGR), or none.
struct Style: Sendable, Equatable {
    let isColored: Bool

    enum Paint {
        case plain, dim, green, yellow, red, blue
    }

    static let plain = Style(isColored: false)

    func bold(_ text: String) -> String { wrap(text, 1) }
    func dim(_ text: String) -> String { wrap(text, 2) }
    func red(_ text: String) -> String { wrap(text, 31) }
    func green(_ text: String) -> String { wrap(text, 32) }
    func yellow(_ text: String) -> String { wrap(text, 33) }
    func blue(_ text: String) -> String { wrap(text, 34) }

    func paint(_ text: String, _ paint: Paint) -> String {
        switch paint {
        case .plain: text
        case .dim: dim(text)
        case .green: green(text)
        case .yellow: yellow(text)
        case .red: red(text)
        case .blue: blue(text)
        }
    }

    /// One of the colours that tell instances apart, in the order of Compose.
    func tinted(_ text: String, number: Int) -> String {
        let palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]
        return wrap(text, palette[number % palette.count])
    }

    private func wrap(_ text: String, _ code: Int) -> String {
        isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// Whether to colour what goes to a descriptor (https://no-color.org).
    static func choose(
        _ options: GlobalOptions, environment: [String: String], isTerminal: Bool
    ) -> Style {
        let isUnwanted = !options.isColorAllowed || environment["NO_COLOR"]?.isEmpty == false
        switch options.ansi {
        case .never: return .plain
        case .always: return Style(isColored: options.isColorAllowed)
        case .auto: return Style(isColored: isTerminal && !isUnwanted && environment["TERM"] != "dumb")
        }
    }
}
