// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Hundred thousand random histories of the engine are no use at the speed of a debug build.
let fast: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ room: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict
) -> Target {
    .testTarget(
        name: "\(room)Tests",
        dependencies: [.target(name: room)] + dependencies,
        swiftSettings: settings
    )
}

let package = Package(
    name: "hale",
    targets: [
        // Level 0: the shared vocabulary and thin Swift over Linux. No decisions.
        .target(name: "CLinux"),
        .target(name: "CDetach"),
        .target(name: "CDashboard", exclude: ["Page"]),
        .systemLibrary(name: "CYAML", pkgConfig: "libfyaml", providers: [.apt(["libfyaml-dev"])]),
        .target(name: "CCurl", dependencies: ["CCurlLibrary"]),
        .systemLibrary(
            name: "CCurlLibrary", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        room("Curl", ["CCurl"]),
        room("Stack", settings: fast),
        room("Platform", ["Stack", "CLinux"]),

        // Level 1: pure judgement, and the words the three roles say to each other.
        room("Wire", ["Stack"]),
        room("Healing", ["Stack"], settings: fast),
        room("Breaking", ["Stack"], settings: fast),
        room("Flags", ["Stack"]),
        room("Alerting", ["Stack"], settings: fast),
        room("Encryption", ["Stack", "Platform", "COpenSSL"]),
        room("Compose", ["Stack", "Encryption", "CYAML"]),
        room("Protocols", ["Stack"], settings: fast),

        // Level 2: what touches the world.
        room("Queueing", ["Stack", "Platform"]),
        room("KeeperLink", ["Platform", "Wire", "CDetach"]),
        room(
            "Gateway",
            ["Stack", "Platform", "CLinux", "Wire", "KeeperLink", "Breaking", "Encryption", "Protocols", "Queueing"]),
        room("Probing", ["Stack", "Platform", "CCurl", "COpenSSL"]),
        room("Runtimes", ["Stack", "Platform", "Wire", "KeeperLink", "Engines"]),
        room("Journal", ["Stack", "Platform", "CSQLite"]),

        room("Engines", ["Stack", "Platform", "CCurl", "Curl"]),
        room("Delivering", ["Stack", "Platform", "Alerting", "CCurl", "Curl"]),

        // Level 3: the roles and the way in.
        room("Keeper", ["Stack", "Platform", "Wire"]),
        room(
            "Control",
            ["Stack", "Platform", "Compose", "CLinux", "CDashboard", "CMicroHTTPD", "CCurl", "Curl", "COpenSSL"]),
        room(
            "Healer",
            [
                "Stack", "Platform", "Wire", "KeeperLink", "Healing", "Compose", "Probing", "Runtimes", "Engines",
                "Journal", "Control", "Flags", "Alerting", "Delivering",
            ]),

        room("Watcher", ["Stack", "Platform", "Healing", "Engines", "Journal", "Control"]),

        // Level 4: the command line, one file for each subcommand, and the binary that joins it with the roles.
        room(
            "Commands",
            [
                "Stack", "Platform", "Wire", "KeeperLink", "Compose", "Journal", "Control", "Probing", "Queueing",
                "Runtimes", "Keeper", "Engines", "Watcher", "Alerting", "Delivering", "CLinux", "CDetach",
            ]),
        .executableTarget(
            name: "hale",
            dependencies: ["Platform", "Commands", "Keeper", "Gateway", "Healer"],
            swiftSettings: strict
        ),

        .target(name: "TestFolders", path: "Tests/TestFolders", swiftSettings: strict),
        .target(
            name: "CertificateKit", dependencies: ["TestFolders"], path: "Tests/CertificateKit", swiftSettings: strict),
        tests("Stack"),
        tests("Platform", ["Stack", "TestFolders"]),
        tests("Wire"),
        tests("Healing", settings: fast),
        tests("Protocols", settings: fast),
        tests("Breaking", settings: fast),
        tests("Flags", ["Stack"]),
        tests("Alerting", ["Stack"], settings: fast),
        tests("Delivering", ["Stack", "Alerting", "TestFolders"]),
        tests("Encryption", ["Stack", "CertificateKit"]),
        .testTarget(
            name: "ComposeTests", dependencies: ["Compose", "CertificateKit", "TestFolders"], exclude: ["adapter.py"],
            swiftSettings: strict),
        tests("Queueing", ["Stack", "Platform", "TestFolders"]),
        tests(
            "Gateway",
            [
                "Stack", "Platform", "Wire", "Breaking", "Encryption", "Protocols", "Queueing", "CertificateKit",
                "TestFolders",
            ]),
        tests("Probing", ["TestFolders"]),
        tests("Runtimes", ["Stack", "Platform", "Wire", "Engines", "KeeperLink", "TestFolders"]),
        tests("Engines", ["Stack", "TestFolders"]),
        tests("Watcher", ["Stack", "Platform", "Engines", "Healing", "Control"]),
        tests("Journal", ["Stack", "Platform", "TestFolders"]),
        tests("Keeper", ["Stack", "Platform", "Wire"]),
        tests("Control", ["TestFolders"]),
        tests(
            "Healer",
            ["Stack", "Platform", "Wire", "Healing", "Probing", "Runtimes", "Control", "Flags", "Alerting"]),
        tests("Commands", ["Stack", "Wire", "Control", "Compose", "Platform", "Queueing", "TestFolders"]),
        .testTarget(name: "LayoutTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
