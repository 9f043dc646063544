import Foundation

/// A folder of a test's own, removed with all that is in it when the test lets go of it.
final class TemporaryFolder {
    let path: String

    init() {
        // Short, as a unix socket's path may have no more than 107 bytes.
        path = "/tmp/hale-\(UInt32.random(in: 0 ... .max))"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    subscript(_ name: String) -> String { path + "/" + name }
}
