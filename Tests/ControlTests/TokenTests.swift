import Glibc
import Stack
import Testing

@testable import Control

struct TokenTests {
    private func stop(_ running: RunningServer, _ headers: [String]) throws -> String {
        try running.ask("POST", "/v1/services/redis/stop", headers: ["Content-Length: 0"] + headers)
    }

    @Test func aChangeOverTCPNeedsAToken() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: .seconds(3600))
        let without = try stop(running, [])
        #expect(without.hasPrefix("HTTP/1.1 401 "))
        #expect(without.contains(#"WWW-Authenticate: Bearer realm="hale""#))
        #expect(running.backend.commands.isEmpty)
        #expect(try stop(running, ["Authorization: Bearer " + token]).hasPrefix("HTTP/1.1 202 "))
        #expect(running.backend.commands == [.service("redis", .stop(graceSeconds: nil))])
        #expect(running.backend.actors == ["token deploy"])
    }

    @Test func whatIsNoTokenIsRefused() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        let expired = try running.tokens.create("old", lifetime: .nanoseconds(1))
        let wrong = [
            "Bearer " + token.dropLast(), "Bearer \(token)x", "Bearer \(expired)", "Basic " + token, token, "Bearer",
            "Bearer ", "Bearer \(token) \(token)", "Bearer " + String(repeating: "x", count: 5000),
        ]
        for header in wrong {
            let answer = try stop(running, ["Authorization: " + header])
            #expect(answer.hasPrefix("HTTP/1.1 401 "), "\(header)")
        }
        let both = ["Authorization: Bearer " + token, "Authorization: Bearer " + token]
        #expect(try stop(running, both).hasPrefix("HTTP/1.1 401 "))
        #expect(running.backend.commands.isEmpty)
    }

    @Test func aRevokedTokenCountsNoMore() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        #expect(try stop(running, ["Authorization: Bearer " + token]).hasPrefix("HTTP/1.1 202 "))
        try running.tokens.revoke("deploy")
        #expect(try stop(running, ["Authorization: Bearer " + token]).hasPrefix("HTTP/1.1 401 "))
    }

    @Test func aTokenOpensNoMoreThanActions() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        let headers = ["Content-Length: 20", "Authorization: Bearer " + token]
        for path in ["/v1/commands", "/v1/apply"] {
            let answer = try running.ask("POST", path, headers: headers, body: #"{"command":"reload"}"#)
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
        }
        let foreign = try stop(running, ["Origin: https://evil.example", "Authorization: Bearer " + token])
        #expect(foreign.hasPrefix("HTTP/1.1 403 "))
        #expect(running.backend.commands.isEmpty)
    }

    @Test func theFileKeepsNoTokenAndIsPrivate() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        var status = stat()
        #expect(stat(running.tokens.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let descriptor = open(running.tokens.path, O_RDONLY)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 10_000)
        let count = read(descriptor, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        #expect(text.contains("deploy"))
        #expect(!text.contains(token.dropFirst(5)))
    }

    @Test func namesAreUniqueAndPlain() throws {
        let file = try RunningServer().tokens
        _ = try file.create("old", lifetime: .nanoseconds(1))
        _ = try file.create("deploy", lifetime: nil)
        _ = try file.create("old", lifetime: nil)
        #expect(throws: TokenFileError.self) { try file.create("deploy", lifetime: nil) }
        for name in ["", "a b", "ä", "a\nb", String(repeating: "x", count: 65)] {
            #expect(throws: TokenFileError.self) { try file.create(name, lifetime: nil) }
        }
        #expect(throws: TokenFileError.self) { try file.revoke("nobody") }
        #expect(try file.tokens().map(\.name) == ["deploy", "old"])
    }

    @Test func aDamagedFileLetsNobodyIn() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        truncate(running.tokens.path, 10)
        #expect(try stop(running, ["Authorization: Bearer " + token]).hasPrefix("HTTP/1.1 401 "))
        #expect {
            try running.tokens.tokens()
        } throws: { error in
            "\(error)".contains("remove it")
        }
    }

    @Test func wrongTokensWaitTheirTurn() {
        var limiter = AttemptLimiter()
        let now = Instant(nanoseconds: 5_000_000_000)
        for _ in 0..<AttemptLimiter.burst + 1 { #expect(limiter.wrongToken(at: now) == .answer(after: .zero)) }
        #expect(limiter.wrongToken(at: now) == .answer(after: .milliseconds(100)))
        var waits = 0
        while case .answer = limiter.wrongToken(at: now) { waits += 1 }
        #expect(waits == 19)
        guard case .turnAway(let time) = limiter.wrongToken(at: now) else { return #expect(Bool(false)) }
        #expect(limiter.wrongToken(at: now + time) == .answer(after: .zero))
    }
}
