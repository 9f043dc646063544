import Breaking
import Stack
import Testing

@Suite struct HoldQueueTests {
    private let now = Instant.zero + .seconds(70)

    @Test func aCallWaitsFromItsArrivalOn() {
        var queue = HoldQueue()
        #expect(queue.admit(arrived: now, at: now) == .held(until: now + .seconds(15)))
        #expect(queue.admit(arrived: now + .seconds(-14), at: now) == .held(until: now + .seconds(1)))
        #expect(queue.admit(arrived: now + .seconds(-15), at: now) == .refused(.time))
        // A clock that is ahead does not buy time.
        #expect(queue.admit(arrived: now + .seconds(99), at: now) == .held(until: now + .seconds(15)))
    }

    @Test func eachBoundIsNamedWhenItIsMet() {
        var queue = HoldQueue(policy: .init(time: .seconds(10), count: 3, bytesEach: 100, bytes: 150))
        #expect(queue.admit(bytes: 101, arrived: now, at: now) == .refused(.bytesEach))
        #expect(queue.admit(bytes: 100, arrived: now, at: now) == .held(until: now + .seconds(10)))
        #expect(queue.admit(bytes: 51, arrived: now, at: now) == .refused(.bytes))
        #expect(queue.admit(bytes: 50, arrived: now, back: now + .seconds(11), at: now) == .refused(.recovery))
        #expect(
            queue.admit(bytes: 50, arrived: now, back: now + .seconds(10), at: now) == .held(until: now + .seconds(10)))
        #expect(queue.admit(arrived: now, at: now) == .held(until: now + .seconds(10)))
        #expect(queue.admit(arrived: now, at: now) == .refused(.count))
        #expect(queue.held == 3)
        #expect(queue.refused == 4)
        queue.leave(bytes: 100)
        #expect(queue.admit(bytes: 100, arrived: now, at: now) == .held(until: now + .seconds(10)))
    }

    @Test func aWaitingCallMaySendMoreWhileThereIsRoom() {
        var queue = HoldQueue(policy: .init(bytesEach: 100, bytes: 150))
        _ = queue.admit(bytes: 60, arrived: now, at: now)
        _ = queue.admit(bytes: 60, arrived: now, at: now)
        var answers = [queue.grow(by: 30, from: 60)]
        answers.append(queue.grow(by: 1, from: 60))
        queue.leave(bytes: 60)
        answers.append(queue.grow(by: 11, from: 90))
        answers.append(queue.grow(by: 10, from: 90))
        answers.append(queue.grow(by: .max, from: 0))
        #expect(answers == [true, false, false, true, false])
        #expect(queue.bytes == 100)
    }

    @Test func aTimeOfZeroHoldsNobody() {
        var queue = HoldQueue(policy: .init(time: .zero))
        #expect(queue.admit(arrived: now, at: now) == .refused(.time))
    }

    @Test(arguments: UInt64(0)..<100) func theBoundsHoldWhateverComes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let policy = HoldQueue.Policy(
            time: .milliseconds(Int.random(in: -1...3_000, using: &random)),
            count: .random(in: -1...20, using: &random),
            bytesEach: .random(in: -1...200, using: &random), bytes: .random(in: -1...1_000, using: &random))
        var queue = HoldQueue(policy: policy)
        var waiting: [Int] = []
        var now = now
        for _ in 0..<500 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let bytes = Int.random(in: 0...250, using: &random)
                let arrived = now + .milliseconds(-Int.random(in: 0...2_000, using: &random))
                if case .held(let until) = queue.admit(bytes: bytes, arrived: arrived, at: now) {
                    waiting.append(bytes)
                    #expect(until > now && until <= arrived + max(policy.time, .zero))
                }
            case 1:
                guard let index = waiting.indices.randomElement(using: &random) else { continue }
                let more = Int.random(in: 0...100, using: &random)
                if queue.grow(by: more, from: waiting[index]) { waiting[index] += more }
            case 2:
                guard let index = waiting.indices.randomElement(using: &random) else { continue }
                queue.leave(bytes: waiting.remove(at: index))
            default: now = now + .milliseconds(Int.random(in: 0...500, using: &random))
            }
            #expect(queue.count == waiting.count && queue.count <= max(policy.count, 0))
            #expect(queue.bytes == waiting.reduce(0, +) && queue.bytes <= max(policy.bytes, 0))
            #expect(waiting.allSatisfy { $0 <= max(policy.bytesEach, 0) })
        }
    }
}
