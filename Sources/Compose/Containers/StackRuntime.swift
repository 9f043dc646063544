/// What the instances of a stack are.
public enum StackRuntime: Hashable, Sendable {
    /// Plain processes, without a container engine.
    case processes
    /// Containers of an engine that speaks Docker's API.
    case containers
}

/// What a project asks its instances to be (`x-hale.runtime`).
public enum RuntimeWish: String, CaseIterable, Hashable, Sendable {
    /// Plain processes.
    case process
    /// Containers of Docker.
    case docker
    /// Containers of Podman.
    case podman
    /// Whatever the machine has.
    case auto
}

extension ComposeProject {
    /// `x-hale.runtime`, read on its own, as the answer decides how the rest is lowered; nil where the file does not say.
    /// A word that is none of `RuntimeWish` is refused with its place.
    public func runtimeWish() throws(ComposeError) -> RuntimeWish? {
        var problems = Problems(project: self)
        let wish = RuntimeWishLowering(hale: Fields(model["x-hale"], path: ["x-hale"])).wish(&problems)
        try problems.throwIfAny()
        return wish
    }
}

/// Reads `runtime` under the `x-hale` at the top of the file.
struct RuntimeWishLowering {
    static let key = "runtime"

    let hale: Fields

    func wish(_ problems: inout Problems) -> RuntimeWish? {
        hale.choice(Self.key, &problems)
    }
}
