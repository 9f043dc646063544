internal import Platform
internal import Stack

/// The log files of a project's instances.
struct LogFolder {
    let path: String

    /// The instances that have written something, sorted.
    func instances() -> [InstanceID] {
        Set(namesInFolder(path).compactMap(Self.instance)).sorted()
    }

    /// `redis-1` for `redis-1.log` and `redis-1.log.2`; nil for other files.
    static func instance(ofFile name: String) -> InstanceID? {
        guard let range = name.range(ofLast: ".log") else { return nil }
        let rest = name[range.upperBound...]
        guard rest.isEmpty || (rest.first == "." && Int(rest.dropFirst()) != nil) else { return nil }
        let stem = name[..<range.lowerBound]
        guard let dash = stem.lastIndex(of: "-"), let number = Int(stem[stem.index(after: dash)...]), number > 0,
            dash > stem.startIndex
        else { return nil }
        return InstanceID(String(stem[..<dash]), number)
    }

    /// The last lines of an instance, as text.
    func tail(of instance: String, _ count: Int) -> [String] {
        let log = InstanceLog(instance: instance, folder: path)
        log.keepLast(count)
        var lines: [String] = []
        while let entry = log.next() { lines.append(String(decoding: entry.text, as: UTF8.self)) }
        return lines
    }
}

extension String {
    fileprivate func range(ofLast part: String) -> Range<Index>? {
        var end = endIndex
        while end > startIndex {
            if self[..<end].hasSuffix(part) { return index(end, offsetBy: -part.count)..<end }
            end = index(before: end)
        }
        return nil
    }
}
