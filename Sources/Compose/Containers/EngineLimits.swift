/// Reports what a service asks for that no container engine on Linux does.
struct EngineLimits {
    let service: Fields

    private static let beyond = [
        (key: "provider", why: "is a plugin of Docker Compose, which Hale does not run"),
        (key: "models", why: "needs Docker's model runner, which Hale does not drive"),
        (key: "credential_spec", why: "is for Windows containers alone"),
    ]

    func check(_ problems: inout Problems) {
        for (key, why) in Self.beyond where service[key] != nil { problems.report(service.path + [key], why) }
    }
}
