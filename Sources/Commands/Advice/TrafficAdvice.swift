internal import Compose

/// What the gateway was told to do, or not to do, for a service's clients.
enum TrafficAdvice {
    static func advice(on service: AdvisedService) -> [Advice] {
        [repeats(service), breaker(service)].compactMap { $0 }
    }

    private static func repeats(_ service: AdvisedService) -> Advice? {
        let methods = (service.extensions?["retry"]?["methods"]?.items ?? []).compactMap { $0.text?.uppercased() }
        // PUT and DELETE say by themselves that doing it twice is doing it once (RFC 9110 section 9.2.2).
        guard let method = methods.first(where: { ["POST", "PATCH"].contains($0) }) else { return nil }
        return service.advice(
            .repeatedWrites, at: ["x-hale", "retry", "methods"],
            "a \(method) request may be sent twice, though the first one may have been carried out",
            hint: "name \(method) only if repeating it is harmless")
    }

    private static func breaker(_ service: AdvisedService) -> Advice? {
        guard let breaker = service.extensions?["breaker"], let mode = breaker["mode"] ?? scalar(breaker),
            [.bool(false), .string("off"), .string("disabled")].contains(mode)
        else { return nil }
        return service.advice(
            .breakerOff, at: ["x-hale", "breaker"],
            "its breaker is off, so clients are sent on to an instance that fails every call",
            hint: "take that out, or say metrics-only to see what it would judge by")
    }

    private static func scalar(_ value: ComposeValue) -> ComposeValue? {
        value.text == nil ? nil : value
    }
}
