internal import CYAML

/// Reads YAML into trees of `Node` that know where each value was written.
///
/// Memory is bounded by the size of the text: an alias shares what its anchor holds, and what aliases would expand to
/// is limited, as is the depth.
enum YAMLDocuments {
    /// Values that aliases may add to a file all together.
    static let maximumAliasedValues = 1_000_000
    /// Lists and mappings inside each other.
    static let maximumDepth = 100
    /// Brackets that are open at a time, those in texts included.
    static let maximumOpenBrackets = 20_000
    /// Documents in a file.
    static let maximumDocuments = 1_000

    /// The documents in `bytes`, in order; those that hold nothing at all are left out.
    static func read(_ bytes: [UInt8], of file: SourceFile) throws(ComposeError) -> [Node] {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Mark(file).error("is UTF-16", hint: "save it as UTF-8")
        }
        try refuseHopeless(bytes, file)
        guard let diagnostics = fy_diag_create(nil) else { throw Mark(file).error("out of memory") }
        defer { fy_diag_unref(diagnostics) }
        fy_diag_set_collect_errors(diagnostics, true)
        var configuration = fy_parse_cfg()
        configuration.flags = fy_parse_cfg_flags(
            FYPCF_QUIET.rawValue | FYPCF_COLLECT_DIAG.rawValue | FYPCF_SLOPPY_FLOW_INDENTATION.rawValue
                | FYPCF_JSON_NONE.rawValue)
        configuration.diag = diagnostics
        guard let parser = fy_parser_create(&configuration) else { throw Mark(file).error("out of memory") }
        defer { fy_parser_destroy(parser) }
        let result: Result<[Node], ComposeError> = bytes.withUnsafeBytes { buffer in
            let start = buffer.bindMemory(to: CChar.self).baseAddress
            guard let start, fy_parser_set_string(parser, start, buffer.count) == 0 else { return .success([]) }
            return Result { () throws(ComposeError) in try compose(parser, diagnostics, file) }
        }
        return try result.get()
    }

    /// Refuses what the parser would stop at silently, or only after it has taken memory without bound: it reads ahead
    /// as long as brackets are opened and not closed.
    private static func refuseHopeless(_ bytes: [UInt8], _ file: SourceFile) throws(ComposeError) {
        var mark = Mark(file)
        var brackets = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                mark.line += 1
                mark.column = 0
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
            case 0:
                throw mark.error("is not valid YAML: NUL byte")
            default: break
            }
            guard brackets <= maximumOpenBrackets else {
                throw mark.error("more than \(maximumOpenBrackets) brackets are opened and not closed")
            }
            mark.column += 1
        }
    }

    private static func compose(
        _ parser: OpaquePointer, _ diagnostics: OpaquePointer, _ file: SourceFile
    ) throws(ComposeError) -> [Node] {
        var composer = YAMLComposer(file: file)
        while let event = fy_parser_parse(parser) {
            defer { fy_parser_event_free(parser, event) }
            if event.pointee.type == FYET_STREAM_END { return composer.documents }
            try composer.take(YAMLEvent(event, file: file))
        }
        throw syntaxError(diagnostics, file)
    }

    private static func syntaxError(_ diagnostics: OpaquePointer, _ file: SourceFile) -> ComposeError {
        var previous: UnsafeMutableRawPointer?
        guard let error = fy_diag_errors_iterate(diagnostics, &previous) else {
            return Mark(file).error("is not valid YAML")
        }
        let message = error.pointee.msg.map { String(cString: $0) } ?? "syntax error"
        let mark = Mark(file, line: max(1, Int(error.pointee.line)), column: max(1, Int(error.pointee.column)))
        return mark.error("is not valid YAML: \(message)")
    }
}

/// What the YAML parser met, in Swift's types.
struct YAMLEvent {
    enum Kind {
        case documentStart, documentEnd, other
        case alias(String)
        case scalar(Node.Content)
        case listStart, mapStart, end
    }

    enum Tag {
        case none, reset, override
    }

    var kind: Kind
    var mark: Mark
    var anchor: String?
    var tag = Tag.none
    /// Whether it is a scalar without quotes.
    private(set) var isPlain = false

    init(_ event: UnsafeMutablePointer<fy_event>, file: SourceFile) throws(ComposeError) {
        let start = fy_event_start_mark(event)
        mark = Mark(
            file, line: (start.map { Int($0.pointee.line) } ?? 0) + 1,
            column: (start.map { Int($0.pointee.column) } ?? 0) + 1)
        switch event.pointee.type {
        case FYET_DOCUMENT_START: kind = .documentStart
        case FYET_DOCUMENT_END: kind = .documentEnd
        case FYET_ALIAS:
            kind = .alias(Self.text(event.pointee.alias.anchor))
            stepBack()
        case FYET_SEQUENCE_START:
            kind = .listStart
            describe(anchor: event.pointee.sequence_start.anchor, tag: event.pointee.sequence_start.tag)
        case FYET_MAPPING_START:
            kind = .mapStart
            describe(anchor: event.pointee.mapping_start.anchor, tag: event.pointee.mapping_start.tag)
        case FYET_SEQUENCE_END, FYET_MAPPING_END: kind = .end
        case FYET_SCALAR:
            let scalar = event.pointee.scalar
            let text = Self.text(scalar.value)
            kind = .scalar(.string(text))
            describe(anchor: scalar.anchor, tag: scalar.tag)
            kind = .scalar(try content(text, value: scalar.value, tag: scalar.tag.map(Self.tagName)))
        default: kind = .other
        }
    }

    /// The parser's mark is behind the sign that opens a quoted text or an alias.
    private mutating func stepBack() {
        mark.column = max(1, mark.column - 1)
    }

    private mutating func describe(anchor: OpaquePointer?, tag: OpaquePointer?) {
        self.anchor = anchor.map(Self.text)
        switch tag.map(Self.tagName) {
        case "!reset": self.tag = .reset
        case "!override": self.tag = .override
        default: self.tag = .none
        }
    }

    private mutating func content(
        _ text: String, value: OpaquePointer?, tag: String?
    ) throws(ComposeError) -> Node.Content {
        let style = value.map { fy_token_scalar_style($0) } ?? FYSS_PLAIN
        isPlain = style == FYSS_PLAIN
        if style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED { stepBack() }
        switch tag {
        case "tag:yaml.org,2002:str", "!": return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return ScalarResolution.resolve(text)
        case "tag:yaml.org,2002:float":
            guard case .integer(let number) = ScalarResolution.resolve(text) else {
                return ScalarResolution.resolve(text)
            }
            return .double(Double(number))
        case "tag:yaml.org,2002:binary":
            throw mark.error("binary values are not supported")
        default: return isPlain ? ScalarResolution.resolve(text) : .string(text)
        }
    }

    private static func tagName(_ token: OpaquePointer) -> String {
        var length = 0
        let handle = fy_tag_token_handle(token, &length)
        let prefix = string(handle, length)
        let suffix = fy_tag_token_suffix(token, &length)
        let name = string(suffix, length)
        return prefix == "!!" ? "tag:yaml.org,2002:\(name)" : prefix + name
    }

    private static func text(_ token: OpaquePointer?) -> String {
        guard let token else { return "" }
        var length = 0
        let start = fy_token_get_text(token, &length)
        return string(start, length)
    }

    private static func string(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        guard let start, length > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
