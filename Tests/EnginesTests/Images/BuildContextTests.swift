import Foundation
import TestFolders
import Testing

@testable import Engines

@Suite struct BuildContextTests {
    private let folder = TemporaryFolder()

    private func context(_ dockerfile: String? = nil, inline: String? = nil) throws -> BuildContext {
        try BuildContext(folder: folder.path, dockerfile: dockerfile, inline: inline)
    }

    /// The archive unpacked by the system's tar: each path and, for a file, what is in it.
    private func sent(_ context: BuildContext) throws -> [String: String] {
        let target = TemporaryFolder()
        let archive = try context.archive()
        var bytes: [UInt8] = []
        while let part = archive.next(), !part.isEmpty { bytes += part }
        #expect(archive.failure == nil)
        let file = target["a.tar"]
        try Data(bytes).write(to: URL(filePath: file))
        let unpacked = target["unpacked"]
        try FileManager.default.createDirectory(atPath: unpacked, withIntermediateDirectories: true)
        let process = try Process.run(URL(filePath: "/usr/bin/tar"), arguments: ["-C", unpacked, "-xf", file])
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: unpacked)
        return Dictionary(
            uniqueKeysWithValues: paths.map {
                ($0, (try? String(contentsOfFile: "\(unpacked)/\($0)", encoding: .utf8)) ?? "")
            }
        )
    }

    private func names(_ context: BuildContext) throws -> [String] { try sent(context).keys.sorted() }

    private func write(_ names: String...) throws {
        for name in names { try folder.write(name, "of \(name)") }
    }

    @Test func allOfAFolderIsSent() throws {
        try write("Dockerfile", "a/b/c.txt", "a/.hidden", "größe")
        try FileManager.default.createDirectory(atPath: folder["empty"], withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder["link"], withDestinationPath: "a/b/c.txt")
        try FileManager.default.createSymbolicLink(atPath: folder["broken"], withDestinationPath: "/nowhere")
        #expect(mkfifo(folder["pipe"], 0o600) == 0)
        try folder.write("big", String(repeating: "0123456789", count: 50_000))
        let context = try context()
        #expect(context.dockerfile == "Dockerfile")
        let sent = try sent(context)
        #expect(
            sent.keys.sorted() == [
                "Dockerfile", "a", "a/.hidden", "a/b", "a/b/c.txt", "big", "broken", "empty", "größe", "link",
            ])
        #expect(sent["a/b/c.txt"] == "of a/b/c.txt" && sent["link"] == "of a/b/c.txt")
        #expect(sent["big"]?.count == 500_000)
    }

    @Test func whatIsIgnoredStaysHere() throws {
        try write("Dockerfile", "keep", "secret", "node_modules/x/y", "docs/a.md", "docs/deep/README.md")
        try folder.write(".dockerignore", "secret\nnode_modules\ndocs\n!**/README.md\n")
        #expect(
            try names(context()) == [".dockerignore", "Dockerfile", "docs", "docs/deep", "docs/deep/README.md", "keep"])
    }

    @Test func theEngineGetsItsTwoFilesInAnyCase() throws {
        try write("x", "build/Dockerfile.web", "build/other")
        try folder.write(".dockerignore", "*\n")
        let context = try context("build/Dockerfile.web")
        #expect(context.dockerfile == "build/Dockerfile.web")
        #expect(try names(context) == [".dockerignore", "build", "build/Dockerfile.web"])
    }

    @Test func theFileOfTheDockerfileComesFirst() throws {
        try write("Dockerfile", "a", "b")
        try folder.write(".dockerignore", "a\n")
        try folder.write("Dockerfile.dockerignore", "b\n*.dockerignore\n")
        #expect(try names(context()) == [".dockerignore", "Dockerfile", "a"])
    }

    @Test func aDockerfileFromElsewhereIsSentUnderAnotherName() throws {
        let other = TemporaryFolder()
        try other.write("Recipe", "FROM other")
        try write("Dockerfile", "a")
        for ignored in [nil, "a"] {
            if let ignored { try folder.write(".dockerignore", ignored) }
            let context = try context(other["Recipe"])
            let sent = try sent(context)
            #expect(context.dockerfile.hasPrefix(".dockerfile."))
            #expect(sent[context.dockerfile] == "FROM other")
            #expect(sent[".dockerignore"] == "\(ignored ?? ".dockerignore")\n\(context.dockerfile)\n")
            #expect(sent.keys.contains("a") == (ignored == nil))
        }
    }

    @Test func anInlineDockerfileNeedsNoFile() throws {
        try write("a")
        let context = try context(inline: "FROM inline")
        #expect(try sent(context)[context.dockerfile] == "FROM inline")
        #expect(try self.context(inline: "x").dockerfile != context.dockerfile)
    }

    @Test func aLinkToADockerfileIsFollowed() throws {
        try write("docker/web", "lower/dockerfile")
        try FileManager.default.createSymbolicLink(atPath: folder["Dockerfile"], withDestinationPath: "docker/web")
        #expect(try context().dockerfile == "docker/web")
        #expect(try BuildContext(folder: folder["lower"], dockerfile: nil, inline: nil).dockerfile == "dockerfile")
    }

    @Test func whatIsMissingIsNamed() throws {
        #expect(throws: EngineError.prevented("there is no Dockerfile at \(folder["Dockerfile"])")) { try context() }
        #expect(throws: EngineError.prevented("there is no Dockerfile at \(folder["x/y"])")) { try context("x/y") }
        #expect(throws: EngineError.prevented("there is no folder \(folder["gone"]) to build from")) {
            try BuildContext(folder: folder["gone"], dockerfile: nil, inline: nil)
        }
    }

    @Test func aFileThatBecomesShorterIsNamed() throws {
        try write("Dockerfile")
        let reader = try ContextFileReader(folder["Dockerfile"], size: 100)
        #expect(try reader.read(atMost: 50).count == "of Dockerfile".count)
        #expect(throws: EngineError.prevented("\(folder["Dockerfile"]) became shorter while it was sent to the engine"))
        {
            try reader.read(atMost: 50)
        }
    }

    @Test func whatGrewIsCut() throws {
        try write("Dockerfile")
        let reader = try ContextFileReader(folder["Dockerfile"], size: 3)
        #expect(try reader.read(atMost: 50).count == 3)
        #expect(reader.left == 0)
    }

    @Test(.enabled("root may read everything") { geteuid() != 0 })
    func whatCannotBeReadIsNamed() throws {
        try write("Dockerfile", "locked")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder["locked"])
        let archive = try context().archive()
        #expect(archive.next() == nil)
        #expect(archive.failure == .prevented("\(folder["locked"]) cannot be read: Permission denied"))
        try folder.write(".dockerignore", "locked")
        #expect(try names(context()) == [".dockerignore", "Dockerfile"])
    }
}
