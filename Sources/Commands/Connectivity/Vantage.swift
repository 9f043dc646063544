internal import Glibc
internal import Platform
internal import Stack

/// A place from which endpoints are tested: what a process there would find under a service's name, and through which network.
struct Vantage {
    /// Inside which instance; nil is the host.
    let instance: InstanceID?
    /// The network namespace to connect from, by path; nil is this process's own.
    let network: String?
    /// What the kernel calls that namespace, whichever process it is asked of.
    let networkName: String
    /// Names and their addresses, as /etc/hosts has them there.
    let names: [String: String]

    /// The host itself.
    static let host = Vantage(instance: nil, network: nil, networkName: "", names: [:])

    /// Inside an instance whose first process is `pid`; throws why that cannot be.
    static func inside(_ instance: InstanceID, pid: Int32) throws(Obstacle) -> Vantage {
        let path = "/proc/\(pid)/ns/net"
        guard let network = link(path), let own = link("/proc/self/ns/net") else {
            throw Obstacle(description: "its network cannot be looked at (\(String(cString: strerror(errno))))")
        }
        guard network == own || ProcessFacts.isRoot else {
            throw Obstacle(description: "it has a network of its own, which only root may enter")
        }
        let hosts = (try? readWholeFile("/proc/\(pid)/root/etc/hosts", limit: 1 << 20)) ?? []
        return Vantage(
            instance: instance, network: network == own ? nil : path, networkName: network == own ? "" : network,
            names: parse(String(decoding: hosts, as: UTF8.self)))
    }

    /// Why nothing can be tested from there.
    struct Obstacle: Error, CustomStringConvertible {
        let description: String
    }

    /// The address of the first of those names that is known there.
    func address(of names: [String]) -> String? {
        names.lazy.compactMap { self.names[$0.lowercased()] }.first
    }

    var description: String { instance.map { "inside \($0)" } ?? "the host" }

    /// Of hosts(5); of several addresses of a name the first counts.
    static func parse(_ hosts: String) -> [String: String] {
        var names: [String: String] = [:]
        for line in hosts.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let address = words.first else { continue }
            for name in words.dropFirst() where names[name.lowercased()] == nil { names[name.lowercased()] = address }
        }
        return names
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count - 1)
        return count > 0 ? String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
