internal import Stack

/// The manual page hale(1), in the macros of man(7).
enum ManualPage {
    static func text(_ manuals: [Manual]) -> String {
        var page = Roff()
        page.title("HALE", section: 1, date: date, source: "Hale \(HaleVersion.current)", manual: "User Commands")
        page.section("NAME")
        page.paragraph("hale - keep a Compose stack healthy, without a container engine")
        page.section("SYNOPSIS")
        page.paragraph("hale [GLOBAL OPTIONS] VERB [OPTIONS] [SERVICE…]")
        page.section("DESCRIPTION")
        page.paragraph(
            "Brings the stack of a Compose file up as plain processes and keeps it healthy. Verbs and flags are Compose's "
                + "wherever Compose has them. Results go to standard output; progress, notices and errors go to standard "
                + "error.")
        page.section("GLOBAL OPTIONS")
        page.paragraph("They may stand before the verb or after it.")
        page.options(GlobalOptions.options + [GlobalOptions.version])
        page.section("VERBS")
        for manual in manuals where !manual.isHidden { add(manual, to: &page) }
        page.section("EXIT STATUS")
        for code in ExitCode.allCases { page.item("\(code.rawValue)", code.meaning) }
        page.section("ENVIRONMENT")
        for (name, meaning) in variables { page.item(name, meaning) }
        page.section("FILES")
        for (path, meaning) in files { page.item(path, meaning) }
        return page.text
    }

    /// The day of this version, as a page that is made anew should not differ.
    private static let date = "2026-11-24"

    private static let variables = [
        ("COMPOSE_FILE, COMPOSE_PROJECT_NAME, COMPOSE_PROFILES", "as for Compose"),
        ("HALE_STATE, HALE_RUNTIME", "the folder above each project's state, and above its sockets"),
        ("HALE_STATUS_ADDRESS", "where the status API listens, before what the file says; off for none but the socket"),
        ("NO_COLOR", "anything but nothing switches colours off"),
    ]

    private static let files = [
        ("compose.yaml", "what is run, looked for in the current folder and those above it"),
        ("/var/lib/hale/PROJECT", "state, logs and volumes; for others than root ~/.local/state/hale/PROJECT"),
        ("/run/hale/PROJECT", "sockets; for others than root $XDG_RUNTIME_DIR/hale/PROJECT"),
    ]

    private static func add(_ manual: Manual, to page: inout Roff) {
        page.subsection(manual.verb)
        let operands = manual.operands.isEmpty ? "" : " " + manual.operands
        page.bold("hale \(manual.verb) [OPTIONS]\(operands)")
        page.paragraph(manual.summary + ".")
        for paragraph in manual.details.split(separator: "\n\n") { page.paragraph(String(paragraph)) }
        page.options(manual.options)
        guard !manual.examples.isEmpty else { return }
        page.paragraph("Examples:")
        for example in manual.examples { page.item(example.line, example.meaning) }
    }
}

/// Text with man(7) macros.
struct Roff {
    private(set) var text = ""

    mutating func request(_ name: String, _ arguments: String...) {
        text += ".\(name)" + arguments.map { " \"\(Self.escaped($0, inQuotes: true))\"" }.joined() + "\n"
    }

    /// Not right below a title, which separates by itself.
    private mutating func separate() {
        let last = text.split(separator: "\n").last ?? ""
        if !last.hasPrefix(".SH"), !last.hasPrefix(".SS") { text += ".PP\n" }
    }

    /// The first line; its date must be plain.
    mutating func title(_ name: String, section: Int, date: String, source: String, manual: String) {
        text += ".TH \(name) \(section) \(date) \"\(source)\" \"\(manual)\"\n"
    }

    mutating func section(_ title: String) { request("SH", title) }

    mutating func subsection(_ title: String) { request("SS", title) }

    mutating func paragraph(_ words: String) {
        separate()
        line(words)
    }

    mutating func bold(_ words: String) {
        separate()
        request("B", words)
    }

    /// A term and, indented below it, what it means.
    mutating func item(_ term: String, _ meaning: String) {
        text += ".TP\n"
        request("B", term)
        line(meaning)
    }

    mutating func options(_ options: [Option]) {
        for option in options {
            let short = option.letter.map { "-\($0), " } ?? ""
            item(short + "--\(option.name)" + (option.placeholder.map { " " + $0 } ?? ""), option.help)
        }
    }

    /// Lines as they come; roff fills them.
    private mutating func line(_ words: String) {
        for line in words.split(separator: "\n") {
            let line = line.drop { $0 == " " }
            // At the start of a line these would make it a request.
            let guarded = line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : ""
            text += guarded + Self.escaped(String(line)) + "\n"
        }
    }

    private static func escaped(_ text: String, inQuotes: Bool = false) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\e"
            case "-": "\\-"
            case "'": "\\(aq"
            case "\"" where inQuotes: "\\(dq"
            case "^": "\\(ha"
            case "~": "\\(ti"
            case "`": "\\(ga"
            case _ where !scalar.isASCII: "\\[u\(hexadecimal(scalar.value))]"
            default: String(scalar)
            }
        }.joined()
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
