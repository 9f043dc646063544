internal import Stack

/// Brings every value of a project into the one form that the resolved model has for it.
enum ModelEncoding {
    /// `root`, complete and in long form, as the model prints it: keys in their order, empty values left out.
    static func encode(_ root: Node) throws(ComposeError) -> Node {
        var map = NodeMap()
        map["name"] = root["name"]
        for section in Specification.sections {
            guard let shape = Specification.project.shapes[section], let node = root[section] else { continue }
            if let encoded = try encode(node, shape, section) { map[section] = encoded }
        }
        if map["services"] == nil { map["services"] = root.derived(.map([:])) }
        for (key, value) in root.map ?? [:] where key.hasPrefix("x-") { map[key] = value }
        return root.with(.map(map))
    }

    /// The value as the model has it; nil where it is left out.
    private static func encode(_ node: Node, _ shape: Shape, _ path: String) throws(ComposeError) -> Node? {
        if node.isNull { return nil }
        switch shape.form {
        case .record, .recordUnlessEmpty, .dictionary, .list, .multiple, .limit:
            return try structure(node, shape, path)
        case .texts, .words, .test, .hosts, .keys, .environment, .texted:
            return try Collections(path: path).encode(node, shape.form)
        case .text, .flag, .optionalFlag, .flagUnlessTrue, .whole, .optionalWhole, .number, .bytes, .duration,
            .optionalDuration, .count, .fileMode:
            return try Scalars(path: path).encode(node, shape.form)
        case .untouched: return node
        case .dropped: return nil
        }
    }

    private static func structure(_ node: Node, _ shape: Shape, _ path: String) throws(ComposeError) -> Node? {
        switch node.content {
        case .map(let map):
            if let record = shape.record {
                let encoded = try self.record(map, record, path)
                if case .recordUnlessEmpty = shape.form, encoded.isEmpty { return nil }
                return node.with(.map(encoded))
            }
            guard let values = shape.dictionary?.values, !map.isEmpty else { return nil }
            return node.with(
                .map(
                    try map.sortedByKey().mapValues { key, value throws(ComposeError) in
                        try encode(value, values, "\(path).\(key)") ?? value.with(.null)
                    }))
        case .list(let items):
            guard let shape = shape.items, !items.isEmpty else { return nil }
            var encoded: [Node] = []
            for (index, item) in items.enumerated() {
                if let value = try encode(item, shape, "\(path).\(index)") { encoded.append(value) }
            }
            return node.with(.list(encoded))
        case .null, .bool, .integer, .double, .string:
            if case .limit = shape.form { return try Scalars(path: path).encode(node, .optionalWhole) }
            return node.scalarText.map { node.with(.string($0)) }
        }
    }

    private static func record(_ map: NodeMap, _ record: Record, _ path: String) throws(ComposeError) -> NodeMap {
        var encoded = NodeMap()
        let known = map.keys.compactMap { name in record.places[name].map { (name: name, place: $0) } }
        for (name, _) in known.sorted(by: { $0.place < $1.place }) {
            guard let value = map[name], let shape = record.shapes[name] else { continue }
            if let value = try encode(value, shape, "\(path).\(name)") { encoded[name] = value }
        }
        for (key, value) in map where key.hasPrefix("x-") { encoded[key] = value }
        return encoded
    }
}

/// Scalars of the model.
private struct Scalars {
    var path: String

    func encode(_ node: Node, _ form: Form) throws(ComposeError) -> Node? {
        switch form {
        case .flag: return try flag(node) ? node.with(.bool(true)) : nil
        case .optionalFlag: return node.with(.bool(try flag(node)))
        case .flagUnlessTrue: return try flag(node) ? nil : node.with(.bool(false))
        case .whole:
            let number = try whole(node)
            return number == 0 ? nil : node.with(.integer(number))
        case .optionalWhole: return node.with(.integer(try whole(node)))
        case .number: return try number(node)
        case .bytes: return try bytes(node)
        case .duration: return try duration(node, keepsZero: false)
        case .optionalDuration: return try duration(node, keepsZero: true)
        case .count: return try count(node)
        case .fileMode: return try fileMode(node)
        default:
            guard let text = node.scalarText, !text.isEmpty else { return nil }
            return node.with(.string(text))
        }
    }

    private func wrong(_ node: Node, _ expectation: String) -> ComposeError {
        node.place.error("\(path): expected \(expectation), found \"\(node.scalarText ?? node.kind)\"")
    }

    private func flag(_ node: Node) throws(ComposeError) -> Bool {
        if let flag = node.bool ?? node.string.flatMap(Casts.flag) { return flag }
        throw wrong(node, "true or false")
    }

    private func whole(_ node: Node) throws(ComposeError) -> Int64 {
        if case .double(let number) = node.content, abs(number) < 9e18 { return Int64(number) }
        guard let number = node.integer ?? node.string.flatMap({ Int64($0) }) else {
            throw wrong(node, "a whole number")
        }
        return number
    }

    private func number(_ node: Node) throws(ComposeError) -> Node? {
        guard let text = node.scalarText, let value = Double(text), value.isFinite else {
            throw wrong(node, "a number")
        }
        // The reference implementation keeps these in single precision.
        let rounded = Double("\(Float(value))") ?? value
        if rounded == 0 { return nil }
        if rounded == rounded.rounded(), abs(rounded) < 1e15 { return node.with(.integer(Int64(rounded))) }
        return node.with(.double(rounded))
    }

