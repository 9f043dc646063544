/// The Compose Specification as a table: every key, what it takes and what it becomes.
///
/// After compose-spec.json of the Compose Specification. The keys stand in the order in which they are printed.
enum Specification {
    /// A whole file.
    static let project = Record(
        [
            ("version", .text),
            ("name", .text),
            ("include", .list(of: Shape.record(include).or(.text))),
            ("services", .named(.record(service), isRestricted: true)),
            ("networks", .named(Shape.record(network).or(.nothing), isRestricted: true, ignoresOtherNames: true)),
            ("volumes", .named(Shape.record(volume).or(.nothing), isRestricted: true)),
            ("secrets", .named(.record(secret), isRestricted: true)),
            ("configs", .named(.record(config), isRestricted: true)),
            ("models", .named(.record(model), isRestricted: true, ignoresOtherNames: true)),
        ])

    /// The sections of a resolved model, in the order in which they are printed.
    static let sections = ["services", "networks", "volumes", "secrets", "configs", "models"]

    static let include = Record(
        [("path", .textOrTexts), ("env_file", .textOrTexts), ("project_directory", .text)], isExtensible: false)

    static let network = Record([
        ("name", .text), ("driver", .text), ("driver_opts", .options),
        ("ipam", Shape.record(ipam).with(form: .recordUnlessEmpty)), ("external", external),
        ("internal", .flag), ("attachable", .flag), ("labels", .labels),
        ("enable_ipv4", .flag.with(form: .optionalFlag)), ("enable_ipv6", .flag.with(form: .optionalFlag)),
    ])

    static let volume = Record([
        ("name", .text), ("driver", .text), ("driver_opts", .options), ("external", external), ("labels", .labels),
    ])

    static let secret = Record([
        ("name", .text), ("file", .text), ("environment", .text), ("external", openExternal), ("labels", .labels),
        ("driver", .text), ("driver_opts", .options), ("template_driver", .text),
    ])

    static let config = Record([
        ("name", .text), ("file", .text), ("environment", .text), ("content", .text), ("external", openExternal),
        ("labels", .labels), ("template_driver", .text),
    ])

    static let model = Record(
        [
            ("name", .text), ("model", .text), ("context_size", Shape(.whole, .whole)), ("runtime_flags", .manyTexts),
        ], required: ["model"])

    private static let ipam = Record([
        ("driver", .text), ("config", .list(of: .record(pool))),
        ("options", .named(.text, form: .texted)),
    ])

    private static let pool = Record([
        ("subnet", .text), ("gateway", .text), ("ip_range", .text), ("aux_addresses", .named(.text, form: .texted)),
    ])

    private static let external = Shape.record(Record([("name", .text)])).or([.flag, .text]).with(form: .flag)
    private static let openExternal = Shape.record(Record([("name", .text)], isOpen: true)).or([.flag, .text])
        .with(form: .flag)
}
