import Foundation
import Testing

/// The toolchain's modules can be imported from anywhere, so the package graph cannot keep the outside world out of the
/// rooms that must not know it. This scan can.
@Suite struct PurityTests {
    static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    static let outside = [
        "Foundation": "values of the Swift standard library", "FoundationEssentials": "values of the standard library",
        "Glibc": "an event that the shell makes of it", "Dispatch": "an effect that the shell carries out",
        "Platform": "an effect that the shell carries out", "CLinux": "an effect that the shell carries out",
        "Synchronization": "one owner: the engine has no locks",
    ]

    @Test(arguments: ["Stack", "Wire", "Healing", "Breaking", "Protocols", "Flags", "Alerting"])
    func pureRoomImportsNothingOfTheOutside(room: String) throws {
        for (file, module) in try imports(of: room) {
            if let instead = Self.outside[module] {
                Issue.record("\(file) imports \(module); a pure room uses \(instead)")
            }
        }
    }

    @Test(arguments: ["Keeper", "KeeperLink", "Platform"])
    func keeperDoesWithoutFoundation(room: String) throws {
        for (file, module) in try imports(of: room) where module.hasPrefix("Foundation") {
            Issue.record("\(file) imports \(module); the keeper stays small enough to trust with everything")
        }
    }

    /// Every import of the room's files. A room without files is a mistake of this test's.
    private func imports(of room: String) throws -> [(file: String, module: String)] {
        let folder = Self.sources.appending(path: room)
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        #expect(!files.isEmpty, "no files in \(folder.path)")
        return try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), place <= 2, place + 1 < words.count else {
                    return nil
                }
                return (file.lastPathComponent, String(words[place + 1]))
            }
        }
    }
}
