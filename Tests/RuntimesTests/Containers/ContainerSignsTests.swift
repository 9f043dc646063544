import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerSignsTests {
    private var signs = ContainerSigns()

    @Test(arguments: [(15, true), (2, true), (Int32?.none, false), (9, false)])
    mutating func aSignalOfSomebodyElsesMayBeTheBeginningOfAStop(signal: Int32?, isOne: Bool) {
        signs.noteKill(of: "a", signal: signal, time: 7)
        #expect(signs.stopByOthers("a") == (isOne ? 7 : nil))
        #expect(signs.stopByOthers("b") == nil)
    }

    @Test mutating func aSignalOfHalesIsNobodyElses() {
        signs.expectKill(of: "a")
        signs.noteKill(of: "a", signal: 15, time: 7)
        #expect(signs.stopByOthers("a") == nil)
        signs.noteKill(of: "b", signal: 15, time: 8)
        #expect(signs.stopByOthers("b") == 8)
        signs.forget("a")
        signs.noteKill(of: "a", signal: 15, time: 9)
        #expect(signs.stopByOthers("a") == 9)
    }

    @Test mutating func anAwaitedStopIsTakenOnce() {
        #expect(signs.takeAwaitedStop(of: "a") == Int??.none)
        signs.awaitStop(of: "a", code: 143)
        signs.awaitStop(of: "b", code: nil)
        #expect(signs.takeAwaitedStop(of: "a") == .some(.some(143)))
        #expect(signs.takeAwaitedStop(of: "a") == Int??.none)
        #expect(signs.takeAwaitedStop(of: "b") == .some(.none))
    }

    @Test mutating func aFreezeIsHalesOnlyOnceAndOnlyThatWay() {
        signs.expectFreeze(of: "a", true)
        #expect(signs.isOwnFreeze(of: "a", false) == false)
        #expect(signs.isOwnFreeze(of: "b", true) == false)
        #expect(signs.isOwnFreeze(of: "a", true) == true)
        #expect(signs.isOwnFreeze(of: "a", true) == false)
    }

    @Test mutating func oneFreezeMayBeAskedForBeforeTheLastIsTold() {
        for frozen in [true, false, true] { signs.expectFreeze(of: "a", frozen) }
        let told = [true, false, true, true].map { signs.isOwnFreeze(of: "a", $0) }
        #expect(told == [true, true, true, false])
        for frozen in [true, false] { signs.expectFreeze(of: "a", frozen) }
        let missed = [false, true].map { signs.isOwnFreeze(of: "a", $0) }
        #expect(missed == [true, false])
    }

    @Test mutating func severalProcessesMayRunOutOfMemoryAtOnce() {
        let second: Int64 = 1_000_000_000
        #expect(signs.noteOutOfMemory("a", at: 100 * second) == true)
        #expect(signs.noteOutOfMemory("a", at: 101 * second) == false)
        #expect(signs.noteOutOfMemory("a", at: 106 * second) == false)
        #expect(signs.noteOutOfMemory("b", at: 101 * second) == true)
        #expect(signs.noteOutOfMemory("a", at: 112 * second) == true)
    }

    @Test mutating func anEndFollowsFromThatWithinSeconds() {
        let second: Int64 = 1_000_000_000
        #expect(signs.wasOutOfMemory("a", at: 0) == false)
        _ = signs.noteOutOfMemory("a", at: 100 * second)
        for (time, isIt) in [(95, false), (96, true), (100, true), (104, true), (105, false), (1_000, false)] {
            #expect(signs.wasOutOfMemory("a", at: Int64(time) * second) == isIt, "\(time)")
        }
        #expect(signs.wasOutOfMemory("b", at: 100 * second) == false)
        signs.forget("a")
        #expect(signs.wasOutOfMemory("a", at: 100 * second) == false)
    }

    @Test(arguments: [(10, 9, true), (10, 10, true), (10, 11, false)])
    mutating func anEndThatCameEarlyIsThatOfItsStart(end: Int64, start: Int64, isIts: Bool) {
        signs.noteEarlyEnd(of: "a", ContainerSigns.EarlyEnd(exitCode: 3, time: end))
        #expect(signs.takeEarlyEnd(of: "b", since: start)?.exitCode == nil)
        let taken = signs.takeEarlyEnd(of: "a", since: start)
        #expect((taken?.exitCode == 3) == isIts)
        #expect(signs.takeEarlyEnd(of: "a", since: 0)?.exitCode == nil)
    }

    @Test mutating func forgettingLeavesWhatCameEarly() {
        signs.noteEarlyEnd(of: "a", ContainerSigns.EarlyEnd(exitCode: 3, time: 10))
        signs.awaitStop(of: "a", code: 1)
        signs.expectFreeze(of: "a", true)
        signs.noteKill(of: "a", signal: 15, time: 7)
        signs.forget("a")
        #expect(signs.takeAwaitedStop(of: "a") == Int??.none)
        #expect(signs.isOwnFreeze(of: "a", true) == false)
        #expect(signs.stopByOthers("a") == nil)
        #expect(signs.takeEarlyEnd(of: "a", since: 0)?.exitCode == 3)
    }

    @Test mutating func whatCouldNotBeSentIsSentOnceAndInOrder() {
        signs.postpone(15, for: InstanceID("web", 2), run: 1)
        signs.postpone(15, for: InstanceID("db", 1), run: 4)
        signs.postpone(9, for: InstanceID("web", 2), run: 1)
        signs.postpone(15, for: InstanceID("web", 2), run: 1)
        let taken = signs.takePostponed().map { "\($0.0) \($0.1) \($0.2)" }
        #expect(taken == ["db-1 4 15", "web-2 1 9"])
        #expect(signs.takePostponed().count == 0)
    }

    @Test mutating func aKillOfAnEarlierStartDoesNotOutliveIt() {
        signs.postpone(9, for: InstanceID("web", 1), run: 1)
        signs.postpone(15, for: InstanceID("web", 1), run: 2)
        #expect(signs.takePostponed().map { "\($0.0) \($0.1) \($0.2)" } == ["web-1 2 15"])
    }
}
