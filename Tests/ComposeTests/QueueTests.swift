import Stack
import Testing

@testable import Compose

@Suite struct QueueTests {
    private func text(_ fallback: String, _ application: String = "http") -> String {
        """
        services:
          web:
            image: x
            ports: ['8080:80']
            x-hale:
              protocol: \(application)
              fallback: \(fallback)
        """
    }

    private func chain(_ fallback: String) throws -> [FallbackStep] {
        try #require(try load(text(fallback)).stack().services["web"]).traffic.fallback
    }

    @Test(arguments: ["queue", "[queue]", "{queue: true}", "[{queue: {}}]"])
    func withNothingSaidItIsTheUsual(fallback: String) throws {
        #expect(try chain(fallback) == [.queue(QueuePolicy())])
    }

    @Test(arguments: ["{queue: off}", "{queue: false}"])
    func itMayBeOff(fallback: String) throws {
        #expect(try chain(fallback).isEmpty)
    }

    @Test func everythingMayBeSaid() throws {
        var queue = QueuePolicy()
        queue.methods = ["POST", "PUT"]
        queue.paths = ["/orders", "/mails/"]
        queue.count = 50
        queue.size = 1 << 20
        queue.body = 64 << 10
        queue.keep = .seconds(7_200)
        queue.attempts = 3
        queue.concurrency = 4
        let text =
            "{queue: {methods: [post, PUT], paths: [/orders, /mails/], count: 50, size: 1MiB, body: 64KiB, keep: 2h, "
            + "attempts: 3, concurrency: 4}}"
        #expect(try chain(text) == [.queue(queue)])
    }

    @Test func itComesBeforeAFixedAnswerAndBehindWhoAnswersAtOnce() throws {
        #expect(
            try chain("{status: 200, queue: true, stale: 1h}") == [
                .stale(StaleAnswers(age: .seconds(3_600))), .queue(QueuePolicy()), .answer(StaticAnswer(status: 200)),
            ])
        #expect(
            try chain("[queue, {status: 200}]") == [.queue(QueuePolicy()), .answer(StaticAnswer(status: 200))])
    }

    @Test func oneBodyIsNotLargerThanAll() throws {
        guard case .queue(let queue) = try chain("{queue: {size: 10KiB}}").first else {
            Issue.record("no queue")
            return
        }
        #expect(queue.body == 10 << 10)
    }

    @Test(
        arguments: [
            ("{queue: yes please}", "queue: expected true, off or a mapping with methods, paths, count, size", nil),
            ("{queue: {cuont: 1}}", "queue.cuont: unknown key 'cuont'", "count"),
            (
                "{queue: {methods: [GET]}}", "queue.methods.0: expected one of POST, PUT, PATCH, DELETE, found 'GET'",
                nil
            ),
            ("{queue: {methods: [POTS]}}", "queue.methods.0: expected one of POST, PUT", "POST"),
            ("{queue: {methods: []}}", "queue.methods: is empty", nil),
            ("{queue: {methods: POST}}", "queue.methods: expected a list of strings", nil),
            ("{queue: {paths: []}}", "queue.paths: is empty", nil),
            ("{queue: {paths: [orders]}}", "queue.paths.0: expected how a path begins, such as /orders", nil),
            ("{queue: {count: 0}}", "queue.count: expected a whole number from 1 to 100000, found '0'", nil),
            ("{queue: {size: 100}}", "queue.size: must be at least 1KiB and not larger than 1TiB", nil),
            ("{queue: {size: 1MiB, body: 2MiB}}", "queue.body: must be at least 1KiB and not larger than size", nil),
            ("{queue: {size: 1GiB, body: 65MiB}}", "queue.body: must be at least 1KiB and not larger than 64MiB", nil),
            ("{queue: {keep: 0s}}", "queue.keep: expected a duration above 0", nil),
            ("{queue: {attempts: 0}}", "queue.attempts: expected a whole number from 1 to 1000", nil),
            ("{queue: {concurrency: 17}}", "queue.concurrency: expected a whole number from 1 to 16", nil),
            ("[queue, queue]", "1.queue: stands there twice", nil),
        ] as [(String, String, String?)])
    func whatIsWrongIsSaidWithItsPlace(fallback: String, complaint: String, meant: String?) throws {
        let error = #expect(throws: ComposeError.self) { try chain(fallback) }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(error?.diagnostics.count == 1)
        #expect(diagnostic.message.contains("services.web.x-hale.fallback."), "\(diagnostic.message)")
        #expect(diagnostic.message.contains(complaint), "\(diagnostic.message)")
        #expect(diagnostic.hint == meant.map { "did you mean '\($0)'?" })
        #expect(diagnostic.line == 7)
    }

    @Test func itIsForHTTPAlone() throws {
        let error = #expect(throws: ComposeError.self) { try load(text("queue", "tcp")).stack() }
        #expect(error?.diagnostics.first?.message.contains("needs a port of 'web' that speaks HTTP") == true)
    }
}
