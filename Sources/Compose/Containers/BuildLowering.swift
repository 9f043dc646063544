internal import Stack

/// `build`: how a service's image is made.
struct BuildLowering {
    let name: String
    let service: Fields
    let project: ComposeProject

    /// What only BuildKit does.
    private static let beyond = ["additional_contexts", "entitlements", "privileged", "secrets", "ssh"]

    func build() -> ImageBuild? {
        let fields = service.fields("build")
        guard fields.value != nil, let image = project.image(ofService: name) else { return nil }
        var build = ImageBuild(context: fields["context"]?.scalarText ?? project.directory, image: image)
        build.dockerfile = fields["dockerfile"]?.scalarText
        build.inlineDockerfile = fields["dockerfile_inline"]?.scalarText
        build.arguments = texts(fields["args"])
        build.target = fields["target"]?.scalarText
        build.tags = fields.texts("tags")
        build.labels = texts(
            EngineLabels.labels(fields["labels"], [("project", project.name), ("service", name)]))
        build.cacheFrom = fields.texts("cache_from")
        build.noCache = fields["no_cache"] == .bool(true)
        build.pull = fields["pull"] == .bool(true)
        build.network = fields["network"]?.scalarText
        build.sharedMemory = fields["shm_size"]?.whole
        build.extraHosts = EngineHosts.entries(fields)
        build.isolation = fields["isolation"]?.scalarText
        build.platform = platform(fields.texts("platforms"))
        build.beyondEngine = Self.beyond.filter { fields[$0] != nil }
        return build
    }

    /// Of several platforms the one that is run here is built, which without a word is the engine's own.
    private func platform(_ all: [String]) -> String? {
        service["platform"]?.scalarText ?? project.defaultPlatform ?? (all.count == 1 ? all.first : nil)
    }

    private func texts(_ value: ComposeValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in value?.map ?? ComposeMap() { texts[key] = value.scalarText }
        return texts
    }
}
