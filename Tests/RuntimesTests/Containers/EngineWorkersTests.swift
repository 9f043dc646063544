import Foundation
import Synchronization
import Stack
import Testing

@testable import Runtimes

@Suite struct EngineWorkersTests {
    /// What was done, and how much of it at once.
    private final class Diary: Sendable {
        struct Entries {
            var done: [String: [Int]] = [:]
            var busy: Set<String> = []
            var overlapped = false
            var current = 0
            var most = 0
            var count = 0
        }

        let entries = Mutex(Entries())

        func begin(_ key: String) {
            entries.withLock {
                if !$0.busy.insert(key).inserted { $0.overlapped = true }
                $0.current += 1
                $0.most = max($0.most, $0.current)
            }
        }

        func end(_ key: String, _ number: Int) {
            entries.withLock {
                $0.done[key, default: []].append(number)
                $0.busy.remove(key)
                $0.current -= 1
                $0.count += 1
            }
        }

        func wait(for count: Int) -> Bool {
            let deadline = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < deadline {
                if entries.withLock({ $0.count }) >= count { return true }
                usleep(1_000)
            }
            return false
        }
    }

    @Test(arguments: [1, 3, 8])
    func whatBelongsTogetherIsDoneInOrderAndNothingIsLost(limit: Int) {
        let (workers, diary) = (EngineWorkers(limit: limit), Diary())
        let posters = 4
        let each = 500
        DispatchQueue.concurrentPerform(iterations: posters) { poster in
            var random = SplitMix64(seed: UInt64(poster))
            for number in 0..<each {
                // Each poster has keys of its own, so that the order of posting is known.
                let key = "\(poster)-\(Int.random(in: 0..<5, using: &random))"
                let isSlow = number % 50 == 0
                workers.post(key) {
                    diary.begin(key)
                    if isSlow { usleep(500) }
                    diary.end(key, number)
                }
            }
        }
        #expect(diary.wait(for: posters * each))
        let entries = diary.entries.withLock { $0 }
        #expect(entries.count == posters * each && !entries.overlapped)
        #expect(entries.most <= limit && entries.most >= 1)
        #expect(entries.done.values.allSatisfy { $0 == $0.sorted() })
    }

    @Test func oneThatWaitsIsInNobodysWay() {
        let (workers, diary) = (EngineWorkers(limit: 2), Diary())
        let gate = DispatchSemaphore(value: 0)
        workers.post("slow") { gate.wait() }
        workers.post("slow") { diary.end("slow", 1) }
        for number in 0..<20 { workers.post("k\(number)") { diary.end("k", number) } }
        #expect(diary.wait(for: 20))
        #expect(diary.entries.withLock { $0.done["slow"] } == nil)
        gate.signal()
        #expect(diary.wait(for: 21))
        #expect(diary.entries.withLock { $0.done["slow"] } == [1])
    }

    @Test func asManyAsTheLimitWorkAtOnce() {
        let workers = EngineWorkers(limit: 3)
        let (arrived, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        for number in 0..<4 {
            workers.post("\(number)") {
                arrived.signal()
                gate.wait()
            }
        }
        for _ in 0..<3 { #expect(arrived.wait(timeout: .now() + 60) == .success) }
        #expect(arrived.wait(timeout: .now()) == .timedOut)
        gate.signal()
        #expect(arrived.wait(timeout: .now() + 60) == .success)
        for _ in 0..<3 { gate.signal() }
    }

    @Test func whatIsPostedFromWithinIsDoneAfterwards() {
        let (workers, diary) = (EngineWorkers(limit: 1), Diary())
        workers.post("a") {
            workers.post("a") { diary.end("a", 2) }
            workers.post("b") { diary.end("b", 3) }
            diary.end("a", 1)
        }
        #expect(diary.wait(for: 3))
        #expect(diary.entries.withLock { $0.done } == ["a": [1, 2], "b": [3]])
        // The thread has gone, or is about to; another comes.
        workers.post("a") { diary.end("a", 4) }
        #expect(diary.wait(for: 4))
    }
}
