import Engines
import Stack

/// Services that run as containers, of which only what matters is given.
enum ContainerSamples {
    static func service(
        _ name: String, image: String = "nginx:1.27", configuration: String = #"{"Image":"nginx:1.27"}"#,
        networks: [ContainerAttachment] = [ContainerAttachment(network: "shop_default")], exposed: [UInt16] = [80],
        needs: [Dependency] = [], replicas: Int = 1, naming: ServiceNames? = nil,
        change: (inout ContainerSpecification) -> Void = { _ in }
    ) -> Service {
        var container = ContainerSpecification(image: image, configuration: configuration, networks: networks)
        change(&container)
        return Service(
            name: name, replicas: replicas, launch: LaunchSpecification(command: [], container: container),
            dependencies: needs, exposed: exposed, naming: naming)
    }

    static func stack(_ services: Service...) -> Stack { stack(services) }

    static func stack(_ services: [Service]) -> Stack {
        Stack(
            name: "shop", directory: "/srv/shop", services: services,
            containers: ContainerProject(
                files: ["/srv/shop/compose.yaml"],
                networks: [ContainerProject.Resource(key: "default", name: "shop_default")]))
    }
}

extension JSONValue {
    /// The value at a path of keys, with `/` between them.
    subscript(path path: String) -> JSONValue? {
        get { path.split(separator: "/").reduce(self as JSONValue?) { $0?[String($1)] } }
        set { set(path.split(separator: "/").map(String.init)[...], newValue) }
    }

    private mutating func set(_ keys: ArraySlice<String>, _ value: JSONValue?) {
        guard let first = keys.first else { return }
        guard keys.count > 1 else {
            self[first] = value
            return
        }
        var inner = self[first] ?? .object([:])
        inner.set(keys.dropFirst(), value)
        self[first] = inner
    }

    /// Its items, where all of them are texts.
    var texts: [String] { items.compactMap(\.text) }
}
