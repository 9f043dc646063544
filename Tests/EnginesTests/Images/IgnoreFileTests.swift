import Testing

@testable import Engines

@Suite struct IgnoreFileTests {
    /// The folders above a path are asked about first, as a walk does.
    private func isIgnored(_ path: String, by text: String) throws -> Bool {
        let file = try IgnoreFile(text, path: ".dockerignore")
        var verdict: IgnoreFile.Verdict?
        let parts = path.split(separator: "/")
        for count in 1...parts.count {
            verdict = file.verdict(on: parts.prefix(count).joined(separator: "/"), below: verdict)
        }
        return try #require(verdict).isIgnored
    }

    /// A pattern, what it keeps out, what it lets through.
    static let rows: [(pattern: String, out: [String], through: [String])] = [
        // Docker's page.
        ("*/temp*", ["somedir/temporary.txt", "somedir/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["somedir/subdir/temporary.txt"], ["somedir/temp", "a/b/c/temp"]),
        ("temp?", ["tempa", "tempb"], ["temp", "tempab", "a/tempa"]),
        ("**/*.go", ["main.go", "a/b.go", "a/b/c.go"], ["main.goo", "go"]),
        ("/foo/bar", ["foo/bar", "foo/bar/baz"], ["bar", "a/foo/bar", "foo"]),
        ("foo/bar", ["foo/bar"], ["bar", "a/foo/bar"]),
        // Cleaning.
        ("foo/", ["foo", "foo/a"], ["a/foo"]), ("./foo", ["foo"], ["a/foo"]), ("a/../foo//bar/", ["foo/bar"], ["a"]),
        ("/../foo", ["foo"], []), ("../foo", [], ["foo"]), (".", [], ["foo", ".foo"]), ("/", [], ["foo"]),
        ("  foo \t", ["foo"], [" foo"]),
        // One star and a question mark stop at slashes.
        ("*", ["a", "a/b", ".hidden"], []), ("a*", ["a", "ab", "ab/c"], ["b/a"]),
        ("a?b", ["axb", "aéb"], ["a/b", "ab"]),
        ("*.txt", [".txt", "a.txt"], ["a.txtx", "b/a.txt"]), ("a*b*c", ["abc", "axbxc"], ["ab", "a/bc"]),
        // Any number of folders.
        ("**", ["a", "a/b/c"], []), ("**/", ["a", "a/b"], []), ("a/**", ["a/b", "a/b/c"], ["a", "b"]),
        ("**/foo", ["foo", "a/foo", "a/b/foo"], ["xfoo", "a/xfoo", "foox"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "b"]), ("**/**/b", ["b", "a/b"], ["ab"]),
        ("**foo", ["foo", "a/foo", "xfoo"], ["foox"]), ("**f?o", ["a/foo"], ["xfoo"]),
        ("a**/c", ["a/c", "a/b/c", "ab/c"], ["c"]),
        ("**/a*/**", ["ab/c", "x/ab/c"], ["ab", "x"]), ("*.txt**", ["a.txt", "a.txtx"], ["b/a.txt"]),
        // Classes and escapes.
        ("a[b-d]e", ["ace"], ["ae", "aae", "afe"]), ("a[^b-d]e", ["aze", "a/e"], ["ace"]), ("[xy]", ["x", "y"], ["z"]),
        ("[\\]a]", ["]", "a"], ["b"]), ("[a\\-c]", ["a", "-", "c"], ["b"]), ("a\\*b", ["a*b"], ["axb"]),
        ("a\\\\", ["a\\"], ["a"]), ("[a-zé]", ["é", "q"], ["è"]),
        // What means something only to regular expressions.
        ("a.|)$(}+{bc", ["a.|)$(}+{bc"], ["ax|)$(}+{bc"]), ("a.b", ["a.b"], ["axb"]), ("a]b", ["a]b"], []),
        // Letters are not one another.
        ("Foo", ["Foo"], ["foo"]),
    ]

    @Test(arguments: rows)
    func patternsMatchAsDockersDo(row: (pattern: String, out: [String], through: [String])) throws {
        for path in row.out { #expect(try isIgnored(path, by: row.pattern), "\(row.pattern) keeps out \(path)") }
        for path in row.through { #expect(try !isIgnored(path, by: row.pattern), "\(row.pattern) lets in \(path)") }
    }

    static let files: [(text: String, out: [String], through: [String])] = [
        ("*.md\n!README.md", ["CHANGES.md"], ["README.md", "main.go"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README.md", "README-x.md"]),
        ("*.md\nREADME-secret.md\n!README*.md", ["a.md"], ["README-secret.md", "README.md"]),
        ("*\n!src", ["a", "b/c"], ["src", "src/a", "src/a/b"]),
        ("*\n!src/**/*.py", ["src", "src/a", "src/a.c", "a.py"], ["src/a.py", "src/x/y/a.py"]),
        ("**\n!**/*.py", ["a", "x/a"], ["a.py", "x/y/a.py"]),
        ("docs\n!docs/README.md", ["docs", "docs/a"], ["docs/README.md"]),
        ("docs/\n!docs/README.md\ndocs", ["docs/README.md"], []), ("!a\na", ["a"], []),
        ("a\n!a/b\na/b/c", ["a", "a/x", "a/b/c"], ["a/b", "a/b/d"]),
        ("# a\n #b\n\n  \nc", ["#b", "c"], ["a", "# a", "b"]), ("! a \n", [], ["a"]), ("a\r\nb\r\n", ["a", "b"], []),
        ("\u{FEFF}a\nb", ["a", "b"], []), ("", [], ["a"]),
    ]

    @Test(arguments: files)
    func theLastLineThatMatchesHasTheSay(row: (text: String, out: [String], through: [String])) throws {
        for path in row.out { #expect(try isIgnored(path, by: row.text), "keeps out \(path)") }
        for path in row.through { #expect(try !isIgnored(path, by: row.text), "lets in \(path)") }
    }

    @Test(arguments: ["[", "a[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[c-a]", "[^", "[^]", "\\", "!", "a\n!["])
    func whatIsNoPatternIsRefused(text: String) throws {
        let error = try #require(throws: EngineError.self) { try IgnoreFile(text, path: "/x/.dockerignore") }
        #expect(error.description.hasPrefix("/x/.dockerignore:\(text.split(separator: "\n").count): '"))
    }

    @Test func foldersWithExceptionsAreGoneInto() throws {
        let file = try IgnoreFile("*\n!a/b/c\n!x*/**/y\n!z", path: "")
        for folder in ["a", "a/b", "x", "xx", "xx/q/r"] { #expect(file.mayLetIn(below: folder), "\(folder)") }
        for folder in ["b", "a/c", "a/b/c", "q/xx"] { #expect(!file.mayLetIn(below: folder), "\(folder)") }
        #expect(try !IgnoreFile("a\nb", path: "").mayLetIn(below: "a"))
    }

    @Test func manyStarsCostLittle() throws {
        let pattern = String(repeating: "**/*a", count: 30) + "b"
        #expect(try !isIgnored(String(repeating: "a/", count: 100) + "a", by: pattern))
    }
}
