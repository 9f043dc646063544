import Testing

@testable import Engines

@Suite struct ImageReferenceTests {
    private static let digest = "sha256:" + String(repeating: "0a", count: 32)

    static let rows: [(text: String, whole: String)] = [
        ("nginx", "docker.io/library/nginx:latest"), ("nginx:1.27-alpine", "docker.io/library/nginx:1.27-alpine"),
        ("me/app", "docker.io/me/app:latest"), ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("index.docker.io/me/app:2", "docker.io/me/app:2"), ("ghcr.io/me/app:V2_x.y", "ghcr.io/me/app:V2_x.y"),
        ("localhost/app", "localhost/app:latest"), ("localhost:5000/app", "localhost:5000/app:latest"),
        ("host:5000/a/b/c:t", "host:5000/a/b/c:t"), ("[::1]:5000/a", "[::1]:5000/a:latest"),
        ("Host/a", "Host/a:latest"),
        ("a.b/c__d/e-f/g---h.i", "a.b/c__d/e-f/g---h.i:latest"),
        ("nginx@\(digest)", "docker.io/library/nginx@\(digest)"),
        ("r.io/a:t@\(digest)", "r.io/a:t@\(digest)"), ("a:_x", "docker.io/library/a:_x"),
        ("a:\(String(repeating: "t", count: 128))", "docker.io/library/a:\(String(repeating: "t", count: 128))"),
    ]

    @Test(arguments: rows)
    func namesAreReadAsDockerReadsThem(row: (text: String, whole: String)) throws {
        #expect(try ImageReference(row.text).description == row.whole)
        #expect(try ImageReference(row.whole).description == row.whole)
    }

    @Test(
        arguments: [
            "", ":", "@", "/", "a:", "a@", ":t", "Nginx", "me/App", "a//b", "/a", "a/", "a b", "a..b", "a___b", "-a",
            "a-",
            "a:-t", "a:t:u", "a@sha256:00", "a@\(digest)x", "größe", "http://host/a", "host:x/a", "host:/a", "-h.io/a",
            "a:\(String(repeating: "t", count: 129))", String(repeating: "a", count: 256),
            String(repeating: "0a", count: 32), digest,
        ])
    func whatIsNoNameIsRefused(text: String) {
        #expect(throws: EngineError.self) { try ImageReference(text) }
    }

    @Test func theTagIsLatestUnlessMoreIsSaid() throws {
        #expect(try ImageReference("a").tag == "latest")
        let pinned = try ImageReference("a@\(Self.digest)")
        #expect(pinned.tag == nil && pinned.digest == Self.digest && pinned.name == "docker.io/library/a")
    }
}
