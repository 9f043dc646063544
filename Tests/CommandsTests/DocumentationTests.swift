import Foundation
import Testing

@testable import Commands

/// `docs/cli.md` says what the binary says.
@Suite struct DocumentationTests {
    private static let page: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try? String(contentsOf: root.appending(path: "docs/cli.md"), encoding: .utf8)
    }()

    @Test func everyVerbIsDocumentedWithItsOptions() throws {
        let page = try #require(Self.page)
        for manual in Verbs.manuals where !manual.isHidden {
            #expect(page.contains("\n### \(manual.verb)\n"), "\(manual.verb)")
            let options = HelpText.lines(manual.options)
            #expect(options.isEmpty || page.contains(options), "\(manual.verb)")
            for example in manual.examples { #expect(page.contains(example.line), "\(example.line)") }
        }
    }

    @Test func globalOptionsAndExitCodesAreDocumented() throws {
        let page = try #require(Self.page)
        #expect(page.contains(HelpText.lines(GlobalOptions.options + [GlobalOptions.version])))
        for code in ExitCode.allCases { #expect(page.contains("| \(code.rawValue) | \(code.meaning) |")) }
    }
}
