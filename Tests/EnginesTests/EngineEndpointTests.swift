import TestFolders
import Testing

@testable import Engines

@Suite struct EngineEndpointTests {
    private func find(_ environment: [String: String], host: String? = nil, exists: Set<String> = []) throws
        -> EngineEndpoint
    {
        try EngineEndpoint.find(environment, host: host) { exists.contains($0) }
    }

    @Test func whatIsGivenComesFirst() throws {
        let environment = ["DOCKER_HOST": "unix:///a.sock", "HOME": "/nowhere"]
        #expect(try find(environment, host: "unix:///b.sock").way == .unix("/b.sock"))
        #expect(try find(environment).way == .unix("/a.sock"))
        #expect(try find(["DOCKER_HOST": "tcp://host:2375"]).way == .network("http://host:2375", nil))
        #expect(try find(["DOCKER_HOST": "https://host:2376/"]).way == .network("https://host:2376", nil))
    }

    @Test func theUsualSocketsAreTriedInOrder() throws {
        let own = "/run/user/1000/podman/podman.sock"
        let environment = ["HOME": "/nowhere", "XDG_RUNTIME_DIR": "/run/user/1000"]
        #expect(try find(environment, exists: ["/var/run/docker.sock", own]).way == .unix("/var/run/docker.sock"))
        #expect(try find(environment, exists: [own, "/run/podman/podman.sock"]).way == .unix(own))
        #expect(try find(environment, exists: ["/run/podman/podman.sock"]).way == .unix("/run/podman/podman.sock"))
        #expect(try find(environment).way == .unix("/var/run/docker.sock"))
    }

    @Test func tlsIsSpokenWhereTheVariablesSaySo() throws {
        let folder = EngineEndpoint.TLSFiles(folder: "/certs", verify: true)
        let environment = ["DOCKER_HOST": "tcp://host:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"]
        #expect(try find(environment).way == .network("https://host:2376", folder))
        let unverified = ["DOCKER_HOST": "tcp://host:2376", "DOCKER_TLS": "1", "HOME": "/home/me"]
        let files = EngineEndpoint.TLSFiles(folder: "/home/me/.docker", verify: false)
        #expect(try find(unverified).way == .network("https://host:2376", files))
    }

    @Test(arguments: ["", "docker.sock", "ssh://me@host", "tcp://", "unix://relative", "://x"])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: EngineEndpointError.self) { try find([:], host: text) }
    }

    @Test func theContextInUseIsFound() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", #"{"currentContext": "far"}"#)
        try folder.write(
            "contexts/meta/0a/meta.json",
            #"{"Name":"near","Endpoints":{"docker":{"Host":"unix:///near.sock","SkipTLSVerify":false}}}"#)
        try folder.write(
            "contexts/meta/1b/meta.json",
            #"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":false}}}"#)
        try folder.write("contexts/tls/1b/docker/ca.pem", "x")
        let environment = ["DOCKER_CONFIG": folder.path]
        let files = EngineEndpoint.TLSFiles(folder: folder.path + "/contexts/tls/1b/docker", verify: true)
        #expect(try find(environment).way == .network("https://far:2376", files))
        let near = try find(environment.merging(["DOCKER_CONTEXT": "near"]) { $1 })
        #expect(near.way == .unix("/near.sock"))
        #expect(near.source == "context \"near\"")
        #expect(try find(environment.merging(["DOCKER_CONTEXT": "default"]) { $1 }).source == "default")
        #expect(throws: EngineEndpointError.self) { try find(environment.merging(["DOCKER_CONTEXT": "gone"]) { $1 }) }
    }

    @Test func aConfigurationThatIsRubbishIsSaid() throws {
        let folder = TemporaryFolder()
        try folder.write("config.json", "{")
        #expect(throws: EngineEndpointError.self) { try find(["DOCKER_CONFIG": folder.path]) }
    }
}
