/// Builds trees out of the events of a YAML parser: resolves aliases and merge keys, and refuses what a Compose file
/// may not have (keys that are no strings or stand twice).
struct YAMLComposer {
    /// The documents so far.
    private(set) var documents: [Node] = []

    private let file: SourceFile
    private var open: [Frame] = []
    private var anchors: [String: Finished] = [:]
    private var aliasedValues = 0

    /// A value that is complete.
    private struct Finished {
        var node: Node
        var tag = YAMLEvent.Tag.none
        /// Values in it, aliases expanded.
        var size = 1
        /// Lists and mappings inside each other.
        var depth = 0
    }

    /// A list or mapping whose end has not come.
    private struct Frame {
        var isMap: Bool
        var mark: Mark
        var anchor: String?
        var tag: YAMLEvent.Tag
        var items: [Node] = []
        var map = NodeMap()
        var key: (text: String, mark: Mark)?
        var seen: [String: Int32] = [:]
        var resets: [String] = []
        var merged: [Node] = []
        var size = 1
        var depth = 1
    }

    init(file: SourceFile) {
        self.file = file
    }

    mutating func take(_ event: YAMLEvent) throws(ComposeError) {
        switch event.kind {
        case .documentStart: anchors.removeAll()
        case .documentEnd, .other: break
        case .alias(let name): try add(resolve(name, at: event.mark))
        case .scalar(let content):
            var node = Node(content, at: event.mark)
            node.isTimestamp = event.isPlain && node.string.map(Timestamp.isWritten) ?? false
            try finish(Finished(node: node, tag: event.tag), anchor: event.anchor)
        case .listStart, .mapStart:
            guard open.count < YAMLDocuments.maximumDepth else { throw tooDeep(event.mark) }
            var isMap = false
            if case .mapStart = event.kind { isMap = true }
            open.append(Frame(isMap: isMap, mark: event.mark, anchor: event.anchor, tag: event.tag))
        case .end:
            guard let frame = open.popLast() else { return }
            try finish(close(frame), anchor: frame.anchor)
        }
    }

    private func tooDeep(_ mark: Mark) -> ComposeError {
        mark.error("is nested more than \(YAMLDocuments.maximumDepth) levels deep")
    }

    private mutating func resolve(_ name: String, at mark: Mark) throws(ComposeError) -> Finished {
        if open.contains(where: { $0.anchor == name }) { throw mark.error("anchor '\(name)' contains itself") }
        guard let found = anchors[name] else { throw mark.error("there is no anchor '\(name)' before this alias") }
        aliasedValues += found.size
        guard aliasedValues <= YAMLDocuments.maximumAliasedValues else {
            throw mark.error("aliases expand to more than \(YAMLDocuments.maximumAliasedValues) values")
        }
        guard open.count + found.depth <= YAMLDocuments.maximumDepth else { throw tooDeep(mark) }
        return found
    }

    private mutating func finish(_ value: Finished, anchor: String?) throws(ComposeError) {
        if let anchor { anchors[anchor] = value }
        try add(value)
    }

    private mutating func add(_ value: Finished) throws(ComposeError) {
        guard let last = open.indices.last else {
            guard documents.count < YAMLDocuments.maximumDocuments else {
                throw value.node.mark.error("more than \(YAMLDocuments.maximumDocuments) documents in a file")
            }
            documents.append(value.node)
            return
        }
        open[last].size += value.size
        open[last].depth = max(open[last].depth, value.depth + 1)
        if !open[last].isMap {
            if value.tag != .reset { open[last].items.append(Self.tagged(value)) }
        } else if let key = open[last].key {
            open[last].key = nil
            try Self.addEntry(key.text, key.mark, value, to: &open[last])
        } else {
            open[last].key = try Self.key(value.node, in: &open[last])
        }
    }

    private static func tagged(_ value: Finished) -> Node {
        var node = value.node
        node.isOverride = value.tag == .override
        return node
    }

    private static func key(_ node: Node, in frame: inout Frame) throws(ComposeError) -> (text: String, mark: Mark) {
        guard let text = node.string else {
            throw node.mark.error(
                "expected a string as key, found \(node.scalarText ?? node.kind)", hint: "put it in quotes")
        }
        if let line = frame.seen.updateValue(node.mark.line, forKey: text) {
            throw node.mark.error("key '\(text)' is already defined at line \(line)")
        }
        return (text, node.mark)
    }

    private static func addEntry(
        _ key: String, _ mark: Mark, _ value: Finished, to frame: inout Frame
    ) throws(ComposeError) {
        if value.tag == .reset {
            frame.resets.append(key)
        } else if key == "<<" {
            frame.merged += try mergeable(value.node)
        } else {
            var node = Self.tagged(value)
            node.key = mark
            frame.map[key] = node
        }
    }

    private static func mergeable(_ node: Node) throws(ComposeError) -> [Node] {
        let nodes = node.list ?? [node]
        for node in nodes where node.map == nil {
            throw node.mark.error("expected a mapping or a list of mappings after '<<', found \(node.kind)")
        }
        return nodes
    }

    private func close(_ frame: Frame) -> Finished {
        var node = Node(.list(frame.items), at: frame.mark)
        if frame.isMap {
            var map = frame.map
            node.resets = frame.resets
            for source in frame.merged {
                for (key, value) in source.map ?? NodeMap() where map[key] == nil { map[key] = value }
                node.resets += source.resets
            }
            node.content = .map(map)
        }
        return Finished(node: node, tag: frame.tag, size: frame.size, depth: frame.depth)
    }
}
