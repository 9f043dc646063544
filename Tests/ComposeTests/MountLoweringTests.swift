import Stack
import Testing

@testable import Compose

@Suite struct MountLoweringTests {
    private func web(_ volume: String, top: String = "volumes: {data: }") throws -> Lowered {
        try Lowered(web: "volumes: [\(volume)]", top: top)
    }

    @Test(arguments: [
        ("'data:/d'", "demo_data:/d:rw"), ("'data:/d:ro'", "demo_data:/d:ro"), ("'data:/d:z'", "demo_data:/d:rw,z"),
        ("'/a:/b'", "/a:/b:rw"), ("'/a:/b:ro,Z'", "/a:/b:ro,Z"), ("'/a:/b:rshared'", "/a:/b:rw,rshared"),
        ("{type: bind, source: /a, target: /b}", "/a:/b:rw"),
        ("{type: bind, source: /a, target: /b, read_only: true, bind: {propagation: slave}}", "/a:/b:ro,slave"),
        ("{type: bind, source: /a, target: /b, bind: {create_host_path: true}}", "/a:/b:rw"),
        ("{type: volume, source: data, target: /d}", "demo_data:/d:rw"),
    ])
    func whatABindCanSayIsOne(volume: String, bind: String) throws {
        let host = try web(volume).host
        #expect(host["Binds"] == [.string(bind)])
        #expect(host["Mounts"] == nil)
    }

    @Test(
        arguments: [
            (
                "{type: bind, source: /a, target: /b, bind: {create_host_path: false}}",
                [
                    "Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": ["CreateMountpoint": false],
                ]
            ),
            (
                "{type: bind, source: /a, target: /b, read_only: true, bind: {recursive: disabled, propagation: shared}}",
                [
                    "Type": "bind", "Source": "/a", "Target": "/b", "ReadOnly": true,
                    "BindOptions": ["CreateMountpoint": true, "NonRecursive": true, "Propagation": "shared"],
                ]
            ),
            (
                "{type: bind, source: '/a:b', target: /b}",
                ["Type": "bind", "Source": "/a:b", "Target": "/b", "BindOptions": ["CreateMountpoint": true]]
            ),
            (
                "{type: volume, source: data, target: /d, volume: {nocopy: true, subpath: s, labels: {a: b}}}",
                [
                    "Type": "volume", "Source": "demo_data", "Target": "/d",
                    "VolumeOptions": ["NoCopy": true, "Subpath": "s", "Labels": ["a": "b"]],
                ]
            ),
            (
                "{type: volume, target: /d, read_only: true}",
                ["Type": "volume", "Target": "/d", "ReadOnly": true]
            ),
            (
                "{type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0o1777}}",
                ["Type": "tmpfs", "Target": "/t", "TmpfsOptions": ["SizeBytes": 1_048_576, "Mode": 1023]]
            ),
            ("{type: tmpfs, target: /t}", ["Type": "tmpfs", "Target": "/t"]),
            (
                "{type: image, source: alpine, target: /i, image: {subpath: etc}}",
                ["Type": "image", "Source": "alpine", "Target": "/i", "ImageOptions": ["Subpath": "etc"]]
            ),
        ] as [(String, ComposeValue)])
    func theRestIsAMount(volume: String, mount: ComposeValue) throws {
        let host = try web(volume).host
        #expect(host["Mounts"] == [mount])
        #expect(host["Binds"] == nil)
    }

    @Test func volumesWithoutANameAreNamedByTheEngine() throws {
        let lowered = try web("/cache, '/more'")
        #expect(lowered.body["Volumes"] == ["/cache": [:], "/more": [:]])
        #expect(lowered.host["Mounts"] == nil)
        #expect(!lowered.service.hasDataVolume)
    }

    @Test func theImageOfAnotherServiceIsMounted() throws {
        let lowered = try Lowered(
            load(
                """
                services:
                  web: {image: x, volumes: [{type: image, source: assets, target: /a}]}
                  assets: {build: .}
                """))
        #expect(lowered.host["Mounts"] == [["Type": "image", "Source": "demo-assets", "Target": "/a"]])
    }

    @Test func theSocketOfTheEngine() throws {
        let host = try Lowered(web: "use_api_socket: true").host
        #expect(host["Binds"] == ["/var/run/docker.sock:/var/run/docker.sock:rw"])
    }

    // MARK: - Secrets and configs

    @Test func filesAreMounted() throws {
        let project = try load(
            """
            services:
              web:
                image: x
                read_only: true
                secrets: [key, {source: key, target: other}, {source: key, target: /etc/key}]
                configs: [conf, {source: conf, target: /etc/conf}, {source: conf, target: taken}]
                volumes: ["/a:/taken"]
            secrets: {key: {file: ./key.pem}}
            configs: {conf: {file: ./app.conf}}
            """)
        let lowered = try Lowered(project)
        func mount(_ file: String, _ target: String) -> ComposeValue {
            [
                "Type": "bind", "Source": .string("\(project.directory)/\(file)"), "Target": .string(target),
                "ReadOnly": true,
            ]
        }
        #expect(
            lowered.host["Mounts"] == [
                mount("key.pem", "/run/secrets/key"), mount("key.pem", "/run/secrets/other"),
                mount("key.pem", "/etc/key"), mount("app.conf", "/conf"), mount("app.conf", "/etc/conf"),
            ])
        #expect(lowered.container.files == [])
    }

    @Test func textsAreWritten() throws {
        let lowered = try Lowered(
            web: """
                secrets: [{source: key, uid: "1000", gid: "50", mode: 0o400}],
                configs: [conf, {source: conf, target: /etc/app.conf, mode: "0440"}]
                """,
            top: "secrets: {key: {environment: KEY}}, configs: {conf: {content: 'a: ${KEY}'}}",
            environment: ["KEY": "k"])
        #expect(
            lowered.container.files == [
                ContainerFile(path: "/run/secrets/key", content: "k", mode: 0o400, user: 1000, group: 50),
                ContainerFile(path: "/conf", content: "a: k"),
                ContainerFile(path: "/etc/app.conf", content: "a: k", mode: 0o440),
            ])
        #expect(lowered.host["Mounts"] == nil)
    }

    @Test func whatSeveralServicesLackIsSaidOnce() throws {
        let said = try engineComplaint(
            "{services: {a: {image: x, secrets: [s]}, b: {image: x, secrets: [s]}}, secrets: {s: {environment: NONE}}}")
        #expect(said.split(separator: "NONE is not set", omittingEmptySubsequences: false).count == 2)
    }

    @Test(arguments: [
        ("secrets: [s]", "secrets: {s: {external: true}}", "services.web.secrets.0: 's' is kept by a swarm"),
        ("configs: [c]", "configs: {c: {external: true}}", "services.web.configs.0: 'c' is kept by a swarm"),
        ("secrets: [s]", "secrets: {s: {environment: NONE}}", "secrets.s.environment: the variable NONE is not set"),
        (
            "configs: [c]", "configs: {c: {file: ./c, template_driver: golang}}",
            "configs.c.template_driver: needs a swarm"
        ),
        ("configs: [c], read_only: true", "configs: {c: {content: c}}", "'c' cannot be written into a container"),
        ("configs: [{source: c, uid: root}]", "configs: {c: {content: c}}", "uid: expected a whole number"),
    ])
    func whatCannotBeHadIsSaid(keys: String, top: String, complaint: String) throws {
        #expect(try engineComplaint("{services: {web: {image: x, \(keys)}}, \(top)}").contains(complaint))
    }
}
