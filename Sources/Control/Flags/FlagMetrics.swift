/// The flags that are on or off as a Prometheus family.
enum FlagMetrics {
    static func families(_ flags: [FlagStatus], stack: String) -> [MetricFamily] {
        let samples = flags.compactMap { flag -> MetricFamily.Sample? in
            guard case .boolean(let isOn) = flag.value else { return nil }
            return MetricFamily.Sample(
                labels: [(name: "stack", value: stack), (name: "flag", value: flag.name)], value: isOn ? 1 : 0)
        }
        guard !samples.isEmpty else { return [] }
        return [
            MetricFamily(
                name: "hale_flag_value", help: "Flags that are true (1) or false (0).", kind: .gauge, samples: samples)
        ]
    }
}
