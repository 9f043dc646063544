/// The places of a file that are tagged `!reset` or `!override`: what earlier files say there is forgotten.
struct Resets {
    private(set) var paths: [[String]] = []

    init() {}

    /// The tagged places of `root`.
    init(in root: Node) {
        collect(root, path: [])
    }

    private mutating func collect(_ node: Node, path: [String]) {
        if node.isOverride {
            paths.append(path)
            return
        }
        for key in node.resets { paths.append(path + [key]) }
        switch node.content {
        case .map(let map):
            for (key, value) in map { collect(value, path: path + [key]) }
        case .list, .null, .bool, .integer, .double, .string:
            // Items of lists have no name that an earlier file could share.
            break
        }
    }

    /// `root` without what is at the tagged places.
    func apply(to root: Node) -> Node {
        paths.reduce(root) { Self.remove($1[...], from: $0) }
    }

    /// `service`, which is called `name`, without what is at the tagged places.
    func apply(toService service: Node, named name: String) -> Node {
        paths.filter { $0.count > 2 && $0[0] == "services" && $0[1] == name }
            .reduce(service) { Self.remove($1.dropFirst(2), from: $0) }
    }

    /// `resource` of `section`, which is called `name`, without what is at the tagged places; nil where it is
    /// forgotten as a whole.
    func apply(toResource resource: Node, named name: String, in section: String) -> Node? {
        let matching = paths.filter { $0.count > 1 && $0[0] == section && $0[1] == name }
        if matching.contains(where: { $0.count == 2 }) { return nil }
        return matching.reduce(resource) { Self.remove($1.dropFirst(2), from: $0) }
    }

    private static func remove(_ path: ArraySlice<String>, from node: Node) -> Node {
        guard let key = path.first, var map = node.map, let value = map[key] else { return node }
        map[key] = path.count == 1 ? nil : remove(path.dropFirst(), from: value)
        return node.with(.map(map))
    }
}
