import Foundation
import Stack
import TestFolders
import Testing

@testable import Engines

/// With an engine at the socket that `HALE_ENGINE_SOCKET` names: a Docker Engine that nobody else uses, without networks.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HALE_ENGINE_SOCKET"] != nil,
        "HALE_ENGINE_SOCKET names no engine's socket to try this on"),
    .serialized)
struct RealEngineTests {
    private let folder = TemporaryFolder()
    private let store: ImageStore

    init() throws {
        let path = ProcessInfo.processInfo.environment["HALE_ENGINE_SOCKET"] ?? ""
        let session = try EngineClient(EngineEndpoint(.unix(path), source: "test")).connect()
        store = ImageStore(session, credentials: RegistryCredentials(["DOCKER_CONFIG": folder["none"]]))
        try importBox(session)
    }

    /// `box:1`, a static busybox and nothing else.
    private func importBox(_ session: EngineSession) throws {
        let busybox = try Data(contentsOf: URL(filePath: "/bin/busybox"))
        var archive = TarArchive.archive(
            of: [TarFile(path: "bin/busybox", content: Array(busybox), mode: 0o755)], withFolders: true)
        archive.removeLast(TarArchive.end.count)
        for name in ["sh", "cat", "find", "stat", "false"] {
            archive += TarArchive.header(of: TarEntry(path: "bin/\(name)", kind: .link(to: "busybox"), mode: 0o777))
        }
        var parts = [archive + TarArchive.end]
        let upload = CurlTransfer.Upload(type: "application/x-tar") { parts.popLast() ?? [] }
        let (status, answer) = try session.client.exchange(
            "POST", "\(session.prefix)/images/create?fromSrc=-&repo=box&tag=1", timeout: nil, upload: upload)
        try EngineClient.check(status, answer)
    }

    private func build(
        _ change: (inout ImageBuild) -> Void = { _ in }, lines: @escaping (String) -> Void = { _ in }
    ) throws -> String? {
        var build = ImageBuild(context: folder.path, image: "made:1", noCache: true, network: "none")
        change(&build)
        return try store.build(build, progress: lines)
    }

    @Test func imagesAreLookedAt() throws {
        let box = try #require(try store.image("box:1"))
        #expect(box.RepoTags?.contains("box:1") == true && box.Os == "linux")
        #expect(try store.image(box.Id)?.Id == box.Id)
        #expect(try store.image("library/nothing-here:1") == nil)
        let now = try #require(box.lastTagged)
        #expect(try !store.isPullDue("box:1", .every(.seconds(60)), now: now + 59))
        #expect(try store.isPullDue("box:1", .every(.seconds(60)), now: now + 60))
        #expect(try !store.isPullDue("box:1", .missing, now: now))
        #expect(try store.isPullDue("nothing:1", .missing, now: now))
    }

    @Test func aBuildCopiesAndKnowsArgumentsAndStages() throws {
        try folder.write("sub/kept.txt", "kept")
        try folder.write("sub/left.txt", "left")
        try folder.write("secret", "secret")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder["sub/kept.txt"])
        try folder.write(".dockerignore", "# comment\nsecret\n**/*.txt\n!sub/kept.txt\nDockerfile\n.dockerignore\n")
        try folder.write(
            "Dockerfile",
            """
            FROM box:1 AS first
            ARG WORD=none
            COPY . /all/
            RUN echo "word $WORD" && find /all && stat -c '%a %u:%g' /all/sub/kept.txt
            FROM first AS second
            RUN false

            """)
        var lines: [String] = []
        let id = try build(
            {
                $0.arguments = ["WORD": "a b&c"]
                $0.target = "first"
                $0.tags = ["made:2"]
                $0.labels = ["x": "y z"]
            }, lines: { lines.append($0) })
        #expect(lines.contains("word a b&c") && lines.contains("640 0:0"))
        #expect(
            lines.filter { $0.hasPrefix("/all") }.sorted() == ["/all", "/all/sub", "/all/sub/kept.txt"])
        let image = try #require(try store.image("made:1"))
        #expect(image.Id == id && image.Config?.Labels == ["x": "y z"])
        #expect(try store.image("made:2")?.Id == id)
    }

    @Test func aStepThatFailsIsNamed() throws {
        try folder.write("Dockerfile", "FROM box:1\nRUN echo before; false\n")
        #expect(
            throws: EngineError.failed(
                "Step 2/2 : RUN echo before; false: The command '/bin/sh -c echo before; false' returned a non-zero code: 1"
            )
        ) { try build() }
    }

    @Test func aDockerfileIsNeeded() throws {
        #expect(throws: EngineError.prevented("there is no Dockerfile at \(folder["Dockerfile"])")) { try build() }
        try folder.write("Dockerfile", "NONSENSE\n")
        let error = try #require(throws: EngineError.self) { try build() }
        #expect(error.description.contains("NONSENSE"))
    }

    @Test func dockerfilesFromElsewhereComeIntoNoImage() throws {
        try folder.write("a", "a")
        let text = "FROM box:1\nCOPY . /all/\nRUN find /all\n"
        let other = TemporaryFolder()
        try other.write("Recipe", text)
        for change in [{ $0.inlineDockerfile = text }, { $0.dockerfile = other["Recipe"] }]
            as [(inout ImageBuild) -> Void]
        {
            var lines: [String] = []
            _ = try build(change, lines: { lines.append($0) })
            #expect(lines.filter { $0.hasPrefix("/all") } == ["/all", "/all/a"])
        }
    }

    @Test func whatCannotBeReadStopsTheBuild() throws {
        // Its files promise a page and have a few bytes, which not even root can change.
        let build = ImageBuild(context: "/sys/class/net/lo", inlineDockerfile: "FROM box:1", image: "made:1")
        let error = try #require(throws: EngineError.self) { try store.build(build) }
        #expect(error.description.hasPrefix("/sys/devices/virtual/net/lo/"))
        #expect(error.description.hasSuffix(" became shorter while it was sent to the engine"))
    }

    @Test func aPullThatFailsSaysWhy() throws {
        let error = try #require(throws: EngineError.self) {
            try store.pull(try ImageReference("127.0.0.1:1/no/image"))
        }
        #expect(error.description.contains("127.0.0.1:1") && error.description.contains("refused"))
    }
}
