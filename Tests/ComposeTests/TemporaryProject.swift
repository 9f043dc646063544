public import Compose
import Foundation
import TestFolders

/// A folder with files for one test; it goes away with the last reference to it.
final class TemporaryProject {
    private let folder = TemporaryFolder()
    var path: String { folder.path }

    init(_ files: [String: String]) throws {
        for (name, text) in files { try write(Array(text.utf8), to: name) }
    }

    struct Failure: Error {
        var what: String
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
        guard let file = fopen("\(path)/\(name)", "w") else { throw Failure(what: name) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(what: name) }
    }

    func load(
        _ files: [String] = [], environment: [String: String] = [:], change: (inout ComposeOptions) -> Void = { _ in }
    ) throws -> ComposeProject {
        var options = ComposeOptions(
            files: files, projectName: "demo", environment: environment, currentDirectory: path)
        change(&options)
        return try ComposeProject.load(options)
    }

    /// What is said when loading fails, with the folder left out.
    func complaint(_ files: [String] = [], environment: [String: String] = [:]) -> String? {
        do {
            _ = try load(files, environment: environment)
            return nil
        } catch {
            return "\(error)".split(separator: path + "/", omittingEmptySubsequences: false).joined()
        }
    }
}

/// Loads one file.
func load(_ text: String, environment: [String: String] = [:]) throws -> ComposeProject {
    try TemporaryProject(["compose.yaml": text]).load(environment: environment)
}

/// What is said of one file that cannot be loaded.
func complaint(_ text: String, environment: [String: String] = [:]) throws -> String? {
    try TemporaryProject(["compose.yaml": text]).complaint(environment: environment)
}

extension ComposeProject {
    /// A key of the service `web`.
    func web(_ key: String) -> ComposeValue? {
        model["services"]?["web"]?[key]
    }
}

extension ComposeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// A value as it is written.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A value as it is written.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A value as it is written.
    public init(arrayLiteral elements: ComposeValue...) { self = .list(elements) }
    /// A value as it is written.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A value as it is written.
    public init(nilLiteral: ()) { self = .null }

    /// A value as it is written.
    public init(dictionaryLiteral elements: (String, ComposeValue)...) {
        var map = ComposeMap()
        for (key, value) in elements { map[key] = value }
        self = .map(map)
    }
}
