/// Completes services with those they extend, in the same file or another.
struct Extending {
    /// Services in a row of which each extends the next.
    static let maximumDepth = 100

    let file: String
    let scope: Loader.Scope
    private var bases: [String: Loader.Document] = [:]

    /// A service on the way from one that extends to what it extends.
    private struct Step: Equatable {
        var file: String
        var service: String
    }

    init(file: String, scope: Loader.Scope) {
        self.file = file
        self.scope = scope
    }

    /// `document` with all its services complete.
    mutating func apply(to document: Loader.Document, loader: inout Loader) throws(ComposeError) -> Node {
        guard var map = document.root.map, let section = map["services"] else { return document.root }
        if section.isNull { return document.root }
        guard let services = section.map else {
            throw section.place.error("services: expected a mapping, found \(section.kind)")
        }
        guard services.contains(where: { _, service in service["extends"] != nil }) else { return document.root }
        var origin = Origin(file: file, directory: scope.directory, services: services, resets: document.resets)
        for name in services.keys {
            _ = try complete(name, &origin, path: [], loader: &loader)
        }
        map["services"] = section.with(.map(origin.services))
        return document.root.with(.map(map))
    }

    /// A file's services, those that are complete already among them.
    private struct Origin {
        var file: String
        var directory: String
        var services: NodeMap
        var resets: Resets
    }

    private mutating func complete(
        _ name: String, _ origin: inout Origin, path: [Step], loader: inout Loader
    ) throws(ComposeError) -> Node? {
        guard let service = origin.services[name], !service.isNull else { return nil }
        guard var own = service.map else {
            throw service.place.error("services.\(name): expected a mapping, found \(service.kind)")
        }
        guard let extends = own["extends"] else { return service }
        let step = Step(file: origin.file, service: name)
        if let start = path.firstIndex(of: step) {
            let chain = (path[start...] + [step]).map(\.service).joined(separator: " -> ")
            throw extends.place.error("services.\(name).extends: services extend each other: \(chain)")
        }
        guard path.count < Self.maximumDepth else {
            throw extends.place.error(
                "services.\(name).extends: more than \(Self.maximumDepth) services extend each other")
        }
        own["extends"] = nil
        let reference = try reference(extends, name)
        let base: Node?
        if let other = reference.file {
            let target = PathResolution(base: origin.directory, home: loader.home).absolute(other)
            var source = try self.origin(target, reference, extends, loader: &loader)
            base = try complete(reference.service, &source, path: path + [step], loader: &loader)
        } else {
            guard origin.services[reference.service] != nil else {
                throw missing(reference.service, extends, name, candidates: origin.services.keys)
            }
            base = try complete(reference.service, &origin, path: path + [step], loader: &loader)
        }
        var merged = service.with(.map(own))
        if let base {
            let kept = origin.resets.apply(toService: base, named: name)
            merged = try Merging.mergeService(kept, merged)
            merged.key = service.key
            merged.mark = service.mark
        }
        origin.services[name] = merged
        return merged
    }

    private func reference(
        _ extends: Node, _ name: String
    ) throws(ComposeError) -> (service: String, file: String?) {
        if let service = extends.string { return (service, nil) }
        guard extends.map != nil else {
            throw extends.place.error("services.\(name).extends: expected a string or a mapping, found \(extends.kind)")
        }
        guard let service = extends["service"]?.string else {
            throw extends.place.error("services.\(name).extends: key 'service' is missing")
        }
        guard let file = extends["file"], !file.isNull else { return (service, nil) }
        guard let path = file.string else {
            throw file.place.error("services.\(name).extends.file: expected a string, found \(file.kind)")
        }
        return (service, path)
    }

    private func missing(_ service: String, _ extends: Node, _ name: String, candidates: [String]) -> ComposeError {
        (extends["service"] ?? extends).place.error(
            "services.\(name).extends: there is no service '\(service)' to extend",
            hint: nearest(service, in: candidates).map { "did you mean '\($0)'?" })
    }

    private mutating func origin(
        _ file: String, _ reference: (service: String, file: String?), _ extends: Node, loader: inout Loader
    ) throws(ComposeError) -> Origin {
        let document: Loader.Document
        if let known = bases[file] {
            document = known
        } else {
            guard FileReading.exists(file) else {
                throw (extends["file"] ?? extends).place.error("cannot read \(file): no such file")
            }
            document = try loader.base(file, scope)
            bases[file] = document
        }
        guard let services = document.root["services"]?.map, services[reference.service] != nil else {
            throw missing(
                reference.service, extends, reference.service, candidates: document.root["services"]?.map?.keys ?? [])
        }
        return Origin(file: file, directory: Paths.parent(file), services: services, resets: document.resets)
    }
}