    private func bytes(_ node: Node) throws(ComposeError) -> Node? {
        guard let text = node.scalarText else { throw wrong(node, "an amount such as 512m") }
        if case .double = node.content { return nil }
        guard let value = Int64(text) ?? ByteSize.parse(text) else { throw wrong(node, "an amount such as 512m") }
        return value == 0 ? nil : node.with(.string(String(value)))
    }

    private func duration(_ node: Node, keepsZero: Bool) throws(ComposeError) -> Node? {
        guard let text = node.scalarText, let value = DurationText.parse(text) else {
            throw wrong(node, "a duration such as 500ms, 10s or 1m30s")
        }
        let nanoseconds = value.nanoseconds
        return nanoseconds == 0 && !keepsZero ? nil : node.with(.string(CanonicalDuration.text(nanoseconds)))
    }

    private func count(_ node: Node) throws(ComposeError) -> Node? {
        if node.string?.lowercased() == "all" { return node.with(.integer(-1)) }
        guard let number = node.integer ?? node.string.flatMap({ Int64($0) }) else {
            throw wrong(node, "all or a whole number")
        }
        return number == 0 ? nil : node.with(.integer(number))
    }

    private func fileMode(_ node: Node) throws(ComposeError) -> Node? {
        guard let mode = node.integer ?? node.string.flatMap({ Int64($0, radix: 8) }) else {
            throw wrong(node, "a file mode such as 0440")
        }
        return node.with(.string("0" + String(mode, radix: 8)))
    }
}

/// Lists and mappings of texts.
private struct Collections {
    var path: String

    func encode(_ node: Node, _ form: Form) throws(ComposeError) -> Node? {
        switch form {
        case .words: return try words(node)
        case .test:
            if let text = node.string {
                return node.with(.list([node.derived(.string("CMD-SHELL")), node.derived(.string(text))]))
            }
            return texts(node)
        case .hosts: return try hosts(node)
        case .keys: return keys(node)
        case .environment: return try pairs(node, keepsUnset: true)
        case .texted: return try pairs(node, keepsUnset: false)
        default: return texts(node)
        }
    }

    private func texts(_ node: Node) -> Node? {
        let items = node.list ?? [node]
        if items.isEmpty { return nil }
        return node.with(.list(items.map { $0.with(.string($0.scalarText ?? "")) }))
    }

    private func words(_ node: Node) throws(ComposeError) -> Node? {
        guard let text = node.string else {
            return node.with(.list((node.list ?? []).map { $0.with(.string($0.scalarText ?? "")) }))
        }
        do {
            return node.with(.list(try ShellWords.split(text).map { node.derived(.string($0)) }))
        } catch {
            throw node.place.error("\(path): \(error.description)")
        }
    }

    private func pairs(_ node: Node, keepsUnset: Bool) throws(ComposeError) -> Node? {
        var map = NodeMap()
        for (key, value) in node.map ?? [:] {
            map[key] = value.with(value.scalarText.map(Node.Content.string) ?? (keepsUnset ? .null : .string("")))
        }
        for item in node.list ?? [] {
            let parts = (item.scalarText ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            if keepsUnset, name.unicodeScalars.last?.properties.isWhitespace == true {
                throw item.place.error("\(path): variable \"\(name)\" has a space before its equals sign")
            }
            map[name] = item.derived(parts.count > 1 ? .string(String(parts[1])) : keepsUnset ? .null : .string(""))
        }
        return map.isEmpty ? nil : node.with(.map(map.sortedByKey()))
    }

    /// `NAME=ADDRESS`, sorted.
    private func hosts(_ node: Node) throws(ComposeError) -> Node? {
        var entries: [(text: String, node: Node)] = []
        func add(_ name: String, _ address: String, _ node: Node) throws(ComposeError) {
            guard !name.isEmpty, !name.contains(":"), !name.contains("=") else {
                throw node.place.error("\(path): bad host name '\(name)'")
            }
            let isBracketed = address.count > 2 && address.hasPrefix("[") && address.hasSuffix("]")
            entries.append(("\(name)=\(isBracketed ? String(address.dropFirst().dropLast()) : address)", node))
        }
        for (name, value) in node.map ?? [:] {
            for item in value.list ?? [value] { try add(name, item.scalarText ?? "", value) }
        }
        for item in node.list ?? [] {
            let text = item.scalarText ?? ""
            guard let separator = text.firstIndex(of: "=") ?? text.firstIndex(of: ":") else {
                throw item.place.error("\(path): expected NAME=ADDRESS, found \"\(text)\"")
            }
            let addresses = text[text.index(after: separator)...].split(
                separator: ",", omittingEmptySubsequences: false)
            for address in addresses { try add(String(text[..<separator]), String(address), item) }
        }
        if entries.isEmpty { return nil }
        entries.sort { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        return node.with(.list(entries.map { $0.node.derived(.string($0.text)) }))
    }

    /// `ID` or `ID=PATH`.
    private func keys(_ node: Node) -> Node? {
        guard let map = node.map, !map.isEmpty else { return nil }
        return node.with(
            .list(map.map { id, path in path.derived(.string(path.scalarText.map { "\(id)=\($0)" } ?? id)) }))
    }
}
