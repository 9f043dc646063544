/// Columns of text, each as wide as its widest cell.
struct TextTable {
    struct Cell {
        var text: String
        /// How it is coloured, which takes no width.
        var paint: Style.Paint

        init(_ text: String, _ paint: Style.Paint = .plain) {
            self.text = text
            self.paint = paint
        }
    }

    var header: [String]
    var rows: [[Cell]] = []

    /// One line a row, the header first.
    func rendered(_ style: Style) -> String {
        let all = [header.map { Cell($0) }] + rows
        let widths = header.indices.map { column in
            all.compactMap { column < $0.count ? $0[column].text.count : nil }.max() ?? 0
        }
        return all.map { line($0, widths, style) }.joined(separator: "\n") + "\n"
    }

    private func line(_ row: [Cell], _ widths: [Int], _ style: Style) -> String {
        var text = ""
        for (column, cell) in row.enumerated() {
            text += style.paint(cell.text, cell.paint)
            guard column + 1 < row.count, column < widths.count else { continue }
            text += String(repeating: " ", count: max(0, widths[column] - cell.text.count) + 3)
        }
        return text
    }
}
