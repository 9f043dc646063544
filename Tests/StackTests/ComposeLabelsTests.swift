import Stack
import Testing

@Suite struct ComposeLabelsTests {
    private func labels(_ service: String?, _ number: String?, oneOff: String? = nil) -> [String: String] {
        var labels = [ComposeLabels.project: "shop"]
        labels[ComposeLabels.service] = service
        labels[ComposeLabels.number] = number
        labels[ComposeLabels.oneOff] = oneOff
        return labels
    }

    @Test(arguments: [nil, "False", "false", "", "0"])
    func aContainerOfAServiceIsAnInstance(oneOff: String?) {
        #expect(ComposeLabels.instance(labels("web", "2", oneOff: oneOff)) == InstanceID("web", 2))
    }

    @Test(arguments: ["True", "true", "TRUE"])
    func oneOfATaskIsNone(oneOff: String) {
        #expect(ComposeLabels.instance(labels("web", "1", oneOff: oneOff)) == nil)
    }

    @Test(arguments: [nil, "", "0", "-1", "x", "1.5", "99999999999999999999"])
    func withoutANumberItIsNone(number: String?) {
        #expect(ComposeLabels.instance(labels("web", number)) == nil)
    }

    @Test func withoutAServiceItIsNone() {
        #expect(ComposeLabels.instance([:]) == nil)
        #expect(ComposeLabels.instance(labels(nil, "1")) == nil)
        #expect(ComposeLabels.instance(labels("", "1")) == nil)
    }
}
