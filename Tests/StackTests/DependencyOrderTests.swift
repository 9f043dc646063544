import Stack
import Testing

@Suite struct DependencyOrderTests {
    private func ranks(_ needs: [String: [String]]) -> [String: Int] {
        DependencyOrder(
            needs.map { name, others in
                Service(
                    name: name, launch: LaunchSpecification(command: [name]),
                    dependencies: others.map { Dependency($0) })
            }
        ).depths
    }

    @Test func whatOthersNeedComesFirst() {
        #expect(ranks([:]).isEmpty)
        #expect(ranks(["a": [], "b": []]) == ["a": 0, "b": 0])
        #expect(
            ranks(["web": ["api", "cache"], "api": ["db"], "db": [], "cache": [], "worker": ["api", "db"]])
                == ["db": 0, "cache": 0, "api": 1, "web": 2, "worker": 2])
    }

    @Test func whatTheStackDoesNotHaveIsNotCounted() {
        #expect(ranks(["web": ["gone"]]) == ["web": 0])
    }

    @Test func aCircleComesToAnEnd() {
        #expect(Set(ranks(["a": ["b"], "b": ["a"], "c": []]).keys) == ["a", "b", "c"])
    }

    @Test func aDependentIsAlwaysDeeper() {
        for seed in 0..<40 {
            var random = SplitMix64(seed: UInt64(seed))
            let count = Int.random(in: 1...25, using: &random)
            let needs = Dictionary(
                uniqueKeysWithValues: (0..<count).map { place in
                    (
                        "s\(place)",
                        (0..<place).filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map { "s\($0)" }
                    )
                })
            let ranks = ranks(needs)
            for (name, others) in needs {
                let deepest = others.compactMap { ranks[$0] }.max().map { $0 + 1 } ?? 0
                #expect(ranks[name] == deepest, "seed \(seed)")
            }
        }
    }
}
