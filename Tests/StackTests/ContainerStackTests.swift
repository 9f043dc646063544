import Stack
import Testing

@Suite struct MemoryPolicyTests {
    private static let mebibyte: Int64 = 1 << 20

    private static let steps: [(Int64, Int64, Int64, Int64?)] = [
        (100, 1_000, 10_000, 125), (100, 110, 10_000, 110), (100, 100, 10_000, nil), (100, 90, 10_000, nil),
        (100, 1_000, 10, 109), (100, 1_000, 0, nil), (100, 1_000, -5, nil), (100, 1_000, 1, nil),
        (0, 1_000, 10_000, nil),
        (-1, 1_000, 10_000, nil), (3, 1_000, 10_000, nil), (4, 1_000, 10_000, 5),
    ]

    @Test(arguments: steps)
    func theNextLimitIsAStepHigher(current: Int64, ceiling: Int64, available: Int64, next: Int64?) {
        let policy = MemoryPolicy(ceiling: ceiling * Self.mebibyte)
        #expect(
            policy.next(after: current * Self.mebibyte, available: available * Self.mebibyte)
                == next.map { $0 * Self.mebibyte })
    }

    @Test func aCeilingThatIsNoWholeMebibyteIsReached() {
        let policy = MemoryPolicy(ceiling: 110 * Self.mebibyte + 7)
        #expect(policy.next(after: 100 * Self.mebibyte, available: .max) == 110 * Self.mebibyte + 7)
        #expect(policy.next(after: 110 * Self.mebibyte + 7, available: .max) == nil)
    }

    @Test(arguments: [Int64.max, Int64.max - 1, Int64(1) << 62])
    func thereIsNoOverflow(number: Int64) {
        let policy = MemoryPolicy(step: 1e30, ceiling: number)
        for current in [1, Self.mebibyte, number / 2, number - 1, number] {
            if let next = policy.next(after: current, available: .max) { #expect(next > current && next <= number) }
        }
    }

    @Test func noLimitIsLowerOrTooHigh() {
        for seed in UInt64(0)..<2_000 {
            var random = SplitMix64(seed: seed)
            // A pebibyte is enough for everybody, and exact in floating point.
            let large: Int64 = 1 << 50
            let policy = MemoryPolicy(
                step: Double.random(in: 0.001...4, using: &random), ceiling: .random(in: 1...large, using: &random))
            let available = Int64.random(in: -large...large, using: &random) >> Int64.random(in: 0...40, using: &random)
            let current = Int64.random(in: 0...large, using: &random) >> Int64.random(in: 0...40, using: &random)
            guard let next = policy.next(after: current, available: available) else { continue }
            #expect(next > current && next <= policy.ceiling, "seed \(seed)")
            #expect(Double(next - current) <= Double(available) * 0.9, "seed \(seed)")
            #expect(Double(next) <= Double(current) * (1 + policy.step), "seed \(seed)")
        }
    }

    @Test func theCeilingIsReachedInTheEnd() {
        let policy = MemoryPolicy(ceiling: 3_000 * Self.mebibyte)
        var limits = [64 * Self.mebibyte]
        while let last = limits.last, let next = policy.next(after: last, available: .max), limits.count < 100 {
            limits.append(next)
        }
        #expect(limits.last == policy.ceiling && limits.count < 25)
    }
}

@Suite struct ContainerProjectTests {
    @Test func anotherPartBringsWhatIsNotThere() {
        let first = ContainerProject(
            engine: "unix:///a", files: ["/a"], networks: [.init(key: "default", name: "shop_default")],
            volumes: [.init(key: "data", name: "shop_data")])
        let second = ContainerProject(
            engine: "unix:///b", files: ["/b"],
            networks: [.init(key: "default", name: "other", isExternal: true), .init(key: "back", name: "shop_back")],
            volumes: [.init(key: "logs", name: "shop_logs"), .init(key: "data", name: "other")])
        let all = first.adding(second)
        #expect(all.engine == "unix:///a" && all.files == ["/a"])
        #expect(all.networks.map(\.name) == ["shop_default", "shop_back"])
        #expect(all.volumes.map(\.name) == ["shop_data", "shop_logs"])
        #expect(all.adding(second) == all)
        #expect(first.adding(ContainerProject()) == first)
        #expect(ContainerProject().adding(second).networks == second.networks)
    }
}
