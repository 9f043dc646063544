internal import Compose

/// What only a container engine can do.
enum EngineAdvice {
    static func advice(on service: AdvisedService) -> [Advice] {
        run(service) + mounts(service)
    }

    private static func run(_ service: AdvisedService) -> [Advice] {
        if let run = service.extensions?["run"], run != .null { return [] }
        let words = ["entrypoint", "command"].flatMap { service.model[$0]?.items ?? [] }
        if let program = words.first?.text {
            return [
                service.advice(
                    .nothingToRun,
                    "without a container engine, '\(program)' of this machine is run, not that of the image",
                    hint: "say so with x-hale.run")
            ]
        }
        return [
            service.advice(
                .nothingToRun, "without a container engine there is nothing to run",
                hint: "add x-hale.run with the command for this machine")
        ]
    }

    private static func mounts(_ service: AdvisedService) -> [Advice] {
        (service.model["volumes"]?.items ?? []).enumerated().compactMap { index, volume in
            guard volume["type"]?.text == "bind", let target = volume["target"]?.text else { return nil }
            return service.advice(
                .bindMount, at: ["volumes", "\(index)"],
                "without a container engine, \(target) is this machine's own: nothing is mounted there",
                hint: "give x-hale.run the path on this machine")
        }
    }
}
