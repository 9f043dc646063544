/// The short form of a service's volume, `SOURCE:TARGET:OPTIONS`.
enum VolumeSyntax {
    /// The long form of `text`.
    static func parse(_ text: String, at mark: Mark) throws(ComposeError) -> NodeMap {
        guard !text.isEmpty else { throw mark.error("expected a volume, found an empty string") }
        if text.utf8.count <= 2 {
            return ["type": Node(.string("volume"), at: mark), "target": Node(.string(Paths.clean(text)), at: mark)]
        }
        let parts = sections(text)
        if parts.contains("") {
            throw mark.error("volume \"\(text)\" has an empty part between its colons")
        }
        guard parts.count <= 3 else { throw mark.error("volume \"\(text)\" has too many colons") }
        return map(
            source: parts.count > 1 ? parts[0] : nil, target: parts.count > 1 ? parts[1] : parts[0],
            options: parts.count > 2 ? parts[2].split(separator: ",").map(String.init) : [], at: mark)
    }

    /// The parts between colons; the colon after a Windows drive letter, and those inside `${…}`, are none.
    private static func sections(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var braces = 0
        let characters = Array(text.unicodeScalars)
        for (index, character) in characters.enumerated() {
            let isDrive = part.unicodeScalars.count == 1 && part.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
            if character == "$", index + 1 < characters.count, characters[index + 1] == "{" {
                braces += 1
            } else if character == "}", braces > 0 {
                braces -= 1
            } else if character == ":", braces == 0, !isDrive {
                parts.append(part)
                part = ""
                continue
            }
            part.unicodeScalars.append(character)
        }
        return parts + [part]
    }

    private static func map(source: String?, target: String, options: [String], at mark: Mark) -> NodeMap {
        func node(_ content: Node.Content) -> Node { Node(content, at: mark) }
        var bind = NodeMap()
        var volume = NodeMap()
        var isReadOnly = false
        for option in options {
            switch option {
            case "ro": isReadOnly = true
            case "rw": isReadOnly = false
            case "nocopy": volume["nocopy"] = node(.bool(true))
            case "private", "rprivate", "shared", "rshared", "slave", "rslave":
                bind["propagation"] = node(.string(option))
            case "z", "Z": bind["selinux"] = node(.string(option))
            default: break
            }
        }
        let isBind = source.map(isPath) ?? false
        var map: NodeMap = ["type": node(.string(isBind ? "bind" : "volume"))]
        if let source { map["source"] = node(.string(source)) }
        map["target"] = node(.string(Paths.clean(target)))
        if isReadOnly { map["read_only"] = node(.bool(true)) }
        if isBind {
            bind["create_host_path"] = node(.bool(true))
        }
        if isBind || !bind.isEmpty { map["bind"] = node(.map(bind)) }
        if !isBind || !volume.isEmpty { map["volume"] = node(.map(volume)) }
        return map
    }

    private static func isPath(_ source: String) -> Bool {
        if let first = source.first, first == "." || first == "/" || first == "~" { return true }
        return source.hasPrefix("\\\\") || isWindowsDrive(source)
    }

    /// `C:` and what follows it.
    static func isWindowsDrive(_ path: String) -> Bool {
        let start = path.unicodeScalars.prefix(2)
        guard let letter = start.first, start.count == 2 else { return false }
        return letter.properties.isAlphabetic && start.last == ":"
    }
}
