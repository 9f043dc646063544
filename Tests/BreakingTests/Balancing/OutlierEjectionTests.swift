import Breaking
import Stack
import Testing

@Suite struct OutlierEjectionTests {
    private let start = Instant.zero + .seconds(500)

    private func fail(_ outliers: inout OutlierEjection, _ instance: Int, _ times: Int = 5, at now: Instant) -> Bool {
        (0..<times).reduce(false) { last, _ in outliers.record(failed: true, of: instance, at: now) || last }
    }

    @Test(arguments: [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (10, 5), (64, 32), (128, 64), (199, 64)])
    func theCapIsHalfButAtLeastOneOfSeveral(count: Int, cap: Int) {
        #expect(OutlierEjection(count: count).cap == cap)
        #expect(OutlierEjection(policy: .init(ejectable: 1), count: count).cap == max(min(count, 128) - 1, 0))
        #expect(OutlierEjection(policy: .init(ejectable: 0), count: count).cap == 0)
    }

    @Test func fiveFailuresInARowEjectOneOfTwo() {
        var outliers = OutlierEjection(count: 2)
        #expect(!fail(&outliers, 0, 4, at: start))
        _ = outliers.record(failed: false, of: 0, at: start)
        #expect(!fail(&outliers, 0, 4, at: start))
        #expect(fail(&outliers, 0, 1, at: start))
        #expect(outliers.eligible(of: [.init(instance: 0), .init(instance: 1)], at: start) == .init(instance: 1))
        #expect(outliers.nextReturn == start + .seconds(30))
        // The other one may fail as it likes: somebody has to take the calls.
        #expect(!fail(&outliers, 1, 50, at: start))
        #expect(outliers.eligible(of: .init(first: 2), at: start + .seconds(30)) == .init(first: 2))
    }

    @Test func theOnlyInstanceIsNeverEjected() {
        var outliers = OutlierEjection(count: 1)
        #expect(!fail(&outliers, 0, 100, at: start))
        #expect(outliers.eligible(of: .init(first: 1), at: start) == .init(first: 1))
    }

    @Test func eachEjectionIsLongerUpToTheLongestAndQuietTimeShortensTheNext() throws {
        var outliers = OutlierEjection(policy: .init(longest: .seconds(100)), count: 2)
        var now = start
        var times: [Double] = []
        for _ in 0..<5 {
            #expect(fail(&outliers, 0, at: now))
            let back = try #require(outliers.nextReturn)
            times.append((back - now).seconds)
            now = back
        }
        #expect(times == [30, 60, 90, 100, 100])
        // Three times 30 seconds inside take three off the five.
        now = now + .seconds(95)
        #expect(fail(&outliers, 0, at: now))
        #expect(outliers.nextReturn == now + .seconds(90))
    }

    @Test func aPassingCheckBringsItBackAndForgetsItsFailures() {
        var outliers = OutlierEjection(count: 2)
        _ = fail(&outliers, 0, at: start)
        outliers.checkPassed(0, at: start + .seconds(1))
        #expect(outliers.ejected(at: start + .seconds(1)) == [])
        #expect(outliers.nextReturn == nil)
        #expect(!fail(&outliers, 0, 4, at: start + .seconds(1)))
        #expect(fail(&outliers, 0, 1, at: start + .seconds(1)))
        #expect(outliers.nextReturn == start + .seconds(61))
    }

    @Test func inAPanicEjectionIsIgnoredButWhatIsDownStaysOut() {
        var outliers = OutlierEjection(count: 4)
        _ = fail(&outliers, 0, at: start)
        #expect(outliers.eligible(of: .init(first: 4), at: start).rawValue == 0b1110)
        // Half of them are left: no panic yet.
        #expect(outliers.eligible(of: .init(rawValue: 0b0111), at: start).rawValue == 0b0110)
        // One of four would be left.
        #expect(outliers.eligible(of: .init(rawValue: 0b0011), at: start).rawValue == 0b0011)
        #expect(outliers.eligible(of: .init(rawValue: 0b0001), at: start).rawValue == 0b0001)
        #expect(outliers.eligible(of: [], at: start) == [])
    }

    @Test func anotherInstanceInItsPlaceStartsAnew() {
        var outliers = OutlierEjection(count: 2)
        _ = fail(&outliers, 0, at: start)
        outliers.replace(0)
        #expect(outliers.ejected(at: start) == [])
        #expect(fail(&outliers, 0, at: start))
        #expect(outliers.nextReturn == start + .seconds(30))
    }

    @Test func aShorterLimitHoldsForThoseThatAreOutAlready() {
        let policy = OutlierEjection.Policy(consecutiveFailures: 1, base: .seconds(300), longest: .seconds(300))
        var outliers = OutlierEjection(policy: policy, count: 3)
        #expect(fail(&outliers, 0, at: start))
        outliers.update(policy: .init(base: .seconds(10), longest: .seconds(10)), count: 3, at: start)
        #expect(outliers.nextReturn == start + .seconds(10))
    }

    /// Random failures, checks, sizes and policies: the laws after every step.
    @Test(arguments: UInt64(0)..<400) func everyLawIsKept(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var now = start
        var outliers = OutlierEjection(policy: policy(&random), count: .random(in: 0...9, using: &random))
        for _ in 0..<300 {
            let instance = Int.random(in: -1...10, using: &random)
            let before = outliers.ejections
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<14:
                let ejected = outliers.ejected(at: now)
                let result = outliers.record(failed: Int.random(in: 0..<4, using: &random) > 0, of: instance, at: now)
                #expect(result == (outliers.ejections > before))
                if result {
                    #expect(!ejected.contains(instance: instance))
                    #expect(outliers.ejected(at: now) == ejected.union(.init(instance: instance)))
                    #expect((outliers.nextReturn ?? now) > now)
                }
            case 14: outliers.checkPassed(instance, at: now)
            case 15: outliers.replace(instance)
            case 16: outliers.update(policy: policy(&random), count: .random(in: 0...9, using: &random), at: now)
            default: now = now + .milliseconds(Int.random(in: 0...20_000, using: &random))
            }
            #expect(outliers.ejections >= before)
            let ejected = outliers.ejected(at: now)
            #expect(ejected.count <= outliers.cap, "seed \(seed)")
            #expect(ejected.isSubset(of: .init(first: outliers.count)))
            let candidates = InstanceSet(rawValue: .random(in: 0...2_047, using: &random))
            let present = candidates.intersection(.init(first: outliers.count))
            let eligible = outliers.eligible(of: candidates, at: now)
            #expect(eligible == present || eligible == present.subtracting(ejected))
            #expect(eligible.isEmpty == present.isEmpty)
        }
        // Left alone, everybody comes back.
        now = now + outliers.policy.longest
        #expect(outliers.ejected(at: now) == [])
    }

    private func policy(_ random: inout SplitMix64) -> OutlierEjection.Policy {
        .init(
            consecutiveFailures: .random(in: 0...4, using: &random),
            base: .milliseconds(Int.random(in: -1...30_000, using: &random)),
            longest: .milliseconds(Int.random(in: -1...100_000, using: &random)),
            ejectable: .random(in: -0.5...1.5, using: &random), panic: .random(in: -0.5...1.5, using: &random))
    }
}
