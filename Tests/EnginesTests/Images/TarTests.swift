import Foundation
import TestFolders
import Testing

@testable import Engines

@Suite struct TarTests {
    private func list(_ archive: [UInt8]) throws -> [String] {
        let folder = TemporaryFolder()
        try Data(archive).write(to: URL(filePath: folder["a.tar"]))
        return try output("tar", "--numeric-owner", "--quoting-style=literal", "-tvf", folder["a.tar"])
            .split(separator: "\n").map(String.init)
    }

    private func output(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = ["PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        #expect(process.terminationStatus == 0, "\(text)")
        return text
    }

    /// What `tar -tv` says of one entry, columns apart by one space.
    private func listed(_ entry: TarEntry) throws -> String {
        let lines = try list(TarArchive.header(of: entry) + TarArchive.end)
        #expect(lines.count == 1)
        return (lines.first ?? "").split(separator: " ").joined(separator: " ")
    }

    @Test func systemsTarReadsEachKind() throws {
        let file = TarEntry(
            path: "bin/tool", kind: .file(size: 0), mode: 0o4755, user: 7, group: 8, modified: 1_700_000_000)
        #expect(try listed(file) == "-rwsr-xr-x 7/8 0 2023-11-14 22:13 bin/tool")
        let folder = TarEntry(path: "etc", kind: .folder, mode: 0o1777)
        #expect(try listed(folder) == "drwxrwxrwt 0/0 0 1970-01-01 00:00 etc/")
        let link = TarEntry(path: "a", kind: .link(to: "../b c"), mode: 0o777)
        #expect(try listed(link) == "lrwxrwxrwx 0/0 0 1970-01-01 00:00 a -> ../b c")
    }

    static let names = [
        String(repeating: "n", count: 100), String(repeating: "n", count: 101), String(repeating: "n", count: 255),
        String(repeating: "d", count: 155) + "/" + String(repeating: "n", count: 100),
        String(repeating: "d", count: 156) + "/" + String(repeating: "n", count: 100),
        Array(repeating: "folder", count: 60).joined(separator: "/"), Array(repeating: "d", count: 400).joined(),
        "größe/日本語/🙂.txt", "with space and 'quotes'",
    ]

    @Test(arguments: names)
    func namesOfAnyLengthAreRead(name: String) throws {
        let file = TarEntry(path: name, kind: .file(size: 0), mode: 0o644)
        #expect(try listed(file) == "-rw-r--r-- 0/0 0 1970-01-01 00:00 \(name)")
        let folder = TarEntry(path: name, kind: .folder, mode: 0o755)
        #expect(try listed(folder) == "drwxr-xr-x 0/0 0 1970-01-01 00:00 \(name)/")
        let link = TarEntry(path: "l", kind: .link(to: name), mode: 0o777)
        #expect(try listed(link) == "lrwxrwxrwx 0/0 0 1970-01-01 00:00 l -> \(name)")
    }

    @Test(arguments: [8_589_934_591, 8_589_934_592, 5_000_000_000_000] as [Int64])
    func largeSizesAreRead(size: Int64) throws {
        let folder = TemporaryFolder()
        let entry = TarEntry(path: "big", kind: .file(size: size), mode: 0o600)
        try Data(TarArchive.header(of: entry)).write(to: URL(filePath: folder["a.tar"]))
        // Only the header is there, which is enough for the list and an end too early for tar.
        let text = try output("sh", "-c", "tar --numeric-owner -tvf \(folder["a.tar"]) 2>/dev/null; true")
        #expect(text.split(separator: " ").prefix(3) == ["-rw-------", "0/0", Substring("\(size)")])
    }

    @Test func numbersThatDoNotFitAreRead() throws {
        let entry = TarEntry(
            path: "x", kind: .file(size: 0), mode: 0o644, user: 3_000_000, group: 4_000_000_000, modified: -86_400)
        #expect(try listed(entry) == "-rw-r--r-- 3000000/4000000000 0 1969-12-31 00:00 x")
    }

    @Test func onlyWhatDoesNotFitGetsAPaxHeader() {
        let short = TarEntry(path: String(repeating: "n", count: 100), kind: .file(size: 1), mode: 0o644)
        #expect(TarArchive.header(of: short).count == 512)
        let long = TarEntry(path: String(repeating: "n", count: 101), kind: .file(size: 1), mode: 0o644)
        #expect(TarArchive.header(of: long).count == 3 * 512)
    }

    @Test(arguments: 1...1_100)
    func paxRecordsCountThemselves(count: Int) {
        let record = PaxRecord.bytes("path", String(repeating: "v", count: count))
        #expect(String(decoding: record, as: UTF8.self).hasPrefix("\(record.count) path=v"))
    }

    @Test func smallArchivesAreExtracted() throws {
        let folder = TemporaryFolder()
        let files = [
            TarFile(path: "/run/secrets/one", content: Array("first".utf8), mode: 0o440),
            TarFile(path: "/run/secrets/two", content: [UInt8](repeating: 7, count: 512), mode: 0o400),
            TarFile(path: "top", content: []),
        ]
        let plain = TarArchive.archive(of: files)
        #expect(plain.count == (2 + 2 + 1 + 2) * 512)
        #expect(try list(plain).map { $0.split(separator: " ").last } == ["run/secrets/one", "run/secrets/two", "top"])
        let archive = TarArchive.archive(of: files, withFolders: true)
        #expect(
            try list(archive).map { $0.split(separator: " ").first.map(String.init) } == [
                "drwxr-xr-x", "drwxr-xr-x", "-r--r-----", "-r--------", "-rw-r--r--",
            ])
        try Data(archive).write(to: URL(filePath: folder["a.tar"]))
        _ = try output("tar", "-C", folder.path, "-xf", folder["a.tar"])
        #expect(try String(contentsOfFile: folder["run/secrets/one"], encoding: .utf8) == "first")
        #expect(try Data(contentsOf: URL(filePath: folder["run/secrets/two"])).count == 512)
        #expect(try folder.mode(of: "run/secrets/two") == 0o400)
    }

    @Test func paddingFillsBlocks() {
        for (size, count) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511), (-1, 0)] {
            #expect(TarArchive.padding(after: Int64(size)).count == count)
        }
    }
}
