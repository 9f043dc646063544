import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerLabelsTests {
    private func labels(_ service: String?, _ number: String?, oneOff: String? = nil) -> [String: String] {
        var labels = [ContainerLabels.project: "shop"]
        labels[ContainerLabels.service] = service
        labels[ContainerLabels.number] = number
        labels[ContainerLabels.oneOff] = oneOff
        return labels
    }

    @Test(arguments: [nil, "False", "false", "", "0"])
    func aContainerOfAServiceIsAnInstance(oneOff: String?) {
        #expect(ContainerLabels.instance(labels("web", "2", oneOff: oneOff)) == InstanceID("web", 2))
    }

    @Test(arguments: ["True", "true", "TRUE"])
    func oneOfATaskIsNone(oneOff: String) {
        #expect(ContainerLabels.instance(labels("web", "1", oneOff: oneOff)) == nil)
    }

    @Test(arguments: [nil, "", "0", "-1", "x", "1.5", "99999999999999999999"])
    func withoutANumberItIsNone(number: String?) {
        #expect(ContainerLabels.instance(labels("web", number)) == nil)
    }

    @Test func withoutAServiceItIsNone() {
        #expect(ContainerLabels.instance([:]) == nil)
        #expect(ContainerLabels.instance(labels(nil, "1")) == nil)
        #expect(ContainerLabels.instance(labels("", "1")) == nil)
    }
}

@Suite struct EngineRestartPolicyTests {
    @Test(arguments: [
        ("no", "no", 0), ("always", "always", 0), ("unless-stopped", "unless-stopped", 0),
        ("on-failure", "on-failure", 0),
        ("on-failure:3", "on-failure", 3),
    ])
    func isReadAsItWasWritten(text: String, name: String, retries: Int) {
        let policy = EngineRestartPolicy(name: name, retries: retries)
        #expect(EngineRestartPolicy(text: text) == policy)
        #expect(policy.text == text)
    }

    @Test(arguments: [
        ("", "no", 0), (":", "no", 0), ("on-failure:", "on-failure", 0), ("on-failure:x", "on-failure", 0),
        ("on-failure:-2", "on-failure", 0), ("on-failure:1:2", "on-failure", 0),
    ])
    func rubbishHasNoRetries(text: String, name: String, retries: Int) {
        #expect(EngineRestartPolicy(text: text).retries == retries)
    }
}

@Suite struct RuntimeExitTests {
    @Test(arguments: [
        (0, Int32?.some(0), Int32?.none), (1, 1, nil), (127, 127, nil), (128, 128, nil), (129, nil, 1), (137, nil, 9),
        (143, nil, 15), (192, nil, 64), (193, 193, nil), (255, 255, nil), (-1, -1, nil),
    ])
    func aSignalIsToldByTheCode(told: Int, code: Int32?, signal: Int32?) {
        let exit = RuntimeExit(containerCode: told, outOfMemory: false)
        #expect(exit.code == code && exit.signal == signal && !exit.outOfMemory && exit.successor == nil)
    }

    @Test func nothingIsKnownWithoutOne() {
        let exit = RuntimeExit(containerCode: nil, outOfMemory: true)
        #expect(exit.code == nil && exit.signal == nil && exit.outOfMemory)
    }
}

@Suite struct DependencyRanksTests {
    private func ranks(_ needs: [String: [String]]) -> [String: Int] {
        ContainerSamples.stack(
            needs.map { name, others in ContainerSamples.service(name, needs: others.map { Dependency($0) }) }
        ).dependencyRanks
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
            var random = Seeded(UInt64(seed))
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
