import Compose
import Foundation
import Stack
import Testing

/// Lowers every project of a folder of Compose cases for an engine.
@Suite struct EngineCasesTests {
    private struct Case: Decodable {
        var dir: String?
        var files: [String]?
        var env: [String: String]?
    }

    @Test func everyProjectThatLoadsIsLowered() throws {
        guard let cases = ProcessInfo.processInfo.environment["HALE_CASES"] else {
            print("SKIPPED: HALE_CASES is not set, so no Compose case was lowered for an engine")
            return
        }
        var lowered = 0
        let folder = "\(cases)/compose/cases"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            guard let project = try? load("\(folder)/\(name)") else { continue }
            lowered += 1
            do {
                try check(project)
            } catch let error as ComposeError {
                print("\(name): \(error.description)")
                #expect(!error.diagnostics.isEmpty)
            }
        }
        print("\(lowered) Compose cases were lowered for an engine")
        #expect(lowered > 0)
    }

    private func load(_ folder: String) throws -> ComposeProject {
        let description = FileManager.default.contents(atPath: "\(folder)/case.json") ?? Data("{}".utf8)
        let details = try JSONDecoder().decode(Case.self, from: description)
        let directory = details.dir.map { "\(folder)/\($0)" } ?? folder
        return try ComposeProject.load(
            ComposeOptions(
                files: details.files ?? [], environment: details.env ?? [:], currentDirectory: directory))
    }

    private func check(_ project: ComposeProject) throws {
        let stack = try project.stack(runtime: .containers)
        let containers = try #require(stack.containers)
        let networks = Set(containers.networks.map(\.name))
        for service in stack.services.values {
            let container = try #require(service.launch.container)
            #expect(try ComposeValue.json(container.configuration)["Image"] == .string(container.image))
            #expect(!container.image.isEmpty)
            #expect(networks.isSuperset(of: container.networks.map(\.network)))
        }
        for body in containers.networks.map(\.configuration) + containers.volumes.map(\.configuration) {
            _ = try ComposeValue.json(body)
        }
    }
}
