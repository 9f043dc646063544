import Platform
import Stack
import Testing

@testable import Runtimes

@Suite struct InstanceEnvironmentTests {
    /// As many services as that, `service-0` needing `service-1` and that `service-2`.
    static func stack(_ count: Int, command: [String] = ["server"]) -> Stack {
        let services = (0..<count).map { number in
            Service(
                name: "service-\(number)", launch: LaunchSpecification(command: number == 0 ? command : ["server"]),
                dependencies: number < 2 ? [Dependency("service-\(number + 1)")] : [], exposed: [7_000])
        }
        return Stack(name: "shop", directory: "/", services: services)
    }

    /// The services whose places the first one is told.
    static func told(_ stack: Stack) -> Set<String> {
        let maker = InstanceEnvironment(
            stack: stack, locations: Locations(project: "shop", environment: ["HOME": "/"]), callers: [:])
        var book = AddressBook(identity: "shop")
        guard let service = stack.services["service-0"] else { return [] }
        let variables = maker.variables(for: InstanceID("service-0", 1), of: service, addresses: &book)
        let names = variables.keys.filter { $0.hasPrefix("HALE_SERVICE_") && $0.hasSuffix("_HOST") }
        return Set(
            names.map { $0.dropFirst("HALE_".count).dropLast("_HOST".count).replacing("_", with: "-").lowercased() })
    }

    @Test func everybodyIsToldOfEverybody() {
        #expect(Self.told(Self.stack(100)).count == 100)
    }

    @Test func inALargeStackOfThoseItNeeds() {
        #expect(Self.told(Self.stack(101)) == ["service-0", "service-1", "service-2"])
    }

    @Test(arguments: ["$HALE_SERVICE_70_HOST", "http://${HALE_SERVICE_70_HOST}:${HALE_SERVICE_70_PORT}/"])
    func andOfThoseItNames(word: String) {
        let stack = Self.stack(101, command: ["server", "$HALE_HOST", word])
        #expect(Self.told(stack) == ["service-0", "service-1", "service-2", "service-70"])
    }
}
