import Foundation

/// A folder of a test's own, removed with all that is in it when the test lets go of it.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

    /// An empty folder. It is short, as a unix socket's path may have no more than 107 bytes.
    public init() {
        path = "/tmp/hale-\(UInt64.random(in: 0 ... .max))"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of that name in it.
    public subscript(_ name: String) -> String { path + "/" + name }

    /// Writes a file, and makes the folders it is in.
    public func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: self[name])
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Gives it to another user, which takes root.
    public func give(to user: String) throws {
        try FileManager.default.setAttributes([.ownerAccountName: user], ofItemAtPath: path)
    }

    /// The permissions of that name in it.
    public func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: self[name])[.posixPermissions] as? Int
    }
}
