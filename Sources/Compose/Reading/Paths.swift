/// Paths as text; nothing here looks at the disk.
enum Paths {
    /// `path` without `.`, `..` and doubled slashes.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let text = parts.joined(separator: "/")
        return isAbsolute ? "/" + text : text.isEmpty ? "." : text
    }

    /// `path`, seen from `base` where it is relative, without `.` and `..`.
    static func join(_ base: String, _ path: String) -> String {
        path.hasPrefix("/") ? clean(path) : clean(base + "/" + path)
    }

    /// The folder that `path` is in.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : clean(String(path[..<slash]))
    }

    /// The last part of `path`.
    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? "/"
    }
}
