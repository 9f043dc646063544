internal import Platform
internal import Stack

/// The log files of a project's instances, or the access logs of its services.
struct LogFolder {
    let path: String
    /// Whether it holds access logs. Each is of all instances of a service, and taken for that of number 0.
    var isAccess = false

    /// The instances that have written something, sorted.
    func instances() -> [InstanceID] {
        Set(namesInFolder(path).compactMap(isAccess ? Self.service : Self.instance)).sorted()
    }

    /// What an instance has written, not older than `since`.
    func log(of instance: InstanceID, since: [UInt8]) -> InstanceLog {
        InstanceLog(
            instance: isAccess ? instance.service : instance.description, folder: path, since: since,
            isAccess: isAccess)
    }

    /// `redis` for `redis.log` and `redis.log.2`; nil for other files.
    private static func service(ofFile name: String) -> InstanceID? {
        stem(ofFile: name).flatMap { $0.isEmpty ? nil : InstanceID(String($0), 0) }
    }

    private static func stem(ofFile name: String) -> Substring? {
        guard let range = name.range(ofLast: ".log") else { return nil }
        let rest = name[range.upperBound...]
        guard rest.isEmpty || (rest.first == "." && Int(rest.dropFirst()) != nil) else { return nil }
        return name[..<range.lowerBound]
    }

    /// `redis-1` for `redis-1.log` and `redis-1.log.2`; nil for other files.
    static func instance(ofFile name: String) -> InstanceID? {
        guard let stem = stem(ofFile: name), let dash = stem.lastIndex(of: "-"),
            let number = Int(stem[stem.index(after: dash)...]), number > 0,
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
