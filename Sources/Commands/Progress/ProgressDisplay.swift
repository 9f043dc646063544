internal import Glibc

/// Shows a progress list on standard error: redrawn in place on a terminal, and as a line for each change elsewhere.
final class ProgressDisplay {
    private let console: Console
    private var last: [ServiceProgress] = []
    private var drawn = 0

    init(console: Console) {
        self.console = console
    }

    /// Shows the list; the heading only where it can be redrawn.
    func show(_ lines: [ServiceProgress], heading: String) {
        let size = Terminal.size(STDERR_FILENO) ?? (columns: 80, rows: 24)
        if console.canRedraw, lines.count + 2 <= size.rows {
            redraw(ProgressText.live(lines, heading: heading, columns: size.columns, style: console.errorStyle))
        } else {
            forget()
            for line in ProgressText.changes(from: last, to: lines, style: console.errorStyle) { console.note(line) }
        }
        last = lines
    }

    /// Leaves what was drawn as it is; the next list is drawn below.
    func forget() {
        drawn = 0
    }

    private func redraw(_ lines: [String]) {
        var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        for line in lines { text += "\r" + line + "\u{1B}[K\n" }
        if drawn > lines.count {
            text += String(repeating: "\r\u{1B}[K\n", count: drawn - lines.count) + "\u{1B}[\(drawn - lines.count)A"
        }
        console.show(text)
        drawn = lines.count
    }
}

/// The lines of a progress list as text.
enum ProgressText {
    /// Every line, none wider than the terminal.
    static func live(_ lines: [ServiceProgress], heading: String, columns: Int, style: Style) -> [String] {
        let width = lines.map(\.service.count).max() ?? 0
        return [style.bold(cut(heading, columns))]
            + lines.map { line in
                let name = padded(line.service, width)
                let room = max(0, columns - width - 6)
                return
                    " \(mark(line.mark, style)) \(cut(name, columns - 4))  \(paint(cut(line.text, room), line.mark, style))"
            }
    }

    /// A line for each service whose text changed.
    static func changes(from old: [ServiceProgress], to new: [ServiceProgress], style: Style) -> [String] {
        let width = new.map(\.service.count).max() ?? 0
        let before = Dictionary(old.map { ($0.service, $0.text) }, uniquingKeysWith: { first, _ in first })
        return new.filter { before[$0.service] != $0.text }.map { line in
            "\(padded(line.service, width))  \(paint(line.text, line.mark, style))"
        }
    }

    private static func mark(_ mark: ServiceProgress.Mark, _ style: Style) -> String {
        switch mark {
        case .waiting: style.dim("·")
        case .working: style.blue("…")
        case .well: style.green("✔")
        case .unwell: style.red("✘")
        case .resting: style.dim("–")
        }
    }

    private static func paint(_ text: String, _ mark: ServiceProgress.Mark, _ style: Style) -> String {
        switch mark {
        case .waiting, .resting: style.dim(text)
        case .working: text
        case .well: style.green(text)
        case .unwell: style.red(text)
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func cut(_ text: String, _ columns: Int) -> String {
        guard text.count > columns else { return text }
        return columns > 1 ? String(text.prefix(columns - 1)) + "…" : String(text.prefix(max(0, columns)))
    }
}
