import Foundation
import Synchronization
import Testing

/// A real server as a child process in a temporary folder, ended by its pid.
final class ServerProcess {
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// What the child has said.
    private final class Output: Sendable {
        let text = Mutex("")
        let grew = DispatchSemaphore(value: 0)
    }

    private let process = Process()
    private let output = Output()

    /// Starts it and waits until its output holds `ready`.
    init(_ arguments: [String], ready: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        pipe.fileHandleForReading.readabilityHandler = { [output] handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty { handle.readabilityHandler = nil }
            output.text.withLock { $0 += text }
            output.grew.signal()
        }
        try process.run()
        try wait(for: ready)
    }

    deinit { stop() }

    /// All it has said so far.
    var text: String { output.text.withLock { $0 } }

    /// Waits until its output holds `text`.
    func wait(for text: String) throws {
        let deadline = DispatchTime.now() + 60
        while !self.text.contains(text) {
            guard process.isRunning || output.grew.wait(timeout: .now() + 1) == .success else {
                throw Missing(description: "\(process.arguments ?? []) ended: \(self.text)")
            }
            guard output.grew.wait(timeout: deadline) == .success else {
                throw Missing(description: "\(process.arguments ?? []) never said \"\(text)\": \(self.text)")
            }
        }
    }

    /// Ends it and waits for its end.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
    }

    /// Runs a program to its end; its output, or why it failed.
    @discardableResult static func run(_ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let standardInput = Pipe()
        let standardOutput = Pipe()
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardOutput
        try process.run()
        standardInput.fileHandleForWriting.write(Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: output, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Missing(description: "\(arguments) failed: \(text)") }
        return text
    }

    /// Says why a test cannot run where a program is missing.
    static func require(_ programs: String...) throws {
        for program in programs where !isInstalled(program) {
            throw Missing(description: "\(program) is not installed, so this cannot be tested here")
        }
    }

    private static func isInstalled(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        let candidates = program.hasPrefix("/") ? [program] : path.split(separator: ":").map { "\($0)/\(program)" }
        return candidates.contains { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// A folder that goes with its owner.
final class TemporaryFolder {
    let path: String

    /// `owner` is a user's name; nil keeps the test's own.
    init(owner: String? = nil) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "probing-\(UUID().uuidString)").path
        let attributes = owner.map { [FileAttributeKey.ownerAccountName: $0] }
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: attributes)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
