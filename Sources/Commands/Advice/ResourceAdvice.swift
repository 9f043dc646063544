internal import Compose

/// Limits, and images whose content may change.
enum ResourceAdvice {
    static func advice(on service: AdvisedService) -> [Advice] {
        [memory(service), image(service)].compactMap { $0 }
    }

    private static func memory(_ service: AdvisedService) -> Advice? {
        let limits = [
            service.model["mem_limit"], service.model["deploy"]?["resources"]?["limits"]?["memory"],
        ]
        guard limits.allSatisfy({ $0 == nil || $0 == .null }) else { return nil }
        return service.advice(
            .noMemoryLimit, "has no memory limit, so it can take the memory of everything else",
            hint: "add mem_limit or deploy.resources.limits.memory")
    }

    private static func image(_ service: AdvisedService) -> Advice? {
        guard let image = service.model["image"]?.text, !image.contains("@sha256:") else { return nil }
        let name = image.split(separator: "/").last ?? ""
        let tag = name.split(separator: ":", maxSplits: 1).dropFirst().first
        guard tag == nil || tag == "latest" else { return nil }
        return service.advice(
            .unpinnedImage, at: ["image"],
            tag == nil ? "its image has no tag, which means latest" : "its image is whatever latest is on the day",
            hint: "name a version, such as \(name.prefix { $0 != ":" }):1.2")
    }
}
