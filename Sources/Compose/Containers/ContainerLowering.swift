internal import Stack

/// Turns one service of the canonical model into the container that an engine is asked for.
struct ContainerLowering {
    let name: String
    let fields: Fields
    let project: ComposeProject
    let isBehindGateway: Bool

    func container(_ problems: inout Problems) -> ContainerSpecification {
        EngineLimits(service: fields).check(&problems)
        let image = project.image(ofService: name)
        if image == nil, fields["provider"] == nil {
            problems.report(fields.path, "needs an image or a build to run in a container")
        }
        let hash = project.hash(ofService: name) ?? ""
        let files = FileReferenceLowering(service: fields, project: project).references(&problems)
        let attachments = AttachmentLowering(service: fields, project: project)
        var body = ContainerBodyLowering(service: fields).body
        body["Image"] = image.map(ComposeValue.string)
        // Those of Compose's own change with more than the container, and come to it when it is created.
        body["Labels"] = fields["labels"]?.map.map(ComposeValue.map)
        body["ExposedPorts"] = EnginePorts(service: fields).exposed(&problems)
        body["MacAddress"] = fields["mac_address"]
        var host = HostConfigLowering(service: fields, project: project).host(&problems)
        host["NetworkMode"] = attachments.mode.map(ComposeValue.string)
        MountLowering(service: fields, project: project).apply(to: &body, &host, files: files)
        body["HostConfig"] = .map(host)
        return ContainerSpecification(
            image: image ?? "", pullPolicy: PullPolicyLowering(service: fields).policy(&problems),
            platform: fields["platform"]?.scalarText ?? project.defaultPlatform,
            configuration: ComposeValue.map(body).engineText, name: fields["container_name"]?.scalarText,
            networks: attachments.attachments(&problems), shares: SharesLowering(service: fields).shares,
            files: files.compactMap(\.file), hash: hash, restart: EngineRestartLowering(service: fields).policy,
            isBehindGateway: isBehindGateway)
    }
}

extension ComposeProject {
    /// The platform of services that say nothing of it.
    var defaultPlatform: String? {
        environment["DOCKER_DEFAULT_PLATFORM"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
