import Protocols
import Testing

@testable import Gateway

@Suite struct KeptAnswersTests {
    private static func answer(_ target: String, bytes: Int = 0, vary: String? = nil) throws -> KeptAnswer {
        let none = HTTPFieldView(
            fields: UnsafeBufferPointer(start: nil, count: 0), original: UnsafeRawBufferPointer(start: nil, count: 0))
        let life = try #require(HTTPStoredLife(response: none, to: none, now: 0))
        return KeptAnswer(
            target: Array(target.utf8), variations: [], fields: Array((vary ?? "").utf8),
            body: Array(repeating: 0, count: bytes), life: life, cameAt: 0)
    }

    private static func has(_ answers: inout KeptAnswers, _ target: String, of service: String = "web") -> Bool {
        answers.find(Array(target.utf8), of: service) { _ in true } != nil
    }

    @Test func aServiceHasItsOwn() throws {
        var answers = KeptAnswers(limit: 100_000)
        answers.keep(try Self.answer("/a"), of: "web", most: 10_000) { _ in true }
        #expect(Self.has(&answers, "/a"))
        #expect(!Self.has(&answers, "/b"))
        #expect(!Self.has(&answers, "/a", of: "api"))
    }

    @Test func theNewestTakesThePlaceOfTheOneLikeIt() throws {
        var answers = KeptAnswers(limit: 100_000)
        for vary in ["en", "de", "en", "de", "en"] {
            answers.keep(try Self.answer("/a", vary: vary), of: "web", most: 10_000) { $0.fields == Array(vary.utf8) }
        }
        #expect(answers.count(of: "web") == 2)
        for number in 0..<40 {
            answers.keep(try Self.answer("/a", vary: "\(number)"), of: "web", most: 100_000) { _ in false }
        }
        #expect(answers.count(of: "web") == AnswerShelf.mostVariants)
    }

    @Test func theLeastRecentlyUsedOfAServiceLeavesFirst() throws {
        var answers = KeptAnswers(limit: 100_000)
        let size = try Self.answer("/a", bytes: 1_000).size
        for name in ["/a", "/b", "/c"] {
            answers.keep(try Self.answer(name, bytes: 1_000), of: "web", most: 3 * size) { _ in true }
        }
        #expect(Self.has(&answers, "/a"))
        answers.keep(try Self.answer("/d", bytes: 1_000), of: "web", most: 3 * size) { _ in true }
        #expect(!Self.has(&answers, "/b"))
        #expect(Self.has(&answers, "/a") && Self.has(&answers, "/c") && Self.has(&answers, "/d"))
        #expect(answers.size == 3 * size)
        answers.keep(try Self.answer("/e", bytes: 3 * size), of: "web", most: 3 * size) { _ in true }
        #expect(!Self.has(&answers, "/e") && answers.count(of: "web") == 3)
    }

    @Test func theLeastRecentlyUsedOfAllServicesLeavesFirst() throws {
        let size = try Self.answer("/a", bytes: 1_000).size
        var answers = KeptAnswers(limit: 3 * size)
        for (service, name) in [("web", "/a"), ("api", "/b"), ("web", "/c"), ("api", "/d")] {
            answers.keep(try Self.answer(name, bytes: 1_000), of: service, most: 100_000) { _ in true }
        }
        #expect(!Self.has(&answers, "/a"))
        #expect(Self.has(&answers, "/b", of: "api") && Self.has(&answers, "/d", of: "api"))
        #expect(answers.size == 3 * size)
    }

    @Test func whatIsForgottenIsGone() throws {
        var answers = KeptAnswers(limit: 100_000)
        for name in ["/a", "/b"] {
            answers.keep(try Self.answer(name), of: "web", most: 10_000) { _ in true }
        }
        answers.forget(Array("/a".utf8), of: "web")
        answers.forget(Array("/none".utf8), of: "none")
        #expect(!Self.has(&answers, "/a") && Self.has(&answers, "/b"))
        answers.forgetAll(but: ["api"])
        #expect(answers.size == 0 && !Self.has(&answers, "/b"))
    }

    /// Whatever is kept and forgotten, in whatever order: the sizes are those of the answers that are there.
    @Test(arguments: 1...20) func theBoundsHold(seed: UInt64) throws {
        var state = seed
        func below(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        var answers = KeptAnswers(limit: 20_000)
        let services = ["web", "api"]
        let targets = (0..<30).map { "/\($0)" }
        for _ in 0..<500 {
            let service = services[Int(below(2))]
            let target = targets[Int(below(30))]
            switch below(4) {
            case 0: answers.forget(Array(target.utf8), of: service)
            case 1: _ = Self.has(&answers, target, of: service)
            case _:
                let one = try Self.answer(target, bytes: Int(below(3_000)))
                answers.keep(one, of: service, most: 12_000) { _ in true }
            }
            #expect(answers.size <= 20_000)
        }
        var found = 0
        for service in services {
            for target in targets {
                found += answers.find(Array(target.utf8), of: service) { _ in true }?.size ?? 0
            }
        }
        #expect(found == answers.size)
    }
}
